//! Where counters live, and the secret they are hidden with.

use super::values::{Values, hex32};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{SecretBox, SecretString};
use serde::Deserialize;

/// A secret of 32 bytes.
pub type SecretKey = SecretBox<[u8; 32]>;

/// The shared store and the secrets.
#[derive(Debug)]
pub struct Store {
    /// `REDIS_URL`: the shared store; without it counters live in memory.
    pub redis_url: Option<SecretString>,
    /// `SECRET_KEY`: seals ids and hides numbers; see [`super::Config::secret`] for when not given.
    pub secret_key: Option<SecretKey>,
    /// `SECRET_KEY_PREVIOUS`: still opens ids.
    pub secret_key_previous: Option<SecretKey>,
}

#[derive(Deserialize, Default)]
struct Raw {
    redis_url: Option<String>,
    secret_key: Option<String>,
    secret_key_previous: Option<String>,
}

const NAMES: [&str; 3] = ["REDIS_URL", "SECRET_KEY", "SECRET_KEY_PREVIOUS"];

impl Store {
    pub(super) fn read(values: &mut Values) -> Self {
        let raw: Raw = values.topic(&NAMES);
        let expected = "32 bytes, as 64 hex digits or in base64";
        let key = |text: &str| secret_key(text).map(Some);
        Self {
            redis_url: values.parse(
                "REDIS_URL",
                raw.redis_url,
                None,
                |text| {
                    let known = text.starts_with("redis://") || text.starts_with("rediss://");
                    known.then(|| Some(SecretString::from(text)))
                },
                "an address such as redis://host:6379, or rediss:// for TLS",
            ),
            secret_key: values.parse("SECRET_KEY", raw.secret_key, None, key, expected),
            secret_key_previous: values.parse(
                "SECRET_KEY_PREVIOUS",
                raw.secret_key_previous,
                None,
                key,
                expected,
            ),
        }
    }
}

fn secret_key(text: &str) -> Option<SecretKey> {
    let base64 = || {
        let unpadded = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        STANDARD.decode(text).ok().or(unpadded)
    };
    let bytes = if text.len() == 64 { hex32(text)? } else { base64()?.try_into().ok()? };
    Some(SecretBox::new(Box::new(bytes)))
}
