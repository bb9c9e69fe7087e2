//! The id of a verification: everything needed later, sealed into the text itself, so that no
//! record of a verification is stored anywhere. What is sealed is listed here and nowhere else.

mod encoding;
#[cfg(test)]
mod tests;

use crate::code::Code;
use crate::keys::Keyring;
use crate::limits::Client;
use crate::locale::Locale;
use crate::phone::PhoneNumber;
use crate::ports::{Channel, ProviderRef, Timestamp};
use crate::providers::ProviderTag;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// Binds a seal to ids. Part of every seal, so it never changes; the version is inside.
const PURPOSE: &str = "verification id v1";
/// An expired verification is still known for a day, so that it can be answered 410 and called again.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// What an id holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The provider that placed the call.
    pub provider: ProviderTag,
    /// The provider's name for the verification.
    pub provider_ref: ProviderRef,
    /// The number.
    pub number: PhoneNumber,
    /// How the code travelled.
    pub channel: Channel,
    /// The language it was spoken in.
    pub locale: Locale,
    /// When the start was charged.
    pub created_at: Timestamp,
    /// How long the code is good.
    pub ttl: Duration,
    /// Digits of the code.
    pub code_length: u8,
    /// Codes that may be tried.
    pub max_attempts: u8,
    /// Who started it, to give back the charge when it is verified.
    pub client: Client,
    /// The site's own reference.
    pub reference: Option<String>,
    /// The code, where we made it: then we compare it ourselves. `None` where the provider keeps it.
    pub own_code: Option<Code>,
    /// Whether the code is said only after a key was pressed.
    pub press_a_key: bool,
    /// The name of the service that started it with a key of its own.
    pub caller: Option<String>,
    /// For whom a receipt is.
    pub audience: Option<String>,
    /// What the site's server made for one person's session, for the receipt.
    pub nonce: Option<String>,
    /// The address of the person, as the caller told it.
    pub start_address: Option<IpAddr>,
}

impl fmt::Debug for Sealed {
    /// Shows no more than the number, masked, and the channel.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Sealed");
        shown.field("number", &self.number).field("channel", &self.channel).finish_non_exhaustive()
    }
}

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
pub struct VerificationId(String);

impl VerificationId {
    /// Seals. Equal content gives equal ids.
    #[must_use]
    pub fn seal(sealed: &Sealed, keys: &Keyring) -> Self {
        Self(URL_SAFE_NO_PAD.encode(keys.seal(PURPOSE, &encoding::encode(sealed))))
    }

    /// Opens an id that these keys sealed, until a day after its code's time. Unknown, forged,
    /// altered, truncated and too old ids are all the same: `None`.
    #[must_use]
    pub fn open(text: &str, keys: &Keyring, now: Timestamp) -> Option<Opened> {
        if text.len() > encoding::MAX_TEXT {
            return None;
        }
        let plain = keys.open(PURPOSE, &URL_SAFE_NO_PAD.decode(text).ok()?)?;
        let sealed = encoding::decode(&plain)?;
        let id = Self(text.to_owned());
        (now < sealed.expires_at() + REMEMBERED).then_some(Opened { id, sealed })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Sealed {
    /// When the code stops being good.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.created_at + self.ttl
    }
}
