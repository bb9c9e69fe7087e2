//! What an error says of the provider (for the breaker and for operators), and what becomes of the
//! request it was met by. When something is asked at all is decided in `gateway`.

use super::breaker::Outcome;
use super::spread::Spread;
use provider_http::{Error, NotSent};
use std::time::Duration;
use verification::Refusal;

/// However long an overloaded provider asks us to wait, we ask again after this.
const LONGEST_OVERLOAD: Duration = Duration::from_secs(120);
/// An empty account is filled by a person.
const UNTIL_PAID: Duration = Duration::from_secs(300);
/// How long nobody asks when only an operator can mend it: a key that is revoked, no balance.
const UNTIL_MENDED: Duration = Duration::from_secs(60);
/// When a fault that nobody promised an end to is worth another try.
pub(super) const LATER: Duration = Duration::from_secs(5);

/// What a refusal means, in words that are the same for every provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The number is not one that it calls.
    Recipient,
    /// It does not call or write there.
    Destination,
    /// It blocks the number, as for fraud.
    Blocked,
    /// This request is not one that it serves; others may well be.
    Request,
    /// The account asks too often, and is to stay away for so long if that is told.
    TooManyRequests(Option<Duration>),
    /// It is overloaded for so long.
    Overloaded(Duration),
    /// The account's key is not accepted.
    KeyRejected,
    /// The account has no money left.
    NoBalance,
}

/// A complete answer that says no, in a provider's own words.
pub trait Refused {
    /// What it means.
    fn meaning(&self) -> Meaning;
}

impl Meaning {
    /// What the domain is told; waits are spread out.
    pub(super) fn refusal(self, spread: &Spread) -> Refusal {
        let busy = |wait| Refusal::Busy { retry_after: spread.lengthen(wait) };
        match self {
            Self::Recipient => Refusal::Recipient,
            Self::Destination => Refusal::Destination,
            Self::Blocked => Refusal::Blocked,
            Self::Request | Self::KeyRejected => Refusal::Us,
            Self::TooManyRequests(wait) => busy(wait.unwrap_or(LATER)),
            Self::Overloaded(wait) => busy(wait.min(LONGEST_OVERLOAD)),
            Self::NoBalance => Refusal::Busy { retry_after: UNTIL_PAID },
        }
    }

    fn outcome(self, about: u64) -> Outcome {
        match self {
            Self::Recipient | Self::Destination | Self::Blocked | Self::Request => {
                Outcome::Answered
            }
            Self::TooManyRequests(wait) => Outcome::ToldToWait(wait.unwrap_or(LATER)),
            Self::Overloaded(_) => Outcome::Failed(Some(about)),
            Self::KeyRejected | Self::NoBalance => Outcome::AccountRefused(UNTIL_MENDED, about),
        }
    }
}

/// What the breaker learns from an error that a request about something met.
pub(super) fn outcome<R: Refused>(error: &Error<R>, about: u64) -> Outcome {
    match error {
        Error::NotSent(reason) => match reason {
            // Whoever was to be called, nobody would have been.
            NotSent::Dns(_)
            | NotSent::Refused(_)
            | NotSent::ConnectTimeout(_)
            | NotSent::Tls(_)
            | NotSent::Connect(_) => Outcome::Failed(None),
            NotSent::Malformed | NotSent::Request(_) => Outcome::Nothing,
        },
        Error::Refused(refused) => refused.meaning().outcome(about),
        Error::Unknown(_) | Error::Unusable(_) => Outcome::Failed(Some(about)),
    }
}

/// Whether no waiting cures it.
pub(super) fn needs_an_operator<R: Refused>(error: &Error<R>) -> bool {
    match error {
        Error::NotSent(reason) => matches!(reason, NotSent::Tls(_)),
        Error::Refused(refused) => {
            matches!(refused.meaning(), Meaning::KeyRejected | Meaning::NoBalance)
        }
        Error::Unknown(_) | Error::Unusable(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_numbers_and_requests_never_open_a_breaker() {
        for meaning in [Meaning::Recipient, Meaning::Request] {
            assert_eq!(meaning.outcome(1), Outcome::Answered);
        }
    }
}
