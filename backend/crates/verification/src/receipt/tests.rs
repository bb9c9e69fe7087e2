use super::*;
use crate::context::Context;
use crate::limits::Client;
use crate::locale::Locale;
use crate::ports::ProviderRef;
use crate::providers::ProviderTag;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::net::Ipv4Addr;

const SECRET: [u8; 32] = [7; 32];
const ISSUER: &str = "https://verify.example";
const NUMBER: &str = "+442079460188";
const AT: Timestamp = Timestamp(1_790_000_000_999);
const MINE: Expected<'_> =
    Expected { audience: "shop", nonce: Some("n-0S6_WzA2Mj"), phone_number: None };

fn receipts() -> Receipts {
    Receipts::new(&SECRET, None, ISSUER, Duration::from_secs(1800)).unwrap()
}

fn sealed() -> Sealed {
    Sealed {
        provider: ProviderTag(0),
        provider_ref: ProviderRef("f".repeat(32)),
        number: PhoneNumber::parse(NUMBER, None).unwrap(),
        channel: Channel::Voice,
        locale: Locale::default(),
        created_at: Timestamp(AT.0 - 60_000),
        ttl: Duration::from_secs(600),
        code_length: 6,
        max_attempts: 5,
        client: Client::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST)),
        own_code: None,
        press_a_key: false,
        context: Context {
            reference: Some("order4711".into()),
            caller: Some("shop".into()),
            audience: Some("https://elsewhere.example".into()),
            nonce: Some("n-0S6_WzA2Mj".into()),
            start_address: None,
        },
    }
}

fn issued(sealed: &Sealed) -> String {
    let keys = Keyring::new(&SECRET, None);
    receipts().issue(&VerificationId::seal(sealed, &keys), sealed, AT, &keys).unwrap()
}

fn part(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// Says anything, signed by anybody.
fn forged(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// Signs as the service does, whatever it is.
fn by_our_key(message: &[u8]) -> Vec<u8> {
    receipts().signing.sign_bytes(message).unwrap()
}

#[test]
fn it_says_what_was_proven_and_for_whom() {
    let receipt = issued(&sealed());
    let parts: Vec<_> = receipt.split('.').collect();
    let kid = receipts().signing.public.kid;
    assert_eq!(part(parts[0]), json!({ "typ": "receipt+jwt", "alg": "ES256", "kid": kid }));
    let mut claims = part(parts[1]);
    let name = claims["jti"].take();
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER, "aud": "shop", "jti": null, "iat": 1_790_000_000, "exp": 1_790_001_800,
            "phone_number": NUMBER, "phone_number_verified": true, "amr": ["tel"],
            "nonce": "n-0S6_WzA2Mj", "reference": "order4711",
        })
    );
    assert_eq!(name.as_str().unwrap().len(), 22);
}

#[test]
fn what_was_not_given_is_absent_and_the_audience_never_is() {
    let claims = |context| {
        let sealed = Sealed { context, channel: Channel::Sms, ..sealed() };
        part(issued(&sealed).split('.').nth(1).unwrap())
    };
    let bare = claims(Context::default());
    assert_eq!((&bare["aud"], &bare["amr"]), (&json!(ISSUER), &json!(["sms"])));
    assert_eq!((bare.get("nonce"), bare.get("reference")), (None, None));
    let page = Context { audience: Some("https://shop.example".into()), ..Context::default() };
    assert_eq!(claims(page)["aud"], "https://shop.example");
}

#[test]
fn a_receipt_of_ours_is_read_by_whom_it_is_for() {
    let claims = receipts().read(&issued(&sealed()), MINE).unwrap();
    assert_eq!(claims.phone_number, NUMBER);
    for (expected, why) in [
        (Expected { phone_number: Some("+44 20 7946 0188"), ..MINE }, None),
        (Expected { phone_number: Some("+442079460189"), ..MINE }, Some(NotAccepted::PhoneNumber)),
        (Expected { phone_number: Some("x"), ..MINE }, Some(NotAccepted::PhoneNumber)),
        (Expected { audience: "https://elsewhere.example", ..MINE }, Some(NotAccepted::Audience)),
        (Expected { audience: "", ..MINE }, Some(NotAccepted::Audience)),
        (Expected { nonce: None, ..MINE }, Some(NotAccepted::Nonce)),
        (Expected { nonce: Some("n-0S6_WzA2Mk"), ..MINE }, Some(NotAccepted::Nonce)),
    ] {
        assert_eq!(receipts().read(&issued(&sealed()), expected).err(), why);
    }
    // Who expects a nonce is not content with a receipt without one.
    let mut without = sealed();
    without.context.nonce = None;
    assert_eq!(receipts().read(&issued(&without), MINE).err(), Some(NotAccepted::Nonce));
}

#[test]
fn nothing_else_is_a_receipt() {
    let ours = receipts();
    let (genuine, public) = (issued(&sealed()), ours.signing.public.clone());
    let parts: Vec<_> = genuine.split('.').collect();
    let (header, claims) = (part(parts[0]), part(parts[1]));
    let with = |name: &str, value: Value| {
        let mut changed = header.clone();
        changed[name] = value;
        changed
    };
    let signed = |header: Value| forged(&header, &claims, by_our_key);
    assert!(ours.read(&signed(header.clone()), MINE).is_ok(), "the forger knows his trade");

    let point =
        [URL_SAFE_NO_PAD.decode(&public.x).unwrap(), URL_SAFE_NO_PAD.decode(&public.y).unwrap()];
    let uncompressed = [&[4][..], &point[0], &point[1]].concat();
    let jwk = serde_json::to_vec(&public).unwrap();
    let hs256 = |secret: &[u8]| {
        let key = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        forged(&with("alg", json!("HS256")), &claims, |message| {
            key.chain_update(message).finalize().into_bytes().to_vec()
        })
    };
    let mut other_issuer = claims.clone();
    other_issuer["iss"] = json!("https://verify.example.evil");
    let another = Receipts::new(&[8; 32], None, ISSUER, Duration::from_secs(1800)).unwrap();
    let theirs = forged(&header, &claims, |message| another.signing.sign_bytes(message).unwrap());
    for (what, forgery) in [
        ("no algorithm", forged(&with("alg", json!("none")), &claims, |_| Vec::new())),
        ("no algorithm, but signed", signed(with("alg", json!("none")))),
        ("another case of it", signed(with("alg", json!("nOnE")))),
        ("the public key as a shared secret", hs256(&uncompressed)),
        ("its JWK as a shared secret", hs256(&jwk)),
        ("ES384", signed(with("alg", json!("ES384")))),
        ("an ES384 signature", forged(&header, &claims, |_| vec![1; 96])),
        ("another kid", signed(with("kid", json!("other")))),
        ("another type", signed(with("typ", json!("JWT")))),
        ("another case of the type", signed(with("typ", json!("Receipt+JWT")))),
        ("a key of its own", signed(with("jwk", serde_json::to_value(&public).unwrap()))),
        ("a key somewhere", signed(with("jku", json!("https://evil.example/jwks.json")))),
        ("something critical", signed(with("crit", json!(["b64"])))),
        ("another issuer", forged(&header, &other_issuer, by_our_key)),
        ("another secret", theirs),
        ("zeros", forged(&header, &claims, |_| vec![0; 64])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{genuine}.{}", parts[2])),
        ("padding", format!("{genuine}=")),
        ("a space", format!(" {genuine}")),
        ("a line", format!("{genuine}\n")),
        ("nothing", String::new()),
        ("100 kB", "a.".repeat(50_000)),
    ] {
        assert_eq!(ours.read(&forgery, MINE).err(), Some(NotAccepted::Receipt), "{what}");
    }
    for index in 0..genuine.len() {
        for byte in [b'A', b'B', b'.', b'-'] {
            let mut altered = genuine.clone().into_bytes();
            altered[index] = byte;
            let altered = String::from_utf8(altered).unwrap();
            let why = if altered == genuine { None } else { Some(NotAccepted::Receipt) };
            assert_eq!(ours.read(&altered, MINE).err(), why, "byte {index}");
        }
    }
}

#[test]
fn it_is_good_until_its_end_and_not_a_second_longer() {
    let claims = receipts().read(&issued(&sealed()), MINE).unwrap();
    let at = |seconds: u64, millis: u64| claims.in_time(Timestamp(seconds * 1000 + millis));
    assert_eq!(at(claims.iat, 0), Ok(()));
    assert_eq!(at(claims.exp - 1, 999), Ok(()));
    assert_eq!(at(claims.exp, 0), Err(NotAccepted::Receipt));
    // Another replica's clock may be a little behind; from tomorrow it is not.
    assert_eq!(at(claims.iat - 30, 0), Ok(()));
    assert_eq!(at(claims.iat - 31, 0), Err(NotAccepted::Receipt));
}

#[test]
fn a_rotation_of_the_secret_changes_the_signature_and_nothing_else() {
    let (new, ttl) = ([9; 32], Duration::from_secs(1800));
    let before = (Receipts::new(&SECRET, None, ISSUER, ttl).unwrap(), Keyring::new(&SECRET, None));
    let after = (
        Receipts::new(&new, Some(&SECRET), ISSUER, ttl).unwrap(),
        Keyring::new(&new, Some(&SECRET)),
    );
    // The way to rotate without a gap: first every replica knows both.
    let between = (
        Receipts::new(&SECRET, Some(&new), ISSUER, ttl).unwrap(),
        Keyring::new(&SECRET, Some(&new)),
    );
    let old_id = VerificationId::seal(&sealed(), &before.1);
    let new_id = VerificationId::seal(&sealed(), &after.1);
    let issue =
        |(receipts, keys): &(Receipts, Keyring), id| receipts.issue(id, &sealed(), AT, keys);
    let claims = |receipts: &Receipts, receipt: &str| receipts.read(receipt, MINE).unwrap();
    let first = issue(&before, &old_id).unwrap();
    let again = issue(&after, &old_id).unwrap();
    assert_ne!(first.split('.').next(), again.split('.').next(), "another kid");
    assert!(claims(&after.0, &first) == claims(&after.0, &again), "the same claims, and one name");
    assert!(claims(&after.0, &first) == claims(&between.0, &again));
    let newest = issue(&after, &new_id).unwrap();
    let repeated = issue(&between, &new_id).unwrap();
    assert!(claims(&between.0, &newest) == claims(&after.0, &repeated));
    assert!(claims(&after.0, &newest).jti != claims(&after.0, &first).jti);
    assert_eq!(before.0.read(&newest, MINE).err(), Some(NotAccepted::Receipt));
    let kids =
        |receipts: &Receipts| receipts.public_keys().map(|key| key.kid.clone()).collect::<Vec<_>>();
    let [old, mut both] = [kids(&before.0), kids(&after.0)];
    assert_eq!((both.len(), &both[1]), (2, &old[0]));
    both.reverse();
    assert_eq!(kids(&between.0), both);
}

/// Computed by Node's crypto, from RFC 5869 and the curve: a release that derives another key would leave each
/// site with receipts that its key set does not verify.
#[test]
fn the_key_of_a_secret_never_changes() {
    let public = receipts().signing.public;
    assert_eq!(
        serde_json::to_value(&public).unwrap(),
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
            "kid": "EAfRn6RVpKH7AjAMO8-AxAZg6qAkD9g5vAqK9g-EGog",
            "x": "vsPggQNv9kfZpS65ruWH_FRrWKpOTp0izICqIt5OxJI",
            "y": "f5F2gibeIhTGutjQ_5nsOjlk8d0GTVNz0w4sLYgG3ME",
        })
    );
}

#[test]
fn nothing_of_it_is_shown() {
    let claims = receipts().read(&issued(&sealed()), MINE).unwrap();
    assert_eq!(format!("{claims:?}"), "Claims(…)");
    assert!(!format!("{:?}", receipts()).contains(&receipts().signing.public.x));
}
