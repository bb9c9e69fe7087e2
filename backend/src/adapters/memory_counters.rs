//! Counters in this process's memory: the default, for one replica. What a rule says of a log is
//! in `verification::log`; here logs and values are only kept, found and forgotten.

use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use verification::log::SlidingLog;
use verification::ports::{
    Clock, Counters, Decision, Found, Key, Refused, Step, StoreError, Timestamp,
};

/// How many entries are looked at for expiry with each decision: the sweep keeps up with any load
/// and never stops the world.
const SWEPT_PER_DECISION: usize = 4;

/// Counters behind one lock. A decision holds it for about a microsecond.
///
/// Bounded by the caps: an entry is made only for an admitted start, a charged try or a kept
/// answer, and lives no longer than its rule's longest window.
pub struct MemoryCounters {
    clock: Arc<dyn Clock>,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    by_key: HashMap<Key, Entry>,
    /// Keys in the order they were made, to be looked at in turn.
    queue: std::collections::VecDeque<Key>,
}

struct Entry {
    content: Content,
    until: Timestamp,
}

enum Content {
    Log(SlidingLog),
    Flag(u8),
    Value(Box<[u8]>),
}

impl MemoryCounters {
    /// Empty counters that read the time from `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, entries: Mutex::default() }
    }

    /// How many logs, flags and values are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().by_key.len()
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

impl Entries {
    fn live(&self, key: Key, now: Timestamp) -> Option<&Content> {
        self.by_key.get(&key).filter(|entry| entry.until > now).map(|entry| &entry.content)
    }

    fn log(&self, key: Key, now: Timestamp) -> Option<&SlidingLog> {
        match self.live(key, now) {
            Some(Content::Log(log)) => Some(log),
            _ => None,
        }
    }

    fn flag(&self, key: Key, now: Timestamp) -> Option<u8> {
        match self.live(key, now) {
            Some(Content::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    fn put(&mut self, key: Key, content: Content, until: Timestamp) {
        if self.by_key.insert(key, Entry { content, until }).is_none() {
            self.queue.push_back(key);
        }
    }

    /// What stands in the way of a step, if anything.
    fn refusal(&self, index: usize, step: &Step, now: Timestamp) -> Option<Refused> {
        let (key, rule) = match step {
            Step::Unflagged(key) => {
                let flag = self.flag(*key, now)?;
                let retry_at = self.by_key.get(key)?.until;
                return Some(Refused { step: index, flag: Some(flag), retry_at, left: 0 });
            }
            Step::ChargeUnlessFirst(key, rule, first_of) => {
                self.log(*first_of, now).filter(|log| !log.is_empty())?;
                (key, rule)
            }
            Step::Charge(key, rule) => (key, rule),
            _ => return None,
        };
        let room = self.log(*key, now)?.room(rule, now);
        let refused = Refused { step: index, flag: None, retry_at: room.next_at, left: room.left };
        (room.next_at > now).then_some(refused)
    }

    fn apply(&mut self, step: &Step, now: Timestamp) -> Found {
        match step {
            Step::Unflagged(_) => Found::Nothing,
            Step::Charge(key, rule) | Step::ChargeUnlessFirst(key, rule, _) => {
                let mut log = self.log(*key, now).cloned().unwrap_or_default();
                log.forget(rule, now);
                log.add(rule, now);
                let room = log.room(rule, now);
                self.put_log(*key, log, rule.horizon_ms());
                Found::Room(room)
            }
            Step::Record(key, rule, at) => {
                let mut log = self.log(*key, now).cloned().unwrap_or_default();
                log.add(rule, *at);
                log.forget(rule, now);
                self.put_log(*key, log, rule.horizon_ms());
                Found::Nothing
            }
            Step::GiveBack(key, rule, at) => {
                if let Some(mut log) = self.log(*key, now).cloned() {
                    log.take_back(rule, *at);
                    self.put_log(*key, log, rule.horizon_ms());
                }
                Found::Nothing
            }
            Step::Flag(key, flag, ttl) => {
                self.put(*key, Content::Flag(*flag), now + *ttl);
                Found::Nothing
            }
            Step::ReadFlag(key) => Found::Flag(self.flag(*key, now)),
            Step::Read(key, rule) => {
                let empty = SlidingLog::default();
                Found::Room(self.log(*key, now).unwrap_or(&empty).room(rule, now))
            }
            Step::Count(key, from, to) => {
                Found::Count(self.log(*key, now).map_or(0, |log| log.count(*from, *to)))
            }
        }
    }

    /// Keeps a log until no window can see its latest charge, and drops an empty one.
    fn put_log(&mut self, key: Key, log: SlidingLog, horizon_ms: u64) {
        match log.last() {
            Some(last) => {
                self.put(key, Content::Log(log), last + Duration::from_millis(horizon_ms));
            }
            None => self.put(key, Content::Log(log), Timestamp(0)),
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        for _ in 0..SWEPT_PER_DECISION {
            let Some(key) = self.queue.pop_front() else {
                return;
            };
            match self.by_key.get(&key) {
                Some(entry) if entry.until > now => self.queue.push_back(key),
                Some(_) => drop(self.by_key.remove(&key)),
                None => {}
            }
        }
    }
}

#[async_trait]
impl Counters for MemoryCounters {
    async fn decide(&self, steps: &[Step]) -> Result<Decision, StoreError> {
        let now = self.clock.now();
        let mut entries = self.lock();
        entries.sweep(now);
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
        entries.sweep(now);
        if let Some(Content::Value(value)) = entries.live(key, now) {
            return Ok(Some(value.to_vec()));
        }
        entries.put(key, Content::Value(value.into()), now + ttl);
        Ok(None)
    }

    async fn keep(&self, key: Key, value: &[u8], ttl: Duration) -> Result<(), StoreError> {
        let until = self.clock.now() + ttl;
        self.lock().put(key, Content::Value(value.into()), until);
        Ok(())
    }

    async fn drop_value(&self, key: Key) -> Result<(), StoreError> {
        self.lock().by_key.remove(&key);
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
