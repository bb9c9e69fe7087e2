//! Everything derived from the one secret: the key that seals, and the key of the fingerprints under
//! which the store counts. Which bytes are sealed is decided in [`crate::id`]; what is counted, in
//! [`crate::guard`].

use crate::ports::{CounterKind, Key};
use crate::region::Region;
use aes_siv::{KeyInit, siv::Aes128Siv};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The keys in force, and those of the previous secret, which still open what they sealed.
#[derive(Clone)]
pub struct Keyring {
    current: Keys,
    previous: Option<Keys>,
    /// Fingerprints of what all starts have in common, a few for each region: hashing them anew
    /// was two thirds of the hashing of a start.
    common: Arc<RwLock<Common>>,
}

type Common = HashMap<(CounterKind, Option<Region>), Key>;

#[derive(Clone)]
struct Keys {
    seal: [u8; 32],
    fingerprint: Hmac<Sha256>,
}

impl Keyring {
    /// Derives the keys from a secret of at least 16 unguessable bytes.
    #[must_use]
    pub fn new(secret: &[u8], previous: Option<&[u8]>) -> Self {
        Self {
            current: Keys::derive(secret),
            previous: previous.map(Keys::derive),
            common: Arc::default(),
        }
    }

    /// Seals `plain` for one `purpose`: the same input gives the same output, any change to it is
    /// noticed, and nobody without the key reads it.
    #[must_use]
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        Aes128Siv::new(&self.current.seal.into())
            .encrypt([purpose.as_bytes()], plain)
            // Fails only for more than 126 headers or an overflowing length; there is one header.
            .unwrap_or_default()
    }

    /// Opens what [`Keyring::seal`] sealed for the same purpose, with the current or previous keys.
    #[must_use]
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        std::iter::once(&self.current).chain(&self.previous).find_map(|keys| {
            Aes128Siv::new(&keys.seal.into()).decrypt([purpose.as_bytes()], sealed).ok()
        })
    }

    /// Whether it was sealed before the secret was changed.
    pub(crate) fn is_of_previous(&self, purpose: &str, sealed: &[u8]) -> bool {
        Aes128Siv::new(&self.current.seal.into()).decrypt([purpose.as_bytes()], sealed).is_err()
    }

    /// A store key for something that must not be read from the store: 128 bits of a keyed hash.
    #[must_use]
    pub fn fingerprint(&self, kind: CounterKind, parts: &[&[u8]]) -> Key {
        let mut mac = self.current.fingerprint.clone();
        mac.update(&[kind as u8]);
        for part in parts {
            // The length keeps ("ab","c") apart from ("a","bc").
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let digest = mac.finalize().into_bytes();
        let fold = |hash: u128, byte: &u8| hash << 8 | u128::from(*byte);
        Key { kind, hash: digest.iter().take(16).fold(0, fold) }
    }

    /// [`Keyring::fingerprint`] of a region, or of nothing: computed once, for there are few of them.
    pub(crate) fn common_fingerprint(&self, kind: CounterKind, region: Option<Region>) -> Key {
        // In a function of its own, so that the lock is free again before it is taken to write.
        let known = |common: &RwLock<Common>| {
            let common = common.read().unwrap_or_else(PoisonError::into_inner);
            common.get(&(kind, region)).copied()
        };
        known(&self.common).unwrap_or_else(|| {
            let region_name = region.map(|region| region.to_string());
            let parts = region_name.as_ref().map(|name| name.as_bytes());
            let key = self.fingerprint(kind, parts.as_slice());
            let mut common = self.common.write().unwrap_or_else(PoisonError::into_inner);
            common.insert((kind, region), key);
            key
        })
    }
}

impl Keys {
    fn derive(secret: &[u8]) -> Self {
        let derive = |info: &str| {
            let mut key = [0; 32];
            // Fails only for outputs beyond 8160 bytes.
            let _ = Hkdf::<Sha256>::new(None, secret).expand(info.as_bytes(), &mut key);
            key
        };
        Self {
            seal: derive("ringproof seal v1"),
            fingerprint: <Hmac<Sha256> as KeyInit>::new(&derive("ringproof hide v1").into_key()),
        }
    }
}

trait IntoKey {
    fn into_key(self) -> hmac::digest::Key<Hmac<Sha256>>;
}

impl IntoKey for [u8; 32] {
    /// HMAC-SHA-256 keys are one block of 64 bytes; a shorter key is padded with zeros (RFC 2104).
    fn into_key(self) -> hmac::digest::Key<Hmac<Sha256>> {
        let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
        key.iter_mut().zip(self).for_each(|(to, from)| *to = from);
        key
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let keys = Keyring::new(&[7; 32], None);
        let sealed = keys.seal("id", b"hello");
        assert_eq!(keys.open("id", &sealed).as_deref(), Some(&b"hello"[..]));
        assert_eq!(keys.open("reply", &sealed), None);
        assert_eq!(Keyring::new(&[8; 32], None).open("id", &sealed), None);
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert_eq!(keys.open("id", &altered), None, "byte {index}");
        }
    }

    #[test]
    fn previous_keys_open_but_do_not_seal() {
        let old = Keyring::new(&[1; 32], None);
        let new = Keyring::new(&[2; 32], Some(&[1; 32]));
        assert_eq!(new.open("id", &old.seal("id", b"x")).as_deref(), Some(&b"x"[..]));
        assert_eq!(old.open("id", &new.seal("id", b"x")), None);
    }

    #[test]
    fn what_is_kept_is_what_would_be_computed() {
        let keys = Keyring::new(&[1; 32], None);
        let region = "NL".parse().unwrap();
        for _ in 0..2 {
            let common = keys.common_fingerprint(CounterKind::Region, Some(region));
            assert_eq!(common, keys.fingerprint(CounterKind::Region, &[b"NL"]));
            assert_eq!(
                keys.common_fingerprint(CounterKind::Day, None),
                keys.fingerprint(CounterKind::Day, &[])
            );
        }
        let other = Keyring::new(&[2; 32], None);
        assert_ne!(
            other.common_fingerprint(CounterKind::Day, None),
            keys.common_fingerprint(CounterKind::Day, None)
        );
    }

    #[test]
    fn fingerprints_differ_by_kind_part_and_secret() {
        let keys = Keyring::new(&[1; 32], None);
        let key = keys.fingerprint(CounterKind::Number, &[b"31612345678"]);
        assert_eq!(key, keys.fingerprint(CounterKind::Number, &[b"31612345678"]));
        assert_ne!(key, keys.fingerprint(CounterKind::Prefix, &[b"31612345678"]));
        assert_ne!(
            key,
            Keyring::new(&[2; 32], None).fingerprint(CounterKind::Number, &[b"31612345678"])
        );
        assert_ne!(
            keys.fingerprint(CounterKind::Number, &[b"ab", b"c"]),
            keys.fingerprint(CounterKind::Number, &[b"a", b"bc"])
        );
    }
}
