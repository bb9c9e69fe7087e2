//! The shared store of the counters, and the secrets. What is stored and sealed is decided in the domain.

use super::store_address::{NoAuthority, StoreAddress};
use super::values::{Values, hex32, why};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{SecretBox, SecretString};
use serde::Deserialize;
use std::io;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A secret of 32 bytes.
pub type SecretKey = SecretBox<[u8; 32]>;

/// The shared store and the secrets.
#[derive(Debug)]
pub struct Store {
    /// `REDIS_URL` and `REDIS_CA_FILE`: the shared store, and whom its certificate must be from; without
    /// it counters live in memory.
    pub redis: Option<StoreAddress>,
    /// `SECRET_KEY`: seals ids, fingerprints numbers, signs receipts; see [`super::Config::secret`] for when not given.
    pub secret_key: Option<SecretKey>,
    /// `SECRET_KEY_PREVIOUS`: still opens ids.
    pub secret_key_previous: Option<SecretKey>,
    /// `REDIS_TIMEOUT_MILLISECONDS`: how long the shared store may take to decide; by default as its adapter has it.
    pub timeout: Option<Duration>,
}

#[derive(Deserialize, Default)]
struct Raw {
    redis_url: Option<String>,
    redis_ca_file: Option<String>,
    redis_timeout_milliseconds: Option<String>,
    secret_key: Option<String>,
    secret_key_previous: Option<String>,
}

const NAMES: [&str; 5] = [
    "REDIS_URL",
    "REDIS_CA_FILE",
    "REDIS_TIMEOUT_MILLISECONDS",
    "SECRET_KEY",
    "SECRET_KEY_PREVIOUS",
];

/// A request has other things to do, too, and whoever asks does not wait for longer.
const TIMEOUTS: RangeInclusive<u64> = 20..=10_000;

impl Store {
    pub(super) fn read(values: &mut Values) -> Self {
        let raw: Raw = values.topic(&NAMES);
        let timeout = raw.redis_timeout_milliseconds;
        let timeout = values.number("REDIS_TIMEOUT_MILLISECONDS", timeout, TIMEOUTS);
        let expected = "32 bytes, as 64 hex digits or in base64";
        Self {
            redis: redis(values, raw.redis_url, raw.redis_ca_file),
            secret_key: values.optional("SECRET_KEY", raw.secret_key, secret_key, expected),
            secret_key_previous: values.optional(
                "SECRET_KEY_PREVIOUS",
                raw.secret_key_previous,
                secret_key,
                expected,
            ),
            timeout: timeout.map(Duration::from_millis),
        }
    }
}

fn redis(
    values: &mut Values,
    url: Option<String>,
    ca_file: Option<String>,
) -> Option<StoreAddress> {
    let url = url.map(SecretString::from);
    let address = url.and_then(|url| {
        let address = StoreAddress::parse(&url);
        address.map_err(|error| values.fault("REDIS_URL", format!("is {error}"))).ok()
    });
    let Some(path) = ca_file else { return address };
    let pem = std::fs::read(path);
    let pem = pem.map_err(|error| values.fault("REDIS_CA_FILE", unreadable(&error))).ok()?;
    let address = address?;
    if !address.is_encrypted() {
        values.fault("REDIS_CA_FILE", "needs a REDIS_URL with rediss://");
        return Some(address);
    }
    let trusting = address.trusting(pem);
    trusting.map_err(|NoAuthority| values.fault("REDIS_CA_FILE", NO_AUTHORITY)).ok()
}

const NO_AUTHORITY: &str = "must be a file with the certificates of authorities, in PEM";

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {}", why(error))
}

fn secret_key(text: &str) -> Option<SecretKey> {
    let base64 = || {
        let unpadded = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        STANDARD.decode(text).ok().or(unpadded)
    };
    let bytes = if text.len() == 64 { hex32(text)? } else { base64()?.try_into().ok()? };
    Some(SecretBox::new(Box::new(bytes)))
}
