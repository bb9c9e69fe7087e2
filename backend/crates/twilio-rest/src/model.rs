//! The types that callers hold: ids, requests and states. No JSON here (see `wire`).
//!
//! Debug output of these types never shows a phone number, a text, a code or an id, so that a stray `{:?}` in a
//! caller's log line gives nothing away.

use std::fmt;

use crate::twiml::Twiml;

/// Says that a text does not have the shape of a sid. Carries nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the shape of a sid")]
pub struct InvalidSid;

/// Names an account, a call or a message: 1 to 64 characters out of `0-9A-Za-z-`.
///
/// Twilio's are two letters and 32 hex digits, Somleng's are UUIDs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sid(String);

impl Sid {
    /// Accepts 1 to 64 characters out of `0-9A-Za-z-`.
    ///
    /// # Errors
    ///
    /// [`InvalidSid`] for anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidSid> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidSid) }
    }

    /// The sid as the carrier wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sid(…)")
    }
}

/// Asks for one call.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// Whom to call: E.164 with `+`.
    pub to: String,
    /// Who calls: a number of the account's.
    pub from: String,
    /// What is said when somebody picks up.
    pub twiml: Twiml,
    /// How long it rings: 5 to 600 seconds; the carrier's own default (60 at Twilio) when `None`. Somleng ignores it.
    pub ring_seconds: Option<u16>,
    /// After how many seconds it is ended, whatever is still said. Somleng ignores it.
    pub talk_seconds: Option<u16>,
    /// Whether to find out if a machine answers. Costs extra, and at Twilio holds the speech back for some seconds;
    /// Somleng ignores it.
    pub detect_machine: bool,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("ring_seconds", &self.ring_seconds)
            .field("talk_seconds", &self.talk_seconds)
            .field("detect_machine", &self.detect_machine)
            .finish_non_exhaustive()
    }
}

/// Asks for one text message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Whom to write to: E.164 with `+`.
    pub to: String,
    /// Who writes: a number, an alphanumeric sender, or a messaging service (`MG…`).
    pub from: String,
    /// What is written, with `%token` where the code goes.
    pub text: String,
    /// The code.
    pub code: String,
    /// For how many seconds it is worth sending; the carrier's own default (hours) when `None`.
    pub valid_seconds: Option<u32>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("valid_seconds", &self.valid_seconds)
            .finish_non_exhaustive()
    }
}

/// How a call is to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Only while nobody has picked up (`canceled`).
    Unanswered,
    /// Also while something is being said (`completed`).
    Always,
}

/// One call as the carrier describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallState {
    /// Its sid.
    pub id: Sid,
    /// How far it came.
    pub status: CallStatus,
    /// Who picked up, when that was to be found out and is known.
    pub answered_by: Option<AnsweredBy>,
}

/// How far a call came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallStatus {
    /// Waits for its turn (`queued`, `initiated`).
    Queued,
    /// The phone rings.
    Ringing,
    /// Somebody, or a voicemail, has picked up and is being spoken to (`in-progress`).
    InProgress,
    /// Somebody, or a voicemail, picked up: not proof that a person heard the code.
    Completed,
    /// The line was busy, or the call was declined.
    Busy,
    /// Nobody picked up, or the call was declined.
    NoAnswer,
    /// It could not be placed, or its TwiML was bad.
    Failed,
    /// It was cancelled before anybody picked up.
    Canceled,
    /// Anything else, also a missing status. At most 32 characters, odd ones replaced by `?`.
    Other(String),
}

/// Who picked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// Voicemail or another machine (`machine_start` and the like, `fax`).
    Machine,
    /// It could not be told.
    Unknown,
}

/// One text message as the carrier describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageState {
    /// Its sid.
    pub id: Sid,
    /// How far it came.
    pub status: MessageStatus,
}

/// How far a text message came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageStatus {
    /// It waits at the carrier (`accepted`, `scheduled`, `queued`, `sending`).
    Queued,
    /// It left the carrier.
    Sent,
    /// It reached the phone (`delivered`, `read`).
    Delivered,
    /// It did not and will not (`failed`, `undelivered`, `canceled`).
    Failed,
    /// Anything else, also a missing status. At most 32 characters, odd ones replaced by `?`.
    Other(String),
}
