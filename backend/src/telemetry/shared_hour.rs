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
mod tests;
