//! What is sealed into an id: the one list of it. Its bytes are in [`super::encoding`].

use crate::channel::Channel;
use crate::code::Code;
use crate::context::Context;
use crate::limits::Client;
use crate::locale::Locale;
use crate::phone::PhoneNumber;
use crate::ports::ProviderRef;
use crate::providers::ProviderTag;
use crate::timestamp::Timestamp;
use std::fmt;
use std::time::Duration;

/// What an id holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The provider that placed the call.
    pub provider: ProviderTag,
    /// The provider's name for the verification.
    pub provider_ref: ProviderRef,
    /// The number.
    pub number: PhoneNumber,
    /// How the code travelled.
    pub channel: Channel,
    /// The language it was spoken in.
    pub locale: Locale,
    /// When the start was charged.
    pub created_at: Timestamp,
    /// How long the code is good.
    pub ttl: Duration,
    /// Digits of the code.
    pub code_length: u8,
    /// Codes that may be tried.
    pub max_attempts: u8,
    /// Who started it, to give back the charge when it is verified.
    pub client: Client,
    /// The code, where we made it: then we compare it ourselves. `None` where the provider keeps it.
    pub own_code: Option<Code>,
    /// Whether the code is said only after a key was pressed.
    pub press_a_key: bool,
    /// For whom it was started.
    pub context: Context,
}

impl fmt::Debug for Sealed {
    /// Shows no more than the number, masked, and the channel.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Sealed");
        shown.field("number", &self.number).field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl Sealed {
    /// When the code stops being good.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.created_at + self.ttl
    }
}
