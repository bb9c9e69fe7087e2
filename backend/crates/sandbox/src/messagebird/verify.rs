//! One verification as MessageBird keeps it: a pure state machine that is told the time. It knows
//! neither HTTP nor how the code reaches a phone.

use std::time::Duration;

use time::UtcDateTime;
use uuid::Uuid;

use crate::phone::message::Channel;

/// How the code travels (`type` on the wire).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sms,
    Flash,
    Tts,
    Email,
}

impl Kind {
    /// Reads the wire's word for it.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Sms, Self::Flash, Self::Tts, Self::Email].into_iter().find(|k| k.as_str() == word)
    }

    /// The wire's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Flash => "flash",
            Self::Tts => "tts",
            Self::Email => "email",
        }
    }

    /// How it reaches the phone.
    pub(crate) fn channel(self) -> Channel {
        if self == Self::Tts { Channel::Voice } else { Channel::Sms }
    }
}

/// What has happened to the code so far; expiry is not stored, it is read off the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Waiting for the right code.
    Sent,
    /// The right code was given.
    Verified,
    /// Attempts used up, or the sending failed at once.
    Failed,
}

/// Why a token is refused, in the order in which the reasons are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Verified before, or no attempts left.
    Used,
    Expired,
    /// Not between 6 and 10 characters. Costs no attempt (what MessageBird does is unknown).
    Length,
    /// Costs an attempt; the last one turns the verification `failed`.
    Wrong,
}

/// One verification.
#[derive(Debug)]
pub(crate) struct Verify {
    pub(crate) id: String,
    /// Names the call or message that carries the code.
    pub(crate) message_id: String,
    /// Digits without `+`, or an address when `kind` is email.
    pub(crate) recipient: String,
    pub(crate) originator: String,
    pub(crate) kind: Kind,
    pub(crate) reference: Option<String>,
    pub(crate) token: String,
    pub(crate) attempts_left: u32,
    pub(crate) state: State,
    pub(crate) deleted: bool,
    pub(crate) created_at: UtcDateTime,
    pub(crate) timeout: Duration,
}

impl Verify {
    /// The first moment at which the code is no longer good.
    pub(crate) fn valid_until(&self) -> UtcDateTime {
        self.created_at + self.timeout
    }

    /// The wire's `status` at this moment.
    pub(crate) fn status(&self, now: UtcDateTime) -> &'static str {
        match self.state {
            _ if self.deleted => "deleted",
            State::Verified => "verified",
            State::Failed => "failed",
            State::Sent if now >= self.valid_until() => "expired",
            State::Sent => "sent",
        }
    }

    /// Checks a token and takes the consequences.
    pub(crate) fn check(&mut self, token: &str, now: UtcDateTime) -> Result<(), Refusal> {
        if self.state != State::Sent {
            return Err(Refusal::Used);
        }
        if now >= self.valid_until() {
            return Err(Refusal::Expired);
        }
        if !(6..=10).contains(&token.chars().count()) {
            return Err(Refusal::Length);
        }
        if token == self.token {
            self.state = State::Verified;
            return Ok(());
        }
        self.attempts_left = self.attempts_left.saturating_sub(1);
        if self.attempts_left == 0 {
            self.state = State::Failed;
        }
        Err(Refusal::Wrong)
    }
}

/// Draws a code: each digit equally likely, leading zeros as likely as any.
pub(crate) fn random_code(length: usize) -> String {
    let mut code = String::with_capacity(length);
    while code.len() < length {
        let id = Uuid::new_v4();
        let random = id.as_bytes().iter().enumerate();
        // Bytes 6 and 8 of a version 4 UUID carry fixed bits; from 250 up a byte would favour 0–5.
        let digits = random.filter(|(at, byte)| !matches!(at, 6 | 8) && **byte < 250);
        code.extend(digits.map(|(_, byte)| char::from(b'0' + byte % 10)));
    }
    code.truncate(length);
    code
}

/// Draws an id of today's shape: a UUID without dashes.
pub(crate) fn random_id() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Draws an id of the shape MessageBird gave out until 2017: 23 hex digits, `v`, 8 digits.
pub(crate) fn legacy_id() -> String {
    format!("{}v{}", &random_id()[..23], random_code(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify(attempts: u32) -> Verify {
        Verify {
            id: random_id(),
            message_id: random_id(),
            recipient: "31612345678".into(),
            originator: "Code".into(),
            kind: Kind::Tts,
            reference: None,
            token: "012345".into(),
            attempts_left: attempts,
            state: State::Sent,
            deleted: false,
            created_at: UtcDateTime::UNIX_EPOCH,
            timeout: Duration::from_secs(30),
        }
    }

    fn at(seconds: u64) -> UtcDateTime {
        UtcDateTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn used_comes_before_expired_before_length_before_compare() {
        let mut used = verify(1);
        assert_eq!(used.check("012345", at(1)), Ok(()));
        assert_eq!(used.check("1", at(99)), Err(Refusal::Used));
        let mut expired = verify(1);
        assert_eq!(expired.check("1", at(30)), Err(Refusal::Expired));
        assert_eq!(expired.status(at(30)), "expired");
        let mut fresh = verify(1);
        assert_eq!(fresh.check("12345", at(29)), Err(Refusal::Length));
        assert_eq!(fresh.check("12345678901", at(29)), Err(Refusal::Length));
        assert_eq!(fresh.check("1234567", at(29)), Err(Refusal::Wrong));
        assert_eq!(fresh.check("012345", at(29)), Err(Refusal::Used));
    }

    #[test]
    fn codes_use_every_digit_about_equally_and_may_begin_with_zero() {
        let codes: Vec<String> = (0..2000).map(|_| random_code(10)).collect();
        assert!(codes.iter().all(|c| c.len() == 10 && c.bytes().all(|b| b.is_ascii_digit())));
        for digit in '0'..='9' {
            let seen = codes.iter().flat_map(|c| c.chars()).filter(|c| *c == digit).count();
            // 20 000 draws: 2000 expected, standard deviation 42.
            assert!((1700..2300).contains(&seen), "{digit} was drawn {seen} times");
        }
        assert!(codes.iter().any(|c| c.starts_with('0')));
    }

    #[test]
    fn a_legacy_id_has_the_old_shape() {
        let id = legacy_id();
        assert_eq!((id.len(), id.find('v')), (32, Some(23)));
    }
}
