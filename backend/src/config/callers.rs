//! Services that call with a key of their own. What a key allows is decided in `http`, how often one
//! may start in `guard`.

use super::values::Values;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use verification::Randomness;
use verification::ports::NoRandomness;

/// What every key begins with.
pub const KEY_PREFIX: &str = "rpk_";

/// Who may call with a key.
#[derive(Clone, Default)]
pub struct Callers {
    /// `CALLERS`: names, each with the digest of a key; a name may have two.
    entries: Vec<Entry>,
    /// `CALLERS_REQUIRED`: whether only they may start a verification.
    pub required: bool,
}

/// One key of one caller.
#[derive(Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    digest: [u8; 32],
}

/// A key that was made just now, and its entry for `CALLERS`.
pub struct NewKey {
    /// The key. It is nowhere else.
    pub key: String,
    /// The entry.
    pub entry: String,
}

#[derive(Deserialize, Default)]
struct Raw {
    callers: Option<String>,
    callers_required: Option<String>,
}

impl Callers {
    pub(super) fn read(values: &mut Values) -> Self {
        let raw: Raw = values.topic(&["CALLERS", "CALLERS_REQUIRED"]);
        let expected = "entries such as ringproof new-key prints, separated by commas; \
                        at most two of one name, and none twice";
        let entries = values.optional("CALLERS", raw.callers, entries, expected);
        let required = values.flag("CALLERS_REQUIRED", raw.callers_required);
        if required && entries.is_none() {
            let problem = "is required with CALLERS_REQUIRED: without them nobody could start";
            values.missing("CALLERS", problem);
        }
        Self { entries: entries.unwrap_or_default(), required }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Lets a caller in whose key was made just now.
    pub fn admit(&mut self, key: &NewKey) {
        self.entries.extend(entries(&key.entry).unwrap_or_default());
    }

    /// Whose key it is. Takes as long for a key that nobody has.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&str> {
        let digest = Sha256::digest(key);
        let mut found = None;
        for entry in &self.entries {
            if bool::from(entry.digest.ct_eq(digest.as_slice())) {
                found = Some(entry.name.as_str());
            }
        }
        found
    }
}

impl fmt::Debug for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| &entry.name)).finish()
    }
}

impl fmt::Display for Callers {
    /// Their names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        f.write_str(&names.join(","))
    }
}

impl NewKey {
    /// Makes a key for a caller.
    ///
    /// # Errors
    /// [`NoRandomness`]
    pub fn make(name: &str, randomness: &impl Randomness) -> Result<Self, NoRandomness> {
        let mut secret = [0; 32];
        randomness.fill(&mut secret)?;
        let key = format!("{KEY_PREFIX}{name}_{}", URL_SAFE_NO_PAD.encode(secret));
        let digest: String =
            Sha256::digest(&key).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { entry: format!("{name}:{digest}"), key })
    }
}

/// Whether a text can name a caller: 1 to 32 lower-case letters, digits and dashes.
#[must_use]
pub fn is_caller_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(plain)
}

fn entries(text: &str) -> Option<Vec<Entry>> {
    let parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
    let mut entries: Vec<Entry> = Vec::new();
    for part in parts {
        let (name, digest) = part.split_once(':')?;
        let digest = super::values::hex32(digest)?;
        let of_name = entries.iter().filter(|entry| entry.name == name).count();
        let known = entries.iter().any(|entry| entry.digest == digest);
        if !is_caller_name(name) || of_name >= 2 || known {
            return None;
        }
        entries.push(Entry { name: name.to_owned(), digest });
    }
    Some(entries).filter(|entries| !entries.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::system::SystemRandomness;

    fn digest(fill: u8) -> String {
        format!("{fill:02x}").repeat(32)
    }

    #[test]
    fn entries_are_names_and_digests() {
        let (one, two, three) = (digest(1), digest(2), digest(3));
        for good in [
            format!("shop:{one}"),
            format!("shop:{one},shop:{two}, crm-2:{three}"),
            format!("shop:{one}\ncrm:{two}\n"),
        ] {
            assert!(entries(&good).is_some(), "{good}");
        }
        for bad in [
            String::new(),
            one.clone(),
            format!("shop:{}", &one[1..]),
            format!("shop:{one}0"),
            format!("Shop:{one}"),
            format!(":{one}"),
            format!("{}:{one}", "x".repeat(33)),
            format!("shop:{one},shop:{two},shop:{three}"),
            format!("shop:{one},crm:{one}"),
            format!("rpk_shop_{}", "A".repeat(43)),
        ] {
            assert!(entries(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_new_key_is_found_by_its_entry_and_no_other_is() {
        let make = |name| NewKey::make(name, &SystemRandomness).unwrap();
        let (old, new, other) = (make("shop"), make("shop"), make("crm"));
        let listed = format!("{},{},{}", old.entry, new.entry, other.entry);
        let callers = Callers { entries: entries(&listed).unwrap(), required: false };
        assert_eq!(callers.find(&old.key), Some("shop"));
        assert_eq!(callers.find(&new.key), Some("shop"));
        assert_eq!(callers.find(&other.key), Some("crm"));
        for unknown in [make("shop").key, String::new(), format!("{} ", old.key), old.entry] {
            assert_eq!(callers.find(&unknown), None, "{unknown}");
        }
        assert_eq!(old.key.len(), "rpk_shop_".len() + 43);
        assert!(!format!("{callers:?}").contains("[1"), "no digest is shown");
    }
}
