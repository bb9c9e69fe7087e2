//! How steps become the arguments of a script, and its answer a decision. Pure; nothing is sent
//! from here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redis::{Cmd, FromRedisValue, Value};
use std::time::Duration;
use verification::Rule;
use verification::limits::{COLD_AFTER, COLD_FOR, COLD_SHARE};
use verification::ports::{Decision, Found, Key, Refused, Room, Step, StoreError, Timestamp};

/// Written by readiness checks, in the slot of the decisions.
pub(super) const READY: &str = "ringproof:{guard}:ready";

/// Since when this store has counted: set by its first start, kept by every other.
const SINCE: &str = "ringproof:{guard}:since";

/// Longer than any window; short enough for a sum of moments to be exact in Lua's numbers.
const LONGEST: u64 = 10 * 366 * 24 * 60 * 60 * 1000;

/// Up to here Lua's numbers are exact; moments never come near.
const LARGEST: u64 = 1 << 53;

/// A script and what it is run with.
pub(super) struct Call {
    pub(super) source: &'static str,
    keys: Vec<String>,
    arguments: Vec<Vec<u8>>,
}

impl Call {
    /// `EVAL` of the source, or `EVALSHA` of its hash.
    pub(super) fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(self.keys.len()).arg(&self.keys);
        for argument in &self.arguments {
            command.arg(argument.as_slice());
        }
        command
    }
}

/// How many numbers come before the steps.
const SHARED: usize = 6;

/// The call of `decide.lua`, which says what it reads; `time` is the moment, the grace of expiry, and
/// the moment from which on it is too late.
pub(super) fn decide(steps: &[Step], time: [String; 3]) -> Call {
    let mut keys = Keys(Vec::with_capacity(steps.len()));
    let mut sent = Vec::with_capacity(16 * steps.len());
    for step in steps {
        send(step, &mut keys, &mut sent);
    }
    let mut names: Vec<_> = keys.0.into_iter().map(name).collect();
    let has_cap = steps.iter().filter_map(rule).any(Rule::is_cap);
    names.extend(has_cap.then(|| SINCE.to_owned()));
    let since = if has_cap { names.len() as u64 } else { 0 };
    let [kept, cold] = [COLD_AFTER, COLD_FOR].map(milliseconds);
    let exact = Rule::EXACT as u64;
    let shared: [u64; SHARED] = [since, kept, COLD_SHARE.into(), cold, Rule::EASED_MS, exact];
    let [moment, grace, until] = time.map(String::into_bytes);
    let arguments = vec![moment, grace, until, message_pack(&[&shared, &sent])];
    Call { source: include_str!("decide.lua"), keys: names, arguments }
}

fn rule(step: &Step) -> Option<&Rule> {
    match step {
        Step::Charge(_, rule)
        | Step::ChargeBudget(_, rule, _)
        | Step::ChargeUnlessFirst(_, rule, _)
        | Step::Record(_, rule, _)
        | Step::GiveBack(_, rule, _)
        | Step::Ease(_, rule, _)
        | Step::HasRoom(_, rule, _)
        | Step::Read(_, rule) => Some(rule),
        Step::Unflagged(_)
        | Step::Expect(..)
        | Step::Known(..)
        | Step::Flag(..)
        | Step::ReadFlag(_)
        | Step::Count(..) => None,
    }
}

fn send(step: &Step, keys: &mut Keys, sent: &mut Vec<u64>) {
    let (kind, key) = match step {
        Step::Unflagged(key) => (1, key),
        Step::Charge(key, _) => (2, key),
        Step::ChargeUnlessFirst(key, _, _) => (3, key),
        Step::Record(key, _, _) => (4, key),
        Step::GiveBack(key, _, _) => (5, key),
        Step::Ease(key, _, _) => (6, key),
        Step::Flag(key, _, _) => (7, key),
        Step::ReadFlag(key) => (8, key),
        Step::Read(key, _) => (9, key),
        Step::Count(key, ..) => (10, key),
        Step::Expect(key, _) => (11, key),
        Step::ChargeBudget(key, ..) => (12, key),
        Step::Known(key, ..) => (13, key),
        Step::HasRoom(key, ..) => (14, key),
    };
    let next = sent.len() + 2;
    sent.extend([kind, keys.place(*key), 0]);
    match step {
        Step::Unflagged(_) | Step::ReadFlag(_) => {}
        Step::Expect(_, flag) => sent.push(flag.map_or(0, |flag| flag + 1)),
        Step::Known(_, other, at) => sent.extend([keys.place(*other), at.0]),
        Step::Flag(_, flag, ttl) => sent.extend([*flag, milliseconds(*ttl)]),
        Step::Count(_, rule, from, to) => {
            let (grain, coarse) = rule.spans().last().map_or((1, 1), |it| (it.grain, it.coarse));
            sent.extend([from.0, to.0, grain.min(LONGEST), coarse.min(LONGEST)]);
        }
        Step::Charge(_, rule) | Step::Read(_, rule) | Step::HasRoom(_, rule, None) => {
            send_rule(0, rule, sent);
        }
        Step::ChargeBudget(_, rule, other)
        | Step::ChargeUnlessFirst(_, rule, other)
        | Step::HasRoom(_, rule, Some(other)) => send_rule(keys.place(*other), rule, sent),
        Step::Record(_, rule, at) | Step::GiveBack(_, rule, at) | Step::Ease(_, rule, at) => {
            send_rule(at.0, rule, sent);
        }
    }
    // From 1, as Lua counts.
    let end = (SHARED + sent.len() + 1) as u64;
    if let Some(next) = sent.get_mut(next) {
        *next = end;
    }
}

fn send_rule(before: u64, rule: &Rule, sent: &mut Vec<u64>) {
    let budget = rule.verified().is_some();
    let shape = if budget { 2 } else { u64::from(rule.is_cap()) };
    let cooldowns = rule.cooldowns();
    let begin = [rule.horizon_ms(), rule.exact_for(), shape, cooldowns.len() as u64];
    let windows = rule.spans().iter().flat_map(|span| {
        let (verified_ms, verified_grain) = span.verified.unwrap_or((0, 1));
        let plain = [span.quota.into(), span.ms, span.grain];
        let more = [span.coarse, verified_ms, verified_grain];
        plain.into_iter().chain(more.into_iter().take(if budget { 3 } else { 0 }))
    });
    let numbers = begin.into_iter().chain(cooldowns.iter().copied()).chain(windows);
    sent.push(before);
    sent.extend(numbers.map(|number| number.min(LONGEST)));
}

/// One array of all these numbers in MessagePack (<https://github.com/msgpack/msgpack/blob/master/spec.md>).
fn message_pack(parts: &[&[u64]]) -> Vec<u8> {
    let mut bytes = vec![0xdd];
    bytes.extend((parts.iter().map(|part| part.len()).sum::<usize>() as u32).to_be_bytes());
    for number in parts.iter().copied().flatten() {
        match (*number).min(LARGEST) {
            number @ ..0x80 => bytes.push(number as u8),
            number @ ..0x1_0000_0000 => {
                bytes.push(0xce);
                bytes.extend((number as u32).to_be_bytes());
            }
            number => {
                bytes.push(0xcf);
                bytes.extend(number.to_be_bytes());
            }
        }
    }
    bytes
}

/// The distinct keys of a call.
struct Keys(Vec<Key>);

impl Keys {
    /// The place of a key, from 1 as Lua counts.
    fn place(&mut self, key: Key) -> u64 {
        let known = self.0.iter().position(|other| *other == key);
        let place = known.unwrap_or_else(|| {
            self.0.push(key);
            self.0.len() - 1
        });
        place as u64 + 1
    }
}

/// The call of `keep.lua`, which says what it reads; `time` as for [`decide`].
pub(super) fn keep(key: Key, value: &[u8], ttl: Duration, when: &str, time: [String; 3]) -> Call {
    let [moment, grace, until] = time.map(String::into_bytes);
    let ttl = milliseconds(ttl).to_string().into_bytes();
    Call {
        source: include_str!("keep.lua"),
        keys: vec![value_name(key)],
        arguments: vec![moment, grace, until, ttl, when.into(), value.into()],
    }
}

/// An answer of either script.
pub(super) struct Answer {
    /// The server's clock, in milliseconds.
    pub(super) clock: u64,
    /// Whether nothing took effect because it was too late.
    pub(super) late: bool,
    /// What follows them.
    pub(super) rest: Vec<Value>,
}

/// Reads what both scripts' answers begin with; `late` is the number that says so, at its place.
pub(super) fn answer(answer: Value, [place, late]: [usize; 2]) -> Result<Answer, StoreError> {
    let Value::Array(mut parts) = answer else { return Err(not_understood()) };
    let number = |value: Option<&Value>| match value {
        Some(Value::Int(number)) => Ok(*number),
        _ => Err(not_understood()),
    };
    let clock = u64::try_from(number(parts.first())?).map_err(|_| not_understood())?;
    let late = number(parts.get(place))? == late as i64;
    parts.remove(0);
    Ok(Answer { clock, late, rest: parts })
}

/// A duration as both scripts take it.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).map_or(LONGEST, |ms| ms.min(LONGEST))
}

/// The name of a log or flag: all share one slot.
fn name(key: Key) -> String {
    format!("ringproof:{{guard}}:{}", bare_name(key))
}

/// The name of a value: they spread over the slots.
pub(super) fn value_name(key: Key) -> String {
    format!("ringproof:{}", bare_name(key))
}

fn bare_name(key: Key) -> String {
    let hash = URL_SAFE_NO_PAD.encode(key.hash.to_be_bytes());
    format!("{}:{hash}", char::from(key.kind as u8))
}

pub(super) fn not_understood() -> StoreError {
    StoreError("its answer is not understood".into())
}

/// Reads the answer of `decide.lua` to `steps`: what was decided, and, where caps had a say,
/// whether the store began so lately that only a part of them was admitted.
pub(super) fn decision(
    answer: Vec<Value>,
    steps: &[Step],
) -> Result<(Decision, Option<bool>), StoreError> {
    let numbers =
        Vec::<i64>::from_redis_value(Value::Array(answer)).map_err(|_| not_understood())?;
    read(&numbers, steps).ok_or_else(not_understood)
}

fn read(numbers: &[i64], steps: &[Step]) -> Option<(Decision, Option<bool>)> {
    let mut numbers = numbers.iter().copied();
    let at = moment(numbers.next()?)?;
    let made = numbers.next()? == 1;
    let cold = flag(numbers.next()?)?.map(|cold| cold == 1);
    if made {
        let found = steps.iter().map(|_| found(&mut numbers)).collect::<Option<_>>()?;
        return numbers.next().is_none().then_some((Decision::Made { at, found }, cold));
    }
    let mut by = Vec::new();
    while let Some(step) = numbers.next() {
        by.push(Refused {
            step: usize::try_from(step).ok().filter(|step| *step < steps.len())?,
            flag: flag(numbers.next()?)?,
            retry_at: moment(numbers.next()?)?,
            left: u32::try_from(numbers.next()?).ok()?,
        });
    }
    (!by.is_empty()).then_some((Decision::Refused { at, by }, cold))
}

fn found(numbers: &mut impl Iterator<Item = i64>) -> Option<Found> {
    Some(match numbers.next()? {
        0 => Found::Nothing,
        1 => Found::Room(Room {
            used: u32::try_from(numbers.next()?).ok()?,
            left: u32::try_from(numbers.next()?).ok()?,
            next_at: moment(numbers.next()?)?,
        }),
        2 => Found::Flag(flag(numbers.next()?)?),
        3 => Found::Count(u64::try_from(numbers.next()?).ok()?),
        _ => return None,
    })
}

fn moment(number: i64) -> Option<Timestamp> {
    u64::try_from(number).ok().map(Timestamp)
}

fn flag(number: i64) -> Option<Option<u64>> {
    match number {
        -1 => Some(None),
        flag => u64::try_from(flag).ok().map(Some),
    }
}
