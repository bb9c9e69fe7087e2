//! What must hold for whatever a person types: numbers, regions, codes, languages, ids, receipts. As a test each
//! replays its corpus and tries for a few seconds at random; `scripts/fuzz` lets coverage guide it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bolero::check;
use std::time::Duration;
use verification::ports::ProviderRef;
use verification::receipt::Expected;
use verification::{
    Channel, Client, Code, Context, Keyring, Locale, PhoneNumber, ProviderTag, Receipts, Region,
    Sealed, Timestamp, VerificationId,
};

/// Of several languages and regions; the last is none that ids have a byte for.
const LOCALES: &str =
    "en-GB en-US en-GB-x-wls es-ES es-MX fr-FR fr-CA nb-NO nl-NL zh-CN zh-HK zh-Hant-TW";

/// How long each target tries as a plain test.
const SMOKE: Duration = Duration::from_secs(4);

/// Two readings of the same bytes: as they are, and as letters of an alphabet that gets far more often
/// beyond the first check. Random bytes alone would hardly ever be a number.
fn readings(bytes: &[u8], alphabet: &str) -> [String; 2] {
    let letters: Vec<char> = alphabet.chars().collect();
    let folded = bytes.iter().map(|byte| letters[usize::from(*byte) % letters.len()]).collect();
    [String::from_utf8_lossy(bytes).into_owned(), folded]
}

#[test]
fn phone_number() {
    check!().with_test_time(SMOKE).with_max_len(64).for_each(|bytes: &[u8]| {
        for text in readings(bytes, "0123456789+0123456789 -()./:NLUSGBDE٣８\u{200e}") {
            // `NL:06 1234 5678`; without a colon there is no region.
            let (region, written) = text.split_once(':').unwrap_or(("", &text));
            let region = region.parse::<Region>().ok();
            if let Some(region) = region {
                assert_eq!(region.to_string().parse(), Ok(region));
            }
            if let Ok(number) = PhoneNumber::parse(written, region) {
                holds(number);
            }
        }
    });
}

/// What is true of every number, however it was written.
fn holds(number: PhoneNumber) {
    let e164 = number.e164();
    assert_eq!(e164, format!("+{}", number.digits()));
    assert!(e164.len() <= 16, "{e164} is no E.164");
    for region in [None, Some(number.region()), "NL".parse().ok(), "US".parse().ok()] {
        assert_eq!(PhoneNumber::parse(&e164, region), Ok(number), "{e164} read in {region:?}");
    }
    let masked = number.to_string();
    assert_eq!(masked.len(), e164.len(), "{e164}");
    assert!(masked.contains("***"), "{e164} shows as {masked}");
    // An id brings back the very same number.
    let keys = Keyring::new(&[1; 32], None);
    let sealed = Sealed { number, ..sealed(&[]) };
    let id = VerificationId::seal(&sealed, &keys);
    assert_eq!(VerificationId::open(id.as_str(), &keys, Timestamp(0)).unwrap().sealed, sealed);
}

#[test]
fn code() {
    check!().with_test_time(SMOKE).with_max_len(40).for_each(|bytes: &[u8]| {
        for text in readings(bytes, "0123456789٣８ -.\u{a0}a") {
            for length in 6..=10 {
                let Ok(code) = Code::parse(&text, length) else {
                    continue;
                };
                let digits = code.expose();
                assert!(digits.len() == usize::from(length));
                assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
                assert_eq!(Code::parse(digits, length).as_ref(), Ok(&code));
                assert_eq!(Code::parse(&format!(" {text}-"), length).as_ref(), Ok(&code));
                assert!(Code::parse(&format!("{text}0"), length).is_err());
                assert!(!format!("{code:?}").contains(digits));
            }
        }
    });
}

#[test]
fn locale() {
    let all: Vec<_> = LOCALES.split(' ').filter_map(Locale::parse).collect();
    check!().with_test_time(SMOKE).with_max_len(40).for_each(|bytes: &[u8]| {
        // The first byte chooses what is spoken.
        let (choice, wish) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
        let spoken = &all[usize::from(choice) % all.len()..];
        for wish in readings(wish, "abcdefghijklmnopqrstuvwxyz-_ABNLGHT") {
            let first = |is: &dyn Fn(&Locale) -> bool| spoken.iter().copied().find(is);
            let degraded = |wish: &str| Locale::degrade(Some(wish), first, spoken[0]);
            let given = degraded(&wish);
            assert!(spoken.contains(&given), "{wish}");
            assert_eq!(Locale::parse(given.tag()), Some(given));
            assert_eq!(degraded(given.tag()), given);
            if let Some(known) = Locale::parse(&wish).filter(|known| spoken.contains(known)) {
                assert_eq!(given, known, "{wish}");
            }
        }
    });
}

#[test]
fn forged_id() {
    let keys = Keyring::new(&[1; 32], Some(&[2; 32]));
    let own = VerificationId::seal(&sealed(b"ref"), &keys).as_str().to_owned();
    check!().with_test_time(SMOKE).with_max_len(300).for_each(|bytes: &[u8]| {
        // As it comes; as base64 of it; and as an id of ours that was tampered with.
        let lossy = String::from_utf8_lossy(bytes).into_owned();
        for text in [lossy, URL_SAFE_NO_PAD.encode(bytes), tampered(&own, bytes)] {
            let opened = VerificationId::open(&text, &keys, Timestamp(0));
            assert_eq!(opened.is_some(), text == own, "{text}");
        }
    });
}

#[test]
fn forged_receipt() {
    let keys = Keyring::new(&[1; 32], None);
    let receipts =
        Receipts::new(&[1; 32], Some(&[2; 32]), "ringproof", Duration::from_secs(1800)).unwrap();
    let sealed = Sealed { context: Context::default(), ..sealed(b"") };
    let id = VerificationId::seal(&sealed, &keys);
    let own = receipts.issue(&id, &sealed, Timestamp(0), &keys).unwrap();
    check!().with_test_time(SMOKE).with_max_len(300).for_each(|bytes: &[u8]| {
        let lossy = String::from_utf8_lossy(bytes).into_owned();
        for text in [lossy, tampered(&own, bytes)] {
            let expected = Expected { audience: "ringproof", nonce: None, phone_number: None };
            assert_eq!(receipts.read(&text, expected).is_ok(), text == own, "{text}");
        }
    });
}

/// `own` with two of its bytes taken as orders: delete, insert, replace, each at a place.
fn tampered(own: &str, orders: &[u8]) -> String {
    let mut text = own.as_bytes().to_vec();
    for order in orders.chunks_exact(3).take(4) {
        let (place, byte) = (usize::from(order[1]) % text.len().max(1), order[2] & 0x7f);
        match order[0] % 4 {
            0 if place < text.len() => drop(text.remove(place)),
            1 => text.insert(place, byte),
            2 if place < text.len() => text[place] = byte,
            _ => text.truncate(place),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn sealed_id() {
    let keys = Keyring::new(&[1; 32], None);
    check!().with_test_time(SMOKE).with_max_len(200).for_each(|bytes: &[u8]| {
        let sealed = sealed(bytes);
        let id = VerificationId::seal(&sealed, &keys);
        let opened = VerificationId::open(id.as_str(), &keys, sealed.created_at).unwrap();
        assert_eq!((opened.id.as_str(), &opened.sealed), (id.as_str(), &sealed));
        assert_eq!(VerificationId::seal(&opened.sealed, &keys), id, "equal content, equal id");
        let other = Keyring::new(&[3; 32], None);
        assert_eq!(VerificationId::open(id.as_str(), &other, sealed.created_at), None);
        // Only a holder of the key writes this, yet it must not bring the service down.
        let content = keys.seal("verification id v1", bytes);
        let _ = VerificationId::open(&URL_SAFE_NO_PAD.encode(content), &keys, Timestamp(0));
    });
}

/// The content of an id, shaped by bytes within what the service puts into one.
fn sealed(bytes: &[u8]) -> Sealed {
    let at = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let rest = bytes.get(12..).unwrap_or_default();
    let word = |limit: usize, letters: &[u8]| -> String {
        let letter = |byte: &u8| char::from(letters[usize::from(*byte) % letters.len()]);
        rest.iter().take(limit).map(letter).collect()
    };
    let hex = at(0) & 2 == 0;
    let reference = word(usize::from(at(9)) % 65, b"abcXYZ0189");
    // One bit for each optional part, from a byte that shapes little else.
    let optional = |bit: u8, limit: usize| {
        (at(5) & 1 << bit != 0).then(|| word(limit, b"abcdefghijklmnopqrstuvwxyz0189-_"))
    };
    let code_length = 6 + at(11) % 5;
    Sealed {
        provider: ProviderTag(at(4)),
        provider_ref: ProviderRef(if hex {
            word(usize::from(at(8)) % 65, b"0123456789abcdef")
        } else {
            word(usize::from(at(8)) % 65, b"0123456789abcdefghijklmnopqrstuvwxyz_")
        }),
        number: PhoneNumber::parse("+442079460091", None).unwrap(),
        channel: if at(0) & 1 == 0 { Channel::Voice } else { Channel::Sms },
        locale: Locale::parse(LOCALES.split(' ').nth(usize::from(at(1)) % 12).unwrap()).unwrap(),
        // Six bytes of milliseconds reach the year 10889.
        created_at: Timestamp(u64::from_be_bytes([0, 0, at(2), at(3), at(4), at(5), at(6), at(7)])),
        ttl: Duration::from_secs(30 + u64::from(at(10)) * 2),
        code_length,
        max_attempts: 1 + at(11) % 10,
        client: match at(0) & 4 {
            0 => Client::V4([at(8), at(9), at(10), at(11)]),
            _ => Client::V6([at(4), at(5), at(6), at(7), at(8), at(9), at(10), at(11)]),
        },
        own_code: (at(5) & 1 != 0)
            .then(|| Code::parse(&"0123456789"[..usize::from(code_length)], code_length).unwrap()),
        press_a_key: at(5) & 2 != 0,
        context: Context {
            reference: Some(reference).filter(|reference| !reference.is_empty()),
            caller: optional(2, 32),
            audience: optional(3, 280),
            nonce: optional(4, 64),
            start_address: match at(5) >> 6 {
                0 | 1 => None,
                2 => Some([at(8), at(9), at(10), at(11)].into()),
                _ => Some([at(8); 16].into()),
            },
        },
    }
}
