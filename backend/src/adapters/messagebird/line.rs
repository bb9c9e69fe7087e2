//! The way of every request to MessageBird: past the breaker of its operation, once more when
//! provably nothing left, counted. What is asked, and what an answer means, is in `messagebird`.
//!
//! Each operation has a breaker of its own, which believes only what that operation met: creates that
//! fail must not keep people from checking the codes they hold, and status reads, which anybody may
//! cause, must not close anything but themselves. When MessageBird as a whole is gone, each finds out
//! by its own first five requests. The read that settles a check whose answer was lost has none: it
//! belongs to a request that was let through, and it is what keeps a right code from being lost.

use crate::adapters::breaker::{Breaker, Outcome, State};
use crate::telemetry::ProviderMetrics;
use messagebird_verify::{Client, Error, NotSent, Refusal};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use verification::Clock;

/// With less than this left of a request's time it is not repeated: connecting may take 2 s of it, and
/// a request that left and was then given up on is worse than one that never left.
const ENOUGH: Duration = Duration::from_secs(3);
/// Before the repetition, so that those who failed together do not all come back together.
const BREATH: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];
/// A status read is a courtesy: a page that polls is not kept waiting for it.
const COURTESY: Duration = Duration::from_secs(2);
/// How long nobody asks when only an operator can mend it: a key that is revoked, no balance.
const UNTIL_MENDED: Duration = Duration::from_secs(60);
/// When a fault that nobody promised an end to is worth another try.
pub(super) const LATER: Duration = Duration::from_secs(5);

/// What is asked of the provider, as metrics and logs name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Start,
    Check,
    Status,
    Progress,
    Cancel,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The breaker is open: nothing was asked.
    Resting { retry_after: Duration },
    /// This came of asking.
    Met(Error),
}

/// The way to MessageBird.
pub(super) struct Line {
    client: Client,
    clock: Arc<dyn Clock>,
    metrics: ProviderMetrics,
    start: Breaker,
    check: Breaker,
    progress: Breaker,
    cancel: Breaker,
    /// Numbers and ids are remembered by a hash that means nothing outside this process.
    hasher: RandomState,
    spread: Spread,
}

impl Line {
    pub(super) fn new(client: Client, clock: Arc<dyn Clock>, metrics: ProviderMetrics) -> Self {
        for operation in Operation::ALL {
            metrics.announce(operation.name(), operation.has_effect(), operation.has_breaker());
        }
        let breaker = |operation: Operation| {
            let metrics = metrics.clone();
            Breaker::new(move |state| {
                metrics.breaker(operation.name(), state as u8);
                let operation = operation.name();
                match state {
                    State::Open => tracing::warn!(operation, "the provider is not asked for now"),
                    State::HalfOpen => tracing::info!(operation, "the provider is asked once"),
                    State::Closed => tracing::info!(operation, "the provider is asked again"),
                }
            })
        };
        Self {
            start: breaker(Operation::Start),
            check: breaker(Operation::Check),
            progress: breaker(Operation::Progress),
            cancel: breaker(Operation::Cancel),
            hasher: RandomState::new(),
            spread: Spread::default(),
            client,
            clock,
            metrics,
        }
    }

    /// Asks, and once more when it is certain that nothing left, that another try may fare better and
    /// that there is time for it. `about` is the number or verification it is for.
    pub(super) async fn ask<T, F>(
        &self,
        operation: Operation,
        about: &str,
        request: impl Fn(Client) -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let deadline = Instant::now() + self.client.request_timeout();
        let first = self.once(operation, about, || request(self.client.clone())).await;
        let passing = |reason: &NotSent| reason.is_passing();
        let left = deadline.saturating_duration_since(Instant::now());
        match first {
            Err(Trouble::Met(Error::NotSent(reason))) if passing(&reason) && left >= ENOUGH => {}
            result => return result,
        }
        let breath = self.spread.between(BREATH);
        tokio::time::sleep(breath).await;
        let in_time = self.client.within(left.saturating_sub(breath));
        self.once(operation, about, || request(in_time)).await
    }

    /// Asks once, and not for long.
    pub(super) async fn glance<T, F>(
        &self,
        operation: Operation,
        about: &str,
        request: impl Fn(Client) -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.once(operation, about, || request(self.client.within(COURTESY))).await
    }

    /// A wait to tell somebody: up to a quarter longer than it is, never shorter.
    pub(super) fn spread_out(&self, wait: Duration) -> Duration {
        wait + self.spread.between([Duration::ZERO, wait / 4])
    }

    async fn once<T, F>(
        &self,
        operation: Operation,
        about: &str,
        request: impl FnOnce() -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let name = operation.name();
        let permit = match self.breaker(operation).map(|it| it.enter(self.clock.now())) {
            None => None,
            Some(Ok(permit)) => Some(permit),
            Some(Err(left)) => {
                self.metrics.request(name, "open");
                return Err(Trouble::Resting { retry_after: self.spread_out(left) });
            }
        };
        let result = request().await;
        if let Some(permit) = permit {
            let about = self.hasher.hash_one(about);
            permit.settle(outcome(result.as_ref().err(), about), self.clock.now());
        }
        self.metrics.request(name, result.as_ref().err().map_or("success", Error::class));
        if let (true, Err(Error::Unknown(_) | Error::Unusable(_))) =
            (operation.has_effect(), &result)
        {
            self.metrics.ambiguous(name);
        }
        result.map_err(Trouble::Met)
    }

    fn breaker(&self, operation: Operation) -> Option<&Breaker> {
        match operation {
            Operation::Start => Some(&self.start),
            Operation::Check => Some(&self.check),
            Operation::Progress => Some(&self.progress),
            Operation::Cancel => Some(&self.cancel),
            Operation::Status => None,
        }
    }
}

/// What the breaker learns from a request about something.
fn outcome(error: Option<&Error>, about: u64) -> Outcome {
    let Some(error) = error else {
        return Outcome::Answered;
    };
    match error {
        Error::NotSent(reason) => match reason {
            // Whoever was to be called, nobody would have been.
            NotSent::Dns(_)
            | NotSent::Refused(_)
            | NotSent::ConnectTimeout(_)
            | NotSent::Tls(_)
            | NotSent::Connect(_) => Outcome::Failed(None),
            NotSent::NoFreePlace | NotSent::Malformed | NotSent::Request(_) => Outcome::Nothing,
        },
        Error::Refused(no) => match no {
            Refusal::RateLimited { retry_after } => Outcome::SentAway(retry_after.unwrap_or(LATER)),
            Refusal::NotAuthorised | Refusal::NoBalance => Outcome::Barred(UNTIL_MENDED, about),
            Refusal::Busy { .. } => Outcome::Failed(Some(about)),
            Refusal::TokenIncorrect
            | Refusal::TokenMalformed
            | Refusal::TokenExpired
            | Refusal::AlreadyProcessed
            | Refusal::NotFound
            | Refusal::RecipientRefused
            | Refusal::RecipientBlacklisted
            | Refusal::Other { .. } => Outcome::Answered,
        },
        Error::Unknown(_) | Error::Unusable(_) => Outcome::Failed(Some(about)),
    }
}

impl Operation {
    const ALL: [Self; 5] = [Self::Start, Self::Check, Self::Status, Self::Progress, Self::Cancel];

    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Check => "check",
            Self::Status => "status",
            Self::Progress => "progress",
            Self::Cancel => "cancel",
        }
    }

    /// Whether it matters that nobody knows if it was done.
    fn has_effect(self) -> bool {
        !matches!(self, Self::Status | Self::Progress)
    }

    fn has_breaker(self) -> bool {
        self != Self::Status
    }
}

/// Multiples of the golden ratio: they spread people as evenly as can be, and repeat in a test.
#[derive(Default)]
struct Spread(AtomicU32);

impl Spread {
    fn between(&self, [from, to]: [Duration; 2]) -> Duration {
        let point = self.0.fetch_add(0x9E37_79B9, Ordering::Relaxed);
        from + (to - from).mul_f64(f64::from(point) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f17_waits_are_spread_over_a_quarter_and_never_shortened() {
        let spread = Spread::default();
        let told: Vec<_> = (0..8).map(|_| spread.between([Duration::ZERO, LATER])).collect();
        assert_eq!(told[0], Duration::ZERO);
        assert!(told.iter().all(|wait| *wait <= LATER));
        let mut sorted = told.clone();
        sorted.sort_unstable();
        let gaps = sorted.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.min() > Some(LATER / 20), "no two together: {sorted:?}");
    }

    #[test]
    fn wrong_codes_and_refused_numbers_never_open_a_breaker() {
        for no in [
            Refusal::TokenIncorrect,
            Refusal::TokenMalformed,
            Refusal::TokenExpired,
            Refusal::AlreadyProcessed,
            Refusal::NotFound,
            Refusal::RecipientRefused,
            Refusal::RecipientBlacklisted,
            Refusal::Other { status: 400, code: None, parameter: None },
        ] {
            assert_eq!(outcome(Some(&Error::Refused(no)), 1), Outcome::Answered);
        }
        let full = Error::NotSent(NotSent::NoFreePlace);
        assert_eq!(outcome(Some(&full), 1), Outcome::Nothing);
    }
}
