//! The provider: a service that calls or writes to people. There are two shapes of it, by who keeps
//! the code. Which providers are in use, and which of them is asked, is in [`crate::providers`].

use super::{Deadline, ProviderStatus, Reading};
use crate::channel::Channel;
use crate::code::Code;
use crate::locale::Locale;
use crate::phone::PhoneNumber;
use crate::timestamp::Timestamp;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// The provider's own name for a verification. Never shown to a client.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderRef(pub String);

impl fmt::Debug for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderRef(…)")
    }
}

/// What a provider can do. The domain asks for this and never for who the provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The channels it has, and the languages it speaks or writes on each. Among those of one
    /// language the first serves a wish for that language alone.
    pub channels: BTreeMap<Channel, Vec<Locale>>,
    /// The digits that its codes may have.
    pub code_lengths: RangeInclusive<u8>,
    /// How long its codes may stay good.
    pub lifetimes: RangeInclusive<Duration>,
    /// Whether its calls say the code only after a key was pressed.
    pub press_a_key: bool,
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
    /// How long the code stays good. A call that would begin later is of no use.
    pub ttl: Duration,
    /// When it was charged: from then on the code is good for so long.
    pub created_at: Timestamp,
    /// The site's own reference, ASCII letters and digits.
    pub reference: Option<&'a str>,
    /// Until when it must be placed.
    pub by: Deadline,
}

/// What a provider that keeps the code is to make and to accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeRules {
    /// Digits of the code.
    pub length: u8,
    /// How many codes may be tried.
    pub max_attempts: u8,
}

/// Why the provider did not do what it was asked. The variant says whether a second call may be
/// placed, which is what matters for money and for the person who is rung.
#[derive(Debug)]
pub enum Failure {
    /// Certain: nothing was placed and no code was compared. Whatever was charged is given back, and
    /// asking again is safe.
    NotDone(NotDone),
    /// The request left and no usable answer came back. A call may be on its way: never ask again,
    /// keep what was charged.
    Unknown {
        /// No answer in time, rather than a broken or senseless one.
        timed_out: bool,
    },
}

/// How it is certain that nothing was done.
#[derive(Debug)]
pub enum NotDone {
    /// No byte of the request left.
    NotSent {
        /// When it is worth asking again.
        retry_after: Duration,
    },
    /// A complete answer that says no.
    Refused(Refusal),
}

impl From<NotDone> for Failure {
    fn from(not_done: NotDone) -> Self {
        Self::NotDone(not_done)
    }
}

/// Why the provider said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It does not call this number.
    Recipient,
    /// It does not call or write there.
    Destination,
    /// It blocks this number, as for fraud. Nobody else is to be asked then.
    Blocked,
    /// It accepted the call and gave up on it at once.
    FailedAtOnce,
    /// It does not know or trust us: a revoked key, a fault in our request.
    Us,
    /// It is busy, or we are over our quota or out of money there.
    Busy {
        /// When it is worth asking again.
        retry_after: Duration,
    },
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
    /// The verification is over: verified before, or out of tries. [`KeepsCode::status`] tells which.
    Over,
    /// The provider does not know the verification (any more).
    Gone,
}

/// What every provider does.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> &Capabilities;

    /// Tells how a verification and its call are faring, as far as that is known without straining
    /// the provider: the answer may be some seconds old, or nothing.
    async fn progress(&self, verification: &ProviderRef, channel: Channel) -> Reading;

    /// Ends a call that is still waiting, and makes a code that the provider keeps useless.
    /// Cancelling what is gone succeeds.
    ///
    /// # Errors
    /// [`Failure`].
    async fn cancel(&self, verification: &ProviderRef) -> Result<(), Failure>;
}

/// A provider that makes the code, keeps it and compares it.
#[async_trait]
pub trait KeepsCode: Provider {
    /// Places a call or sends a message. Costs money and rings a phone.
    ///
    /// # Errors
    /// [`Failure`]: its variant says whether a second call may be placed.
    async fn start(&self, call: &Call<'_>, code: CodeRules) -> Result<ProviderRef, Failure>;

    /// Compares a code, until then. Uses up one try at the provider.
    ///
    /// # Errors
    /// [`Failure`]; after [`Failure::Unknown`] the code may or may not have been compared.
    async fn check(
        &self,
        verification: &ProviderRef,
        code: &Code,
        by: Deadline,
    ) -> Result<CheckAnswer, Failure>;

    /// Reads where a verification stands now, until then. Changes nothing and may be repeated.
    ///
    /// # Errors
    /// [`Failure`].
    async fn status(
        &self,
        verification: &ProviderRef,
        by: Deadline,
    ) -> Result<ProviderStatus, Failure>;
}

/// A provider that says or writes a code of ours and knows nothing of checks.
#[async_trait]
pub trait Delivers: Provider {
    /// Places a call or sends a message that tells `code` in every place of `%token`; how digits are
    /// parted so that a voice says them one by one is the provider's business. Costs money and rings
    /// a phone.
    ///
    /// # Errors
    /// [`Failure`]: its variant says whether a second call may be placed.
    async fn deliver(&self, call: &Call<'_>, code: &Code) -> Result<ProviderRef, Failure>;
}

/// A provider of either shape.
#[derive(Clone)]
pub enum AnyProvider {
    /// It keeps the code.
    KeepsCode(Arc<dyn KeepsCode>),
    /// It delivers a code of ours.
    Delivers(Arc<dyn Delivers>),
}

impl AnyProvider {
    /// What both shapes do.
    #[must_use]
    pub fn common(&self) -> &dyn Provider {
        match self {
            Self::KeepsCode(provider) => provider.as_ref(),
            Self::Delivers(provider) => provider.as_ref(),
        }
    }
}
