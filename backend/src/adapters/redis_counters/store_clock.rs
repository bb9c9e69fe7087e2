//! What time it is at the store, as far as can be told from here: so that a decision can say until
//! when it may be made, by the clock of the server that makes it.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a reading is preferred to a later one that took longer: clocks hardly drift apart in this
/// time, and one that was set is noticed after it at the latest.
const TRUSTED: Duration = Duration::from_secs(5);

/// Where this process counts its own time from.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How far a server's clock is ahead of our own, from its answers. It is never told to be further
/// ahead than it is, and so no decision is permitted after its time.
#[derive(Default)]
pub(super) struct StoreClock(Mutex<Option<Reading>>);

#[derive(Clone, Copy)]
struct Reading {
    /// The server's clock less ours in microseconds, at least.
    ahead: i64,
    at: Instant,
}

impl StoreClock {
    /// The moment `until`, in the server's milliseconds, if it has ever told its time.
    pub(super) fn moment(&self, until: Instant) -> Option<u64> {
        let ahead = self.lock().map(|reading| reading.ahead)?;
        u64::try_from((own(until) + ahead) / 1_000).ok()
    }

    /// Takes note of the time that the server told between these two moments.
    pub(super) fn told(&self, milliseconds: u64, asked: Instant, answered: Instant) {
        let told = i64::try_from(milliseconds).unwrap_or(i64::MAX / 2_000) * 1_000;
        // It was told in whole milliseconds, somewhere on the way.
        let (least, most) = (told - own(answered), told + 1_000 - own(asked));
        let mut known = self.lock();
        let keep = known.is_some_and(|known| {
            let is_young = answered.saturating_duration_since(known.at) < TRUSTED;
            // A clock that was set back proves the earlier reading wrong.
            is_young && least < known.ahead && known.ahead <= most
        });
        if !keep {
            *known = Some(Reading { ahead: least, at: answered });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Our own time in microseconds.
fn own(at: Instant) -> i64 {
    let since = at.saturating_duration_since(*BEGAN);
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A server that began at this moment of its own, and what is known of it.
    fn after(readings: &[(u32, u32, u64)]) -> (StoreClock, Instant) {
        let began = *BEGAN;
        let clock = StoreClock::default();
        for (asked, answered, told) in readings {
            clock.told(*told, began + MS * *asked, began + MS * *answered);
        }
        (clock, began)
    }

    #[test]
    fn knows_nothing_before_the_first_answer() {
        let (clock, began) = after(&[]);
        assert_eq!(clock.moment(began), None);
    }

    #[test]
    fn never_thinks_the_server_further_ahead_than_it_is() {
        // Its clock shows 1 000 more than ours. The answer took 40 ms to come back.
        let (clock, began) = after(&[(0, 50, 1_010)]);
        assert_eq!(clock.moment(began + MS * 100), Some(1_060));
    }

    #[test]
    fn prefers_the_answer_that_came_back_fastest() {
        let (clock, began) = after(&[(0, 1, 1_001), (10, 60, 1_020), (70, 72, 1_071)]);
        assert_eq!(clock.moment(began + MS * 100), Some(1_100));
    }

    #[test]
    fn follows_a_clock_that_is_set_ahead_or_back() {
        let (clock, began) = after(&[(0, 1, 5_001), (10, 11, 9_011)]);
        assert_eq!(clock.moment(began + MS * 100), Some(9_100));
        let (clock, began) = after(&[(0, 1, 5_001), (10, 11, 1_011)]);
        assert_eq!(clock.moment(began + MS * 100), Some(1_100));
    }

    #[test]
    fn trusts_no_answer_for_ever() {
        let (clock, began) = after(&[(0, 1, 1_001), (6_000, 6_040, 7_001)]);
        assert_eq!(clock.moment(began + MS * 7_000), Some(7_961));
    }
}
