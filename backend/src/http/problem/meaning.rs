//! What each error of the domain means to a caller.

use super::{Kind, Problem, seconds};
use std::time::Duration;
use verification::code::CodeError;
use verification::guard::NotChanged;
use verification::ports::{CounterKind, NoRandomness};
use verification::receipt::{NotAccepted, NotRedeemed};
use verification::{CheckError, Limited, Scope, StartError};

const LANDLINE: &str = "This number is a landline, where no text message arrives. Choose a call, or use a mobile number.";

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        match error {
            StartError::ChannelClosed(_) => Self::from(Kind::InvalidRequest).error(
                "#/channel",
                "not_offered",
                "This way is not offered. Choose another.",
            ),
            StartError::DestinationClosed => Kind::DestinationNotAllowed.into(),
            StartError::Landline => Self::from(Kind::InvalidRequest).detail(LANDLINE).error(
                "#/channel",
                "landline",
                LANDLINE,
            ),
            StartError::Paused { retry_after } => Self::from(Kind::Paused).after(retry_after),
            StartError::Limited(limited) => limited.into(),
            StartError::RecipientRefused => Self::from(Kind::PhoneNumberInvalid)
                .detail("This number cannot be reached. Check it, or use another one.")
                .error("#/phone_number", "unreachable", "This number cannot be reached."),
            StartError::ProviderRefusedUs => {
                Self::from(Kind::ProviderError).after(Duration::from_secs(60))
            }
            StartError::NotPlaced { retry_after } => {
                let problem = Self::from(Kind::TemporarilyUnavailable).after(retry_after);
                if retry_after < Duration::from_secs(60) {
                    return problem;
                }
                problem.detail(format!("Nothing was sent. Try again in {}.", in_words(retry_after)))
            }
            StartError::DeliveryUnknown { timed_out, retry_after } => {
                Self::from(Kind::DeliveryUnknown).timed_out(timed_out).after(retry_after)
            }
            StartError::Store(_) => {
                Self::from(Kind::TemporarilyUnavailable).after(Duration::from_secs(5))
            }
            StartError::Original(error) => error.into(),
        }
    }
}

impl From<CheckError> for Problem {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::NotFound => Kind::VerificationNotFound.into(),
            CheckError::Expired => Kind::VerificationExpired.into(),
            CheckError::AttemptsExhausted => Kind::AttemptsExhausted.into(),
            CheckError::Canceled => Kind::VerificationCanceled.into(),
            CheckError::AlreadyVerified => Kind::AlreadyVerified.into(),
            CheckError::CodeMalformed(error) => {
                let (code, detail) = match error {
                    CodeError::Empty => ("required", "Enter the code."),
                    CodeError::NotDigits => ("not_digits", "The code has only digits."),
                    CodeError::TooShort => ("too_short", "Some digits are missing."),
                    CodeError::TooLong => ("too_long", "There are too many digits."),
                };
                Self::from(Kind::CodeMalformed).detail(detail).error("#/code", code, detail)
            }
            CheckError::CodeIncorrect { attempts_remaining } => {
                let mut problem = Self::from(Kind::CodeIncorrect);
                problem.attempts_remaining = Some(attempts_remaining);
                if attempts_remaining == 0 {
                    return problem.detail("That was the last try. Ask for a new call.");
                }
                problem
            }
            CheckError::Limited(limited) => limited.into(),
            CheckError::ProviderRefusedUs => {
                Self::from(Kind::ProviderError).after(Duration::from_secs(60))
            }
            CheckError::UnderWay { .. } => {
                CheckError::NotChecked { retry_after: Duration::from_secs(1) }.into()
            }
            CheckError::NotChecked { retry_after } => Self::from(Kind::TemporarilyUnavailable)
                .detail("The code was not checked. Send it again in a moment.")
                .after(retry_after),
            CheckError::CheckUnknown { timed_out } => {
                Self::from(Kind::CheckUnknown).timed_out(timed_out).after(Duration::from_secs(2))
            }
            CheckError::Store(_) => {
                Self::from(Kind::TemporarilyUnavailable).after(Duration::from_secs(5))
            }
        }
    }
}

impl From<NoRandomness> for Problem {
    fn from(_: NoRandomness) -> Self {
        Self::from(Kind::TemporarilyUnavailable)
            .detail(
                "The code is right, but its receipt could not be signed. Send the same code again.",
            )
            .after(Duration::from_secs(5))
    }
}

impl From<NotAccepted> for Problem {
    fn from(why: NotAccepted) -> Self {
        let (pointer, detail) = match why {
            NotAccepted::Receipt => ("#/receipt", "This is no receipt that is good now."),
            NotAccepted::Audience => ("#/audience", "The receipt is for somebody else."),
            NotAccepted::Nonce => ("#/nonce", "The receipt is of another session."),
            NotAccepted::PhoneNumber => ("#/phone_number", "The receipt proves another number."),
        };
        Self::from(Kind::ReceiptInvalid).error(pointer, "mismatch", detail)
    }
}

impl From<NotRedeemed> for Problem {
    fn from(why: NotRedeemed) -> Self {
        match why {
            NotRedeemed::Before => Kind::ReceiptRedeemed.into(),
            NotRedeemed::Store(_) => Self::from(Kind::TemporarilyUnavailable)
                .detail("Send it again in a moment, with the same Idempotency-Key.")
                .after(Duration::from_secs(5)),
        }
    }
}

impl From<NotChanged> for Problem {
    fn from(why: NotChanged) -> Self {
        match why {
            NotChanged::Store(error) => Self::from(CheckError::Store(error))
                .detail("The shared store does not answer, so nothing was changed. /readyz says why; then send it again."),
            NotChanged::UnderWay => Self::from(Kind::TemporarilyUnavailable)
                .detail("Another change is under way. Send it again in a second.")
                .after(Duration::from_secs(1)),
            NotChanged::Full => Self::from(Kind::InvalidRequest)
                .detail("No more can be blocked at once. Take one away first: DELETE /blocked/…"),
            NotChanged::Unreadable => Self::from(Kind::InternalError).detail(
                "The list opens with neither key. Set the key before as SECRET_KEY_PREVIOUS, or \
                 DELETE /blocked and block anew.",
            ),
        }
    }
}

impl From<Limited> for Problem {
    fn from(limited: Limited) -> Self {
        let wait = limited.retry_after;
        let mut problem = match limited.scope() {
            Scope::Number | Scope::Caller | Scope::Client => {
                Self::from(Kind::RateLimited).after(wait)
            }
            Scope::Capacity => return Self::from(Kind::CapacityReached).after(wait),
        };
        problem.scope = Some(match limited.scope() {
            Scope::Number => "number",
            Scope::Caller => "caller",
            Scope::Client | Scope::Capacity => "client",
        });
        if limited.scope() == Scope::Number {
            // The headers are about starts, not about the limit of wrong codes.
            problem.rate_limit = limited.rule == CounterKind::Number;
            let detail = format!("This number was tried often. Try again in {}.", in_words(wait));
            problem = problem.detail(detail);
        }
        problem
    }
}

fn in_words(wait: Duration) -> String {
    let (number, unit) = match seconds(wait) {
        seconds @ 0..=119 => (seconds, "second"),
        seconds @ 120..=7199 => (seconds.div_ceil(60), "minute"),
        seconds => (seconds.div_ceil(3600), "hour"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_away_for_a_moment_who_must_wait_for_minutes() {
        let told = |seconds| {
            let retry_after = Duration::from_secs(seconds);
            Problem::from(StartError::NotPlaced { retry_after }).detail
        };
        assert_eq!(told(5), None);
        assert_eq!(told(300).as_deref(), Some("Nothing was sent. Try again in 5 minutes."));
    }

    #[test]
    fn waits_are_told_in_words() {
        assert_eq!(in_words(Duration::from_secs(1)), "1 second");
        assert_eq!(in_words(Duration::from_secs(121)), "3 minutes");
        assert_eq!(in_words(Duration::from_secs(7201)), "3 hours");
    }
}
