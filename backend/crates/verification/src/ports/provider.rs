//! The provider: a service that calls people, keeps the code and compares it.

use super::Timestamp;
use crate::code::Code;
use crate::error::Failure;
use crate::locale::Locale;
use crate::phone::PhoneNumber;
use async_trait::async_trait;
use std::fmt;
use std::time::Duration;

/// How a code travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Channel {
    /// A call in which a voice says the code.
    Voice,
    /// A text message.
    Sms,
}

impl Channel {
    /// Both channels.
    pub const ALL: [Self; 2] = [Self::Voice, Self::Sms];

    /// The name used in the API, in logs and in configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Sms => "sms",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The provider's own name for a verification. Never shown to a client.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderRef(pub String);

impl fmt::Debug for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderRef(…)")
    }
}

/// One call to place, or message to send.
#[derive(Debug)]
pub struct Call<'a> {
    /// Whom to reach.
    pub number: &'a PhoneNumber,
    /// How.
    pub channel: Channel,
    /// The language of `text`.
    pub locale: Locale,
    /// What is said, with `%token` wherever the code goes.
    pub text: &'a str,
    /// Digits of the code.
    pub code_length: u8,
    /// How long the code stays good.
    pub ttl: Duration,
    /// How many codes may be tried.
    pub max_attempts: u8,
    /// The caller's own reference, ASCII letters and digits.
    pub reference: Option<&'a str>,
}

/// What the provider says of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckAnswer {
    /// The code is right; the verification is used up by this.
    Verified,
    /// The code is wrong.
    Incorrect,
    /// The verification ran out of time.
    Expired,
    /// The verification is over: verified before, or out of tries. [`Provider::status`] tells which.
    Over,
    /// The provider does not know the verification (any more).
    Gone,
}

/// Where a verification stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderStatus {
    /// Waiting for a code.
    Pending,
    /// Proven.
    Verified,
    /// Out of time.
    Expired,
    /// Out of tries, or never delivered.
    Failed,
    /// Cancelled.
    Deleted,
}

/// How the call or message itself is faring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Delivery {
    Queued,
    Ringing,
    Answered,
    Busy,
    NoAnswer,
    Voicemail,
    Sent,
    Delivered,
    Failed,
    Unknown,
}

/// What is known of a verification's progress, and when there may be more to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The last that was learnt, if anything was.
    pub progress: Option<Progress>,
    /// When to look again; a look before finds the same.
    pub again_after: Duration,
}

/// A verification as the provider sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Where the verification stands.
    pub status: ProviderStatus,
    /// How the call or message fares.
    pub delivery: Delivery,
    /// When this was learnt.
    pub updated_at: Timestamp,
}

impl Delivery {
    /// Whether it is certain that nobody took the call, or that the message did not arrive.
    #[must_use]
    pub fn has_failed(self) -> bool {
        matches!(self, Self::Busy | Self::NoAnswer | Self::Failed)
    }

    /// Whether nothing more happens to the call or message.
    #[must_use]
    pub fn is_over(self) -> bool {
        self.has_failed() || matches!(self, Self::Answered | Self::Voicemail | Self::Delivered)
    }

    /// The name used in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Voicemail => "voicemail",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// A service that calls people, keeps the code and compares it.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The locales it can speak.
    fn locales(&self) -> &[Locale];

    /// Places a call or sends a message. Costs money and rings a phone.
    ///
    /// # Errors
    /// [`Failure`]: its variant says whether a second call may be placed.
    async fn start(&self, call: &Call<'_>) -> Result<ProviderRef, Failure>;

    /// Compares a code. Uses up one try at the provider.
    ///
    /// # Errors
    /// [`Failure`]; after [`Failure::Unknown`] the code may or may not have been compared.
    async fn check(&self, verification: &ProviderRef, code: &Code) -> Result<CheckAnswer, Failure>;

    /// Reads where a verification stands, now. Changes nothing and may be repeated.
    ///
    /// # Errors
    /// [`Failure`].
    async fn status(&self, verification: &ProviderRef) -> Result<ProviderStatus, Failure>;

    /// Tells how a verification and its call are faring, as far as that is known without straining
    /// the provider: the answer may be some seconds old, or nothing.
    async fn progress(&self, verification: &ProviderRef, channel: Channel) -> Look;

    /// Makes a verification's code useless. Cancelling what is gone succeeds.
    ///
    /// # Errors
    /// [`Failure`].
    async fn cancel(&self, verification: &ProviderRef) -> Result<(), Failure>;
}
