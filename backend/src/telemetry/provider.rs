//! What was asked of each provider, how long it took, and whether it is asked at all.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Up to the ten seconds that one request may take.
const BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0];

/// Counts about the providers, each under its name. Clones count together.
#[derive(Clone, Default)]
pub struct ProviderMetrics {
    requests: Family<RequestLabels, Counter>,
    ambiguous: Family<OperationLabels, Counter>,
    breaker: Family<OperationLabels, Gauge>,
    durations: Durations,
    in_flight: Family<OperationLabels, Gauge>,
    /// The state of each breaker, for who cannot read the gauges.
    breakers: Arc<Mutex<BTreeMap<(&'static str, &'static str), u8>>>,
}

#[derive(Clone)]
struct Durations(Family<OperationLabels, Histogram, fn() -> Histogram>);

impl Default for Durations {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(BUCKETS)))
    }
}

/// One operation of a provider: the series of what happens with every request, found once.
pub struct OperationMetrics {
    in_flight: Gauge,
    duration: Histogram,
    success: Counter,
}

/// A request that is under way; over when dropped.
pub struct UnderWay<'a> {
    operation: &'a OperationMetrics,
    began: Instant,
}

impl OperationMetrics {
    /// Notes that a request has begun.
    #[must_use]
    pub fn begin(&self) -> UnderWay<'_> {
        self.in_flight.inc();
        UnderWay { operation: self, began: Instant::now() }
    }

    /// Counts a request that did as asked.
    pub fn success(&self) {
        self.success.inc();
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    provider: &'static str,
    op: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabels {
    provider: &'static str,
    op: &'static str,
}

impl ProviderMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "provider_requests",
            "Requests to a provider; open: not sent, because the breaker is",
            self.requests.clone(),
        );
        registry.register(
            "provider_ambiguous",
            "Requests after which nobody knows what the provider did",
            self.ambiguous.clone(),
        );
        registry.register(
            "breaker_state",
            "Whether a provider is asked: 0 yes, 1 once to find out, 2 no",
            self.breaker.clone(),
        );
        registry.register(
            "provider_request_duration_seconds",
            "Time that requests to a provider took, whatever became of them",
            self.durations.0.clone(),
        );
        registry.register(
            "provider_requests_in_flight",
            "Requests to a provider that are under way, of which there may be MAX_IN_FLIGHT",
            self.in_flight.clone(),
        );
    }

    /// The metrics of an operation. Its series are there, at zero, from the start.
    #[must_use]
    pub fn operation(
        &self,
        provider: &'static str,
        op: &'static str,
        has_effect: bool,
    ) -> OperationMetrics {
        let labels = OperationLabels { provider, op };
        if has_effect {
            drop(self.ambiguous.get_or_create(&labels));
        }
        let success = RequestLabels { provider, op, outcome: "success" };
        OperationMetrics {
            in_flight: self.in_flight.get_or_create(&labels).clone(),
            duration: self.durations.0.get_or_create(&labels).clone(),
            success: self.requests.get_or_create(&success).clone(),
        }
    }

    /// Counts a request that did not do as asked, by why.
    pub fn request(&self, provider: &'static str, op: &'static str, outcome: &'static str) {
        self.requests.get_or_create(&RequestLabels { provider, op, outcome }).inc();
    }

    /// Counts a request that may or may not have had its effect.
    pub fn ambiguous(&self, provider: &'static str, op: &'static str) {
        self.ambiguous.get_or_create(&OperationLabels { provider, op }).inc();
    }

    /// Notes the state of an operation's breaker.
    pub fn breaker(&self, provider: &'static str, op: &'static str, state: u8) {
        self.breaker.get_or_create(&OperationLabels { provider, op }).set(state.into());
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.insert((provider, op), state);
    }

    /// The state of each breaker here: provider, operation, and 0 closed, 1 half-open, 2 open.
    #[must_use]
    pub fn breakers(&self) -> Vec<(String, String, u8)> {
        let breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers
            .iter()
            .map(|((name, op), state)| (name.to_string(), op.to_string(), *state))
            .collect()
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.operation.in_flight.dec();
        self.operation.duration.observe(self.began.elapsed().as_secs_f64());
    }
}
