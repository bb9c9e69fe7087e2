//! Counters whose every operation is measured, and is a span of its trace. What they count, and where, is another's business.

use crate::telemetry::StoreMetrics;
use crate::telemetry::traces::TARGET;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;
use tracing::field::Empty;
use verification::ports::{Counters, Decision, Key, Step, StoreError};

/// Any counters, measured.
pub struct MeteredCounters {
    inner: Arc<dyn Counters>,
    /// What the store is, as OpenTelemetry calls it; nothing for the memory of this process.
    system: Option<&'static str>,
    metrics: StoreMetrics,
}

impl MeteredCounters {
    /// Measures these.
    #[must_use]
    pub fn new(
        inner: Arc<dyn Counters>,
        system: Option<&'static str>,
        metrics: StoreMetrics,
    ) -> Self {
        Self { inner, system, metrics }
    }

    async fn measured<T>(
        &self,
        op: &'static str,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let span = tracing::info_span!(
            target: TARGET,
            "store",
            otel.kind = if self.system.is_some() { "client" } else { "internal" },
            otel.name = self.system.map_or_else(|| format!("store {op}"), |system| format!("{op} {system}")),
            otel.status_code = Empty,
            db.system.name = self.system,
            db.operation.name = op,
            "error.type" = Empty,
        );
        let began = Instant::now();
        let result = operation.instrument(span.clone()).await;
        self.metrics.operation(op, began.elapsed(), result.is_err());
        if result.is_err() {
            span.record("otel.status_code", "error");
            span.record("error.type", "store_unreachable");
        }
        result
    }
}

#[async_trait]
impl Counters for MeteredCounters {
    async fn decide(&self, steps: &[Step]) -> Result<Decision, StoreError> {
        self.measured("decide", self.inner.decide(steps)).await
    }

    async fn keep_first(
        &self,
        key: Key,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.measured("keep_first", self.inner.keep_first(key, value, ttl)).await
    }

    async fn keep(&self, key: Key, value: &[u8], ttl: Duration) -> Result<(), StoreError> {
        self.measured("keep", self.inner.keep(key, value, ttl)).await
    }

    async fn drop_value(&self, key: Key) -> Result<(), StoreError> {
        self.measured("drop", self.inner.drop_value(key)).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.measured("ping", self.inner.ping()).await
    }
}
