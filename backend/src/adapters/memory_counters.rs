//! Counters in this process's memory: the default, for one replica. What a rule says of a log is
//! in `verification::log`; here logs and values are only kept, found and forgotten.

use async_trait::async_trait;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use verification::log::SlidingLog;
use verification::ports::{
    Clock, CounterKind, Counters, Decision, Found, Key, Refused, Step, StoreError, Timestamp,
};

/// How many entries are looked at for expiry for each that is made, and one more with each decision:
/// the sweep outruns every load, and dead entries are never as many as live ones.
const SWEPT_PER_ENTRY: usize = 2;

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

#[derive(Default)]
struct Entries {
    by_name: HashMap<Name, Entry, BuildHasherDefault<AlreadyHashed>>,
    /// Every name once, in the order they were made, to be looked at in turn.
    queue: VecDeque<Name>,
    /// How many of them are to be looked at.
    due: usize,
    /// How many entries count clients.
    clients: usize,
}

/// A key in half its size. The hash is keyed and uniform, so its first byte can be spared for the
/// kind, and its last eight bytes need no further hashing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name([u64; 2]);

impl From<Key> for Name {
    fn from(key: Key) -> Self {
        let first = (key.hash >> 64) as u64;
        Self([first << 8 >> 8 | u64::from(key.kind as u8) << 56, key.hash as u64])
    }
}

impl Name {
    fn is_client(self) -> bool {
        self.0[0] >> 56 == u64::from(CounterKind::Client as u8)
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[1]);
    }
}

#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

struct Entry {
    content: Content,
    until: Timestamp,
}

enum Content {
    Log(SlidingLog),
    Flag(u64),
    Value(Box<Box<[u8]>>),
}

impl MemoryCounters {
    /// Empty counters that read the time from `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, most_clients: MOST_CLIENTS, entries: Mutex::default() }
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

impl Entries {
    fn live(&self, key: Key, now: Timestamp) -> Option<&Entry> {
        self.by_name.get(&key.into()).filter(|entry| entry.until > now)
    }

    fn log(&self, key: Key, now: Timestamp) -> Option<&SlidingLog> {
        match &self.live(key, now)?.content {
            Content::Log(log) => Some(log),
            _ => None,
        }
    }

    fn flag(&self, key: Key, now: Timestamp) -> Option<u64> {
        match &self.live(key, now)?.content {
            Content::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Takes a log out to change it; [`Entries::put_log`] brings it back.
    fn take_log(&mut self, key: Key, now: Timestamp) -> Option<SlidingLog> {
        match self.by_name.get_mut(&key.into()) {
            Some(Entry { content: Content::Log(log), until }) if *until > now => {
                Some(std::mem::take(log))
            }
            _ => None,
        }
    }

    fn put(&mut self, key: Key, content: Content, until: Timestamp) {
        let name = Name::from(key);
        if self.by_name.insert(name, Entry { content, until }).is_none() {
            self.queue.push_back(name);
            self.due += SWEPT_PER_ENTRY;
            self.clients += usize::from(name.is_client());
        }
    }

    /// What stands in the way of a step, if anything.
    fn refusal(&self, index: usize, step: &Step, now: Timestamp) -> Option<Refused> {
        let (key, rule) = match step {
            Step::Unflagged(key) => {
                let flag = self.flag(*key, now)?;
                let retry_at = self.live(*key, now)?.until;
                return Some(Refused { step: index, flag: Some(flag), retry_at, left: 0 });
            }
            Step::Expect(key, expected) => {
                let flag = self.flag(*key, now);
                let retry_at = flag.and(self.live(*key, now)).map_or(now, |entry| entry.until);
                return (flag != *expected).then_some(Refused {
                    step: index,
                    flag,
                    retry_at,
                    left: 0,
                });
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
            Step::Unflagged(_) | Step::Expect(..) => Found::Nothing,
            Step::Charge(key, rule) | Step::ChargeUnlessFirst(key, rule, _) => {
                let mut log = self.take_log(*key, now).unwrap_or_default();
                log.forget(rule, now);
                log.add(rule, now);
                let room = log.room(rule, now);
                self.put_log(*key, log, rule.horizon_ms());
                Found::Room(room)
            }
            Step::Record(key, rule, at) => {
                let mut log = self.take_log(*key, now).unwrap_or_default();
                log.add(rule, *at);
                log.forget(rule, now);
                self.put_log(*key, log, rule.horizon_ms());
                Found::Nothing
            }
            Step::GiveBack(key, rule, at) => {
                if let Some(mut log) = self.take_log(*key, now) {
                    log.take_back(rule, *at);
                    self.put_log(*key, log, rule.horizon_ms());
                }
                Found::Nothing
            }
            Step::Ease(key, rule, at) => {
                let mut log = self.take_log(*key, now).unwrap_or_default();
                log.ease(rule, *at);
                let room = log.room(rule, now);
                if !log.is_empty() {
                    self.put_log(*key, log, rule.horizon_ms());
                }
                Found::Room(room)
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

    fn sweep(&mut self, now: Timestamp, most_clients: usize) {
        for _ in 0..=std::mem::take(&mut self.due) {
            let Some(name) = self.queue.pop_front() else {
                return;
            };
            let too_many = name.is_client() && self.clients > most_clients;
            match self.by_name.get(&name) {
                Some(entry) if entry.until > now && !too_many => self.queue.push_back(name),
                _ => {
                    self.by_name.remove(&name);
                    self.clients -= usize::from(name.is_client());
                }
            }
        }
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
