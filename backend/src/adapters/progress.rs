//! What is known of calls under way, and how often the provider may be asked for more: each
//! verification at most every two seconds, all of them within one budget.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use verification::Timestamp;
use verification::ports::Progress;

const PER_VERIFICATION: Duration = Duration::from_secs(2);
/// Enough for every call that can be under way; beyond it everything is forgotten, which costs a
/// few reads and nothing else.
const MAX_KNOWN: usize = 20_000;

/// The last known progress of calls.
pub struct ProgressBook {
    per_second: u32,
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    known: HashMap<String, (Timestamp, Option<Progress>)>,
    second: u64,
    looks: u32,
}

impl ProgressBook {
    /// An empty book with a budget of looks a second.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        Self { per_second, pages: Mutex::default() }
    }

    /// Whether the provider may be asked about this verification now; the look is counted.
    pub fn may_look(&self, verification: &str, now: Timestamp) -> bool {
        let mut pages = self.lock();
        let page = pages.known.get(verification);
        if page.is_some_and(|(looked, _)| now.since(*looked) < PER_VERIFICATION) {
            return false;
        }
        let second = now.0 / 1000;
        if pages.second != second {
            (pages.second, pages.looks) = (second, 0);
        }
        if pages.looks >= self.per_second {
            return false;
        }
        pages.looks += 1;
        let last = page_of(&mut pages.known, verification).1;
        pages.known.insert(verification.to_owned(), (now, last));
        true
    }

    /// Notes what a look found.
    pub fn note(&self, verification: &str, progress: Progress) {
        page_of(&mut self.lock().known, verification).1 = Some(progress);
    }

    /// What was found last.
    pub fn last_known(&self, verification: &str) -> Option<Progress> {
        self.lock().known.get(verification).and_then(|(_, progress)| *progress)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn page_of<'a>(
    known: &'a mut HashMap<String, (Timestamp, Option<Progress>)>,
    verification: &str,
) -> &'a mut (Timestamp, Option<Progress>) {
    if known.len() >= MAX_KNOWN && !known.contains_key(verification) {
        known.clear();
    }
    known.entry(verification.to_owned()).or_insert((Timestamp(0), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_every_two_seconds_and_within_the_budget() {
        let book = ProgressBook::new(2);
        assert!(book.may_look("a", Timestamp(10_000)));
        assert!(!book.may_look("a", Timestamp(11_999)));
        assert!(book.may_look("a", Timestamp(12_000)));
        assert!(book.may_look("b", Timestamp(12_500)));
        assert!(!book.may_look("c", Timestamp(12_999)), "the budget of this second is used up");
        assert!(book.may_look("c", Timestamp(13_000)));
        assert_eq!(book.last_known("c"), None);
    }
}
