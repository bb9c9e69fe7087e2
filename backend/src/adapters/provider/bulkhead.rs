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

/// The slots of all requests. Starts, reads of the progress and cancels can each take a share only:
/// calls that hang must leave people room to check the codes they hold, and so must what is a courtesy.
/// The reads that settle a lost check have slots that nobody else takes.
pub(super) struct Bulkhead {
    all: Semaphore,
    starts: Semaphore,
    reads: Semaphore,
    cancels: Semaphore,
    settling: Semaphore,
}

/// Room for one request; free again when dropped.
pub(super) struct Slot<'a> {
    _share: Option<SemaphorePermit<'a>>,
    _all: Option<SemaphorePermit<'a>>,
}

impl Bulkhead {
    /// So many slots: three quarters of them are open to starts, a sixteenth each to reads of the progress
    /// and to cancels, and a sixteenth is kept for reads that settle a check. What is left is the
    /// checks'. No operation is without a slot.
    pub(super) fn new(all: NonZeroU32) -> Self {
        let all = usize::try_from(all.get()).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let (starts, few) = ((all - all / 4).max(1), (all / 16).max(1));
        Self {
            all: Semaphore::new((all - all / 16).max(1)),
            starts: Semaphore::new(starts),
            reads: Semaphore::new(few),
            cancels: Semaphore::new(few),
            settling: Semaphore::new(few),
        }
    }

    /// Takes a slot, waiting a little for one; `None` when none came free in time.
    pub(super) async fn enter<'a>(&'a self, operation: Operation) -> Option<Slot<'a>> {
        let share = match operation {
            Operation::Start => Some(&self.starts),
            Operation::Progress => Some(&self.reads),
            Operation::Cancel => Some(&self.cancels),
            Operation::Status => Some(&self.settling),
            Operation::Check => None,
        };
        let all = (operation != Operation::Status).then_some(&self.all);
        let slot = async {
            // The semaphores are never closed, so waiting for one cannot fail.
            let acquire = async |from: Option<&'a Semaphore>| match from {
                Some(from) => from.acquire().await.ok().map(Some),
                None => Some(None),
            };
            Some(Slot { _share: acquire(share).await?, _all: acquire(all).await? })
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
    async fn f08_whatever_is_full_leaves_checks_and_what_settles_them_their_slots() {
        let bulkhead = Bulkhead::new(MAX_IN_FLIGHT);
        let starts = fill(&bulkhead, Operation::Start).await;
        let reads = fill(&bulkhead, Operation::Progress).await;
        let cancels = fill(&bulkhead, Operation::Cancel).await;
        let checks = fill(&bulkhead, Operation::Check).await;
        let settling = fill(&bulkhead, Operation::Status).await;
        let taken = [&starts, &reads, &cancels, &checks, &settling].map(Vec::len);
        assert_eq!(taken, [48, 4, 4, 4, 4]);
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
