//! What is known of calls under way, and how often the provider may be asked for more: each
//! verification every two seconds while its call is under way, all of them within one budget.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use verification::Timestamp;
use verification::ports::{Progress, Reading};

/// Between two readings of a call that is under way.
const CALLING: Duration = Duration::from_secs(2);
/// When to come back after a reading that was due but could not be had.
const OVERDUE: Duration = Duration::from_secs(5);
/// Between two readings once the call is over: only the verification may still change.
const OVER: Duration = Duration::from_secs(10);
/// Enough for every call that can be under way; beyond it everything is forgotten, which costs a
/// few requests and nothing else.
const MAX_KNOWN: usize = 20_000;

/// The last known progress of calls.
pub(super) struct ProgressCache {
    /// At most this many readings within that span.
    budget: (usize, Duration),
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: HashMap<String, Entry>,
    /// The latest readings of whatever verification; never more than the budget has.
    readings: Vec<Timestamp>,
}

#[derive(Default)]
struct Entry {
    read_at: Option<Timestamp>,
    progress: Option<Progress>,
}

/// Whether the provider may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permission {
    /// It may; the reading is counted.
    Granted,
    /// Not yet: what is known is recent enough.
    NotYet,
    /// Not now: the budget is used up.
    Refused,
}

impl ProgressCache {
    /// An empty cache with a budget of requests a second, of which a reading takes so many.
    pub(super) fn new(requests_per_second: u32, requests_per_reading: u32) -> Self {
        // A budget smaller than a reading affords one every few seconds.
        let seconds =
            if requests_per_second < requests_per_reading { requests_per_reading } else { 1 };
        let readings = (requests_per_second * seconds / requests_per_reading) as usize;
        Self { budget: (readings, Duration::from_secs(seconds.into())), state: Mutex::default() }
    }

    /// Whether the provider may be asked about this verification now.
    pub(super) fn permission(&self, verification: &str, now: Timestamp) -> Permission {
        let mut state = self.lock();
        let (most, span) = self.budget;
        let entry = entry_of(&mut state.known, verification);
        let pause = if entry.is_over() { OVER } else { CALLING };
        if entry.read_at.is_some_and(|read_at| apart(now, read_at) < pause) {
            return Permission::NotYet;
        }
        state.readings.retain(|reading| apart(now, *reading) < span);
        if state.readings.len() >= most {
            return Permission::Refused;
        }
        state.readings.push(now);
        entry_of(&mut state.known, verification).read_at = Some(now);
        Permission::Granted
    }

    /// Stores what a reading found.
    pub(super) fn store(&self, verification: &str, progress: Progress) -> bool {
        let mut state = self.lock();
        let before = entry_of(&mut state.known, verification).progress.replace(progress);
        before.is_none_or(|before| before.delivery != progress.delivery)
    }

    /// What was found last. `overdue` when nothing was read, though it was time to.
    pub(super) fn last_known(&self, verification: &str, overdue: bool) -> Reading {
        let mut state = self.lock();
        let entry = entry_of(&mut state.known, verification);
        let again_after = match (entry.is_over(), overdue) {
            (true, _) => OVER,
            (false, true) => OVERDUE,
            (false, false) => CALLING,
        };
        Reading { progress: entry.progress, again_after }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_over(&self) -> bool {
        self.progress.is_some_and(|progress| progress.delivery.is_over())
    }
}

fn entry_of<'a>(known: &'a mut HashMap<String, Entry>, verification: &str) -> &'a mut Entry {
    if known.len() >= MAX_KNOWN && !known.contains_key(verification) {
        known.clear();
    }
    known.entry(verification.to_owned()).or_default()
}

/// Either way: a clock that was set back must not keep a verification waiting until it catches up.
fn apart(one: Timestamp, other: Timestamp) -> Duration {
    Duration::from_millis(one.0.abs_diff(other.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use verification::ports::{Delivery, ProviderStatus};

    fn found(delivery: Delivery) -> Progress {
        Progress {
            status: Some(ProviderStatus::Pending),
            delivery,
            updated_at: Timestamp(0),
            is_news: false,
        }
    }

    #[test]
    fn reads_each_call_every_two_seconds() {
        let cache = ProgressCache::new(50, 2);
        assert_eq!(cache.permission("a", Timestamp(10_000)), Permission::Granted);
        assert_eq!(cache.permission("a", Timestamp(11_999)), Permission::NotYet);
        assert_eq!(cache.permission("b", Timestamp(11_999)), Permission::Granted);
        assert_eq!(cache.permission("a", Timestamp(12_000)), Permission::Granted);
        let nothing = Reading { progress: None, again_after: CALLING };
        assert_eq!(cache.last_known("a", false), nothing);
    }

    #[test]
    fn spends_no_more_requests_than_the_budget_within_any_second() {
        let cache = ProgressCache::new(5, 2);
        let mut granted = Vec::new();
        for (n, now) in (10_000..13_000).step_by(50).enumerate() {
            if cache.permission(&n.to_string(), Timestamp(now)) == Permission::Granted {
                granted.push(now);
            }
        }
        // Five requests are two readings.
        assert_eq!(granted, [10_000, 10_050, 11_000, 11_050, 12_000, 12_050]);
        assert_eq!(cache.last_known("59", true).again_after, OVERDUE);
    }

    #[test]
    fn a_budget_of_one_request_is_a_reading_in_two_seconds_and_none_is_none() {
        let cache = ProgressCache::new(1, 2);
        let permissions =
            [10_000, 11_999, 12_000].map(|now| cache.permission(&now.to_string(), Timestamp(now)));
        assert_eq!(permissions, [Permission::Granted, Permission::Refused, Permission::Granted]);
        assert_eq!(
            ProgressCache::new(0, 2).permission("a", Timestamp(10_000)),
            Permission::Refused
        );
    }

    #[test]
    fn reads_less_often_once_the_call_is_over() {
        let cache = ProgressCache::new(50, 2);
        assert_eq!(cache.permission("a", Timestamp(10_000)), Permission::Granted);
        cache.store("a", found(Delivery::Busy));
        assert_eq!(cache.permission("a", Timestamp(19_999)), Permission::NotYet);
        for overdue in [false, true] {
            let reading = Reading { progress: Some(found(Delivery::Busy)), again_after: OVER };
            assert_eq!(cache.last_known("a", overdue), reading);
        }
        assert_eq!(cache.permission("a", Timestamp(20_000)), Permission::Granted);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody() {
        let cache = ProgressCache::new(2, 2);
        assert_eq!(cache.permission("a", Timestamp(9_000_000)), Permission::Granted);
        assert_eq!(cache.permission("a", Timestamp(5_000_000)), Permission::Granted);
    }
}
