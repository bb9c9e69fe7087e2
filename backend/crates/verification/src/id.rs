//! The id of a verification: everything needed later, sealed into the text itself, so that no
//! record of a verification is stored anywhere. What is sealed is listed here and nowhere else.

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
/// The version that is sealed, in the upper half of the first byte. Version 1, whose upper half is
/// empty, had no provider's tag, and the reference as all that came after the provider's id.
const VERSION: u8 = 2 << 4;
/// The lower half of the first byte.
const SMS: u8 = 1;
const HEX_REF: u8 = 2;
const PRESS_A_KEY: u8 = 4;
/// Number, moment, lifetime, language, lengths: what both versions have in the same place.
const FIXED: usize = PhoneNumber::PACKED + 6 + 3 + 1 + 1;
/// The provider of ids that name none.
const FIRST_PROVIDER: ProviderTag = ProviderTag(0);
/// An expired verification is still known for a day, so that it can be answered 410 and called again.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// What an id has only where there is something to say: a byte of these, two of length, the content.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Part {
    Reference = 1,
    Caller = 2,
    Audience = 3,
    Nonce = 4,
    StartAddress = 5,
    OwnCode = 6,
}

/// The longest id: a provider's id and a reference of 64, a caller's name of 32, an audience (an
/// origin) of 280, a nonce of 64, an IPv6 address, a code of 10. Anything longer is not ours.
const MAX_TEXT: usize =
    (16 + 2 + FIXED + 9 + 65 + 6 * 3 + 64 + 32 + 280 + 64 + 16 + 10 + 3 * 16).div_ceil(3) * 4;

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
        let mut bytes = Vec::with_capacity(128);
        let provider_ref = &sealed.provider_ref.0;
        let packed = unhex(provider_ref);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        bytes.push(
            VERSION
                | flag(sealed.channel == Channel::Sms, SMS)
                | flag(packed.is_some(), HEX_REF)
                | flag(sealed.press_a_key, PRESS_A_KEY),
        );
        bytes.push(sealed.provider.0);
        bytes.extend(sealed.number.pack());
        bytes.extend(&sealed.created_at.0.to_be_bytes()[2..]);
        bytes.extend(&(sealed.ttl.as_secs() as u32).to_be_bytes()[1..]);
        bytes.push(sealed.locale.index());
        bytes.push(sealed.code_length << 4 | sealed.max_attempts & 0x0f);
        for part in [sealed.client.bytes(), packed.as_deref().unwrap_or(provider_ref.as_bytes())] {
            bytes.push(part.len() as u8);
            bytes.extend(part);
        }
        let address = sealed.start_address.map(|address| match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        });
        for (part, content) in [
            (Part::Reference, sealed.reference.as_deref().map(str::as_bytes)),
            (Part::Caller, sealed.caller.as_deref().map(str::as_bytes)),
            (Part::Audience, sealed.audience.as_deref().map(str::as_bytes)),
            (Part::Nonce, sealed.nonce.as_deref().map(str::as_bytes)),
            (Part::StartAddress, address.as_deref()),
            (Part::OwnCode, sealed.own_code.as_ref().map(|code| code.expose().as_bytes())),
        ] {
            let Some(content) = content else { continue };
            bytes.push(part as u8);
            bytes.extend((content.len() as u16).to_be_bytes());
            bytes.extend(content);
        }
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
        let (first, rest) = plain.split_first()?;
        match first & 0xf0 {
            0 => {
                let (mut sealed, reference) = Self::unpack_common(*first, FIRST_PROVIDER, rest)?;
                sealed.reference = Some(text(reference)?).filter(|text| !text.is_empty());
                Some(sealed)
            }
            VERSION => {
                let (provider, rest) = rest.split_first()?;
                let (mut sealed, mut rest) =
                    Self::unpack_common(*first, ProviderTag(*provider), rest)?;
                while let Some((part, after)) = rest.split_first() {
                    let (length, after) = after.split_first_chunk::<2>()?;
                    let length = usize::from(u16::from_be_bytes(*length));
                    let (content, after) = after.split_at_checked(length)?;
                    sealed.take_part(*part, content)?;
                    rest = after;
                }
                Some(sealed)
            }
            _ => None,
        }
    }

    /// What both versions have, and the rest.
    fn unpack_common(flags: u8, provider: ProviderTag, plain: &[u8]) -> Option<(Sealed, &[u8])> {
        let (fixed, rest) = plain.split_first_chunk::<FIXED>()?;
        let (number, fixed) = fixed.split_first_chunk::<{ PhoneNumber::PACKED }>()?;
        let (created_at, fixed) = fixed.split_first_chunk::<6>()?;
        let (ttl, fixed) = fixed.split_first_chunk::<3>()?;
        let [locale, lengths] = *fixed else {
            return None;
        };
        let (client, rest) = split_part(rest)?;
        let (provider_ref, rest) = split_part(rest)?;
        let sealed = Sealed {
            provider,
            provider_ref: ProviderRef(match flags & HEX_REF {
                0 => text(provider_ref)?,
                _ => hex(provider_ref),
            }),
            number: PhoneNumber::unpack(number)?,
            channel: if flags & SMS == 0 { Channel::Voice } else { Channel::Sms },
            locale: Locale::from_index(locale)?,
            created_at: Timestamp(big_endian(created_at)),
            ttl: Duration::from_secs(big_endian(ttl)),
            code_length: lengths >> 4,
            max_attempts: lengths & 0x0f,
            client: Client::from_bytes(client)?,
            reference: None,
            own_code: None,
            press_a_key: flags & PRESS_A_KEY != 0,
            caller: None,
            audience: None,
            nonce: None,
            start_address: None,
        };
        Some((sealed, rest))
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

    /// Takes an optional part. One that is not known is from a later release, and may be what the id
    /// must not be used without.
    fn take_part(&mut self, part: u8, content: &[u8]) -> Option<()> {
        match part {
            part if part == Part::Reference as u8 => self.reference = Some(text(content)?),
            part if part == Part::Caller as u8 => self.caller = Some(text(content)?),
            part if part == Part::Audience as u8 => self.audience = Some(text(content)?),
            part if part == Part::Nonce as u8 => self.nonce = Some(text(content)?),
            part if part == Part::StartAddress as u8 => {
                self.start_address = Some(address(content)?)
            }
            part if part == Part::OwnCode as u8 => {
                self.own_code = Some(Code::parse(&text(content)?, self.code_length).ok()?);
            }
            _ => return None,
        }
        Some(())
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
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
            provider: ProviderTag(0),
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
            own_code: None,
            press_a_key: false,
            caller: None,
            audience: None,
            nonce: None,
            start_address: None,
        }
    }

    /// Everything that an id can hold, each part as long as it can be.
    fn fullest() -> Sealed {
        Sealed {
            provider: ProviderTag(255),
            provider_ref: ProviderRef("x".repeat(64)),
            client: Client::V6([9; 8]),
            code_length: 10,
            reference: Some("r".repeat(64)),
            own_code: Code::parse("0000000042", 10).ok(),
            press_a_key: true,
            caller: Some("c".repeat(32)),
            audience: Some(format!("https://{}:65535", "a".repeat(253))),
            nonce: Some("n".repeat(64)),
            start_address: Some("2001:db8::1".parse().unwrap()),
            ..sealed()
        }
    }

    fn keys() -> Keyring {
        Keyring::new(&[1; 32], None)
    }

    const NOW: Timestamp = Timestamp(1_795_000_001_000);

    #[test]
    fn survives_the_journey_in_every_shape() {
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
            assert_eq!(VerificationId::open(id.as_str(), &keys(), NOW).unwrap().sealed, sealed);
        }
    }

    #[test]
    fn holds_each_optional_part_alone_and_all_together() {
        let with = |fill: fn(&mut Sealed, Sealed)| {
            let mut sealed = sealed();
            sealed.code_length = 10;
            fill(&mut sealed, fullest());
            sealed
        };
        for sealed in [
            with(|to, from| to.provider = from.provider),
            with(|to, from| to.reference = from.reference),
            with(|to, from| to.own_code = from.own_code),
            with(|to, from| to.press_a_key = from.press_a_key),
            with(|to, from| to.caller = from.caller),
            with(|to, from| to.audience = from.audience),
            with(|to, from| to.nonce = from.nonce),
            with(|to, from| to.start_address = from.start_address),
            with(|to, _| to.start_address = Some("192.0.2.1".parse().unwrap())),
            fullest(),
        ] {
            let id = VerificationId::seal(&sealed, &keys());
            assert_eq!(VerificationId::open(id.as_str(), &keys(), NOW).unwrap().sealed, sealed);
        }
    }

    #[test]
    fn the_longest_is_not_taken_for_a_foreign_one() {
        let longest = VerificationId::seal(&fullest(), &keys()).as_str().len();
        assert!((MAX_TEXT - 96..=MAX_TEXT).contains(&longest), "{longest} of {MAX_TEXT}");
    }

    #[test]
    fn a_part_or_a_version_of_a_later_release_makes_it_unknown() {
        let opens = |plain: &[u8]| {
            let text = URL_SAFE_NO_PAD.encode(keys().seal(PURPOSE, plain));
            VerificationId::open(&text, &keys(), NOW).is_some()
        };
        let id = URL_SAFE_NO_PAD.decode(VerificationId::seal(&sealed(), &keys()).0).unwrap();
        let plain = keys().open(PURPOSE, &id).unwrap();
        assert!(opens(&plain));
        assert!(opens(&[&plain[..], &[Part::Caller as u8, 0, 1, b'x']].concat()));
        assert!(!opens(&[&plain[..], &[99, 0, 1, b'x']].concat()));
        assert!(!opens(&[&plain[..], &[Part::Caller as u8, 0, 2, b'x']].concat()));
        assert!(!opens(&[&[0x30 | plain[0] & 0x0f], &plain[1..]].concat()));
    }

    #[test]
    fn shows_nothing_when_it_is_printed() {
        let shown = format!("{:?} {:#?}", fullest(), fullest());
        for hidden in ["42", "rrr", "ccc", "aaa", "nnn", "xxx", "2001", "31612345678"] {
            assert!(!shown.contains(hidden), "{hidden}: {shown}");
        }
    }

    /// Sealed by the release before ids had versions, with the same keys.
    const V1: [&str; 3] = [
        "aETGAIlUXxQjP2-7c_9ZdietjCXfl0Tci4mIVX1sBMh43hVp5fQuqGFcs_QcTOzHg1Kseq750uW89HKiJHU",
        "FMANHXbFSGstZqwfQWDLJ0fj9lTFbd4DLvI0RnTj2UuHrk2D9NFDrJUYE9hkMvvXVdc9OHs5chz6ogzRt_dTv-uebKO6NzttaWORH35ZHlfat9vjNc6ArMbbwg",
        "fFdojkqwkO_CtWBtxYOGKlf8gZK2-ecoa18eyf-cMZqwoIS8CY03KQvIM8gpY72pxmHEflTwrYkz88Ol-85oIAnCVHhM3D4r5pjWKPc",
    ];

    #[test]
    fn ids_of_version_1_still_open() {
        let v1 = [
            sealed(),
            Sealed {
                provider_ref: ProviderRef("4e213b01155d1e35a9d9571v00162985".into()),
                number: PhoneNumber::parse("+442079460091", None).unwrap(),
                channel: Channel::Sms,
                locale: Locale::parse("en-GB-x-wls").unwrap(),
                created_at: Timestamp(1_795_000_000_000),
                ttl: Duration::from_secs(30),
                code_length: 10,
                max_attempts: 10,
                client: Client::V6([9; 8]),
                reference: Some("order4711".into()),
                ..sealed()
            },
            Sealed {
                provider_ref: ProviderRef("vrf_0123456789abcdefghjkmnpqrs".into()),
                number: PhoneNumber::parse("+12025550190", None).unwrap(),
                locale: Locale::parse("zh-HK").unwrap(),
                created_at: Timestamp(1_795_000_000_001),
                max_attempts: 1,
                client: Client::V4([255; 4]),
                reference: Some("x".into()),
                ..sealed()
            },
        ];
        for (text, sealed) in V1.into_iter().zip(v1) {
            let opened = VerificationId::open(text, &keys(), NOW).unwrap();
            assert_eq!((opened.id.as_str(), opened.sealed), (text, sealed));
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
