//! Why a provider gave no answer of use, and what the domain is told of it. What the provider's own
//! refusals mean is in `meaning`.

use super::meaning::{LATER, Refused};
use super::operation::Operation;
use super::spread::Spread;
use provider_http::{Error, Unknown};
use std::fmt;
use std::time::Duration;
use verification::{Failure, NotDone};

/// When a slot in the bulkhead is likely to be free again.
const FREE_SLOT: Duration = Duration::from_secs(2);

/// Why there is no answer of use.
#[derive(Debug)]
pub enum AskError<R> {
    /// The breaker is open: nothing was asked.
    BreakerOpen {
        /// When it is worth asking again.
        retry_after: Duration,
    },
    /// As many requests as allowed are under way, and none ended in time: nothing was asked.
    BulkheadFull,
    /// The time for it is over: nothing was asked.
    TooLate,
    /// It was asked.
    Asked(Error<R>),
}

impl<R> AskError<R> {
    /// Whether nothing left, and the same request may fare better at once. Nobody but a read that settles
    /// a check waits twice for a slot.
    pub(super) fn is_passing(&self, operation: Operation) -> bool {
        match self {
            Self::Asked(Error::NotSent(why)) => why.is_passing(),
            Self::BulkheadFull => operation == Operation::Status,
            Self::BreakerOpen { .. } | Self::TooLate | Self::Asked(_) => false,
        }
    }
}

impl<R: Refused> AskError<R> {
    /// What the domain is told.
    pub(super) fn failure(self, spread: &Spread) -> Failure {
        match self {
            Self::BreakerOpen { retry_after } => NotDone::NotSent { retry_after }.into(),
            Self::BulkheadFull => NotDone::NotSent { retry_after: FREE_SLOT }.into(),
            Self::TooLate | Self::Asked(Error::NotSent(_)) => {
                NotDone::NotSent { retry_after: LATER }.into()
            }
            Self::Asked(Error::Refused(refused)) => {
                NotDone::Refused(refused.meaning().refusal(spread)).into()
            }
            Self::Asked(Error::Unknown(Unknown::TimedOut(_))) => {
                Failure::Unknown { timed_out: true }
            }
            Self::Asked(Error::Unknown(_) | Error::Unusable(_)) => {
                Failure::Unknown { timed_out: false }
            }
        }
    }
}

impl<R: fmt::Display> fmt::Display for AskError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BreakerOpen { .. } => f.write_str("the provider is not asked for now"),
            Self::BulkheadFull => f.write_str("too many requests are under way"),
            Self::TooLate => f.write_str("the time for it is over"),
            Self::Asked(error) => error.fmt(f),
        }
    }
}
