//! The same request sent twice is done once. What an answer looks like is the service's business:
//! here it is bytes, sealed, for they hold the number.

use crate::error::StartError;
use crate::guard::Guard;
use crate::kept;
use crate::keys::Names;
use crate::limits::Client;
use crate::model::Verification;
use crate::ports::{CounterKind, StoreError};
use ring::digest::{SHA256, digest};
use std::time::Duration;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer than any call to the provider can take: a replica that died does not block a key for ever.
const RUNNING: Duration = Duration::from_secs(60);
/// Binds a seal to kept answers: a fingerprint, and the answer once there is one.
const PURPOSE: &str = "idempotent reply v2";
const FINGERPRINT: usize = 32;

/// What a client calls a request that it may send again: 1 to 128 visible characters of ASCII, no
/// quote among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key, if the text is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let visible = text.bytes().all(|b| b.is_ascii_graphic() && b != b'"');
        ((1..=128).contains(&text.len()) && visible).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose key it is: equal keys of two owners are two keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOwner {
    /// A service with a key of its own, by name.
    Caller(String),
    /// The page of this origin, or programs without a page; for keys that nobody can guess.
    Page(Option<String>),
    /// An address.
    Client(Client),
}

/// A request that may be sent again: its key, what keeps equal keys of different owners and
/// endpoints apart, and a fingerprint of what is asked.
#[derive(Debug)]
pub struct Repeatable {
    key: IdempotencyKey,
    endpoint: String,
    owner: KeyOwner,
    fingerprint: [u8; FINGERPRINT],
}

/// An answer that can be kept, and given again.
pub trait Keepable: Sized {
    /// Its bytes; at least one.
    fn to_bytes(&self) -> Vec<u8>;

    /// The answer of these bytes.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// An answer, given for the first time or again.
#[derive(Debug)]
pub enum Once<A> {
    /// The work was done now.
    First {
        /// Its answer.
        answer: A,
        /// Whether the answer could be kept. If not, a repetition is refused until the key lapses.
        kept: Result<(), StoreError>,
    },
    /// The work was done before.
    Again(A),
}

/// Why a request was not served. Nothing was done.
#[derive(Debug)]
pub enum RepeatError {
    /// The key belongs to another request.
    Reused,
    /// The first request still runs, or its answer is lost.
    InUse,
    /// It cannot be known whether the request was served before.
    Store(StoreError),
}

impl Repeatable {
    /// A request with a key: its endpoint, whose key it is, and all that it asks.
    #[must_use]
    pub fn new(key: IdempotencyKey, endpoint: String, owner: KeyOwner, body: &[u8]) -> Self {
        let mut fingerprint = [0; FINGERPRINT];
        fingerprint.copy_from_slice(digest(&SHA256, body).as_ref());
        Self { key, endpoint, owner, fingerprint }
    }

    /// A name of the request that tells nothing of it, the same on all replicas that know both
    /// secrets.
    #[must_use]
    pub fn name(&self, guard: &Guard) -> u128 {
        self.names(guard).in_order().next().map_or(0, |key| key.hash)
    }

    fn names(&self, guard: &Guard) -> Names {
        let owner = match &self.owner {
            KeyOwner::Caller(name) => format!("caller {name}"),
            KeyOwner::Page(origin) => format!("page {}", origin.as_deref().unwrap_or_default()),
            // Written as in earlier releases, so that a replica of them finds the same key.
            KeyOwner::Client(client) => format!("{client:?}"),
        };
        let parts = [&self.key.0, &self.endpoint, &owner].map(|part| part.as_bytes());
        guard.keys.names(CounterKind::Idempotency, &parts)
    }

    fn sealed(&self, guard: &Guard, answer: &[u8]) -> Vec<u8> {
        guard.keys.seal(PURPOSE, &[&self.fingerprint, answer].concat())
    }

    fn earlier<A: Keepable>(&self, guard: &Guard, kept: &[u8]) -> Result<A, RepeatError> {
        let plain = guard.keys.open(PURPOSE, kept).ok_or(RepeatError::InUse)?;
        match plain.split_first_chunk::<FINGERPRINT>() {
            Some((fingerprint, _)) if *fingerprint != self.fingerprint => Err(RepeatError::Reused),
            Some((_, answer)) => A::from_bytes(answer).ok_or(RepeatError::InUse),
            None => Err(RepeatError::InUse),
        }
    }
}

/// What was done, and whether doing it again would be wrong. Then its answer is kept: all others cost
/// nothing to give again, may be better next time, and would let anybody fill the store.
#[derive(Debug)]
pub struct Done<A> {
    /// The answer.
    pub answer: A,
    /// Whether a repetition gets this answer, rather than another try.
    pub keep: bool,
}

/// Whether a call was placed, or may have been.
#[must_use]
pub fn may_ring(result: &Result<Verification, StartError>) -> bool {
    matches!(result, Ok(_) | Err(StartError::DeliveryUnknown { .. }))
}

/// Does some work once per key, and gives repetitions the first answer.
///
/// # Errors
/// [`RepeatError`].
pub async fn once<A: Keepable>(
    guard: &Guard,
    request: &Repeatable,
    work: impl AsyncFnOnce() -> Done<A>,
) -> Result<Once<A>, RepeatError> {
    let (names, counters) = (request.names(guard), &*guard.counters);
    let running = request.sealed(guard, &[]);
    let earlier = kept::keep_first(counters, &names, &running, RUNNING).await;
    if let Some(earlier) = earlier.map_err(RepeatError::Store)? {
        return request.earlier(guard, &earlier).map(Once::Again);
    }
    let Done { answer, keep } = work().await;
    let kept = if keep {
        let sealed = request.sealed(guard, &answer.to_bytes());
        kept::keep(counters, &names, &sealed, KEPT).await
    } else {
        kept::drop_value(counters, &names).await
    };
    Ok(Once::First { answer, kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_can_be_seen() {
        for good in ["abc-1_2", "A", "order:4711", "~!", &"x".repeat(128)] {
            assert!(IdempotencyKey::parse(good).is_some(), "{good}");
        }
        for bad in ["", "\"abc\"", "a b", "ä", &"x".repeat(129)] {
            assert_eq!(IdempotencyKey::parse(bad), None, "{bad}");
        }
    }
}
