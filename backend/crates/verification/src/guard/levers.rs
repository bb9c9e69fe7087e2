//! What operators can stop at once, on all replicas: new calls, a region, a number or all that begin
//! alike. Each is in the store, and every start is decided by what is there at that moment.

use super::blocks::{Beginning, Block};
use super::steps::Steps;
use super::{Guard, NotChanged, Start};
use crate::channel::Channel;
use crate::error::StartError;
use crate::ports::{CounterKind, Found, Key, Step, StoreError};
use crate::region::Region;
use crate::timestamp::Timestamp;
use std::time::Duration;

/// How long a lever stays as it is when nobody says otherwise, and at most.
pub const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

impl Guard {
    /// Places no new calls by these channels for a while. Checks go on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pause(&self, channels: &[Channel], lasts: Duration) -> Result<(), StoreError> {
        self.flag(channels.iter().map(|channel| paused_key(*channel)), lasts).await
    }

    /// Places calls again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn resume(&self) -> Result<(), StoreError> {
        self.pause(&Channel::ALL, Duration::ZERO).await
    }

    /// Closes a region for a while.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn close(
        &self,
        region: Region,
        channels: &[Channel],
        lasts: Duration,
    ) -> Result<(), StoreError> {
        self.flag(channels.iter().map(|channel| closed_key(region, *channel)), lasts).await
    }

    /// Opens a region that was closed by hand or by the conversion watch, which counts anew.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(&self, region: Region) -> Result<(), StoreError> {
        let by_hand = Channel::ALL.map(|channel| closed_key(region, channel));
        let watched = self.watched_keys(region);
        self.flag(by_hand.into_iter().chain(watched), Duration::ZERO).await
    }

    /// Calls no number that begins like this for a while.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn block(&self, beginning: Beginning, lasts: Duration) -> Result<(), NotChanged> {
        let until = self.clock.now() + lasts.min(LONGEST);
        self.set_block(beginning, Some(Block { beginning, until })).await
    }

    /// Calls them again.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn unblock(&self, beginning: Beginning) -> Result<(), NotChanged> {
        self.set_block(beginning, None).await
    }

    /// By which channels no new calls are placed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn paused(&self) -> Result<Vec<Channel>, StoreError> {
        let mut steps = Steps::default();
        for channel in Channel::ALL {
            steps.push(paused_key(channel), Step::ReadFlag);
        }
        let found = steps.find(&*self.counters).await?;
        let set = |(channel, found)| (found != Found::Flag(None)).then_some(channel);
        Ok(Channel::ALL.into_iter().zip(found).filter_map(set).collect())
    }

    async fn flag(
        &self,
        keys: impl Iterator<Item = Key>,
        lasts: Duration,
    ) -> Result<(), StoreError> {
        let mut steps = Steps::default();
        for key in keys {
            steps.push(key, |key| Step::Flag(key, 1, lasts.min(LONGEST)));
        }
        steps.decide(&*self.counters).await.map(drop)
    }
}

/// What a start asks of the levers; what they refuse is told by [`refusal`].
pub(super) fn ask(start: &Start<'_>, steps: &mut Steps) {
    steps.push(paused_key(start.channel), Step::Unflagged);
    steps.push(closed_key(start.number.region(), start.channel), Step::Unflagged);
}

/// The answer to a start that a lever refused.
pub(super) fn refusal(
    kind: CounterKind,
    retry_at: Timestamp,
    now: Timestamp,
) -> Option<StartError> {
    match kind {
        CounterKind::Paused => Some(StartError::Paused { retry_after: retry_at.since(now) }),
        CounterKind::ClosedByHand => Some(StartError::DestinationClosed),
        _ => None,
    }
}

fn number(channel: Channel) -> u64 {
    match channel {
        Channel::Voice => 0,
        Channel::Sms => 1,
    }
}

fn paused_key(channel: Channel) -> Key {
    Key::numbered(CounterKind::Paused, number(channel))
}

pub(super) fn closed_key(region: Region, channel: Channel) -> Key {
    Key::numbered(CounterKind::ClosedByHand, region.number() << 8 | number(channel))
}
