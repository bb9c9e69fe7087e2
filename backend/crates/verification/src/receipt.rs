//! Receipts: the signed statement that a site's own server can verify without us. What one says, and
//! when one is good, is decided here; the keys are in `keys`, the signatures in `es256`.

mod es256;
mod keys;
#[cfg(test)]
mod tests;

pub use keys::PublicKey;

use crate::channel::Channel;
use crate::guard::Guard;
use crate::id::{Sealed, VerificationId};
use crate::keys::Keyring;
use crate::phone::PhoneNumber;
use crate::ports::{CounterKind, Key, NoRandomness, StoreError};
use crate::timestamp::Timestamp;
use keys::KeyPair;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How far the clocks of two replicas may be apart: a receipt is not older than this before it was made.
const CLOCK_SKEW: u64 = 30;
/// How much longer than a receipt is good it is remembered that it was redeemed: no replica's clock
/// is wrong by as much.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// Issues receipts, and knows its own.
pub struct Receipts {
    issuer: String,
    ttl: Duration,
    signing: KeyPair,
    previous: Option<KeyPair>,
}

/// What a receipt says: the claims of the JWT, under their names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who says so.
    pub iss: String,
    /// For whom: a caller's name, an origin, or the issuer.
    pub aud: String,
    /// The receipt's own name: one for each verification, and nothing that leads to its id.
    pub jti: String,
    /// When the code was checked, in seconds since 1970.
    pub iat: u64,
    /// From when on the receipt is not good any more.
    pub exp: u64,
    /// The number that was proven, E.164.
    pub phone_number: String,
    /// Always true.
    pub phone_number_verified: bool,
    /// How it was proven (RFC 8176): `tel` or `sms`.
    pub amr: Vec<String>,
    /// What the site's server gave to the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The site's own reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What whoever redeems a receipt expects it to say.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Whose it must be.
    pub audience: &'a str,
    /// The nonce of the session; `None` only fits a receipt without one.
    pub nonce: Option<&'a str>,
    /// The number, where it matters, as it was written.
    pub phone_number: Option<&'a str>,
}

/// Why a receipt is not accepted: what of the request does not fit, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAccepted {
    /// It is not ours, or its time is over or has not come.
    Receipt,
    /// It is somebody else's.
    Audience,
    /// It is of another session.
    Nonce,
    /// It proves another number.
    PhoneNumber,
}

/// Why a good receipt was not redeemed.
#[derive(Debug)]
pub enum NotRedeemed {
    /// It was before.
    Before,
    /// It cannot be known.
    Store(StoreError),
}

impl Receipts {
    /// An issuer of receipts that are good for a while, signed with a key derived from the secret.
    ///
    /// # Errors
    /// [`NoRandomness`], with which each signature is mixed.
    pub fn new(
        secret: &[u8],
        previous: Option<&[u8]>,
        issuer: &str,
        ttl: Duration,
    ) -> Result<Self, NoRandomness> {
        es256::install();
        let (signing, previous) =
            (KeyPair::derive(secret)?, previous.map(KeyPair::derive).transpose()?);
        Ok(Self { issuer: issuer.to_owned(), ttl, signing, previous })
    }

    /// The public keys of all receipts that are still good, the signing one first.
    pub fn public_keys(&self) -> impl Iterator<Item = &PublicKey> {
        std::iter::once(&self.signing).chain(&self.previous).map(|pair| &pair.public)
    }

    /// Signs that the number was proven. The same verification gives the same claims every time.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn issue(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        verified_at: Timestamp,
        keys: &Keyring,
    ) -> Result<String, NoRandomness> {
        let context = &sealed.context;
        let audience = context.caller.as_ref().or(context.audience.as_ref());
        let iat = verified_at.0 / 1000;
        let amr = match sealed.channel {
            Channel::Voice => "tel",
            Channel::Sms => "sms",
        };
        self.signing.sign(&Claims {
            iss: self.issuer.clone(),
            aud: audience.unwrap_or(&self.issuer).clone(),
            jti: self.name(id, keys),
            iat,
            exp: iat + self.ttl.as_secs(),
            phone_number: sealed.number.e164(),
            phone_number_verified: true,
            amr: vec![amr.to_owned()],
            nonce: context.nonce.clone(),
            reference: context.reference.clone(),
        })
    }

    /// Names the receipt of a verification, with a key of the secret that sealed its id: a rotation
    /// changes the signature, and not the name.
    fn name(&self, id: &VerificationId, keys: &Keyring) -> String {
        let older = self.previous.as_ref().filter(|_| id.is_of_previous(keys));
        older.unwrap_or(&self.signing).name(id.as_str().as_bytes())
    }

    /// Reads a receipt of ours that says what is expected, whenever it was good. Asks nobody.
    ///
    /// # Errors
    /// [`NotAccepted`].
    pub fn read(&self, receipt: &str, expected: Expected<'_>) -> Result<Claims, NotAccepted> {
        let read = |pair: &KeyPair| pair.verify(receipt);
        let claims = read(&self.signing).or_else(|| self.previous.as_ref().and_then(read));
        let ours = claims.filter(|claims| claims.iss == self.issuer);
        let claims = ours.ok_or(NotAccepted::Receipt)?;
        let same_number = |written: &str| {
            PhoneNumber::parse(written, None).is_ok_and(|it| it.e164() == claims.phone_number)
        };
        if claims.aud != expected.audience {
            return Err(NotAccepted::Audience);
        }
        if claims.nonce.as_deref() != expected.nonce {
            return Err(NotAccepted::Nonce);
        }
        if !expected.phone_number.is_none_or(same_number) {
            return Err(NotAccepted::PhoneNumber);
        }
        Ok(claims)
    }
}

impl Claims {
    /// Whether the receipt is good now. It is until `exp`, and not a moment longer.
    ///
    /// # Errors
    /// [`NotAccepted::Receipt`].
    pub fn in_time(&self, now: Timestamp) -> Result<(), NotAccepted> {
        let now = now.0 / 1000;
        let good = now < self.exp && self.iat <= now + CLOCK_SKEW;
        good.then_some(()).ok_or(NotAccepted::Receipt)
    }

    /// Redeems the receipt: for the first request, on whichever replica, and for no other. The same
    /// one may ask again, for an answer that was lost.
    ///
    /// # Errors
    /// [`NotRedeemed`].
    pub async fn redeem(&self, guard: &Guard, request: u128) -> Result<(), NotRedeemed> {
        // Nobody can guess a `jti`, so its plain hash tells nothing; and it is the same under the
        // secret before and after a rotation.
        let key = Key::of(CounterKind::Receipt, &[self.jti.as_bytes()]);
        let kept = Duration::from_secs(self.exp.saturating_sub(self.iat)) + REMEMBERED;
        let by = request.to_be_bytes();
        let keep = async || guard.counters.keep_first(key, &by, kept).await;
        // Asked twice it is done once, so a lost answer is fetched again.
        let earlier = match keep().await {
            Err(_) => keep().await,
            answer => answer,
        };
        match earlier {
            Ok(None) => Ok(()),
            Ok(Some(earlier)) if earlier == by => Ok(()),
            Ok(Some(_)) => Err(NotRedeemed::Before),
            Err(error) => Err(NotRedeemed::Store(error)),
        }
    }
}

impl fmt::Debug for Receipts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipts").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(…)")
    }
}
