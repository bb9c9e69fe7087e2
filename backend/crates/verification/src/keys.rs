//! Everything derived from the one secret: the key that seals, and the key of the fingerprints under
//! which the store counts; and the names of what needs no secret. Which bytes are sealed is decided in
//! [`crate::id`]; what is counted, in [`crate::guard`].

use crate::ports::{CounterKind, Key};
use aes_siv::{KeyInit, siv::Aes128Siv};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::{digest, hmac};
use std::fmt;

/// The keys in force, and those of the previous secret, which still open what they sealed.
#[derive(Clone)]
pub struct Keyring {
    current: Keys,
    previous: Option<Keys>,
}

#[derive(Clone)]
struct Keys {
    seal: [u8; 32],
    fingerprint: hmac::Key,
}

impl Keyring {
    /// Derives the keys from a secret of at least 16 unguessable bytes.
    #[must_use]
    pub fn new(secret: &[u8], previous: Option<&[u8]>) -> Self {
        Self { current: Keys::derive(secret), previous: previous.map(Keys::derive) }
    }

    /// Seals `plain` for one `purpose`: the same input gives the same output, any change to it is
    /// noticed, and nobody without the key reads it.
    #[must_use]
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        self.current.seal(purpose, plain)
    }

    /// Opens what [`Keyring::seal`] sealed for the same purpose, with the current or previous keys.
    #[must_use]
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.all().find_map(|keys| keys.open(purpose, sealed))
    }

    /// Whether it was sealed under the previous secret.
    pub(crate) fn is_of_previous(&self, purpose: &str, sealed: &[u8]) -> bool {
        self.previous.as_ref().is_some_and(|keys| keys.open(purpose, sealed).is_some())
    }

    /// Seals `plain` once under each secret, for replicas of which some know only one of them.
    pub(crate) fn seal_for_all(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        self.all().flat_map(|keys| keys.seal(purpose, plain)).collect()
    }

    /// Opens what [`Keyring::seal_for_all`] sealed under one or two secrets, and tells whether each of
    /// ours opens it.
    pub(crate) fn open_for_all(&self, purpose: &str, sealed: &[u8]) -> Option<(Vec<u8>, bool)> {
        let (first, second) = sealed.split_at(sealed.len() / 2);
        let open = |keys: &Keys| {
            [sealed, first, second].into_iter().find_map(|part| keys.open(purpose, part))
        };
        let is_for_all = self.all().all(|keys| open(keys).is_some());
        self.all().find_map(open).map(|plain| (plain, is_for_all))
    }

    fn all(&self) -> impl Iterator<Item = &Keys> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    /// The store keys of something that could be guessed, such as a number or an address: 128 bits of
    /// a keyed hash, under the current secret and under the previous one while there is one. What is
    /// counted under both is still known when the previous one goes.
    #[must_use]
    pub fn names(&self, kind: CounterKind, parts: &[&[u8]]) -> Names {
        let key = |keys: &Keys| {
            let mut mac = hmac::Context::with_key(&keys.fingerprint);
            feed(kind, parts, |bytes| mac.update(bytes));
            key_of(kind, mac.sign().as_ref())
        };
        Names { current: key(&self.current), previous: self.previous.as_ref().map(key) }
    }
}

/// Every store key of one thing: one, or two while a secret is being replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    current: Key,
    previous: Option<Key>,
}

impl Names {
    /// The keys of another kind of counter about the same thing, for two that are always named together.
    #[must_use]
    pub(crate) fn of(self, kind: CounterKind) -> Self {
        let of = |key: Key| Key { kind, ..key };
        Self { current: of(self.current), previous: self.previous.map(of) }
    }

    /// The key of the current secret, and that of the previous one or the same again.
    #[must_use]
    pub(crate) fn pair(&self) -> (Key, Key) {
        (self.current, self.previous.unwrap_or(self.current))
    }

    /// The keys, that of the current secret first.
    pub fn iter(&self) -> impl Iterator<Item = Key> {
        std::iter::once(self.current).chain(self.previous)
    }

    /// The keys in an order that does not depend on which secret is the current one.
    pub fn in_order(&self) -> impl Iterator<Item = Key> {
        let (current, previous) = (self.current, self.previous);
        let (first, second) = match previous {
            Some(previous) if previous.hash < current.hash => (previous, Some(current)),
            _ => (current, previous),
        };
        std::iter::once(first).chain(second)
    }
}

impl From<Key> for Names {
    fn from(key: Key) -> Self {
        Self { current: key, previous: None }
    }
}

impl Key {
    /// The store key of something that is no secret, such as a caller's name, or that nobody could
    /// guess, such as the name of a receipt. It needs no secret, and so is the same whichever is in force.
    #[must_use]
    pub fn of(kind: CounterKind, parts: &[&[u8]]) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(b"ringproof name v1");
        feed(kind, parts, |bytes| hash.update(bytes));
        key_of(kind, hash.finish().as_ref())
    }

    /// The store key of one of few things that are no secret, such as regions.
    #[must_use]
    pub fn numbered(kind: CounterKind, number: u64) -> Self {
        // Odd, so that no two numbers meet; the golden ratio's digits, so that they spread.
        const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        Self { kind, hash: (u128::from(number) + 1).wrapping_mul(SPREAD) }
    }
}

/// The length of each part keeps ("ab","c") apart from ("a","bc").
fn feed(kind: CounterKind, parts: &[&[u8]], mut update: impl FnMut(&[u8])) {
    update(&[kind as u8]);
    for part in parts {
        update(&(part.len() as u64).to_be_bytes());
        update(part);
    }
}

fn key_of(kind: CounterKind, digest: &[u8]) -> Key {
    let fold = |hash: u128, byte: &u8| hash << 8 | u128::from(*byte);
    Key { kind, hash: digest.iter().take(16).fold(0, fold) }
}

impl Keys {
    fn derive(secret: &[u8]) -> Self {
        let secret = Salt::new(HKDF_SHA256, &[]).extract(secret);
        let derive = |info: &str| {
            let mut key = [0; 32];
            // Fails only for outputs beyond 8160 bytes.
            let _ = secret
                .expand(&[info.as_bytes()], HKDF_SHA256)
                .and_then(|derived| derived.fill(&mut key));
            key
        };
        let fingerprint = hmac::Key::new(hmac::HMAC_SHA256, &derive("ringproof hide v1"));
        Self { seal: derive("ringproof seal v1"), fingerprint }
    }

    fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        Aes128Siv::new(&self.seal.into())
            .encrypt([purpose.as_bytes()], plain)
            // Fails only for more than 126 headers or an overflowing length; there is one header.
            .unwrap_or_default()
    }

    fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        Aes128Siv::new(&self.seal.into()).decrypt([purpose.as_bytes()], sealed).ok()
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
    fn what_is_sealed_for_all_is_opened_by_whoever_has_one_of_the_secrets() {
        let (old, new) = (Keyring::new(&[1; 32], None), Keyring::new(&[2; 32], None));
        let both = [Keyring::new(&[1; 32], Some(&[2; 32])), Keyring::new(&[2; 32], Some(&[1; 32]))];
        for plain in [&b""[..], b"hello"] {
            for keys in &both {
                let sealed = keys.seal_for_all("list", plain);
                for reader in [&old, &new, &both[0], &both[1]] {
                    let opened = reader.open_for_all("list", &sealed);
                    assert_eq!(opened, Some((plain.to_vec(), true)));
                }
                assert_eq!(Keyring::new(&[3; 32], None).open_for_all("list", &sealed), None);
                let lone = old.seal_for_all("list", plain);
                assert_eq!(keys.open_for_all("list", &lone), Some((plain.to_vec(), false)));
            }
        }
    }

    fn of_number(keys: &Keyring, number: &[u8]) -> Names {
        keys.names(CounterKind::Number, &[number])
    }

    /// Held to other libraries: what was counted under a name is looked for under it after an upgrade.
    #[test]
    fn a_name_is_a_part_of_hmac_sha_256_under_a_key_derived_with_hkdf() {
        use ::hmac::{Hmac, KeyInit, Mac};
        use sha2::Sha256;
        let mut key = [0; 32];
        hkdf::Hkdf::<Sha256>::new(None, &[1; 32]).expand(b"ringproof hide v1", &mut key).unwrap();
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).unwrap();
        let mac = mac.chain_update(b"n").chain_update(11_u64.to_be_bytes());
        let mac = mac.chain_update(b"31612345678").finalize().into_bytes();
        let name = of_number(&Keyring::new(&[1; 32], None), b"31612345678").iter().next().unwrap();
        assert_eq!(name.hash.to_be_bytes(), mac[..16]);
    }

    #[test]
    fn names_differ_by_kind_part_and_secret() {
        let keys = Keyring::new(&[1; 32], None);
        let names = of_number(&keys, b"31612345678");
        assert_eq!(names, of_number(&keys, b"31612345678"));
        assert_ne!(names, keys.names(CounterKind::Prefix, &[b"31612345678"]));
        assert_ne!(names, of_number(&Keyring::new(&[2; 32], None), b"31612345678"));
        assert_ne!(
            keys.names(CounterKind::Number, &[b"ab", b"c"]),
            keys.names(CounterKind::Number, &[b"a", b"bc"])
        );
        let public = |kind, part: &[u8]| Key::of(kind, &[part]);
        assert_eq!(public(CounterKind::Tries, b"id"), public(CounterKind::Tries, b"id"));
        assert_ne!(public(CounterKind::Tries, b"id"), public(CounterKind::Ending, b"id"));
        assert_ne!(public(CounterKind::Tries, b"id"), public(CounterKind::Tries, b"other"));
    }

    #[test]
    fn two_secrets_name_the_same_keys_in_the_same_order_whichever_is_current() {
        let (one, two) = (Keyring::new(&[1; 32], None), Keyring::new(&[2; 32], None));
        let before = Keyring::new(&[1; 32], Some(&[2; 32]));
        let after = Keyring::new(&[2; 32], Some(&[1; 32]));
        for number in [b"31612345678", b"31612345679", b"31612345670"] {
            let [one, two] = [&one, &two].map(|keys| of_number(keys, number).iter().next());
            let named = |keys| of_number(keys, number).iter().map(Some).collect::<Vec<_>>();
            assert_eq!(named(&before), [one, two]);
            assert_eq!(named(&after), [two, one]);
            assert!(of_number(&before, number).in_order().eq(of_number(&after, number).in_order()));
        }
    }
}
