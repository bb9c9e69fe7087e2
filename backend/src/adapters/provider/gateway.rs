//! The way of every request to one provider: past the breaker of its operation and into the bulkhead,
//! once more when provably nothing left, counted. What is asked, and what an answer means to the
//! domain, is in the provider's adapter.
//!
//! Each operation has a breaker of its own, which believes only what that operation met: starts that
//! fail must not keep people from checking the codes they hold, and status reads, which anybody may
//! cause, must not close anything but themselves. When the provider as a whole is gone, each finds out
//! by its own first five requests. Nothing here is shared by two providers.

mod progress;

use super::ask_error::AskError;
use super::breaker::{Breaker, Outcome, Permit, State};
use super::bulkhead::Bulkhead;
use super::issued_ids::IssuedIds;
use super::meaning::{Refused, needs_an_operator, outcome};
use super::operation::Operation;
use super::progress_cache::ProgressCache;
use super::spread::Spread;
use crate::telemetry::traces::TARGET;
use crate::telemetry::{OperationMetrics, ProviderMetrics};
use provider_http::Error;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;
use tracing::field::Empty;
use verification::Failure;
use verification::ports::{Clock, Deadline};

/// With less than this left of a request's time it is not repeated: connecting may take 2 s of it, and
/// a request that left and was then given up on is worse than one that never left.
const ENOUGH: Duration = Duration::from_secs(3);
/// Before the repetition, so that those who failed together do not all come back together.
const PAUSE: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// What differs between providers on the way to them.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What metrics and logs call it.
    pub name: &'static str,
    /// What it can be asked for.
    pub operations: &'static [Operation],
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How many requests may be under way at once; `bulkhead` says how they are shared out.
    pub max_in_flight: NonZeroU32,
    /// How many requests a second may be made for [`Gateway::progress`].
    pub progress_budget: u32,
    /// How many requests it takes to learn the progress of one call.
    pub requests_per_reading: u32,
}

/// The way to one provider.
pub struct Gateway {
    settings: Settings,
    clock: Arc<dyn Clock>,
    metrics: ProviderMetrics,
    metered: BTreeMap<Operation, OperationMetrics>,
    breakers: BTreeMap<Operation, Breaker>,
    bulkhead: Bulkhead,
    progress: ProgressCache,
    issued: IssuedIds,
    /// Numbers and ids are remembered by a hash that means nothing outside this process.
    hasher: RandomState,
    spread: Spread,
}

impl Gateway {
    /// The way to one provider, by one clock.
    #[must_use]
    pub fn new(settings: Settings, clock: Arc<dyn Clock>, metrics: ProviderMetrics) -> Self {
        let provider = settings.name;
        let (mut metered, mut breakers) = (BTreeMap::new(), BTreeMap::new());
        for operation in settings.operations {
            let (name, has_effect) = (operation.name(), operation.has_effect());
            metered.insert(*operation, metrics.operation(provider, name, has_effect));
            if operation.has_breaker() {
                breakers.insert(*operation, breaker(provider, name, &metrics));
            }
        }
        Self {
            metered,
            breakers,
            bulkhead: Bulkhead::new(settings.max_in_flight),
            progress: ProgressCache::new(settings.progress_budget, settings.requests_per_reading),
            issued: IssuedIds::default(),
            hasher: RandomState::new(),
            spread: Spread::default(),
            settings,
            clock,
            metrics,
        }
    }

    /// Asks, and once more when it is certain that nothing left, that another try may fare better and
    /// that there is time for it. `about` is the number or verification it is for; `request` is told
    /// how long it may take. Both tries are one to the breaker.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn ask<T, R, F>(
        &self,
        operation: Operation,
        about: &str,
        by: Deadline,
        request: impl Fn(Duration) -> F,
    ) -> Result<T, AskError<R>>
    where
        R: Refused + fmt::Display,
        F: Future<Output = Result<T, Error<R>>>,
    {
        let by = by.min(Deadline::within(self.settings.request_timeout));
        let permit = self.pass(operation)?;
        let mut result = self.once(operation, by, &request).await;
        // A request without an effect may well be given up on.
        let enough = if operation.has_effect() { ENOUGH } else { PAUSE[1] };
        if let Err(error) = &result
            && error.is_passing(operation)
            && by.left() >= enough
        {
            tokio::time::sleep(self.spread.between(PAUSE)).await;
            result = self.once(operation, by, &request).await;
        }
        self.settle(permit, about, &result);
        result
    }

    /// Notes an id that is good for so long; `false`, and an error in the log, when the provider gave
    /// it to another call before.
    pub fn is_new(&self, id: &str, lifetime: Duration) -> bool {
        let is_new = self.issued.is_new(id, self.clock.now(), lifetime);
        if !is_new {
            let provider = self.settings.name;
            tracing::error!(
                provider,
                "the provider gave two calls one id; the second cannot be checked"
            );
        }
        is_new
    }

    /// What the domain is told of an error, which is logged here.
    pub fn failure<R: Refused + fmt::Display>(&self, error: AskError<R>) -> Failure {
        let provider = self.settings.name;
        match &error {
            AskError::BreakerOpen { .. } => {}
            AskError::Asked(met) if needs_an_operator(met) => {
                tracing::error!(provider, %error, "the provider did not do as asked, and an operator must see to it");
            }
            AskError::BulkheadFull | AskError::TooLate | AskError::Asked(_) => {
                tracing::warn!(provider, %error, "the provider did not do as asked");
            }
        }
        error.failure(&self.spread)
    }

    /// Asks the breaker.
    fn pass<R>(&self, operation: Operation) -> Result<Option<Permit<'_>>, AskError<R>> {
        match self.breakers.get(&operation).map(|it| it.enter(self.clock.now())) {
            None => Ok(None),
            Some(Ok(permit)) => Ok(Some(permit)),
            Some(Err(left)) => {
                self.metrics.request(self.settings.name, operation.name(), "open");
                Err(AskError::BreakerOpen { retry_after: self.spread.lengthen(left) })
            }
        }
    }

    /// Tells the breaker.
    fn settle<T, R: Refused>(
        &self,
        permit: Option<Permit<'_>>,
        about: &str,
        result: &Result<T, AskError<R>>,
    ) {
        let learnt = match result {
            Ok(_) => Outcome::Answered,
            Err(AskError::Asked(error)) => outcome(error, self.hasher.hash_one(about)),
            Err(_) => Outcome::Nothing,
        };
        if let Some(permit) = permit {
            permit.settle(learnt, self.clock.now());
        }
    }

    async fn once<T, R, F>(
        &self,
        operation: Operation,
        by: Deadline,
        request: impl FnOnce(Duration) -> F,
    ) -> Result<T, AskError<R>>
    where
        R: Refused,
        F: Future<Output = Result<T, Error<R>>>,
    {
        let count = |outcome| self.metrics.request(self.settings.name, operation.name(), outcome);
        let Some(_slot) = self.bulkhead.enter(operation).await else {
            count("not_sent");
            return Err(AskError::BulkheadFull);
        };
        let left = by.left();
        if left.is_zero() {
            count("not_sent");
            return Err(AskError::TooLate);
        }
        let span = tracing::info_span!(
            target: TARGET,
            "provider",
            otel.kind = "client",
            otel.name = format!("{} {}", self.settings.name, operation.name()),
            otel.status_code = Empty,
            service.peer.name = self.settings.name,
            ringproof.operation = operation.name(),
            http.request.method = Empty,
            http.response.status_code = Empty,
            server.address = Empty,
            server.port = Empty,
            "error.type" = Empty,
        );
        let metered = self.metered.get(&operation);
        let under_way = metered.map(OperationMetrics::begin);
        let result = request(left).instrument(span.clone()).await;
        if let Err(error) = &result {
            span.record("otel.status_code", "error");
            span.record("error.type", error.class());
        }
        drop(under_way);
        match (&result, metered) {
            (Err(error), _) => count(error.class()),
            (Ok(_), Some(metered)) => metered.success(),
            (Ok(_), None) => {}
        }
        if let (true, Err(Error::Unknown(_) | Error::Unusable(_))) =
            (operation.has_effect(), &result)
        {
            self.metrics.ambiguous(self.settings.name, operation.name());
        }
        result.map_err(AskError::Asked)
    }
}

/// A breaker whose state is shown and logged.
fn breaker(provider: &'static str, operation: &'static str, metrics: &ProviderMetrics) -> Breaker {
    metrics.breaker(provider, operation, State::Closed as u8);
    let metrics = metrics.clone();
    Breaker::new(move |state| {
        metrics.breaker(provider, operation, state as u8);
        match state {
            State::Open => tracing::warn!(provider, operation, "the provider is not asked for now"),
            State::HalfOpen => tracing::info!(provider, operation, "the provider is asked once"),
            State::Closed => tracing::info!(provider, operation, "the provider is asked again"),
        }
    })
}

#[cfg(test)]
mod tests;
