//! What is held in memory, and what a step does to it. Who may hold the lock, and when, is the
//! adapter's business.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::time::Duration;
use verification::Rule;
use verification::limits::{COLD_AFTER, COLD_FOR};
use verification::log::SlidingLog;
use verification::ports::{CounterKind, Found, Key, Refused, Room, Step, Timestamp};

/// How many entries are looked at for expiry for each that is made, and one more with each decision:
/// the sweep outruns every load, and dead entries are never as many as live ones.
const SWEPT_PER_ENTRY: usize = 2;

/// How much longer than it counts an entry is held: a clock that is set back by as much finds it again.
const SET_BACK: Duration = Duration::from_secs(60);

/// How old the note of the last charge to a cap may be: as in the shared store, where it is a write.
const NOTED_WITHIN: Duration = Duration::from_secs(60 * 60);

pub(super) struct Entries {
    pub(super) by_name: HashMap<Name, Entry, BuildHasherDefault<AlreadyHashed>>,
    /// Every name once, in the order they were made, to be looked at in turn.
    pub(super) queue: VecDeque<Name>,
    /// How many of them are to be looked at.
    due: usize,
    /// How many entries count clients.
    pub(super) clients: usize,
    /// Since when charges to caps are counted.
    since: Timestamp,
    /// Until when that is true, if nothing more is charged to a cap.
    since_until: Timestamp,
}

static NONE: SlidingLog = SlidingLog::NONE;

/// A key in half its size. The hash is keyed and uniform, so its first byte can be spared for the
/// kind, and its last eight bytes need no further hashing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name([u64; 2]);

impl From<Key> for Name {
    fn from(key: Key) -> Self {
        let first = (key.hash >> 64) as u64;
        Self([first << 8 >> 8 | u64::from(key.kind as u8) << 56, key.hash as u64])
    }
}

impl Name {
    fn is_client(self) -> bool {
        let kind = (self.0[0] >> 56) as u8;
        kind == CounterKind::Client as u8 || kind == CounterKind::CallerClient as u8
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[1]);
    }
}

#[derive(Default)]
pub(super) struct AlreadyHashed(u64);

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

pub(super) struct Entry {
    pub(super) content: Content,
    pub(super) until: Timestamp,
}

pub(super) enum Content {
    Log(SlidingLog),
    Flag(u64),
    Value(Box<Box<[u8]>>),
}

impl Entries {
    /// None, counting from now on.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            by_name: HashMap::default(),
            queue: VecDeque::new(),
            due: 0,
            clients: 0,
            since: now,
            since_until: now + COLD_AFTER,
        }
    }

    pub(super) fn live(&self, key: Key, now: Timestamp) -> Option<&Entry> {
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
    fn take_log(&mut self, key: Key, now: Timestamp) -> SlidingLog {
        match self.by_name.get_mut(&key.into()) {
            Some(Entry { content: Content::Log(log), until }) if *until > now => {
                std::mem::take(log)
            }
            _ => SlidingLog::default(),
        }
    }

    /// Keeps a log until no window can see its latest charge, and drops one that none can see now.
    fn put_log(&mut self, key: Key, log: SlidingLog, rule: &Rule, now: Timestamp) {
        let until = log.last().map(|last| last + Duration::from_millis(rule.horizon_ms()));
        let until = until.filter(|until| *until > now);
        if until.is_some() || self.by_name.contains_key(&key.into()) {
            self.put(key, Content::Log(log), until.unwrap_or(Timestamp(0)));
        }
    }

    /// Changes a log that counts now. Any other stays for a clock that is set back.
    fn change(&mut self, key: Key, rule: &Rule, now: Timestamp, by: impl FnOnce(&mut SlidingLog)) {
        if self.log(key, now).is_some() {
            let mut log = self.take_log(key, now);
            by(&mut log);
            self.put_log(key, log, rule, now);
        }
    }

    pub(super) fn put(&mut self, key: Key, content: Content, until: Timestamp) {
        let name = Name::from(key);
        if self.by_name.insert(name, Entry { content, until }).is_none() {
            self.queue.push_back(name);
            self.due += SWEPT_PER_ENTRY;
            self.clients += usize::from(name.is_client());
        }
    }

    /// Until when only a part of a cap is admitted: what was counted may have been lost with an earlier
    /// process, or by a clock that was moved ahead.
    fn cold_until(&self, now: Timestamp) -> Timestamp {
        (if self.since_until > now { self.since } else { now }) + COLD_FOR
    }

    fn note_charge_to_cap(&mut self, now: Timestamp) {
        if self.since_until <= now {
            self.since = now;
        }
        if self.since_until + NOTED_WITHIN < now + COLD_AFTER {
            self.since_until = now + COLD_AFTER;
        }
    }

    fn room(&self, log: &SlidingLog, rule: &Rule, verified: Option<Key>, now: Timestamp) -> Room {
        match verified.map(|key| self.log(key, now)) {
            Some(verified) => log.room_of_budget(rule, verified.unwrap_or(&NONE), now),
            None => log.room_while_cold(rule, now, self.cold_until(now)),
        }
    }

    /// What stands in the way of a step, if anything.
    pub(super) fn refusal(&self, index: usize, step: &Step, now: Timestamp) -> Option<Refused> {
        let (key, rule, verified) = match step {
            Step::Unflagged(key) => {
                let flag = self.flag(*key, now)?;
                let retry_at = self.live(*key, now)?.until;
                return Some(Refused { step: index, flag: Some(flag), retry_at, left: 0 });
            }
            Step::Expect(key, expected) => {
                let flag = self.flag(*key, now);
                let retry_at = flag.and(self.live(*key, now)).map_or(now, |entry| entry.until);
                let refused = Refused { step: index, flag, retry_at, left: 0 };
                return (flag != *expected).then_some(refused);
            }
            Step::Known(key, other, at) => {
                let knows = |key: &Key| self.log(*key, now).is_some_and(|log| log.has(*at));
                let refused = Refused { step: index, flag: None, retry_at: now, left: 0 };
                return (!knows(key) && !knows(other)).then_some(refused);
            }
            Step::HasRoom(key, rule, None) => (key, rule, None),
            Step::ChargeUnlessFirst(key, rule, first_of)
            | Step::HasRoom(key, rule, Some(first_of)) => {
                self.log(*first_of, now).filter(|log| !log.is_empty())?;
                (key, rule, None)
            }
            Step::Charge(key, rule) => (key, rule, None),
            Step::ChargeBudget(key, rule, verified) => (key, rule, Some(*verified)),
            _ => return None,
        };
        let room = self.room(self.log(*key, now)?, rule, verified, now);
        let refused = Refused { step: index, flag: None, retry_at: room.next_at, left: room.left };
        (room.next_at > now).then_some(refused)
    }

    pub(super) fn apply(&mut self, step: &Step, now: Timestamp) -> Found {
        match step {
            Step::Unflagged(_) | Step::Expect(..) | Step::Known(..) => Found::Nothing,
            Step::Charge(key, rule) | Step::ChargeUnlessFirst(key, rule, _) => {
                self.charge(*key, rule, None, now)
            }
            Step::ChargeBudget(key, rule, verified) => {
                self.charge(*key, rule, Some(*verified), now)
            }
            Step::Record(key, rule, at) => {
                let mut log = self.take_log(*key, now);
                log.add(rule, *at);
                log.forget(rule, now);
                self.put_log(*key, log, rule, now);
                Found::Nothing
            }
            Step::GiveBack(key, rule, at) => {
                self.change(*key, rule, now, |log| log.take_back(rule, *at));
                Found::Nothing
            }
            Step::Ease(key, rule, at) => {
                self.change(*key, rule, now, |log| log.ease(rule, *at));
                Found::Room(self.log(*key, now).unwrap_or(&NONE).room(rule, now))
            }
            Step::Flag(key, flag, ttl) => {
                // What is taken away must not come back with a clock that is set back.
                let until = if ttl.is_zero() { Timestamp(0) } else { now + *ttl };
                self.put(*key, Content::Flag(*flag), until);
                Found::Nothing
            }
            Step::ReadFlag(key) => Found::Flag(self.flag(*key, now)),
            Step::Read(key, rule) | Step::HasRoom(key, rule, _) => {
                Found::Room(self.room(self.log(*key, now).unwrap_or(&NONE), rule, None, now))
            }
            Step::Count(key, rule, from, to) => {
                Found::Count(self.log(*key, now).map_or(0, |log| log.count(rule, *from, *to)))
            }
        }
    }

    fn charge(&mut self, key: Key, rule: &Rule, verified: Option<Key>, now: Timestamp) -> Found {
        let mut log = self.take_log(key, now);
        log.forget(rule, now);
        log.add(rule, now);
        if rule.is_cap() {
            self.note_charge_to_cap(now);
        }
        let room = self.room(&log, rule, verified, now);
        self.put_log(key, log, rule, now);
        Found::Room(room)
    }

    pub(super) fn sweep(&mut self, now: Timestamp, most_clients: usize) {
        for _ in 0..=std::mem::take(&mut self.due) {
            let Some(name) = self.queue.pop_front() else {
                return;
            };
            let too_many = name.is_client() && self.clients > most_clients;
            match self.by_name.get(&name) {
                Some(entry) if entry.until + SET_BACK > now && !too_many => {
                    self.queue.push_back(name)
                }
                _ => {
                    self.by_name.remove(&name);
                    self.clients -= usize::from(name.is_client());
                }
            }
        }
    }
}
