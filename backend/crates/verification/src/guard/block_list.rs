//! The list of numbers that are not called, as it is kept in the store, sealed. What a block is, and the
//! copy that decides, is in [`super::blocks`]; who may change it is the service's business.
//!
//! The list is one value and has a version. A start expects the version that the copy is of, so a change
//! anywhere is obeyed by the next decision everywhere; it costs a start one key, however long the list.
//! It is sealed and not hashed: so it can be shown, and sealed anew under another secret. While a secret
//! is replaced, it is sealed under both. What none of our keys opens is never replaced by itself.

use super::Guard;
use super::blocks::{Beginning, Block};
use super::steps::Steps;
use crate::ports::{CounterKind, Decision, Found, Key, Step, StoreError};
use crate::timestamp::Timestamp;
use std::mem;
use std::time::Duration;

/// Binds a seal to the list.
const PURPOSE: &str = "blocked numbers v1";
/// Longer than any block.
const KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// Longer than a change takes; one that died is over then.
const CHANGING: Duration = Duration::from_secs(5);
/// The most blocks at once: each start looks at all of them.
const MOST: usize = 1_000;

/// Why the list was not read or changed.
#[derive(Debug)]
pub enum NotChanged {
    /// The store could not tell, or it is unknown whether it was changed.
    Store(StoreError),
    /// Another change is under way. It is over within seconds.
    UnderWay,
    /// There are as many as can be.
    Full,
    /// None of our keys opens the list, so it stays as it is until [`Guard::unblock_all`].
    Unreadable,
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Guard {
    /// What is blocked now, the first that ends first.
    ///
    /// # Errors
    /// [`NotChanged::Store`], [`NotChanged::Unreadable`].
    pub async fn blocked(&self) -> Result<Vec<Block>, NotChanged> {
        self.copy_blocks().await?;
        let copied = self.blocks.lock();
        if copied.is_unreadable {
            return Err(NotChanged::Unreadable);
        }
        let (mut blocks, now) = (copied.blocks.clone(), self.clock.now());
        blocks.retain(|block| block.until > now);
        blocks.sort_by_key(|block| block.until);
        Ok(blocks)
    }

    /// Blocks nothing any more, also where the list cannot be read.
    ///
    /// # Errors
    /// [`NotChanged::Store`], [`NotChanged::UnderWay`].
    pub async fn unblock_all(&self) -> Result<(), NotChanged> {
        self.change(async || self.replace(&[]).await).await
    }

    /// Copies the list anew. One that cannot be read is told of, once for each version; what was copied
    /// before is kept then. One that not all our keys open is sealed anew under all of them, so that
    /// whichever replica reads it has a key to it.
    pub(super) async fn copy_blocks(&self) -> Result<(), StoreError> {
        // The version first: what changes between the two reads is noticed by the next decision.
        let version = self.blocks_version().await?;
        let read = self.read_blocks().await?;
        if read.as_ref().is_some_and(|list| !list.is_for_all)
            // Who changes it at this moment seals it anew, too.
            && let Err(NotChanged::Store(error)) = self.change_blocks(|_| ()).await
        {
            return Err(error);
        }
        let is_news = {
            let mut copied = self.blocks.lock();
            let told = copied.is_unreadable && copied.version == version;
            (copied.version, copied.is_unreadable) = (version, read.is_none());
            copied.blocks = read.map_or_else(|| mem::take(&mut copied.blocks), |list| list.blocks);
            copied.is_unreadable && !told
        };
        if is_news {
            (self.on_unreadable_blocks)();
        }
        Ok(())
    }

    /// Replaces what is said of one beginning, for every replica.
    pub(super) async fn set_block(
        &self,
        about: Beginning,
        block: Option<Block>,
    ) -> Result<(), NotChanged> {
        self.change_blocks(|blocks| {
            blocks.retain(|other| other.beginning != about);
            blocks.extend(block);
        })
        .await
    }

    async fn change_blocks(&self, change: impl FnOnce(&mut Vec<Block>)) -> Result<(), NotChanged> {
        self.change(async || {
            let List { mut blocks, .. } =
                self.read_blocks().await?.ok_or(NotChanged::Unreadable)?;
            let now = self.clock.now();
            blocks.retain(|block| block.until > now);
            change(&mut blocks);
            if blocks.len() > MOST {
                return Err(NotChanged::Full);
            }
            self.replace(&blocks).await
        })
        .await
    }

    /// Does one change while no other is under way. Whatever comes of it, the next may begin.
    async fn change(
        &self,
        change: impl AsyncFnOnce() -> Result<(), NotChanged>,
    ) -> Result<(), NotChanged> {
        let key = changing_key();
        let begin = [Step::Unflagged(key), Step::Flag(key, 1, CHANGING)];
        let Decision::Made { .. } = self.counters.decide(&begin).await? else {
            return Err(NotChanged::UnderWay);
        };
        let changed = change().await;
        // One that stays ends by itself.
        let _ = self.counters.decide(&[Step::Flag(key, 0, Duration::ZERO)]).await;
        changed
    }

    /// Writes the list, sealed under each of our keys; only then do the others read it anew.
    async fn replace(&self, blocks: &[Block]) -> Result<(), NotChanged> {
        let bytes = |block: &Block| [block.beginning.0, block.until.0].map(u64::to_be_bytes);
        let plain = blocks.iter().flat_map(bytes).flatten().collect::<Vec<_>>();
        self.counters.keep(list_key(), &self.keys.seal_for_all(PURPOSE, &plain), KEPT).await?;
        let version = self.blocks_version().await?.map_or(1, |version| version + 1);
        self.counters.decide(&[Step::Flag(version_key(), version, KEPT)]).await?;
        Ok(())
    }

    async fn blocks_version(&self) -> Result<Option<u64>, StoreError> {
        let mut steps = Steps::default();
        steps.add(Step::ReadFlag(version_key()));
        match steps.find(&*self.counters).await?.first() {
            Some(Found::Flag(version)) => Ok(*version),
            _ => Ok(None),
        }
    }

    /// The list; `None` when none of our keys opens it.
    async fn read_blocks(&self) -> Result<Option<List>, StoreError> {
        // Kept for no time: only read.
        let Some(sealed) = self.counters.keep_first(list_key(), &[], Duration::ZERO).await? else {
            return Ok(Some(List { blocks: Vec::new(), is_for_all: true }));
        };
        let Some((plain, is_for_all)) = self.keys.open_for_all(PURPOSE, &sealed) else {
            return Ok(None);
        };
        let blocks = plain.chunks_exact(16).filter_map(|chunk| {
            let (beginning, until) = chunk.split_at_checked(8)?;
            let number = |bytes: &[u8]| Some(u64::from_be_bytes(bytes.try_into().ok()?));
            let (beginning, until) = (Beginning(number(beginning)?), Timestamp(number(until)?));
            Some(Block { beginning, until })
        });
        Ok(Some(List { blocks: blocks.collect(), is_for_all }))
    }
}

/// The list as it was read.
struct List {
    blocks: Vec<Block>,
    /// Whether each of our keys opens it.
    is_for_all: bool,
}

fn changing_key() -> Key {
    Key::numbered(CounterKind::BlocksChanging, 0)
}

fn version_key() -> Key {
    Key::numbered(CounterKind::BlocksVersion, 0)
}

fn list_key() -> Key {
    Key::numbered(CounterKind::BlockList, 0)
}

/// Expects that nobody has changed the list since it was copied.
pub(super) fn unchanged(version: Option<u64>) -> Step {
    Step::Expect(version_key(), version)
}
