//! What an id holds comes back, and nothing else opens.

use super::encoding::{MAX_TEXT, decode};
use super::*;
use crate::channel::Channel;
use crate::code::Code;
use crate::context::Context;
use crate::limits::Client;
use crate::locale::Locale;
use crate::phone::PhoneNumber;
use crate::ports::ProviderRef;
use crate::providers::ProviderTag;
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
        own_code: None,
        press_a_key: false,
        context: Context::default(),
    }
}

fn referring_to(reference: Option<&str>) -> Context {
    Context { reference: reference.map(str::to_owned), ..Context::default() }
}

/// Everything that an id can hold, each part as long as it can be.
fn fullest() -> Sealed {
    Sealed {
        provider: ProviderTag(255),
        provider_ref: ProviderRef("x".repeat(64)),
        client: Client::V6([9; 8]),
        code_length: 10,
        // 35 characters, and none that a byte stands for.
        locale: Locale::parse("deu-DE-x-a1234567-b1234567-c1234567").unwrap(),
        own_code: Code::parse("0000000042", 10).ok(),
        press_a_key: true,
        context: Context {
            reference: Some("r".repeat(64)),
            caller: Some("c".repeat(32)),
            audience: Some(format!("https://{}:65535", "a".repeat(253))),
            nonce: Some("n".repeat(64)),
            start_address: Some("2001:db8::1".parse().unwrap()),
        },
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
        ("4e213b01155d1e35a9d9571v00162985", Channel::Sms, Some("order4711"), Client::V6([9; 8])),
        ("vrf_0123456789abcdefghjkmnpqrs", Channel::Voice, Some("x"), Client::V4([0; 4])),
    ] {
        let sealed = Sealed {
            provider_ref: ProviderRef(provider_ref.into()),
            channel,
            context: referring_to(reference),
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
        with(|to, from| to.locale = from.locale),
        with(|to, from| to.context.reference = from.context.reference),
        with(|to, from| to.own_code = from.own_code),
        with(|to, from| to.press_a_key = from.press_a_key),
        with(|to, from| to.context.caller = from.context.caller),
        with(|to, from| to.context.audience = from.context.audience),
        with(|to, from| to.context.nonce = from.context.nonce),
        with(|to, from| to.context.start_address = from.context.start_address),
        with(|to, _| to.context.start_address = Some("192.0.2.1".parse().unwrap())),
        fullest(),
    ] {
        let id = VerificationId::seal(&sealed, &keys());
        assert_eq!(VerificationId::open(id.as_str(), &keys(), NOW).unwrap().sealed, sealed);
    }
}

#[test]
fn the_longest_is_not_taken_for_a_foreign_one() {
    let longest = VerificationId::seal(&fullest(), &keys()).as_str().len();
    assert!((MAX_TEXT - 32..=MAX_TEXT).contains(&longest), "{longest} of {MAX_TEXT}");
}

#[test]
fn a_part_or_a_version_of_a_later_release_makes_it_unknown() {
    let opens = |plain: &[u8]| {
        let text = URL_SAFE_NO_PAD.encode(keys().seal(PURPOSE, plain));
        VerificationId::open(&text, &keys(), NOW).is_some()
    };
    let id = URL_SAFE_NO_PAD.decode(VerificationId::seal(&sealed(), &keys()).as_str()).unwrap();
    let plain = keys().open(PURPOSE, &id).unwrap();
    assert!(opens(&plain));
    assert!(opens(&[&plain[..], &[2, 0, 1, b'x']].concat()));
    assert!(!opens(&[&plain[..], &[99, 0, 1, b'x']].concat()));
    assert!(!opens(&[&plain[..], &[2, 0, 2, b'x']].concat()));
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
            context: referring_to(Some("order4711")),
            ..sealed()
        },
        Sealed {
            provider_ref: ProviderRef("vrf_0123456789abcdefghjkmnpqrs".into()),
            number: PhoneNumber::parse("+12025550190", None).unwrap(),
            locale: Locale::parse("zh-HK").unwrap(),
            created_at: Timestamp(1_795_000_000_001),
            max_attempts: 1,
            client: Client::V4([255; 4]),
            context: referring_to(Some("x")),
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
        let _ = decode(&plain);
    }
}
