//! How steps become the arguments of a script, and its answer a decision. Pure; nothing is sent
//! from here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redis::{Cmd, FromRedisValue, Value};
use serde::Serialize;
use std::time::Duration;
use verification::limits::{COLD_FOR, COLD_SHARE};
use verification::ports::{Decision, Found, Key, Refused, Room, Step, StoreError, Timestamp};
use verification::{Rule, Window};

/// Written by readiness checks, in the slot of the decisions.
pub(super) const READY: &str = "ringproof:{guard}:ready";

/// Since when this store has counted: set by its first start, kept by every other.
const SINCE: &str = "ringproof:{guard}:since";

/// Longer than the caps' windows: who has been idle for so long has nothing left to forget.
const SINCE_KEPT: u64 = 2 * 24 * 60 * 60 * 1000;

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
}

/// A [`Step`] as `decide.lua` reads it. Keys are places among the call's keys, from 1 as Lua
/// counts; spans and moments are milliseconds.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum SentStep<'a> {
    Unflagged { key: usize },
    Charge { key: usize, rule: SentRule<'a> },
    ChargeUnlessFirst { key: usize, rule: SentRule<'a>, first_of: usize },
    Record { key: usize, rule: SentRule<'a>, at: u64 },
    GiveBack { key: usize, rule: SentRule<'a>, at: u64 },
    Ease { key: usize, rule: SentRule<'a>, at: u64 },
    Flag { key: usize, flag: u8, ttl: u64 },
    ReadFlag { key: usize },
    Read { key: usize, rule: SentRule<'a> },
    Count { key: usize, from: u64, to: u64 },
}

impl<'a> SentStep<'a> {
    fn of(step: &'a Step, keys: &mut Keys) -> Self {
        let key = match step {
            Step::Unflagged(key)
            | Step::Charge(key, _)
            | Step::ChargeUnlessFirst(key, _, _)
            | Step::Record(key, _, _)
            | Step::GiveBack(key, _, _)
            | Step::Ease(key, _, _)
            | Step::Flag(key, _, _)
            | Step::ReadFlag(key)
            | Step::Read(key, _)
            | Step::Count(key, _, _) => keys.place(name(*key)),
        };
        match step {
            Step::Unflagged(_) => Self::Unflagged { key },
            Step::Charge(_, rule) => Self::Charge { key, rule: SentRule::of(rule, keys) },
            Step::ChargeUnlessFirst(_, rule, first_of) => {
                let (rule, first_of) = (SentRule::of(rule, keys), keys.place(name(*first_of)));
                Self::ChargeUnlessFirst { key, rule, first_of }
            }
            Step::Record(_, rule, at) => {
                Self::Record { key, rule: SentRule::of(rule, keys), at: at.0 }
            }
            Step::GiveBack(_, rule, at) => {
                Self::GiveBack { key, rule: SentRule::of(rule, keys), at: at.0 }
            }
            Step::Ease(_, rule, at) => Self::Ease { key, rule: SentRule::of(rule, keys), at: at.0 },
            Step::Flag(_, flag, ttl) => Self::Flag { key, flag: *flag, ttl: milliseconds(*ttl) },
            Step::ReadFlag(_) => Self::ReadFlag { key },
            Step::Read(_, rule) => Self::Read { key, rule: SentRule::of(rule, keys) },
            Step::Count(_, from, to) => Self::Count { key, from: from.0, to: to.0 },
        }
    }
}

#[derive(Serialize)]
struct SentRule<'a> {
    windows: Vec<SentWindow>,
    cooldowns: &'a [u64],
    /// What a cool-down shrinks to when it is eased.
    eased: u64,
    /// The longest window.
    longest: u64,
    horizon: u64,
    grain: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<SentCap>,
}

/// What makes a rule a cap.
#[derive(Serialize)]
struct SentCap {
    /// The place of [`SINCE`] among the keys.
    since: usize,
    kept: u64,
    share: u32,
    cold: u64,
}

#[derive(Serialize)]
struct SentWindow {
    quota: u32,
    per: u64,
}

impl<'a> SentRule<'a> {
    fn of(rule: &'a Rule, keys: &mut Keys) -> Self {
        let window =
            |window: &Window| SentWindow { quota: window.quota, per: window.ms().min(LONGEST) };
        let windows: Vec<_> = rule.windows().iter().map(window).collect();
        Self {
            longest: windows.iter().map(|window| window.per).max().unwrap_or(0),
            windows,
            cooldowns: rule.cooldowns(),
            eased: Rule::EASED_MS,
            horizon: rule.horizon_ms().min(LONGEST),
            grain: rule.grain().min(LONGEST),
            cap: rule.is_cap().then(|| SentCap {
                since: keys.place(SINCE.into()),
                kept: SINCE_KEPT,
                share: COLD_SHARE,
                cold: milliseconds(COLD_FOR),
            }),
        }
    }
}

/// The distinct keys of a call.
struct Keys(Vec<String>);

impl Keys {
    /// The place of a key, from 1.
    fn place(&mut self, name: String) -> usize {
        let known = self.0.iter().position(|other| *other == name);
        known.unwrap_or_else(|| {
            self.0.push(name);
            self.0.len() - 1
        }) + 1
    }
}

/// The call of `decide.lua`; `time` is the moment and the grace of expiry.
pub(super) fn decide(steps: &[Step], time: [String; 2]) -> Call {
    let mut keys = Keys(Vec::with_capacity(steps.len() + 1));
    let sent: Vec<_> = steps.iter().map(|step| SentStep::of(step, &mut keys)).collect();
    // Cannot fail: there are neither maps nor foreign types. If it did, the script would refuse it.
    let steps = serde_json::to_vec(&sent).unwrap_or_default();
    let [moment, grace] = time.map(String::into_bytes);
    Call { source: include_str!("decide.lua"), keys: keys.0, arguments: vec![moment, grace, steps] }
}

/// The call of `keep.lua`.
pub(super) fn keep(key: Key, value: &[u8], ttl: Duration, when: &str, time: [String; 2]) -> Call {
    let [moment, grace] = time.map(String::into_bytes);
    let ttl = milliseconds(ttl).to_string().into_bytes();
    Call {
        source: include_str!("keep.lua"),
        keys: vec![value_name(key)],
        arguments: vec![moment, grace, ttl, when.into(), value.into()],
    }
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

/// Reads the answer of `decide.lua` to `steps`: what was decided, and, where caps had a say,
/// whether the store began so lately that only a part of them was admitted.
pub(super) fn decision(
    answer: Value,
    steps: &[Step],
) -> Result<(Decision, Option<bool>), StoreError> {
    let numbers = Vec::<i64>::from_redis_value(answer).map_err(|_| not_understood())?;
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

fn flag(number: i64) -> Option<Option<u8>> {
    match number {
        -1 => Some(None),
        flag => u8::try_from(flag).ok().map(Some),
    }
}
