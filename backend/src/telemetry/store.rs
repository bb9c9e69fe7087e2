//! How the shared store fares.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// Up to the tenth of a second after which the store is given up on.
const BUCKETS: [f64; 8] = [0.000_05, 0.000_2, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1];

/// What was asked of the store. Clones count together.
#[derive(Clone)]
pub struct StoreMetrics {
    durations: Family<Labels, Histogram, fn() -> Histogram>,
    failures: Family<Labels, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    op: &'static str,
}

impl Default for StoreMetrics {
    fn default() -> Self {
        let durations = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> _);
        Self { durations, failures: Family::default() }
    }
}

impl StoreMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "store_operation_duration_seconds",
            "Time that the store took to decide, or until it was given up on",
            self.durations.clone(),
        );
        registry.register(
            "store_failures",
            "Operations that the store could not decide: nothing was spent for them",
            self.failures.clone(),
        );
        drop(self.failures.get_or_create(&Labels { op: "decide" }));
    }

    /// Counts an operation.
    pub fn operation(&self, op: &'static str, took: Duration, failed: bool) {
        self.durations.get_or_create(&Labels { op }).observe(took.as_secs_f64());
        if failed {
            self.failures.get_or_create(&Labels { op }).inc();
        }
    }
}
