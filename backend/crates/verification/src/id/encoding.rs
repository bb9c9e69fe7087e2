//! How the content of an id is laid out in bytes, in this release and the one before. What is in it is
//! in [`Sealed`].

use super::sealed::Sealed;
use crate::channel::Channel;
use crate::code::Code;
use crate::context::Context;
use crate::limits::Client;
use crate::locale::Locale;
use crate::phone::PhoneNumber;
use crate::ports::ProviderRef;
use crate::providers::ProviderTag;
use crate::timestamp::Timestamp;
use std::net::IpAddr;
use std::time::Duration;

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
/// The languages that a byte stands for. Append only; all others travel as text.
const KNOWN_LOCALES: &str = "cy-GB da-DK de-DE el-GR en-GB en-US en-AU en-IN en-GB-x-wls es-ES es-MX es-US fr-FR \
    fr-CA id-ID is-IS it-IT ja-JP ko-KR ms-MY nb-NO nl-NL pl-PL pt-PT pt-BR ro-RO ru-RU \
    sv-SE ta-IN th-TH tr-TR vi-VN zh-CN zh-HK";
/// In place of the byte for a language: it comes as text.
const OTHER_LOCALE: u8 = 0xff;

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
    Locale = 7,
}

/// The longest id: a provider's id and a reference of 64, a caller's name of 32, an audience (an
/// origin) of 280, a nonce of 64, an IPv6 address, a code of 10, a language of 35. Anything longer is
/// not ours.
pub(super) const MAX_TEXT: usize =
    (16 + 2 + FIXED + 9 + 65 + 7 * 3 + 64 + 32 + 280 + 64 + 16 + 10 + 35).div_ceil(3) * 4;

/// The bytes to seal.
pub(super) fn encode(sealed: &Sealed) -> Vec<u8> {
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
    let known = KNOWN_LOCALES.split(' ').position(|known| known == sealed.locale.tag());
    bytes.push(known.map_or(OTHER_LOCALE, |index| index as u8));
    bytes.push(sealed.code_length << 4 | sealed.max_attempts & 0x0f);
    for part in [sealed.client.bytes(), packed.as_deref().unwrap_or(provider_ref.as_bytes())] {
        bytes.push(part.len() as u8);
        bytes.extend(part);
    }
    let address = sealed.context.start_address.map(|address| match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    });
    for (part, content) in [
        (Part::Reference, sealed.context.reference.as_deref().map(str::as_bytes)),
        (Part::Caller, sealed.context.caller.as_deref().map(str::as_bytes)),
        (Part::Audience, sealed.context.audience.as_deref().map(str::as_bytes)),
        (Part::Nonce, sealed.context.nonce.as_deref().map(str::as_bytes)),
        (Part::StartAddress, address.as_deref()),
        (Part::Locale, known.is_none().then(|| sealed.locale.tag().as_bytes())),
        (Part::OwnCode, sealed.own_code.as_ref().map(|code| code.expose().as_bytes())),
    ] {
        let Some(content) = content else { continue };
        bytes.push(part as u8);
        bytes.extend((content.len() as u16).to_be_bytes());
        bytes.extend(content);
    }
    bytes
}

/// What was sealed; `None` for bytes that neither release writes.
pub(super) fn decode(plain: &[u8]) -> Option<Sealed> {
    let (first, rest) = plain.split_first()?;
    match first & 0xf0 {
        0 => {
            let (mut sealed, reference) = common(*first, FIRST_PROVIDER, rest)?;
            sealed.context.reference = Some(text(reference)?).filter(|text| !text.is_empty());
            Some(sealed)
        }
        VERSION => {
            let (provider, rest) = rest.split_first()?;
            let (mut sealed, mut rest) = common(*first, ProviderTag(*provider), rest)?;
            while let Some((part, after)) = rest.split_first() {
                let (length, after) = after.split_first_chunk::<2>()?;
                let length = usize::from(u16::from_be_bytes(*length));
                let (content, after) = after.split_at_checked(length)?;
                take_part(&mut sealed, *part, content)?;
                rest = after;
            }
            Some(sealed)
        }
        _ => None,
    }
}

/// What both versions have, and the rest.
fn common(flags: u8, provider: ProviderTag, plain: &[u8]) -> Option<(Sealed, &[u8])> {
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
        locale: match locale {
            OTHER_LOCALE => Locale::default(),
            known => Locale::parse(KNOWN_LOCALES.split(' ').nth(usize::from(known))?)?,
        },
        created_at: Timestamp(big_endian(created_at)),
        ttl: Duration::from_secs(big_endian(ttl)),
        code_length: lengths >> 4,
        max_attempts: lengths & 0x0f,
        client: Client::from_bytes(client)?,
        own_code: None,
        press_a_key: flags & PRESS_A_KEY != 0,
        context: Context::default(),
    };
    Some((sealed, rest))
}

/// Takes an optional part. One that is not known is from a later release, and may be what the id
/// must not be used without.
fn take_part(sealed: &mut Sealed, part: u8, content: &[u8]) -> Option<()> {
    match part {
        part if part == Part::Reference as u8 => sealed.context.reference = Some(text(content)?),
        part if part == Part::Caller as u8 => sealed.context.caller = Some(text(content)?),
        part if part == Part::Audience as u8 => sealed.context.audience = Some(text(content)?),
        part if part == Part::Nonce as u8 => sealed.context.nonce = Some(text(content)?),
        part if part == Part::StartAddress as u8 => {
            sealed.context.start_address = Some(address(content)?)
        }
        part if part == Part::Locale as u8 => sealed.locale = Locale::parse(&text(content)?)?,
        part if part == Part::OwnCode as u8 => {
            sealed.own_code = Some(Code::parse(&text(content)?, sealed.code_length).ok()?);
        }
        _ => return None,
    }
    Some(())
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
