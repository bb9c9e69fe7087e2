//! What operators can stop at once, on all replicas: new calls, a region, a number or all that begin
//! alike. Each is in the store, and every start is decided by what is there at that moment.

use super::blocks::{Beginning, Block};
use super::steps::Steps;
use super::{Guard, NotChanged, Start};
use crate::channel::Channel;
use crate::error::StartError;
use crate::ports::{CounterKind, Key, Step, StoreError};
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

    /// Calls a blocked beginning again that is named as [`Guard::handle`] names it, and tells which it
    /// was; `None` when nothing of that name is blocked.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn unblock_named(&self, handle: &str) -> Result<Option<Beginning>, NotChanged> {
        let blocks = self.blocked().await?;
        let beginning = blocks.iter().map(|block| block.beginning);
        let named = beginning.into_iter().find(|it| self.handles(*it).any(|own| own == handle));
        if let Some(beginning) = named {
            self.unblock(beginning).await?;
        }
        Ok(named)
    }

    /// What a blocked beginning is called where it must not be shown: 16 hex digits of a keyed hash.
    #[must_use]
    pub fn handle(&self, beginning: Beginning) -> String {
        self.handles(beginning).next().unwrap_or_default()
    }

    /// Under each secret: another replica may have named it under the other one.
    fn handles(&self, beginning: Beginning) -> impl Iterator<Item = String> {
        let names = self.keys.names(CounterKind::BlockList, &[&beginning.0.to_be_bytes()]);
        let names: Vec<_> = names.iter().collect();
        names.into_iter().map(|key| format!("{:016x}", key.hash >> 64))
    }

    async fn flag(
        &self,
        keys: impl Iterator<Item = Key>,
        lasts: Duration,
    ) -> Result<(), StoreError> {
        let mut steps = Steps::default();
        let lasts = lasts.min(LONGEST);
        let until = (self.clock.now() + lasts).0;
        for key in keys {
            steps.push(key, |key| Step::Flag(key, until, lasts));
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

/// Until when a flag of a lever or of the watch holds, if its value tells: older ones were just set.
pub(super) fn until(flag: u64) -> Option<Timestamp> {
    (flag > 1).then_some(Timestamp(flag))
}

pub(super) fn paused_key(channel: Channel) -> Key {
    Key::numbered(CounterKind::Paused, number(channel))
}

pub(super) fn closed_key(region: Region, channel: Channel) -> Key {
    Key::numbered(CounterKind::ClosedByHand, region.number() << 8 | number(channel))
}
