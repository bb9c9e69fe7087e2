//! How steps become the arguments of a script, and its answer a decision. Pure; nothing is sent
//! from here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redis::{Cmd, FromRedisValue, Value};
use std::time::Duration;
use verification::Rule;
use verification::ports::{Decision, Found, Key, Refused, Room, Step, StoreError, Timestamp};

/// Written by readiness checks, in the slot of the decisions.
pub(super) const READY: &str = "ringproof:{guard}:ready";

/// Longer than any window; short enough for a sum of moments to be exact in Lua's numbers.
const LONGEST: u64 = 10 * 366 * 24 * 60 * 60 * 1000;

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

    fn word(&mut self, word: &str) {
        self.arguments.push(word.into());
    }

    fn number(&mut self, number: u64) {
        self.arguments.push(number.to_string().into());
    }

    /// The place of a key among the keys, from 1, as Lua counts.
    fn key(&mut self, key: Key) {
        let name = name(key);
        let place = self.keys.iter().position(|other| *other == name);
        let place = place.unwrap_or_else(|| {
            self.keys.push(name);
            self.keys.len() - 1
        });
        self.number(place as u64 + 1);
    }

    fn rule(&mut self, rule: &Rule) {
        self.number(rule.grain().min(LONGEST));
        self.number(rule.horizon_ms().min(LONGEST));
        self.number(rule.windows().len() as u64);
        for window in rule.windows() {
            self.number(window.quota.into());
            self.number(window.ms().min(LONGEST));
        }
        self.number(rule.cooldowns().len() as u64);
        for wait in rule.cooldowns() {
            self.number((*wait).min(LONGEST));
        }
    }

    fn step(&mut self, kind: &str, key: Key) {
        self.word(kind);
        self.key(key);
    }

    fn ruled(&mut self, kind: &str, key: Key, rule: &Rule) {
        self.step(kind, key);
        self.rule(rule);
    }
}

/// The call of `decide.lua`; `time` is the moment and the grace of expiry.
pub(super) fn decide(steps: &[Step], time: [String; 2]) -> Call {
    let mut call = Call {
        source: include_str!("decide.lua"),
        keys: Vec::with_capacity(steps.len()),
        arguments: time.map(String::into_bytes).into(),
    };
    for step in steps {
        match step {
            Step::Unflagged(key) => call.step("unflagged", *key),
            Step::Charge(key, rule) => call.ruled("charge", *key, rule),
            Step::ChargeUnlessFirst(key, rule, first_of) => {
                call.ruled("charge_unless_first", *key, rule);
                call.key(*first_of);
            }
            Step::Record(key, rule, at) => {
                call.ruled("record", *key, rule);
                call.number(at.0);
            }
            Step::GiveBack(key, rule, at) => {
                call.ruled("give_back", *key, rule);
                call.number(at.0);
            }
            Step::Flag(key, flag, ttl) => {
                call.step("flag", *key);
                call.number((*flag).into());
                call.number(milliseconds(*ttl));
            }
            Step::ReadFlag(key) => call.step("read_flag", *key),
            Step::Read(key, rule) => call.ruled("read", *key, rule),
            Step::Count(key, from, to) => {
                call.step("count", *key);
                call.number(from.0);
                call.number(to.0);
            }
        }
    }
    call
}

/// The call of `keep.lua`.
pub(super) fn keep(key: Key, value: &[u8], ttl: Duration, when: &str, time: [String; 2]) -> Call {
    let mut call = Call {
        source: include_str!("keep.lua"),
        keys: vec![value_name(key)],
        arguments: time.map(String::into_bytes).into(),
    };
    call.number(milliseconds(ttl));
    call.word(when);
    call.arguments.push(value.into());
    call
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
    format!("{}:{hash}", char::from(key.space as u8))
}

pub(super) fn not_understood() -> StoreError {
    StoreError("its answer is not understood".into())
}

/// Reads the answer of `decide.lua` to `steps`.
pub(super) fn decision(answer: Value, steps: &[Step]) -> Result<Decision, StoreError> {
    let numbers = Vec::<i64>::from_redis_value(answer).map_err(|_| not_understood())?;
    read(&numbers, steps).ok_or_else(not_understood)
}

fn read(numbers: &[i64], steps: &[Step]) -> Option<Decision> {
    let mut numbers = numbers.iter().copied();
    let at = moment(numbers.next()?)?;
    if numbers.next()? == 1 {
        let found = steps.iter().map(|_| found(&mut numbers)).collect::<Option<_>>()?;
        return numbers.next().is_none().then_some(Decision::Made { at, found });
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
    (!by.is_empty()).then_some(Decision::Refused { at, by })
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

fn flag(number: i64) -> Option<Option<u8>> {
    match number {
        -1 => Some(None),
        flag => u8::try_from(flag).ok().map(Some),
    }
}
