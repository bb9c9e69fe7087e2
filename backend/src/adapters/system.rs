//! The machine's clock and randomness: the only place that reads them.

use std::time::{SystemTime, UNIX_EPOCH};
use verification::ports::NoRandomness;
use verification::{Clock, Randomness, Timestamp};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        #[expect(clippy::disallowed_methods, reason = "this is the Randomness port")]
        getrandom::fill(bytes).map_err(|_| NoRandomness)
    }
}
