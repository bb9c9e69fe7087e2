//! The last hour of all replicas: each writes its own down in the shared store every few seconds, on a
//! sheet that nobody else writes on, and reads those of the others when somebody looks. A request never
//! waits for it. What is counted is in `hour`.
//!
//! There are [`SHEETS`] of them. A replica takes a free one for as long as it goes on writing, and
//! carries on what it finds there, so that the hour of a replica that is gone stays in the sum. One that
//! finds no free sheet keeps its hour to itself.

use super::hour::{Hour, Sheet};
use futures_util::future::join_all;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;
use verification::ports::{
    CounterKind, Counters, Decision, Found, Key, Step, StoreError, Timestamp,
};

/// The most replicas whose hours are summed.
const SHEETS: u64 = 64;
/// A replica that has not written for so long is gone: four times as long as it waits between.
const TAKEN: Duration = Duration::from_secs(20);
/// A little longer than anything on a sheet is shown.
const KEPT: Duration = Duration::from_secs(70 * 60);

/// The hour of this replica, and its sheet.
pub struct SharedHour {
    own: Mutex<Hour>,
    /// Held for as long as it is taken, written on, read or left.
    mine: tokio::sync::Mutex<Option<u64>>,
    /// What no other replica is called: from 2 up and below 2^53.
    name: u64,
}

impl Default for SharedHour {
    fn default() -> Self {
        let (random, _) = Uuid::new_v4().as_u64_pair();
        Self { own: Mutex::default(), mine: tokio::sync::Mutex::default(), name: random >> 12 | 2 }
    }
}

/// The hour of every replica together.
#[derive(Debug, Default)]
pub struct AllHours {
    /// The counts.
    pub hour: Hour,
    /// How many replicas are at work.
    pub replicas: u32,
    /// What each of them says of providers: provider, operation, and the state as metrics tell it.
    pub breakers: Vec<(String, String, u8)>,
}

impl SharedHour {
    /// Counts something here.
    pub fn note(&self, count: impl FnOnce(&mut Hour)) {
        count(&mut self.own.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The hour of this replica alone.
    #[must_use]
    pub fn own(&self, breakers: Vec<(String, String, u8)>, now: Timestamp) -> AllHours {
        let mut hour = self.own.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hour.forget(now);
        AllHours { hour, replicas: 1, breakers }
    }

    /// Writes this replica's hour down.
    ///
    /// # Errors
    /// [`StoreError`]; the next time everything is written.
    pub async fn write(
        &self,
        counters: &dyn Counters,
        breakers: Vec<(String, String, u8)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut mine = self.mine.lock().await;
        if mine.is_none() {
            *mine = self.take(counters, now).await?;
        }
        let Some(sheet) = *mine else { return Ok(()) };
        let text = serde_json::to_vec(&Sheet::of(&self.own(Vec::new(), now).hour, breakers));
        let goes_on = [
            Step::Expect(taken(sheet), Some(self.name)),
            Step::Flag(taken(sheet), self.name, TAKEN),
            Step::Flag(there(sheet), 1, KEPT),
        ];
        if let Decision::Refused { .. } = counters.decide(&goes_on).await? {
            // Another replica, which took this one for gone, has carried on what was written. It would be
            // counted twice.
            self.note(|hour| *hour = Hour::default());
            *mine = None;
            return Ok(());
        }
        counters.keep(text_of(sheet), &text.unwrap_or_default(), KEPT).await
    }

    /// Leaves the sheet to the next replica.
    ///
    /// # Errors
    /// [`StoreError`]; then it is free when this replica is taken for gone.
    pub async fn leave(&self, counters: &dyn Counters) -> Result<(), StoreError> {
        let mut mine = self.mine.lock().await;
        let Some(sheet) = mine.take() else { return Ok(()) };
        counters.decide(&[Step::Flag(taken(sheet), 0, Duration::ZERO)]).await.map(drop)
    }

    /// The hour of every replica: of this one as it is now, of the others as they last wrote it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(
        &self,
        counters: &dyn Counters,
        breakers: Vec<(String, String, u8)>,
        now: Timestamp,
    ) -> Result<AllHours, StoreError> {
        let mine = self.mine.lock().await;
        let mut all = self.own(breakers, now);
        let steps: Vec<_> =
            (0..SHEETS).flat_map(|it| [there(it), taken(it)]).map(Step::ReadFlag).collect();
        let flags = flags(counters, &steps).await?;
        let others = (0..SHEETS)
            .zip(flags.chunks(2))
            .filter(|(sheet, flags)| Some(*sheet) != *mine && matches!(flags, [Some(_), _]));
        let read = others.map(async |(sheet, flags)| {
            let is_at_work = matches!(flags, [_, Some(_)]);
            read(counters, sheet).await.map(|sheet| (sheet, is_at_work))
        });
        for (sheet, is_at_work) in
            join_all(read).await.into_iter().collect::<Result<Vec<_>, _>>()?
        {
            let Some(sheet) = sheet else { continue };
            if is_at_work {
                all.replicas += 1;
                all.breakers.extend(sheet.breakers.iter().cloned());
            }
            all.hour.merge(sheet.hour(), now);
        }
        Ok(all)
    }

    /// Takes a sheet that nobody writes on, and what is on it.
    async fn take(
        &self,
        counters: &dyn Counters,
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let steps: Vec<_> = (0..SHEETS).map(taken).map(Step::ReadFlag).collect();
        let flags = flags(counters, &steps).await?;
        for (sheet, _) in (0..SHEETS).zip(flags).filter(|(_, flag)| flag.is_none()) {
            let take = [Step::Unflagged(taken(sheet)), Step::Flag(taken(sheet), self.name, TAKEN)];
            if let Decision::Made { .. } = counters.decide(&take).await? {
                if let Some(found) = read(counters, sheet).await? {
                    self.note(|hour| hour.merge(found.hour(), now));
                }
                return Ok(Some(sheet));
            }
        }
        Ok(None)
    }
}

async fn flags(counters: &dyn Counters, steps: &[Step]) -> Result<Vec<Option<u64>>, StoreError> {
    let Decision::Made { found, .. } = counters.decide(steps).await? else { return Ok(Vec::new()) };
    Ok(found.into_iter().map(|it| if let Found::Flag(flag) = it { flag } else { None }).collect())
}

async fn read(counters: &dyn Counters, sheet: u64) -> Result<Option<Sheet>, StoreError> {
    // Kept for no time: only read.
    let text = counters.keep_first(text_of(sheet), &[], Duration::ZERO).await?;
    Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
}

fn taken(sheet: u64) -> Key {
    Key::numbered(CounterKind::FiguresTaken, sheet)
}

fn there(sheet: u64) -> Key {
    Key::numbered(CounterKind::FiguresThere, sheet)
}

fn text_of(sheet: u64) -> Key {
    Key::numbered(CounterKind::Figures, sheet)
}

#[cfg(test)]
mod tests {
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
}
