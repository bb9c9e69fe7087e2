//! What is known of calls under way, and how often the provider may be asked for more: each
//! verification every two seconds while its call is under way, all of them within one budget.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use verification::Timestamp;
use verification::ports::{Progress, Reading};

/// Between two looks at a call that is under way.
const UNDER_WAY: Duration = Duration::from_secs(2);
/// When to come back after a look that was not to be had.
const STRAINED: Duration = Duration::from_secs(5);
/// Between two looks once the call is over: only the verification may still change.
const OVER: Duration = Duration::from_secs(10);
/// A look reads the verification, and then its call or message.
const READS: u32 = 2;
/// Enough for every call that can be under way; beyond it everything is forgotten, which costs a
/// few reads and nothing else.
const MAX_KNOWN: usize = 20_000;

/// The last known progress of calls.
pub struct ProgressBook {
    /// At most this many looks within that span.
    budget: (usize, Duration),
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    known: HashMap<String, Page>,
    /// The latest looks at whatever verification; never more than the budget has.
    looks: Vec<Timestamp>,
}

#[derive(Default)]
struct Page {
    looked_at: Option<Timestamp>,
    progress: Option<Progress>,
}

/// Whether the provider may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It may; the look is counted.
    Granted,
    /// Not yet: what is known is young enough.
    NotYet,
    /// Not now: the budget is used up.
    Refused,
}

impl ProgressBook {
    /// An empty book with a budget of reads a second.
    #[must_use]
    pub fn new(reads_per_second: u32) -> Self {
        // A budget of a single read affords a look every two seconds.
        let seconds = if reads_per_second < READS { READS } else { 1 };
        let looks = (reads_per_second * seconds / READS) as usize;
        Self { budget: (looks, Duration::from_secs(seconds.into())), pages: Mutex::default() }
    }

    /// Whether the provider may be asked about this verification now.
    pub fn leave(&self, verification: &str, now: Timestamp) -> Leave {
        let mut pages = self.lock();
        let (most, span) = self.budget;
        let page = page_of(&mut pages.known, verification);
        let pause = if page.is_over() { OVER } else { UNDER_WAY };
        if page.looked_at.is_some_and(|looked_at| apart(now, looked_at) < pause) {
            return Leave::NotYet;
        }
        pages.looks.retain(|look| apart(now, *look) < span);
        if pages.looks.len() >= most {
            return Leave::Refused;
        }
        pages.looks.push(now);
        page_of(&mut pages.known, verification).looked_at = Some(now);
        Leave::Granted
    }

    /// Notes what a look found.
    pub fn note(&self, verification: &str, progress: Progress) {
        page_of(&mut self.lock().known, verification).progress = Some(progress);
    }

    /// What was found last. `strained` when there was no look, though it was time for one.
    pub fn last_known(&self, verification: &str, strained: bool) -> Reading {
        let mut pages = self.lock();
        let page = page_of(&mut pages.known, verification);
        let again_after = match (page.is_over(), strained) {
            (true, _) => OVER,
            (false, true) => STRAINED,
            (false, false) => UNDER_WAY,
        };
        Reading { progress: page.progress, again_after }
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Page {
    fn is_over(&self) -> bool {
        self.progress.is_some_and(|progress| progress.delivery.is_over())
    }
}

fn page_of<'a>(known: &'a mut HashMap<String, Page>, verification: &str) -> &'a mut Page {
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
        Progress { status: Some(ProviderStatus::Pending), delivery, updated_at: Timestamp(0) }
    }

    #[test]
    fn looks_at_each_call_every_two_seconds() {
        let book = ProgressBook::new(50);
        assert_eq!(book.leave("a", Timestamp(10_000)), Leave::Granted);
        assert_eq!(book.leave("a", Timestamp(11_999)), Leave::NotYet);
        assert_eq!(book.leave("b", Timestamp(11_999)), Leave::Granted);
        assert_eq!(book.leave("a", Timestamp(12_000)), Leave::Granted);
        let nothing = Reading { progress: None, again_after: UNDER_WAY };
        assert_eq!(book.last_known("a", false), nothing);
    }

    #[test]
    fn spends_no_more_reads_than_the_budget_within_any_second() {
        let book = ProgressBook::new(5);
        let mut granted = Vec::new();
        for (n, now) in (10_000..13_000).step_by(50).enumerate() {
            if book.leave(&n.to_string(), Timestamp(now)) == Leave::Granted {
                granted.push(now);
            }
        }
        // Five reads are two looks.
        assert_eq!(granted, [10_000, 10_050, 11_000, 11_050, 12_000, 12_050]);
        assert_eq!(book.last_known("59", true).again_after, STRAINED);
    }

    #[test]
    fn a_budget_of_one_read_is_a_look_in_two_seconds_and_none_is_none() {
        let book = ProgressBook::new(1);
        let leaves =
            [10_000, 11_999, 12_000].map(|now| book.leave(&now.to_string(), Timestamp(now)));
        assert_eq!(leaves, [Leave::Granted, Leave::Refused, Leave::Granted]);
        assert_eq!(ProgressBook::new(0).leave("a", Timestamp(10_000)), Leave::Refused);
    }

    #[test]
    fn looks_less_often_once_the_call_is_over() {
        let book = ProgressBook::new(50);
        assert_eq!(book.leave("a", Timestamp(10_000)), Leave::Granted);
        book.note("a", found(Delivery::Busy));
        assert_eq!(book.leave("a", Timestamp(19_999)), Leave::NotYet);
        for strained in [false, true] {
            let look = Reading { progress: Some(found(Delivery::Busy)), again_after: OVER };
            assert_eq!(book.last_known("a", strained), look);
        }
        assert_eq!(book.leave("a", Timestamp(20_000)), Leave::Granted);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody() {
        let book = ProgressBook::new(2);
        assert_eq!(book.leave("a", Timestamp(9_000_000)), Leave::Granted);
        assert_eq!(book.leave("a", Timestamp(5_000_000)), Leave::Granted);
    }
}
