//! Until when something must be done. The time of day is another matter: a [`Clock`](super::Clock) tells it,
//! and may jump.

use std::time::{Duration, Instant};

/// A moment by the monotonic clock, which nobody moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    #[must_use]
    pub fn within(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// What is left until then; nothing once it has passed.
    #[must_use]
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// So long before.
    #[must_use]
    pub fn less(self, time: Duration) -> Self {
        Self(self.0.checked_sub(time).unwrap_or(self.0))
    }
}
