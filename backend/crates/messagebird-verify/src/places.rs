//! How many requests may be under way at once. Knows only who asks, not what is asked.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::answer::Operation;

/// How long a request waits for a place; longer would only hide that MessageBird is slow. Whoever gets none
/// is to be told so within a quarter of a second.
const PATIENCE: Duration = Duration::from_millis(200);

/// The places of all requests, of which no kind can take all: creates that hang must leave people room to check
/// the codes they hold, and so must reads, which are a courtesy.
pub(crate) struct Places {
    all: Semaphore,
    creates: Semaphore,
    reads: Semaphore,
}

/// A place; free again when dropped.
pub(crate) struct Place<'a> {
    _own: Option<SemaphorePermit<'a>>,
    _all: SemaphorePermit<'a>,
}

impl Places {
    /// The most there can be.
    pub(crate) const MOST: usize = Semaphore::MAX_PERMITS;

    /// So many places; three quarters of them are open to creates, an eighth to reads.
    pub(crate) fn new(all: usize) -> Self {
        Self {
            all: Semaphore::new(all),
            creates: Semaphore::new((all - all / 4).max(1)),
            reads: Semaphore::new((all / 8).max(1)),
        }
    }

    /// Takes a place, waiting a little for one; `None` when none came free in time.
    pub(crate) async fn take(&self, operation: Operation) -> Option<Place<'_>> {
        let share = match operation {
            Operation::Create => Some(&self.creates),
            Operation::View | Operation::Delivery => Some(&self.reads),
            Operation::Check | Operation::Delete => None,
        };
        let places = async {
            // The semaphores are never closed, so waiting for one cannot fail.
            let own = match share {
                Some(share) => Some(share.acquire().await.ok()?),
                None => None,
            };
            Some(Place { _own: own, _all: self.all.acquire().await.ok()? })
        };
        timeout(PATIENCE, places).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fill<'a>(places: &'a Places, operation: Operation) -> Vec<Place<'a>> {
        let mut taken = Vec::new();
        while let Some(place) = places.take(operation).await {
            taken.push(place);
        }
        taken
    }

    #[tokio::test]
    async fn f08_creates_and_reads_together_leave_checks_their_places() {
        let places = Places::new(64);
        let creates = fill(&places, Operation::Create).await;
        let reads = fill(&places, Operation::View).await;
        let checks = fill(&places, Operation::Check).await;
        assert_eq!((creates.len(), reads.len(), checks.len()), (48, 8, 8));
        drop(creates);
        assert!(places.take(Operation::Create).await.is_some(), "a place comes back");
    }

    #[tokio::test]
    async fn one_place_is_enough_for_everything() {
        let places = Places::new(1);
        for operation in [Operation::Create, Operation::View, Operation::Check] {
            assert_eq!(fill(&places, operation).await.len(), 1);
        }
    }
}
