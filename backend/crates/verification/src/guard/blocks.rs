//! Numbers that are not called: the list of them, sealed in the store, and the copy that decides here.
//! Who may change it is the service's business.
//!
//! The list is one value and has a version. A start expects the version that the copy is of, so a change
//! anywhere is obeyed by the next decision everywhere; it costs a start one key, however long the list.
//! It is sealed and not hashed: so it can be sealed anew under another secret, and shown.

use super::Guard;
use crate::phone::PhoneNumber;
use crate::ports::{CounterKind, Decision, Found, Key, Step, StoreError};
use crate::timestamp::Timestamp;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Binds a seal to the list.
const PURPOSE: &str = "blocked numbers v1";
/// Longer than any block.
const KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// Longer than a change takes; one that died is over then.
const CHANGING: Duration = Duration::from_secs(5);
/// The most blocks at once: each start looks at all of them.
const MOST: usize = 1_000;

/// The first 4 to 15 digits of a number, with the country's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Beginning(u64);

/// A beginning, and until when what begins so is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// How the numbers begin.
    pub beginning: Beginning,
    /// The end of it.
    pub until: Timestamp,
}

/// The copy of the list, and the version it is of.
#[derive(Default)]
pub struct Blocks(Mutex<Copied>);

#[derive(Default)]
struct Copied {
    version: Option<u64>,
    blocks: Vec<Block>,
}

impl FromStr for Beginning {
    type Err = ();

    /// 4 to 15 digits, with or without a `+`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let plain = (4..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        match digits.parse() {
            Ok(number) if plain && !digits.starts_with('0') => Ok(Self(number)),
            _ => Err(()),
        }
    }
}

impl Beginning {
    fn is_of(self, number: &PhoneNumber) -> bool {
        let mut digits = number.digits();
        while digits > self.0 {
            digits /= 10;
        }
        digits == self.0
    }
}

impl fmt::Display for Beginning {
    /// Masked where it could be a whole number: `+3161…`, `+316******78`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        match (digits.get(..3), digits.get(digits.len().saturating_sub(2)..)) {
            (Some(first), Some(last)) if digits.len() > 7 => {
                write!(f, "+{first}{}{last}", "*".repeat(digits.len() - 5))
            }
            _ => write!(f, "+{digits}…"),
        }
    }
}

impl fmt::Debug for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Blocks {
    fn lock(&self) -> MutexGuard<'_, Copied> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the copy says that a number is blocked, and the version that it is of.
    pub(super) fn look(&self, number: &PhoneNumber, now: Timestamp) -> (bool, Option<u64>) {
        let copied = self.lock();
        let blocks = |block: &Block| block.until > now && block.beginning.is_of(number);
        (copied.blocks.iter().any(blocks), copied.version)
    }
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

impl Guard {
    /// What is blocked now, the first that ends first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn blocked(&self) -> Result<Vec<Block>, StoreError> {
        self.copy_blocks().await?;
        let now = self.clock.now();
        let mut blocks = self.blocks.lock().blocks.clone();
        blocks.retain(|block| block.until > now);
        blocks.sort_by_key(|block| block.until);
        Ok(blocks)
    }

    /// Copies the list anew. What was sealed under the previous secret is sealed under this one, so that
    /// it outlives the other.
    pub(super) async fn copy_blocks(&self) -> Result<(), StoreError> {
        // The version first: what changes between the two reads is noticed by the next decision.
        let version = self.blocks_version().await?;
        let (blocks, old) = self.read_blocks().await?;
        *self.blocks.lock() = Copied { version, blocks };
        if old && self.begin_change().await? {
            let (blocks, _) = self.read_blocks().await?;
            self.write_blocks(&blocks).await?;
            self.counters.decide(&[Step::Flag(changing_key(), 0, Duration::ZERO)]).await?;
        }
        Ok(())
    }

    /// Replaces what is said of one beginning, for every replica.
    pub(super) async fn change_blocks(
        &self,
        change: impl FnOnce(&mut Vec<Block>),
        about: Beginning,
    ) -> Result<(), StoreError> {
        if !self.begin_change().await? {
            return Err(StoreError("another change is under way; try again".into()));
        }
        let (mut blocks, _) = self.read_blocks().await?;
        let now = self.clock.now();
        blocks.retain(|block| block.until > now && block.beginning != about);
        change(&mut blocks);
        if blocks.len() > MOST {
            return Err(StoreError("there are too many blocks; take one away".into()));
        }
        self.write_blocks(&blocks).await?;
        // Only now do the others read it anew.
        let version = self.blocks_version().await?.map_or(1, |version| version + 1);
        let steps = [
            Step::Flag(version_key(), version, KEPT),
            Step::Flag(changing_key(), 0, Duration::ZERO),
        ];
        self.counters.decide(&steps).await.map(drop)
    }

    async fn blocks_version(&self) -> Result<Option<u64>, StoreError> {
        let Decision::Made { found, .. } =
            self.counters.decide(&[Step::ReadFlag(version_key())]).await?
        else {
            return Err(StoreError("reading was refused".into()));
        };
        match found.first() {
            Some(Found::Flag(version)) => Ok(*version),
            _ => Ok(None),
        }
    }

    async fn begin_change(&self) -> Result<bool, StoreError> {
        let key = changing_key();
        let steps = [Step::Unflagged(key), Step::Flag(key, 1, CHANGING)];
        Ok(matches!(self.counters.decide(&steps).await?, Decision::Made { .. }))
    }

    /// The list, and whether it is still sealed under the previous secret. What neither opens is none.
    async fn read_blocks(&self) -> Result<(Vec<Block>, bool), StoreError> {
        // Kept for no time: only read.
        let Some(sealed) = self.counters.keep_first(list_key(), &[], Duration::ZERO).await? else {
            return Ok((Vec::new(), false));
        };
        let plain = self.keys.open(PURPOSE, &sealed).unwrap_or_default();
        let blocks = plain.chunks_exact(16).filter_map(|chunk| {
            let (beginning, until) = chunk.split_at_checked(8)?;
            let number = |bytes: &[u8]| Some(u64::from_be_bytes(bytes.try_into().ok()?));
            let (beginning, until) = (Beginning(number(beginning)?), Timestamp(number(until)?));
            Some(Block { beginning, until })
        });
        Ok((blocks.collect(), self.keys.is_of_previous(PURPOSE, &sealed)))
    }

    async fn write_blocks(&self, blocks: &[Block]) -> Result<(), StoreError> {
        let bytes = |block: &Block| [block.beginning.0, block.until.0].map(u64::to_be_bytes);
        let plain = blocks.iter().flat_map(bytes).flatten().collect::<Vec<_>>();
        self.counters.keep(list_key(), &self.keys.seal(PURPOSE, &plain), KEPT).await
    }
}

fn changing_key() -> Key {
    Key::numbered(CounterKind::BlocksChanging, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_four_to_fifteen_digits() {
        for good in ["3161", "+31612345678", "316123456789012"] {
            assert!(good.parse::<Beginning>().is_ok(), "{good}");
        }
        for bad in ["316", "+", "0316", "3161 2", "31a1", "3161234567890123", "", "++3161"] {
            assert!(bad.parse::<Beginning>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_number_begins_with_its_first_digits_alone() {
        let number = PhoneNumber::parse("+31612345678", None).unwrap();
        let begins = |text: &str| text.parse::<Beginning>().unwrap().is_of(&number);
        assert!(begins("3161") && begins("31612345") && begins("+31612345678"));
        assert!(!begins("3162") && !begins("6123") && !begins("316123456789"));
    }

    #[test]
    fn what_could_be_a_number_is_masked() {
        let shown = |text: &str| text.parse::<Beginning>().unwrap().to_string();
        assert_eq!(shown("3161"), "+3161…");
        assert_eq!(shown("31612345678"), "+316******78");
        assert_eq!(format!("{:?}", "31612345678".parse::<Beginning>()), "Ok(+316******78)");
    }
}
