//! How many requests to one provider may be under way at once. What is asked, and whether it may be
//! asked at all, is in `gateway`.

use super::operation::Operation;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// How many requests are under way at once when nothing else is configured.
pub const MAX_IN_FLIGHT: NonZeroU32 = match NonZeroU32::new(64) {
    Some(most) => most,
    None => NonZeroU32::MIN,
};

/// How long a request waits for a slot; longer would only hide that the provider is slow. Whoever gets
/// none is to be told so within a quarter of a second.
const PATIENCE: Duration = Duration::from_millis(200);

/// The slots of all requests, of which starts and reads can each take a share only: calls that hang
/// must leave people room to check the codes they hold, and so must reads, which are a courtesy.
pub(super) struct Bulkhead {
    all: Semaphore,
    starts: Semaphore,
    reads: Semaphore,
}

/// Room for one request; free again when dropped.
pub(super) struct Slot<'a> {
    _share: Option<SemaphorePermit<'a>>,
    _all: SemaphorePermit<'a>,
}

impl Bulkhead {
    /// So many slots; three quarters of them are open to starts, an eighth to reads.
    pub(super) fn new(all: NonZeroU32) -> Self {
        let all = usize::try_from(all.get()).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self {
            all: Semaphore::new(all),
            starts: Semaphore::new((all - all / 4).max(1)),
            reads: Semaphore::new((all / 8).max(1)),
        }
    }

    /// Takes a slot, waiting a little for one; `None` when none came free in time.
    pub(super) async fn enter(&self, operation: Operation) -> Option<Slot<'_>> {
        let share = match operation {
            Operation::Start => Some(&self.starts),
            Operation::Status | Operation::Progress => Some(&self.reads),
            Operation::Check | Operation::Cancel => None,
        };
        let slot = async {
            // The semaphores are never closed, so waiting for one cannot fail.
            let share = match share {
                Some(share) => Some(share.acquire().await.ok()?),
                None => None,
            };
            Some(Slot { _share: share, _all: self.all.acquire().await.ok()? })
        };
        timeout(PATIENCE, slot).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fill(bulkhead: &Bulkhead, operation: Operation) -> Vec<Slot<'_>> {
        let mut taken = Vec::new();
        while let Some(slot) = bulkhead.enter(operation).await {
            taken.push(slot);
        }
        taken
    }

    #[tokio::test(start_paused = true)]
    async fn f08_starts_and_reads_together_leave_checks_their_slots() {
        let bulkhead = Bulkhead::new(MAX_IN_FLIGHT);
        let starts = fill(&bulkhead, Operation::Start).await;
        let reads = fill(&bulkhead, Operation::Progress).await;
        let checks = fill(&bulkhead, Operation::Check).await;
        assert_eq!((starts.len(), reads.len(), checks.len()), (48, 8, 8));
        drop(starts);
        assert!(bulkhead.enter(Operation::Start).await.is_some(), "a slot comes back");
    }

    #[tokio::test(start_paused = true)]
    async fn one_slot_is_enough_for_everything() {
        let bulkhead = Bulkhead::new(NonZeroU32::MIN);
        for operation in [Operation::Start, Operation::Status, Operation::Check] {
            assert_eq!(fill(&bulkhead, operation).await.len(), 1);
        }
    }
}
