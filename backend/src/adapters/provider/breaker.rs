//! A circuit breaker: when to stop asking somebody who does not answer. It knows neither what is
//! asked nor why it failed; that is judged by whoever asks (`gateway`).
//!
//! It opens after [`CONSECUTIVE`] failures in a row, or when half of at least [`SAMPLE`] calls within
//! [`WINDOW`] failed; for 5 s, then twice as long each time, up to 60 s. After that one call is let
//! through to find out: it closes the breaker or opens it again.
//!
//! Whoever can make one call fail must not be able to close the door on everybody. So a failure that
//! its own request may have caused names what it was about, and counts once however often it is
//! repeated: five failures are five different numbers or verifications, each of them rationed. And
//! a refusal of our account is believed once from the same number, and not while others are served.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use verification::Timestamp;

/// Failures in a row that open it.
pub const CONSECUTIVE: usize = 5;
/// Calls within [`WINDOW`] before their share of failures says anything.
pub const SAMPLE: usize = 20;
/// How far back that share looks.
pub const WINDOW: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// What those are told who come while one call is finding out.
const PROBING: Duration = Duration::from_secs(2);
/// More calls than this within the window are judged by the last of them.
const MOST_KEPT: usize = 200;
/// So many of those that closed it by what they were told are remembered.
const MOST_BLAMED: usize = 64;

/// Whether calls are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All.
    Closed = 0,
    /// One, to find out.
    HalfOpen = 1,
    /// None.
    Open = 2,
}

/// How a call went, as far as the breaker is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered, whatever the answer.
    Answered,
    /// Nothing was learnt: the call did not get as far as the other side.
    Nothing,
    /// It failed. What it was about, or `None` when no request could have made the difference.
    Failed(Option<u64>),
    /// The other side told us to wait for this long.
    ToldToWait(Duration),
    /// The other side refused our account, which will take this long to mend; and what the call was
    /// about, because that may be true of it alone: an expensive destination and a low balance.
    AccountRefused(Duration, u64),
}

/// A circuit breaker.
pub struct Breaker {
    machine: Mutex<Machine>,
    on_change: Box<dyn Fn(State) + Send + Sync>,
}

/// Permission to make one call. Dropped unsettled, it counts as [`Outcome::Nothing`].
pub struct Permit<'a> {
    breaker: &'a Breaker,
    turn: u64,
    settled: bool,
}

impl Breaker {
    /// A closed breaker that tells its changes of state; the callback must not use the breaker.
    pub fn new(on_change: impl Fn(State) + Send + Sync + 'static) -> Self {
        Self { machine: Mutex::default(), on_change: Box::new(on_change) }
    }

    /// Asks for permission to make a call.
    ///
    /// # Errors
    /// How long to stay away: at the end of it a call is let through, unless another was first.
    pub fn enter(&self, now: Timestamp) -> Result<Permit<'_>, Duration> {
        let turn = self.change(|machine| machine.enter(now))?;
        Ok(Permit { breaker: self, turn, settled: false })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Machine) -> T) -> T {
        let mut machine: MutexGuard<'_, Machine> =
            self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        let before = machine.state();
        let result = change(&mut machine);
        if machine.state() != before {
            (self.on_change)(machine.state());
        }
        result
    }
}

impl Permit<'_> {
    /// Says how the call went.
    pub fn settle(mut self, outcome: Outcome, now: Timestamp) {
        self.settled = true;
        self.breaker.change(|machine| machine.settle(self.turn, outcome, now));
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.breaker.change(|machine| machine.release(self.turn));
        }
    }
}

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Closed,
    Open {
        since: Timestamp,
        wait: Duration,
    },
    HalfOpen,
}

/// A failure that was counted: what it was about.
type Failure = Option<u64>;

#[derive(Debug)]
struct Machine {
    phase: Phase,
    /// Grows with each change of phase, so that late news of an earlier one is told apart.
    turn: u64,
    /// How long it opens the next time.
    wait: Duration,
    /// The failures since the last answer.
    run: Vec<Failure>,
    /// The calls within the window.
    recent: VecDeque<(Timestamp, Option<Failure>)>,
    /// What those calls were about whose refusals of the account were believed.
    blamed: VecDeque<u64>,
}

impl Default for Machine {
    fn default() -> Self {
        let (run, recent, blamed) = Default::default();
        Self { phase: Phase::Closed, turn: 0, wait: FIRST_WAIT, run, recent, blamed }
    }
}

impl Machine {
    fn state(&self) -> State {
        match self.phase {
            Phase::Closed => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen => State::HalfOpen,
        }
    }

    fn enter(&mut self, now: Timestamp) -> Result<u64, Duration> {
        match self.phase {
            Phase::Closed => {}
            Phase::HalfOpen => return Err(PROBING),
            Phase::Open { since, wait } => {
                let left = wait.saturating_sub(now.since(since));
                // A clock that was put back must not keep it open: finding out costs one call.
                if now >= since && !left.is_zero() {
                    return Err(left);
                }
                self.turn_to(Phase::HalfOpen);
            }
        }
        Ok(self.turn)
    }

    fn settle(&mut self, turn: u64, outcome: Outcome, now: Timestamp) {
        match outcome {
            Outcome::ToldToWait(wait) => return self.stay_away(wait, now),
            Outcome::AccountRefused(wait, about) => {
                return self.account_refused(turn, wait, about, now);
            }
            Outcome::Answered | Outcome::Nothing | Outcome::Failed(_) => {}
        }
        if turn != self.turn {
            return;
        }
        match (&self.phase, outcome) {
            (Phase::HalfOpen, Outcome::Answered) => {
                self.wait = FIRST_WAIT;
                self.turn_to(Phase::Closed);
            }
            (Phase::HalfOpen, Outcome::Failed(_)) => self.open(now),
            (Phase::Closed, Outcome::Answered) => {
                self.run.clear();
                self.note(now, None);
            }
            (Phase::Closed, Outcome::Failed(about)) => self.count(about, now),
            (_, Outcome::Nothing) => self.release(turn),
            // Nobody holds a permit of an open phase; waits are dealt with above.
            (Phase::Open { .. }, _) | (_, Outcome::ToldToWait(_) | Outcome::AccountRefused(..)) => {
            }
        }
    }

    /// A probe that found nothing out makes room for the next one.
    fn release(&mut self, turn: u64) {
        if turn == self.turn && matches!(self.phase, Phase::HalfOpen) {
            self.turn_to(Phase::Open { since: Timestamp(0), wait: Duration::ZERO });
        }
    }

    fn count(&mut self, about: Failure, now: Timestamp) {
        self.forget_before(now);
        let known = |failure: &Failure| failure.is_some() && *failure == about;
        let repeated = self.run.iter().any(known)
            || self.recent.iter().filter_map(|(_, failure)| failure.as_ref()).any(known);
        if repeated {
            return;
        }
        self.run.push(about);
        self.note(now, Some(about));
        let failed = self.recent.iter().filter(|(_, failure)| failure.is_some()).count();
        let half = self.recent.len() >= SAMPLE && 2 * failed >= self.recent.len();
        if self.run.len() >= CONSECUTIVE || half {
            self.open(now);
        }
    }

    fn note(&mut self, now: Timestamp, failure: Option<Failure>) {
        self.forget_before(now);
        if self.recent.len() >= MOST_KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back((now, failure));
    }

    /// Forgets what left the window, or comes after a clock that was put back.
    fn forget_before(&mut self, now: Timestamp) {
        let old = |at: Timestamp| at > now || now.since(at) > WINDOW;
        while self.recent.front().is_some_and(|(at, _)| old(*at)) {
            self.recent.pop_front();
        }
    }

    fn open(&mut self, now: Timestamp) {
        let wait = self.wait;
        self.wait = (wait * 2).min(LONGEST_WAIT);
        self.turn_to(Phase::Open { since: now, wait });
    }

    fn account_refused(&mut self, turn: u64, wait: Duration, about: u64, now: Timestamp) {
        self.forget_before(now);
        let known = self.blamed.contains(&about);
        let others_are_served = self.recent.iter().any(|(_, failure)| failure.is_none());
        match self.phase {
            Phase::HalfOpen if known => self.release(turn),
            Phase::Closed if known || others_are_served => {
                self.settle(turn, Outcome::Failed(Some(about)), now);
            }
            _ => {
                self.blamed.truncate(MOST_BLAMED - 1);
                self.blamed.push_front(about);
                self.stay_away(wait, now);
            }
        }
    }

    /// Opens for exactly this long, or for what is left of a longer wait.
    fn stay_away(&mut self, wait: Duration, now: Timestamp) {
        let left = match self.phase {
            Phase::Open { since, wait } if now >= since => wait.saturating_sub(now.since(since)),
            _ => Duration::ZERO,
        };
        self.turn_to(Phase::Open { since: now, wait: wait.max(left) });
    }

    fn turn_to(&mut self, phase: Phase) {
        self.phase = phase;
        self.turn += 1;
        self.run.clear();
        self.recent.clear();
    }
}

#[cfg(test)]
mod tests;
