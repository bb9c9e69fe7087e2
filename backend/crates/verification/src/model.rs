//! What goes into the use cases and comes out of them. What happens between is in [`crate::service`].

use crate::channel::Channel;
use crate::context::Context;
use crate::id::{Sealed, VerificationId};
use crate::limits::{Client, Destinations};
use crate::locale::Locale;
use crate::phone::PhoneNumber;
use crate::ports::{Progress, ProviderStatus, Room};
use crate::timestamp::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

/// What is offered, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Channels that may be used, the preferred one first.
    pub channels: Vec<Channel>,
    /// Digits of a code.
    pub code_length: u8,
    /// How long a code is good.
    pub ttl: Duration,
    /// Codes that may be tried.
    pub max_attempts: u8,
    /// The language of those whose own is not spoken.
    pub default_locale: Locale,
    /// What is said and written, by language, with `%token` where the code goes.
    pub texts: HashMap<Locale, Texts>,
    /// Where we call.
    pub destinations: Destinations,
}

/// The texts of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Said in a call.
    pub voice: String,
    /// Written in a message.
    pub sms: String,
}

/// A wish to prove a number.
#[derive(Debug, Clone)]
pub struct StartRequest {
    /// The number.
    pub number: PhoneNumber,
    /// How the code shall travel.
    pub channel: Channel,
    /// The wished language, a BCP 47 tag.
    pub locale: Option<String>,
    /// Who asks.
    pub client: Client,
    /// For whom.
    pub context: Context,
}

/// Where a verification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub enum Status {
    Pending,
    Verified,
    Expired,
    Failed,
    Canceled,
}

/// A verification as a caller may see it.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Its name for later calls.
    pub id: VerificationId,
    /// Where it stands.
    pub status: Status,
    /// What was sealed into the id at the start.
    pub sealed: Sealed,
    /// Codes that may still be tried.
    pub attempts_remaining: u8,
    /// The room its number has for further starts.
    pub room: Room,
    /// How the call or message fares, where that was asked.
    pub progress: Option<Progress>,
    /// When another read may find something new; `None` when none will.
    pub poll_after: Option<Duration>,
    /// When the right code was checked for the first time; only after a check.
    pub verified_at: Option<Timestamp>,
    /// Whether the right code was sent again, which is no second proof.
    pub is_repeated: bool,
}

impl Status {
    /// The name used in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

impl From<ProviderStatus> for Status {
    fn from(status: ProviderStatus) -> Self {
        match status {
            ProviderStatus::Pending => Self::Pending,
            ProviderStatus::Verified => Self::Verified,
            ProviderStatus::Expired => Self::Expired,
            ProviderStatus::Failed => Self::Failed,
            ProviderStatus::Deleted => Self::Canceled,
        }
    }
}
