//! The types that callers hold: ids, the request, the objects and their states. No JSON here (see `wire`).
//!
//! Debug output of these types never shows a phone number, a reference or a provider id, so that a stray
//! `{:?}` in a caller's log line gives nothing away.

use std::fmt;

/// Says that a text does not have the shape of a MessageBird id. Carries nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the shape of a MessageBird id")
    }
}

impl std::error::Error for InvalidId {}

/// Names one verification at MessageBird: exactly 32 digits or lower-case letters.
///
/// Both shapes ever seen fit: 32 hex digits, and the older 23 hex digits, `v`, 8 digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifyId(String);

impl VerifyId {
    /// Accepts exactly 32 characters out of `0-9a-z`.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] for anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let fits = text.len() == 32
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
    }

    /// The id as MessageBird wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for VerifyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyId(…)")
    }
}

/// Names one call or text message at MessageBird: 16 to 64 characters out of `0-9A-Za-z-`.
///
/// Wider than [`VerifyId`], because message ids have been seen as UUIDs with dashes too.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// Accepts 16 to 64 characters out of `0-9A-Za-z-`.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] for anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let fits = (16..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
    }

    /// The id as MessageBird wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageId(…)")
    }
}

/// Points at the call or text message that carries the code, for [`Client::delivery`](crate::Client::delivery).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageRef {
    /// A call: `/voicemessages/{id}`.
    Voice(MessageId),
    /// A text message: `/messages/{id}`.
    Sms(MessageId),
}

/// How the code travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As a text message (`sms`).
    Sms,
    /// Spoken in a call (`tts`).
    Tts,
}

/// Which voice speaks in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// `female`, also MessageBird's own default.
    Female,
    /// `male`.
    Male,
}

/// Asks for one verification. Every field is sent, so that no default of MessageBird's decides anything:
/// its own defaults are one attempt and 30 seconds, which no phone call survives.
///
/// Nothing is validated here: MessageBird's limits are noted, and the caller keeps them.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateVerify {
    /// The number in international form: digits only, no `+`.
    pub recipient: String,
    /// Call or text message.
    pub kind: Kind,
    /// Who appears to call or write: an E.164 number, or up to 11 letters and digits for a text message.
    /// `None` leaves it to MessageBird (`Code`).
    pub originator: Option<String>,
    /// The caller's own reference, letters and digits; not sent when `None`.
    pub reference: Option<String>,
    /// What is said or written; holds `%token` where the code goes.
    pub template: String,
    /// Seconds until the code expires: 30 to 172 801.
    pub timeout_seconds: u32,
    /// Digits in the code: 6 to 10.
    pub token_length: u8,
    /// Wrong codes until the verification fails: 1 to 10.
    pub max_attempts: u8,
    /// One of MessageBird's 34 language codes in lower case, such as `nl-nl`.
    pub language: String,
    /// Which voice speaks.
    pub voice: Voice,
}

impl fmt::Debug for CreateVerify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateVerify")
            .field("kind", &self.kind)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("token_length", &self.token_length)
            .field("max_attempts", &self.max_attempts)
            .field("language", &self.language)
            .field("voice", &self.voice)
            .finish_non_exhaustive()
    }
}

/// One verification as MessageBird describes it. A 200 or 201 by itself says nothing: read [`status`](Self::status).
#[derive(Clone, PartialEq, Eq)]
pub struct Verify {
    /// Its id.
    pub id: VerifyId,
    /// What became of it so far.
    pub status: Status,
    /// The call or message that carries the code, when the answer names one usably.
    pub message: Option<MessageRef>,
    /// The recipient as text, whether it came as a number or a string.
    pub recipient: Option<String>,
    /// When the code expires, as written (RFC 3339). MessageBird's clock, not ours.
    pub valid_until: Option<String>,
}

impl fmt::Debug for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify")
            .field("status", &self.status)
            .field("message", &self.message)
            .field("valid_until", &self.valid_until)
            .finish_non_exhaustive()
    }
}

/// What became of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// On its way or delivered; nobody typed the right code yet.
    Sent,
    /// The right code was given. Only the exact text `verified` gets here.
    Verified,
    /// Its time is over.
    Expired,
    /// Too many wrong codes, or the message could not be sent at all (also possible in the answer to a create).
    Failed,
    /// It was deleted.
    Deleted,
    /// Anything else, also a missing status: never a success. At most 32 characters, odd ones replaced by `?`.
    Other(String),
}

/// How far a call or text message came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The state of the one recipient.
    pub state: DeliveryState,
    /// Since when, as written (RFC 3339).
    pub updated_at: Option<String>,
}

/// The state of a call or text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// Waits for its time (call or text message).
    Scheduled,
    /// The phone is being called.
    Calling,
    /// Somebody, or a voicemail, took the call: not proof that a person heard the code.
    Answered,
    /// The line was busy.
    Busy,
    /// A machine took the call.
    Machine,
    /// The call failed.
    Failed,
    /// The text message left MessageBird.
    Sent,
    /// The text message waits at the operator.
    Buffered,
    /// The text message reached the phone.
    Delivered,
    /// The text message was given up for its age.
    Expired,
    /// The text message could not be delivered.
    DeliveryFailed,
    /// Anything else. At most 32 characters, odd ones replaced by `?`.
    Other(String),
}
