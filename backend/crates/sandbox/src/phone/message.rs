//! One call or message on its way to a phone, and how it fares as time passes: pure, told the time.
//! Whether the code was right is not its business.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use time::UtcDateTime;

use crate::phone::Provider;
use crate::phone::clock::wire_date;

/// How it reaches the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Channel {
    Voice,
    Sms,
}

/// Delivery states, in MessageBird's words: the first seven of a call, the rest of a text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Calling,
    Answered,
    Failed,
    /// Nobody picked up; MessageBird calls it failed.
    Unanswered,
    Busy,
    Machine,
    /// Given up by whoever had it placed; never at MessageBird.
    Canceled,
    Sent,
    Delivered,
    DeliveryFailed,
}

impl Status {
    /// The word for it on the phone and at MessageBird.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Calling => "calling",
            Self::Answered => "answered",
            Self::Failed | Self::Unanswered => "failed",
            Self::Busy => "busy",
            Self::Machine => "machine",
            Self::Canceled => "canceled",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::DeliveryFailed => "delivery_failed",
        }
    }
}

/// How the call or message ends if nobody touches the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) after: Duration,
    pub(crate) status: Status,
}

impl Ending {
    /// The ordinary course: a call is picked up after 6 s, a message arrives after 2 s.
    pub(crate) fn ordinary(channel: Channel) -> Self {
        match channel {
            Channel::Voice => Self { after: Duration::from_secs(6), status: Status::Answered },
            Channel::Sms => Self { after: Duration::from_secs(2), status: Status::Delivered },
        }
    }

    /// Never got as far as a phone.
    pub(crate) fn at_once_failed(channel: Channel) -> Self {
        let status =
            if channel == Channel::Voice { Status::Failed } else { Status::DeliveryFailed };
        Self { after: Duration::ZERO, status }
    }
}

/// A call that waits for a key once it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Keypad {
    /// How long after it was answered.
    pub(crate) lasts: Duration,
    /// What is said when no key came by then.
    pub(crate) otherwise: String,
}

/// One call or message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) provider: Provider,
    /// The provider's name for what it belongs to.
    pub(crate) verify_id: String,
    /// Digits without `+`, or an address.
    pub(crate) recipient: String,
    pub(crate) channel: Channel,
    /// Spoken language and voice; as asked for even when the text is only read.
    pub(crate) language: String,
    pub(crate) voice: String,
    /// What a person would hear or read.
    pub(crate) text: String,
    /// The code in it, once; empty when there is none.
    pub(crate) code: String,
    pub(crate) created_at: UtcDateTime,
    pub(crate) ending: Ending,
    /// What the person at the phone did, and when; wins over `ending`.
    pub(crate) decided: Option<(Status, UtcDateTime)>,
    /// Listed on the phone: false once emptied, or when it never reached one.
    pub(crate) on_phone: bool,
    /// How long it goes on once it was answered.
    pub(crate) talk: Duration,
    /// Whether it waits for a key meanwhile.
    pub(crate) keypad: Option<Keypad>,
    /// The status last told to those who listen, and whether there was a keypad.
    pub(crate) announced: (Status, bool),
}

impl Message {
    /// The state it starts in.
    pub(crate) fn first_status(channel: Channel) -> Status {
        if channel == Channel::Voice { Status::Calling } else { Status::Sent }
    }

    /// Its state at this moment, and since when.
    pub(crate) fn status(&self, now: UtcDateTime) -> (Status, UtcDateTime) {
        let ends_at = self.ends_at();
        match self.decided {
            Some(decision) => decision,
            None if now >= ends_at => (self.ending.status, ends_at),
            None => (Self::first_status(self.channel), self.created_at),
        }
    }

    /// When it changes by itself, unless somebody decides before.
    pub(crate) fn ends_at(&self) -> UtcDateTime {
        self.created_at + self.ending.after
    }

    /// Lets the person answer or decline; false when the phone no longer rings.
    pub(crate) fn decide(&mut self, status: Status, now: UtcDateTime) -> bool {
        let rings = self.on_phone && self.status(now).0 == Status::Calling;
        if rings {
            self.decided = Some((status, now));
        }
        rings
    }

    /// Whether it waits for a key now.
    pub(crate) fn keypad(&self, now: UtcDateTime) -> bool {
        self.keypad_until().is_some_and(|until| now < until)
            && self.status(now).0 == Status::Answered
    }

    /// When it will have waited long enough, if it was answered or will be unless somebody decides before.
    fn keypad_until(&self) -> Option<UtcDateTime> {
        let answered = match self.decided {
            Some((status, since)) => (status == Status::Answered).then_some(since),
            None => (self.ending.status == Status::Answered).then(|| self.ends_at()),
        };
        Some(answered? + self.keypad.as_ref()?.lasts)
    }

    /// When it changes next by itself.
    pub(crate) fn changes_at(&self, now: UtcDateTime) -> Option<UtcDateTime> {
        let ends_at = self.decided.is_none().then(|| self.ends_at());
        [ends_at, self.keypad_until()].into_iter().flatten().filter(|moment| *moment > now).min()
    }

    /// Its line in the phone's list.
    pub(crate) fn entry(&self, now: UtcDateTime) -> Value {
        let over = self.keypad_until().is_some_and(|until| now >= until);
        let more = self.keypad.as_ref().filter(|_| over).map(|keypad| keypad.otherwise.as_str());
        let text = match more {
            Some(more) if !more.is_empty() => format!("{} {more}", self.text),
            _ => self.text.clone(),
        };
        json!({
            "keypad": self.keypad(now),
            "id": self.id,
            "provider": self.provider,
            "verify_id": self.verify_id,
            "recipient": self.recipient,
            "channel": self.channel,
            "language": self.language,
            "voice": self.voice,
            "text": text,
            "code": self.code,
            "status": self.status(now).0.as_str(),
            "created_at": wire_date(self.created_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_may_decide_only_while_it_rings() {
        let start = UtcDateTime::UNIX_EPOCH;
        let mut call = Message {
            id: "m".into(),
            provider: Provider::Messagebird,
            verify_id: String::new(),
            recipient: String::new(),
            channel: Channel::Voice,
            language: String::new(),
            voice: String::new(),
            text: String::new(),
            code: String::new(),
            created_at: start,
            ending: Ending::ordinary(Channel::Voice),
            decided: None,
            on_phone: true,
            talk: Duration::ZERO,
            keypad: None,
            announced: (Status::Calling, false),
        };
        assert!(!call.decide(Status::Answered, start + Duration::from_secs(6)));
        assert_eq!(call.status(start + Duration::from_secs(6)).0, Status::Answered);
        assert!(call.decide(Status::Busy, start + Duration::from_secs(5)));
        assert_eq!(call.status(start + Duration::from_secs(6)).0, Status::Busy);
    }
}
