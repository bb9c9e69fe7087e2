//! The id of a verification: everything needed later, sealed into the text itself, so that no
//! record of a verification is stored anywhere. What is sealed is listed here and nowhere else.

use crate::keys::Keyring;
use crate::limits::Client;
use crate::locale::Locale;
use crate::phone::PhoneNumber;
use crate::ports::{Channel, ProviderRef, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

const PURPOSE: &str = "verification id v1";
const FIXED: usize = 1 + PhoneNumber::PACKED + 6 + 3 + 1 + 1;
/// An id with the longest provider id (64) and reference (64); anything longer is not ours.
const MAX_TEXT: usize = 280;
/// An expired verification is still known for a day, so that it can be answered 410 and called again.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// What an id holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
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
    /// The caller's own reference.
    pub reference: Option<String>,
}

/// An id of ours and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The id.
    pub id: VerificationId,
    /// What it holds.
    pub sealed: Sealed,
}

/// The text of an id: base64url, opaque, about 75 characters without a reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerificationId(String);

impl VerificationId {
    /// Seals. Equal content gives equal ids.
    #[must_use]
    pub fn seal(sealed: &Sealed, keys: &Keyring) -> Self {
        let mut bytes = Vec::with_capacity(FIXED + 64);
        let provider_ref = &sealed.provider_ref.0;
        let packed = unhex(provider_ref);
        bytes.push(sealed.channel as u8 | u8::from(packed.is_some()) << 1);
        bytes.extend(sealed.number.pack());
        bytes.extend(&sealed.created_at.0.to_be_bytes()[2..]);
        bytes.extend(&(sealed.ttl.as_secs() as u32).to_be_bytes()[1..]);
        bytes.push(sealed.locale.index());
        bytes.push(sealed.code_length << 4 | sealed.max_attempts & 0x0f);
        let reference = sealed.reference.as_deref().unwrap_or_default().as_bytes();
        let provider_ref = packed.as_deref().unwrap_or(provider_ref.as_bytes());
        for part in [sealed.client.bytes(), provider_ref] {
            bytes.push(part.len() as u8);
            bytes.extend(part);
        }
        bytes.extend(reference);
        Self(URL_SAFE_NO_PAD.encode(keys.seal(PURPOSE, &bytes)))
    }

    /// Opens an id that these keys sealed, until a day after its code's time. Unknown, forged,
    /// altered, truncated and too old ids are all the same: `None`.
    #[must_use]
    pub fn open(text: &str, keys: &Keyring, now: Timestamp) -> Option<Opened> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let plain = keys.open(PURPOSE, &URL_SAFE_NO_PAD.decode(text).ok()?)?;
        let sealed = Self::unpack(&plain)?;
        let id = Self(text.to_owned());
        (now < sealed.expires_at() + REMEMBERED).then_some(Opened { id, sealed })
    }

    fn unpack(plain: &[u8]) -> Option<Sealed> {
        let (fixed, rest) = plain.split_at_checked(FIXED)?;
        let (flags, fixed) = fixed.split_first()?;
        let (number, fixed) = fixed.split_first_chunk::<{ PhoneNumber::PACKED }>()?;
        let (created_at, fixed) = fixed.split_first_chunk::<6>()?;
        let (ttl, fixed) = fixed.split_first_chunk::<3>()?;
        let [locale, lengths] = *fixed else {
            return None;
        };
        let (client, rest) = split_part(rest)?;
        let (provider_ref, reference) = split_part(rest)?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        Some(Sealed {
            provider_ref: ProviderRef(match flags & 2 {
                0 => text(provider_ref)?,
                _ => hex(provider_ref),
            }),
            number: PhoneNumber::unpack(number)?,
            channel: if flags & 1 == 0 { Channel::Voice } else { Channel::Sms },
            locale: Locale::from_index(locale)?,
            created_at: Timestamp(big_endian(created_at)),
            ttl: Duration::from_secs(big_endian(ttl)),
            code_length: lengths >> 4,
            max_attempts: lengths & 0x0f,
            client: Client::from_bytes(client)?,
            reference: Some(text(reference)?).filter(|reference| !reference.is_empty()),
        })
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

fn split_part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Most provider ids are lower-case hex, which packs into half the room.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex_digit).collect()
}

fn hex_digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealed() -> Sealed {
        Sealed {
            provider_ref: ProviderRef("4e213b01155d1e35a9d9571000162985".into()),
            number: PhoneNumber::parse("+31612345678", None).unwrap(),
            channel: Channel::Voice,
            locale: Locale::parse("nl-NL").unwrap(),
            created_at: Timestamp(1_795_000_000_123),
            ttl: Duration::from_secs(600),
            code_length: 6,
            max_attempts: 5,
            client: Client::V4([127, 0, 0, 1]),
            reference: None,
        }
    }

    fn keys() -> Keyring {
        Keyring::new(&[1; 32], None)
    }

    #[test]
    fn survives_the_journey_in_every_shape() {
        let now = Timestamp(1_795_000_001_000);
        for (provider_ref, channel, reference, client) in [
            ("4e213b01155d1e35a9d9571000162985", Channel::Voice, None, Client::V4([1, 2, 3, 4])),
            (
                "4e213b01155d1e35a9d9571v00162985",
                Channel::Sms,
                Some("order4711"),
                Client::V6([9; 8]),
            ),
            ("vrf_0123456789abcdefghjkmnpqrs", Channel::Voice, Some("x"), Client::V4([0; 4])),
        ] {
            let sealed = Sealed {
                provider_ref: ProviderRef(provider_ref.into()),
                channel,
                reference: reference.map(str::to_owned),
                client,
                ..sealed()
            };
            let id = VerificationId::seal(&sealed, &keys());
            assert_eq!(VerificationId::open(id.as_str(), &keys(), now).unwrap().sealed, sealed);
        }
    }

    #[test]
    fn is_short_and_fit_for_a_path() {
        let id = VerificationId::seal(&sealed(), &keys());
        assert!(id.as_str().len() <= 84, "{}", id.as_str().len());
        assert!(id.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
    }

    #[test]
    fn any_changed_character_makes_it_unknown() {
        let id = VerificationId::seal(&sealed(), &keys());
        for index in 0..id.as_str().len() {
            let mut text = id.as_str().as_bytes().to_vec();
            text[index] = if text[index] == b'A' { b'B' } else { b'A' };
            let text = String::from_utf8(text).unwrap();
            assert_eq!(VerificationId::open(&text, &keys(), Timestamp(0)), None, "{index}");
        }
        let half = &id.as_str()[..40];
        assert_eq!(VerificationId::open(half, &keys(), Timestamp(0)), None);
        let other = Keyring::new(&[2; 32], None);
        assert_eq!(VerificationId::open(id.as_str(), &other, Timestamp(0)), None);
    }

    #[test]
    fn is_forgotten_a_day_after_its_time() {
        let id = VerificationId::seal(&sealed(), &keys());
        let forgotten = sealed().expires_at() + REMEMBERED;
        assert!(VerificationId::open(id.as_str(), &keys(), Timestamp(forgotten.0 - 1)).is_some());
        assert!(VerificationId::open(id.as_str(), &keys(), forgotten).is_none());
    }

    proptest! {
        #[test]
        fn never_panics_on_any_text(text in ".{0,300}") {
            prop_assert_eq!(VerificationId::open(&text, &keys(), Timestamp(0)), None);
        }

        #[test]
        fn never_panics_on_any_content(plain in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = VerificationId::unpack(&plain);
        }
    }
}
