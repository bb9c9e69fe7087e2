//! The id of a verification: everything needed later, sealed into the text itself, so that no
//! record of a verification is stored anywhere. What is sealed is listed in [`Sealed`], its bytes are in
//! `encoding`.

mod encoding;
mod sealed;
#[cfg(test)]
mod tests;

pub use sealed::Sealed;

use crate::keys::Keyring;
use crate::ports::{CounterKind, Key};
use crate::timestamp::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

/// Binds a seal to ids. Part of every seal, so it never changes; the version is inside.
const PURPOSE: &str = "verification id v1";
/// An expired verification is still known for a day, so that it can be answered 410 and called again.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// An id of ours and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The id.
    pub id: VerificationId,
    /// What it holds.
    pub sealed: Sealed,
}

/// The text of an id: base64url, opaque, some 84 characters where nothing optional is in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerificationId {
    text: String,
    seal: u128,
}

impl VerificationId {
    /// Seals. Equal content gives equal ids.
    #[must_use]
    pub fn seal(sealed: &Sealed, keys: &Keyring) -> Self {
        let sealed = keys.seal(PURPOSE, &encoding::encode(sealed));
        Self::of(URL_SAFE_NO_PAD.encode(&sealed), &sealed)
    }

    /// Opens an id that these keys sealed, until a day after its code's time. Unknown, forged,
    /// altered, truncated and too old ids are all the same: `None`.
    #[must_use]
    pub fn open(text: &str, keys: &Keyring, now: Timestamp) -> Option<Opened> {
        if text.len() > encoding::MAX_TEXT {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let sealed = encoding::decode(&keys.open(PURPOSE, &bytes)?)?;
        let id = Self::of(text.to_owned(), &bytes);
        (now < sealed.expires_at() + REMEMBERED).then_some(Opened { id, sealed })
    }

    /// Whether it was sealed before the secret was changed.
    pub(crate) fn is_of_previous(&self, keys: &Keyring) -> bool {
        let sealed = URL_SAFE_NO_PAD.decode(&self.text).unwrap_or_default();
        keys.is_of_previous(PURPOSE, &sealed)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The store key of something about this verification.
    pub(crate) fn key(&self, kind: CounterKind) -> Key {
        Key { kind, hash: self.seal }
    }

    /// AES-SIV begins what it seals with a keyed hash of it all, of 128 bits.
    fn of(text: String, sealed: &[u8]) -> Self {
        let seal = sealed.first_chunk().map_or(0, |hash| u128::from_be_bytes(*hash));
        Self { text, seal }
    }
}
