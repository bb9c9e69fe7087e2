//! What the domain needs from the outside: a clock, counters, a provider. Adapters live in the
//! service; each method here states its effects and its errors.

use crate::code::Code;
use crate::error::Failure;
use crate::limits::Rule;
use crate::locale::Locale;
use crate::phone::PhoneNumber;
use async_trait::async_trait;
use std::fmt;
use std::ops::Add;
use std::sync::Arc;
use std::time::Duration;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// How long after `earlier` this is; zero when it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// Tells the time, so that tests can move it.
pub trait Clock: Send + Sync {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

/// How a code travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Channel {
    /// A call in which a voice says the code.
    Voice,
    /// A text message.
    Sms,
}

impl Channel {
    /// Both channels.
    pub const ALL: [Self; 2] = [Self::Voice, Self::Sms];

    /// The name used in the API, in logs and in configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Sms => "sms",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The provider's own name for a verification. Never shown to a client.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderRef(pub String);

impl fmt::Debug for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderRef(…)")
    }
}

/// One call to place, or message to send.
#[derive(Debug)]
pub struct Call<'a> {
    /// Whom to reach.
    pub number: &'a PhoneNumber,
    /// How.
    pub channel: Channel,
    /// The language of `text`.
    pub locale: Locale,
    /// What is said, with `%token` wherever the code goes.
    pub text: &'a str,
    /// Digits of the code.
    pub code_length: u8,
    /// How long the code stays good.
    pub ttl: Duration,
    /// How many codes may be tried.
    pub max_attempts: u8,
    /// The caller's own reference, ASCII letters and digits.
    pub reference: Option<&'a str>,
}

/// What the provider says of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckAnswer {
    /// The code is right; the verification is used up by this.
    Verified,
    /// The code is wrong.
    Incorrect,
    /// The verification ran out of time.
    Expired,
    /// The verification is over: verified before, or out of tries. [`Provider::status`] tells which.
    Over,
    /// The provider does not know the verification (any more).
    Gone,
}

/// Where a verification stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderStatus {
    /// Waiting for a code.
    Pending,
    /// Proven.
    Verified,
    /// Out of time.
    Expired,
    /// Out of tries, or never delivered.
    Failed,
    /// Cancelled.
    Deleted,
}

/// How the call or message itself is faring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Delivery {
    Queued,
    Ringing,
    Answered,
    Busy,
    NoAnswer,
    Voicemail,
    Sent,
    Delivered,
    Failed,
    Unknown,
}

/// A verification as the provider sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Where the verification stands.
    pub status: ProviderStatus,
    /// How the call or message fares.
    pub delivery: Delivery,
    /// When this was learnt.
    pub updated_at: Timestamp,
}

impl Delivery {
    /// The name used in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Voicemail => "voicemail",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// A service that calls people, keeps the code and compares it.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The locales it can speak.
    fn locales(&self) -> &[Locale];

    /// Places a call or sends a message. Costs money and rings a phone.
    ///
    /// # Errors
    /// [`Failure`]: its variant says whether a second call may be placed.
    async fn start(&self, call: &Call<'_>) -> Result<ProviderRef, Failure>;

    /// Compares a code. Uses up one try at the provider.
    ///
    /// # Errors
    /// [`Failure`]; after [`Failure::Unknown`] the code may or may not have been compared.
    async fn check(&self, verification: &ProviderRef, code: &Code) -> Result<CheckAnswer, Failure>;

    /// Reads where a verification stands, now. Changes nothing and may be repeated.
    ///
    /// # Errors
    /// [`Failure`].
    async fn status(&self, verification: &ProviderRef) -> Result<ProviderStatus, Failure>;

    /// Tells how a verification and its call are faring, as far as that is known without straining
    /// the provider: the answer may be some seconds old, or `None`.
    async fn progress(&self, verification: &ProviderRef, channel: Channel) -> Option<Progress>;

    /// Makes a verification's code useless. Cancelling what is gone succeeds.
    ///
    /// # Errors
    /// [`Failure`].
    async fn cancel(&self, verification: &ProviderRef) -> Result<(), Failure>;
}

/// What a store key is about. Part of the key, so that no two uses can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Space {
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
    /// Wrong codes for one number.
    Codes = b'w',
    /// Tries of one verification.
    Tries = b't',
    /// How one verification ended.
    Ending = b'e',
    /// Starts to one region and channel, for the conversion watch.
    Started = b's',
    /// Verified starts of one region and channel.
    Verified = b'v',
    /// A region and channel closed by the conversion watch.
    Closed = b'x',
    /// One idempotency key.
    Idempotency = b'i',
}

/// The name of one counter or value. Holds a keyed hash, never what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// What it is about.
    pub space: Space,
    /// 128 bits of a keyed hash.
    pub hash: u128,
}

/// One step of a decision.
#[derive(Debug, Clone)]
pub enum Step {
    /// Refuses the decision while `Key` holds a flag.
    Unflagged(Key),
    /// Charges one unit now; refuses the decision when the rule has no room.
    Charge(Key, Arc<Rule>),
    /// Charges one unit now, room or not, when the log of the second key is empty; otherwise a
    /// [`Step::Charge`].
    ChargeUnlessFirst(Key, Arc<Rule>, Key),
    /// Counts one unit that belongs to an earlier moment; never refuses.
    Record(Key, Arc<Rule>, Timestamp),
    /// Takes back one unit that was charged at exactly this moment, if it is still there.
    GiveBack(Key, Arc<Rule>, Timestamp),
    /// Sets a flag for a while. An existing flag is replaced.
    Flag(Key, u8, Duration),
    /// Reads a flag.
    ReadFlag(Key),
    /// Reads what [`Step::Charge`] would find.
    Read(Key, Arc<Rule>),
    /// Counts the units charged from the first moment (included) to the second (excluded).
    Count(Key, Timestamp, Timestamp),
}

/// What one step found, after the decision took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The step has nothing to tell.
    Nothing,
    /// The state of a charged or read log.
    Room(Room),
    /// The value of a flag, if set.
    Flag(Option<u8>),
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
    /// The flag that was set, for [`Step::Unflagged`].
    pub flag: Option<u8>,
    /// When it would no longer refuse.
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
    /// Runs the steps as one atomic step: all take effect, or none. One round trip.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be known that the decision was made; callers must not spend.
    async fn decide(&self, steps: &[Step]) -> Result<Decision, StoreError>;

    /// Keeps a value unless there is one, and returns the one that was there.
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
