//! The store: counters, flags and values with a lifetime, decided in atomic steps.

use crate::limits::Rule;
use crate::timestamp::Timestamp;
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a store key is about. Part of the key, so that no two uses can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum CounterKind {
    /// Starts to one number.
    Number = b'n',
    /// Starts by one client address.
    Client = b'c',
    /// Starts to one prefix.
    Prefix = b'p',
    /// Starts to one region.
    Region = b'r',
    /// Starts in an hour, everywhere.
    Hour = b'h',
    /// Starts in a day, everywhere.
    Day = b'd',
    /// Verified starts by one client address, which its budget grows with.
    ClientVerified = b'C',
    /// Verified starts to one prefix, which its budget grows with.
    PrefixVerified = b'P',
    /// Starts by one service with a key of its own.
    Caller = b'k',
    /// Starts by one client address, as such a service told it.
    CallerClient = b'a',
    /// Verified ones of them.
    CallerClientVerified = b'A',
    /// Wrong codes for one number.
    Codes = b'w',
    /// Tries of one verification.
    Tries = b't',
    /// A call in which a key was pressed, or whose code nobody needs to hear any more.
    KeyPress = b'K',
    /// The code of one verification that is under way, or that proved it.
    Mark = b'm',
    /// One verification whose marked code has lost its outcome.
    Lost = b'l',
    /// Reads that settle the mark of one verification.
    Reads = b'f',
    /// How one verification ended.
    Ending = b'e',
    /// Starts to one region and channel, for the conversion watch.
    Started = b's',
    /// Verified starts of one region and channel.
    Verified = b'v',
    /// A region and channel closed by the conversion watch.
    Closed = b'x',
    /// A region and channel that the conversion watch has told of, where it may not close it.
    Observed = b'o',
    /// A channel by which no new calls are placed.
    Paused = b'z',
    /// A region and channel closed by hand.
    ClosedByHand = b'X',
    /// The version of the list of blocked numbers.
    BlocksVersion = b'B',
    /// The list of blocked numbers.
    BlockList = b'b',
    /// A change to that list that is under way.
    BlocksChanging = b'L',
    /// One verification whose code could not be checked.
    Unchecked = b'u',
    /// Who writes on one sheet of figures.
    FiguresTaken = b'T',
    /// Since when there is something on one sheet of figures.
    FiguresThere = b'H',
    /// One sheet of figures: what replicas counted within an hour.
    Figures = b'F',
    /// Something of one verification that is told or done once.
    Told = b'E',
    /// One idempotency key.
    Idempotency = b'i',
    /// A receipt that was redeemed.
    Receipt = b'q',
}

/// The name of one counter or value. Holds a hash, never what it is about; [`crate::keys`] makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// What it is about.
    pub kind: CounterKind,
    /// 128 bits, spread evenly: a keyed hash of what could be guessed, a plain one of what could not.
    pub hash: u128,
}

/// One step of a decision.
#[derive(Debug, Clone)]
pub enum Step {
    /// Refuses the decision while the key holds a flag.
    Unflagged(Key),
    /// Refuses the decision unless the flag has this value, or is not set.
    Expect(Key, Option<u64>),
    /// Refuses the decision unless a unit was charged at exactly this moment to the log of either key,
    /// whose rule keeps moments exactly for so long ([`Rule::exact_for`]).
    Known(Key, Key, Timestamp),
    /// Refuses the decision when the rule has no room, and charges nothing; with a second key only when
    /// the log of that one is not empty. Finds what [`Step::Read`] finds.
    HasRoom(Key, Arc<Rule>, Option<Key>),
    /// Charges one unit now; refuses the decision when the rule has no room.
    Charge(Key, Arc<Rule>),
    /// Charges one unit to a budget ([`Rule::as_budget`]), whose verified units the log of the second
    /// key holds; refuses the decision when neither its quota nor they leave room.
    ChargeBudget(Key, Arc<Rule>, Key),
    /// Charges one unit now, room or not, when the log of the second key is empty; otherwise a
    /// [`Step::Charge`].
    ChargeUnlessFirst(Key, Arc<Rule>, Key),
    /// Counts one unit that belongs to an earlier moment; never refuses.
    Record(Key, Arc<Rule>, Timestamp),
    /// Takes back one unit that was charged at exactly this moment, if it is still there.
    GiveBack(Key, Arc<Rule>, Timestamp),
    /// Eases the cool-down that follows the unit charged at exactly this moment, while that is the
    /// latest; windows still count it. Finds what [`Step::Read`] finds then. Easing twice is easing once.
    Ease(Key, Arc<Rule>, Timestamp),
    /// Sets a flag, a number below 2^53 - 1, for a while; for no time, takes it away. An existing flag
    /// is replaced.
    Flag(Key, u64, Duration),
    /// Reads a flag.
    ReadFlag(Key),
    /// Reads what [`Step::Charge`] would find.
    Read(Key, Arc<Rule>),
    /// Counts the units charged from the first moment (included) to the second (excluded), each at
    /// its moment in the rule's coarsest grain.
    Count(Key, Arc<Rule>, Timestamp, Timestamp),
}

/// What one step found, after the decision took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The step has nothing to tell.
    Nothing,
    /// The state of a charged or read log.
    Room(Room),
    /// The value of a flag, if set.
    Flag(Option<u64>),
    /// A number of units.
    Count(u64),
}

/// How much room a rule leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Units charged within the longest window.
    pub used: u32,
    /// Units that the tightest window still admits, cool-down aside.
    pub left: u32,
    /// When the next unit is admitted; not after `at` when it is admitted at once.
    pub next_at: Timestamp,
}

/// The outcome of one atomic decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Every step took effect.
    Made {
        /// When, by the store's clock.
        at: Timestamp,
        /// What each step found, in order.
        found: Vec<Found>,
    },
    /// No step took effect.
    Refused {
        /// When, by the store's clock.
        at: Timestamp,
        /// The steps that refused, by index, in order; never empty.
        by: Vec<Refused>,
    },
}

/// One step's refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Its index.
    pub step: usize,
    /// The flag that was set, for [`Step::Unflagged`] and [`Step::Expect`].
    pub flag: Option<u64>,
    /// When it would no longer refuse, which for a flag is when it ends.
    pub retry_at: Timestamp,
    /// Units that the tightest window still admits, cool-down aside.
    pub left: u32,
}

/// The store cannot decide. Nothing may be spent while it cannot.
#[derive(Debug)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store cannot decide: {}", self.0)
    }
}

impl std::error::Error for StoreError {}

/// Counters with a lifetime, shared by every replica that shares the store.
#[async_trait]
pub trait Counters: Send + Sync {
    /// Runs the steps as one atomic step: all take effect, or none. One round trip. A decision that
    /// would come too late to be answered takes no effect.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be known that the decision was made; callers must not spend.
    async fn decide(&self, steps: &[Step]) -> Result<Decision, StoreError>;

    /// Keeps a value unless there is one, and returns the one that was there. One that would come
    /// too late to be answered is not kept.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn keep_first(
        &self,
        key: Key,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps a value, in place of any other.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn keep(&self, key: Key, value: &[u8], ttl: Duration) -> Result<(), StoreError>;

    /// Drops a value.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn drop_value(&self, key: Key) -> Result<(), StoreError>;

    /// Whether the store can decide now.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot.
    async fn ping(&self) -> Result<(), StoreError>;
}
