//! Numbers that misbehave on purpose, by their last two digits, only in ranges reserved for fiction.
//! Pure look-up; each provider's module acts on it.

use std::time::Duration;

use crate::phone::message::{Channel, Ending, Status};

/// What a number does to a request for a call or message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// The call or message is placed and ends like this.
    Placed(Ending),
    /// Accepted, but already `failed`: nothing reaches a phone.
    BornFailed,
    /// Refused: this recipient cannot be reached.
    Refused,
    /// Refused: the account is empty.
    NoBalance,
    /// HTTP 500 instead of an answer; nothing is placed.
    ServerError,
    /// Placed, but the answer is held back this long, on the simulator's clock.
    Held(Duration),
    /// 429 with this `Retry-After`; nothing is placed.
    TooMany { retry_after: u32 },
}

/// Says what a recipient (digits without `+`) does.
pub(crate) fn of(recipient: &str, channel: Channel) -> Scenario {
    let ordinary = Scenario::Placed(Ending::ordinary(channel));
    if !is_fiction(recipient) {
        return ordinary;
    }
    let call = channel == Channel::Voice;
    let placed =
        |seconds, status| Scenario::Placed(Ending { after: Duration::from_secs(seconds), status });
    match &recipient[recipient.len() - 2..] {
        "90" => Scenario::BornFailed,
        // A text reaches a phone that is engaged, or whose voicemail would pick up.
        "91" if call => placed(2, Status::Busy),
        "92" if call => placed(30, Status::Unanswered),
        "92" => placed(30, Status::DeliveryFailed),
        "93" if call => placed(6, Status::Machine),
        "94" if call => placed(40, Status::Answered),
        "94" => placed(40, Status::Delivered),
        "95" => Scenario::Refused,
        "96" => Scenario::NoBalance,
        "97" => Scenario::ServerError,
        "98" => Scenario::Held(Duration::from_secs(30)),
        "99" => Scenario::TooMany { retry_after: 7 },
        _ => ordinary,
    }
}

/// `+1 NXX 555-01xx`, `+44 20 7946 0xxx`, `+33 1 99 00 xx xx`: nobody's number, by decree of the
/// American, British and French regulators.
fn is_fiction(digits: &str) -> bool {
    let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
    let fits = |length, prefix: &str| digits.len() == length && digits.starts_with(prefix);
    let american = fits(11, "1") && digits.as_bytes()[1] >= b'2' && &digits[4..9] == "55501";
    all_digits && (fits(12, "442079460") || fits(11, "3319900") || american)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fiction_numbers_misbehave() {
        for fiction in ["12025550190", "442079460190", "33199000090"] {
            assert_eq!(of(fiction, Channel::Voice), Scenario::BornFailed, "{fiction}");
        }
        for real in ["31612345690", "12025550290", "442079461190", "33199010090", "11025550190"] {
            assert_eq!(
                of(real, Channel::Voice),
                Scenario::Placed(Ending::ordinary(Channel::Voice)),
                "{real}"
            );
        }
    }
}
