//! Counters whose every operation is measured. What they count, and where, is another's business.

use crate::telemetry::StoreMetrics;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::{Duration, Instant};
use verification::ports::{Counters, Decision, Key, Step, StoreError};

/// Any counters, measured.
pub struct MeteredCounters {
    inner: Arc<dyn Counters>,
    metrics: StoreMetrics,
}

impl MeteredCounters {
    /// Measures these.
    #[must_use]
    pub fn new(inner: Arc<dyn Counters>, metrics: StoreMetrics) -> Self {
        Self { inner, metrics }
    }

    async fn measured<T>(
        &self,
        op: &'static str,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let result = operation.await;
        self.metrics.operation(op, began.elapsed(), result.is_err());
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
