//! What the domain needs from the outside: a clock, randomness, counters, providers. Adapters live in the
//! service; each method here states its effects and its errors.

mod counters;
mod deadline;
mod progress;
mod provider;

pub use counters::{CounterKind, Counters, Decision, Found, Key, Refused, Room, Step, StoreError};
pub use deadline::Deadline;
pub use progress::{Delivery, Progress, ProviderStatus, Reading};
pub use provider::{
    AnyProvider, Call, Capabilities, CheckAnswer, CodeRules, Delivers, Failure, KeepsCode, NotDone,
    Provider, ProviderRef, Refusal,
};

pub use crate::timestamp::Timestamp;

use std::fmt;

/// Tells the time, so that tests can move it.
pub trait Clock: Send + Sync {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes that nobody can guess, so that tests can choose them.
pub trait Randomness: Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`NoRandomness`]: the bytes must not be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The system has no randomness to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRandomness;

impl fmt::Display for NoRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system has no randomness to give")
    }
}

impl std::error::Error for NoRandomness {}
