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

/// Delivery states, in the wire's words: the first five of a call, the rest of a text message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Calling,
    Answered,
    Failed,
    Busy,
    Machine,
    Sent,
    Delivered,
    DeliveryFailed,
}

impl Status {
    /// The wire's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Calling => "calling",
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Busy => "busy",
            Self::Machine => "machine",
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
    pub(crate) text: String,
    pub(crate) code: String,
    pub(crate) created_at: UtcDateTime,
    pub(crate) ending: Ending,
    /// What the person at the phone did, and when; wins over `ending`.
    pub(crate) decided: Option<(Status, UtcDateTime)>,
    /// Listed on the phone: false once emptied, or when it never reached one.
    pub(crate) on_phone: bool,
    /// The status last told to those who listen.
    pub(crate) announced: Status,
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

    /// Its line in the phone's list.
    pub(crate) fn entry(&self, now: UtcDateTime) -> Value {
        json!({
            "id": self.id,
            "provider": self.provider,
            "verify_id": self.verify_id,
            "recipient": self.recipient,
            "channel": self.channel,
            "language": self.language,
            "voice": self.voice,
            "text": self.text,
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
            announced: Status::Calling,
        };
        assert!(!call.decide(Status::Answered, start + Duration::from_secs(6)));
        assert_eq!(call.status(start + Duration::from_secs(6)).0, Status::Answered);
        assert!(call.decide(Status::Busy, start + Duration::from_secs(5)));
        assert_eq!(call.status(start + Duration::from_secs(6)).0, Status::Busy);
    }
}
