//! How a verification, and its call or message, is faring at the provider.

use crate::timestamp::Timestamp;
use std::time::Duration;

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
pub struct Reading {
    /// The latest progress known, if any is.
    pub progress: Option<Progress>,
    /// When to read again; an earlier reading finds the same.
    pub again_after: Duration,
}

/// A verification as the provider sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Where the verification stands at a provider that keeps the code; `None` at one that does not.
    pub status: Option<ProviderStatus>,
    /// How the call or message fares.
    pub delivery: Delivery,
    /// When this was learnt.
    pub updated_at: Timestamp,
    /// Whether it was learnt just now, and was not so before.
    pub is_news: bool,
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
