//! Counters in this process's memory: the default, for one replica. What a rule says of a log is
//! in `verification::log`, what is held and what a step does to it in `entries`.

mod entries;

use async_trait::async_trait;
use entries::{Content, Entries, Entry};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use verification::ports::{Clock, Counters, Decision, Key, Step, StoreError, Timestamp};

/// How many client addresses are counted at once, 100 MB of them. See [`MemoryCounters`].
const MOST_CLIENTS: usize = 1 << 20;

/// Counters behind one lock. A decision holds it for one to four microseconds; one that makes the
/// table double at a million entries, for about a tenth of a second.
///
/// Bounded by the caps: an entry is made only for an admitted start, a try or ending of one, or an
/// answer that is kept, and lives no longer than its rule's longest window. The one exception are
/// clients, who stay charged for starts that were given back; when more than a million are counted,
/// those counted longest are forgotten first. Nothing else is ever evicted.
pub struct MemoryCounters {
    clock: Arc<dyn Clock>,
    most_clients: usize,
    entries: Mutex<Entries>,
}

impl MemoryCounters {
    /// Empty counters that read the time from `clock`. For the first ten minutes they admit a part of
    /// the caps: an earlier process may have used up the rest.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let entries = Mutex::new(Entries::new(clock.now()));
        Self { clock, most_clients: MOST_CLIENTS, entries }
    }

    /// How many logs, flags and values are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().by_name.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        // Every change to an entry is complete before anything can panic.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Counters for MemoryCounters {
    async fn decide(&self, steps: &[Step]) -> Result<Decision, StoreError> {
        let now = self.clock.now();
        let mut entries = self.lock();
        entries.sweep(now, self.most_clients);
        let refusal = |(index, step)| entries.refusal(index, step, now);
        let by: Vec<_> = steps.iter().enumerate().filter_map(refusal).collect();
        if !by.is_empty() {
            return Ok(Decision::Refused { at: now, by });
        }
        let found = steps.iter().map(|step| entries.apply(step, now)).collect();
        Ok(Decision::Made { at: now, found })
    }

    async fn keep_first(
        &self,
        key: Key,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let now = self.clock.now();
        let mut entries = self.lock();
        entries.sweep(now, self.most_clients);
        if let Some(Entry { content: Content::Value(value), .. }) = entries.live(key, now) {
            return Ok(Some(value.to_vec()));
        }
        entries.put(key, Content::Value(Box::new(value.into())), now + ttl);
        Ok(None)
    }

    async fn keep(&self, key: Key, value: &[u8], ttl: Duration) -> Result<(), StoreError> {
        let until = self.clock.now() + ttl;
        self.lock().put(key, Content::Value(Box::new(value.into())), until);
        Ok(())
    }

    async fn drop_value(&self, key: Key) -> Result<(), StoreError> {
        let mut entries = self.lock();
        if let Some(entry) = entries.by_name.get_mut(&key.into()) {
            // The sweep removes it, for only the sweep knows its place in the queue.
            *entry = Entry { content: Content::Flag(0), until: Timestamp(0) };
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
