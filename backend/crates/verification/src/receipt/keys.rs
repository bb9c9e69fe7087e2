//! The key pair of receipts, derived from the secret, so that every replica has it and nothing is to be
//! configured. What a receipt says is in [`super`].

use super::Claims;
use crate::ports::NoRandomness;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use p256::SecretKey;
use p256::elliptic_curve::sec1::ToSec1Point;
use ring::digest::{SHA256, digest};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::hmac::{self, HMAC_SHA256};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde::Serialize;
use std::collections::HashSet;

/// What a receipt is, so that no other kind of token passes for one (RFC 8725, 3.11).
const TYPE: &str = "receipt+jwt";

/// Signs and verifies receipts.
pub(super) struct KeyPair {
    /// Of every receipt, to the last member.
    header: Header,
    /// The same, encoded.
    encoded_header: String,
    signing: EcdsaKeyPair,
    random: SystemRandom,
    decoding: DecodingKey,
    naming: hmac::Key,
    pub(super) public: PublicKey,
}

/// A public key as a member of a JWK set (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// `EC`.
    pub kty: &'static str,
    /// `P-256`.
    pub crv: &'static str,
    /// The point's first coordinate, base64url.
    pub x: String,
    /// The point's second coordinate, base64url.
    pub y: String,
    /// `sig`: for signatures only.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// `ES256`.
    pub alg: &'static str,
    /// Its thumbprint (RFC 7638), which is the `kid` of the receipts it verifies.
    pub kid: String,
}

impl KeyPair {
    pub(super) fn derive(secret: &[u8]) -> Result<Self, NoRandomness> {
        let secret = Salt::new(HKDF_SHA256, &[]).extract(secret);
        let key = private_key(&secret);
        let point = key.public_key().to_sec1_point(false);
        let encode = |coordinate: Option<_>| {
            coordinate
                .map_or_else(String::new, |bytes: &p256::FieldBytes| URL_SAFE_NO_PAD.encode(bytes))
        };
        let public = PublicKey::new(encode(point.x()), encode(point.y()));
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(public.kid.clone());
        let random = SystemRandom::new();
        let signing = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &key.to_bytes(),
            point.as_bytes(),
            &random,
        );
        Ok(Self {
            encoded_header: encode_part(&header)?,
            header,
            // The halves are one pair: only what every signature is mixed with may be missing.
            signing: signing.map_err(|_| NoRandomness)?,
            random,
            decoding: DecodingKey::from_ec_der(point.as_bytes()),
            naming: naming_key(&secret),
            public,
        })
    }

    /// A name that only the holder of the secret can tell: 128 bits of a keyed hash, base64url.
    pub(super) fn name(&self, named: &[u8]) -> String {
        let digest = hmac::sign(&self.naming, named);
        URL_SAFE_NO_PAD.encode(digest.as_ref().get(..16).unwrap_or_default())
    }

    /// A receipt that says this. The library would make the pair anew for each signature, and write
    /// the same header each time: half of what a receipt costs.
    pub(super) fn sign(&self, claims: &Claims) -> Result<String, NoRandomness> {
        let message = format!("{}.{}", self.encoded_header, encode_part(claims)?);
        let signature = self.sign_bytes(message.as_bytes())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The signature of anything.
    pub(super) fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>, NoRandomness> {
        let signature = self.signing.sign(&self.random, message).map_err(|_| NoRandomness)?;
        Ok(signature.as_ref().to_vec())
    }

    /// What a receipt says that this key signed.
    pub(super) fn verify(&self, receipt: &str) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(receipt).ok()?;
        let mut validation = Validation::new(Algorithm::ES256);
        // Whose it is and whether it is in time is decided by us: the library has a clock and a
        // leeway of its own.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims = HashSet::new();
        // A header with anything else in it was not written here.
        let decode = || jsonwebtoken::decode::<Claims>(receipt, &self.decoding, &validation).ok();
        (header == self.header).then(decode)?.map(|token| token.claims)
    }
}

/// A part of a receipt, base64url. Our own types: there is nothing in them that JSON cannot say.
fn encode_part(part: &impl Serialize) -> Result<String, NoRandomness> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).map_err(|_| NoRandomness)?))
}

impl PublicKey {
    fn new(x: String, y: String) -> Self {
        let (kty, crv) = ("EC", "P-256");
        // The required members in the order of the alphabet, without a space.
        let members = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
        Self { kty, crv, x, y, usage: "sig", alg: "ES256", kid }
    }
}

/// The key of names: a whole block of the hash.
fn naming_key(secret: &Prk) -> hmac::Key {
    let mut key = [0; 64];
    derive(secret, &[b"ringproof receipt name v1"], &mut key);
    hmac::Key::new(HMAC_SHA256, &key)
}

/// Derives until the bytes are a number from 1 to the order of the curve: one in four thousand
/// million is not, and to reduce it would favour some keys.
fn private_key(secret: &Prk) -> SecretKey {
    let mut attempt = 0_u32;
    loop {
        let mut bytes = [0; 32];
        derive(secret, &[b"ringproof receipt v1", &attempt.to_be_bytes()], &mut bytes);
        match SecretKey::from_slice(&bytes) {
            Ok(key) => return key,
            Err(_) => attempt = attempt.wrapping_add(1),
        }
    }
}

/// Fills bytes with what HKDF derives of the secret for a purpose.
fn derive(secret: &Prk, purpose: &[&[u8]], bytes: &mut [u8]) {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    // Fails only for outputs beyond 8160 bytes.
    let _ = secret.expand(purpose, Length(bytes.len())).and_then(|derived| derived.fill(bytes));
}
