//! What can go wrong in a use case, by meaning. How a provider fails is in [`crate::ports`]; which HTTP
//! answer it becomes is the service's business.

use crate::channel::Channel;
use crate::code::CodeError;
use crate::ports::{CounterKind, StoreError};
use std::fmt;
use std::time::Duration;

/// A limit that was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// Which one, for operators.
    pub rule: CounterKind,
    /// Until it has room again: exact for the number's own limits, rounded up for all others.
    pub retry_after: Duration,
}

/// Whose limit it is, which is all that the public learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The number's own. Its holder needs to know exactly.
    Number,
    /// The caller's own, which has a key and may know.
    Caller,
    /// The client's or the prefix's. An attacker should learn nothing.
    Client,
    /// The region's or everybody's.
    Capacity,
}

impl Limited {
    /// Whose limit it is.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self.rule {
            CounterKind::Number
            | CounterKind::Unchecked
            | CounterKind::Told
            | CounterKind::Codes
            | CounterKind::Tries
            | CounterKind::KeyPress
            | CounterKind::Mark
            | CounterKind::Lost
            | CounterKind::Reads
            | CounterKind::Ending
            | CounterKind::Idempotency
            | CounterKind::Receipt => Scope::Number,
            CounterKind::Caller => Scope::Caller,
            CounterKind::Client
            | CounterKind::ClientVerified
            | CounterKind::CallerClient
            | CounterKind::CallerClientVerified
            | CounterKind::Prefix
            | CounterKind::PrefixVerified => Scope::Client,
            CounterKind::Region
            | CounterKind::Hour
            | CounterKind::Day
            | CounterKind::Started
            | CounterKind::Verified
            | CounterKind::Observed
            | CounterKind::Paused
            | CounterKind::ClosedByHand
            | CounterKind::BlocksVersion
            | CounterKind::BlockList
            | CounterKind::FiguresTaken
            | CounterKind::FiguresThere
            | CounterKind::Figures
            | CounterKind::BlocksChanging
            | CounterKind::Closed => Scope::Capacity,
        }
    }
}

impl Limited {
    /// As anybody but the caller hears it whose limit was met: like any client's, rounded up to a minute.
    #[must_use]
    pub fn to_others(self) -> Self {
        if self.scope() != Scope::Caller {
            return self;
        }
        let minutes = self.retry_after.as_millis().div_ceil(60_000) as u64;
        Self { rule: CounterKind::Client, retry_after: Duration::from_secs(minutes * 60) }
    }
}

/// Why no call was placed, or why it is not known that one was.
#[derive(Debug)]
pub enum StartError {
    /// The channel is switched off.
    ChannelClosed(Channel),
    /// The region or kind of number is closed.
    DestinationClosed,
    /// A message was asked for to what is certainly a landline. Nothing was sent.
    Landline,
    /// An operator stopped new calls. Nothing was sent.
    Paused {
        /// Until when.
        retry_after: Duration,
    },
    /// A limit was met. Nothing was sent.
    Limited(Limited),
    /// The provider does not call this number.
    RecipientRefused,
    /// The provider refused us. Nothing was placed; waiting does not help, an operator does.
    ProviderRefusedUs,
    /// Nothing was placed; later it may be.
    NotPlaced {
        /// When it is worth asking again.
        retry_after: Duration,
    },
    /// A call may or may not be on its way. Its code, if it rings, cannot be checked.
    DeliveryUnknown {
        /// No answer in time, rather than a broken or senseless one.
        timed_out: bool,
        /// Until the number may be called again.
        retry_after: Duration,
    },
    /// The counters cannot be reached, so nothing may be spent.
    Store(StoreError),
    /// The verification that was to be called again is of no use.
    Original(CheckError),
}

/// Why a verification was not checked, read or cancelled.
#[derive(Debug)]
pub enum CheckError {
    /// The id is unknown, forged, altered or of another service. One answer for all.
    NotFound,
    /// The code's time is over.
    Expired,
    /// Too many wrong codes.
    AttemptsExhausted,
    /// It was cancelled, or a newer call took its place.
    Canceled,
    /// It was verified before.
    AlreadyVerified,
    /// The text is not a code. No try was used.
    CodeMalformed(CodeError),
    /// The code is wrong.
    CodeIncorrect {
        /// Tries left.
        attempts_remaining: u8,
    },
    /// Too many wrong codes for the number, over all its verifications.
    Limited(Limited),
    /// The provider refused us.
    ProviderRefusedUs,
    /// The code was not compared; later it may be.
    NotChecked {
        /// When it is worth asking again.
        retry_after: Duration,
    },
    /// A code of this verification is being compared at this moment. This one was not sent.
    UnderWay {
        /// Whether it is the same code, so that its answer will be this one's too.
        is_same: bool,
    },
    /// The code may or may not have been compared. The same code may be sent again.
    CheckUnknown {
        /// No answer in time, rather than a broken or senseless one.
        timed_out: bool,
    },
    /// The counters cannot be reached, so nothing may be tried.
    Store(StoreError),
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StoreError> for CheckError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<CheckError> for StartError {
    fn from(error: CheckError) -> Self {
        Self::Original(error)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not started: {self:?}")
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not checked: {self:?}")
    }
}

impl std::error::Error for StartError {}
impl std::error::Error for CheckError {}
