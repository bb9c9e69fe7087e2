use super::super::hour::{Route, Stage};
use super::*;
use crate::adapters::memory_counters::MemoryCounters;
use async_trait::async_trait;
use std::sync::Arc;
use verification::testing::FixedClock;
use verification::{Channel, Clock};

const START: Timestamp = Timestamp(1_700_000_000_000);

fn count(hour: &SharedHour, times: usize, now: Timestamp) {
    let route = || Route {
        region: "GB".parse().unwrap(),
        channel: Channel::Voice,
        provider: "messagebird".into(),
    };
    for _ in 0..times {
        hour.note(|hour| hour.count(Stage::Asked, route(), now, now));
    }
}

fn asked(all: &AllHours) -> u32 {
    all.hour.routes.values().map(|counts| counts[0]).sum()
}

#[tokio::test]
async fn a_replica_that_was_taken_for_gone_is_counted_once() {
    let clock = Arc::new(FixedClock::new(START));
    let counters = MemoryCounters::new(Arc::clone(&clock) as Arc<dyn Clock>);
    let [stalled, next] = [SharedHour::default(), SharedHour::default()];
    count(&stalled, 3, START);
    stalled.write(&counters, Vec::new(), clock.now()).await.unwrap();
    clock.advance(TAKEN);
    count(&next, 2, clock.now());
    next.write(&counters, Vec::new(), clock.now()).await.unwrap();
    let all = next.read(&counters, Vec::new(), clock.now()).await.unwrap();
    assert_eq!((asked(&all), all.replicas), (5, 1));
    // It comes to again: what it wrote is another's now, and it begins a sheet of its own.
    for _ in 0..2 {
        stalled.write(&counters, Vec::new(), clock.now()).await.unwrap();
    }
    count(&stalled, 1, clock.now());
    for told in [&stalled, &next] {
        stalled.write(&counters, Vec::new(), clock.now()).await.unwrap();
        let all = told.read(&counters, Vec::new(), clock.now()).await.unwrap();
        assert_eq!((asked(&all), all.replicas), (6, 2));
    }
}

#[tokio::test]
async fn who_finds_no_free_sheet_keeps_its_hour_to_itself() {
    let clock = Arc::new(FixedClock::new(START));
    let counters = MemoryCounters::new(Arc::clone(&clock) as Arc<dyn Clock>);
    let all: Vec<_> = (0..=SHEETS).map(|_| SharedHour::default()).collect();
    for hour in &all {
        count(hour, 1, START);
        hour.write(&counters, Vec::new(), START).await.unwrap();
    }
    let [first, .., last] = all.as_slice() else { panic!() };
    let told = first.read(&counters, Vec::new(), START).await.unwrap();
    assert_eq!(u64::from(asked(&told)), SHEETS);
    let told = last.read(&counters, Vec::new(), START).await.unwrap();
    assert_eq!(u64::from(asked(&told)), SHEETS + 1);
    // One leaves, and its sheet is free at once.
    first.leave(&counters).await.unwrap();
    last.write(&counters, Vec::new(), START).await.unwrap();
    let told = last.read(&counters, Vec::new(), START).await.unwrap();
    assert_eq!(u64::from(asked(&told)), SHEETS + 1);
}

/// Counters that let others go first, as a store over the network does.
struct Slow(MemoryCounters);

#[async_trait]
impl Counters for Slow {
    async fn decide(&self, steps: &[Step]) -> Result<Decision, StoreError> {
        tokio::task::yield_now().await;
        self.0.decide(steps).await
    }

    async fn keep_first(
        &self,
        key: Key,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        tokio::task::yield_now().await;
        self.0.keep_first(key, value, ttl).await
    }

    async fn keep(&self, key: Key, value: &[u8], ttl: Duration) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        self.0.keep(key, value, ttl).await
    }

    async fn drop_value(&self, key: Key) -> Result<(), StoreError> {
        self.0.drop_value(key).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.0.ping().await
    }
}

#[tokio::test]
async fn a_replica_that_is_asked_twice_at_once_is_counted_once() {
    let clock = Arc::new(FixedClock::new(START));
    let counters = Slow(MemoryCounters::new(Arc::clone(&clock) as Arc<dyn Clock>));
    let hour = SharedHour::default();
    count(&hour, 3, START);
    let write = || hour.write(&counters, Vec::new(), START);
    join_all([write(), write()]).await.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
    let all = hour.read(&counters, Vec::new(), START).await.unwrap();
    assert_eq!((asked(&all), all.replicas), (3, 1));
}
