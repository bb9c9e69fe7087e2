//! What a request to redeem a receipt may say, and what a receipt says, for the contract.

use super::{described, plain_nonce};
use crate::http::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use verification::receipt::{Expected, NotAccepted};

/// A receipt, and what it is expected to say.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemBody {
    /// The receipt, as the check answered it.
    #[serde(default)]
    #[schema(required, nullable = false, value_type = String)]
    receipt: Option<String>,
    /// Whose it must be: the origin of your page, if that is where the element is; otherwise the
    /// service's issuer. Required, but with a key: then it is the caller's name.
    #[schema(examples("https://shop.example"))]
    audience: Option<String>,
    /// The nonce of this person's session, if you gave one to the start: without it, such a receipt
    /// is not redeemed.
    #[validate(custom(function = plain_nonce))]
    #[schema(pattern = "^[A-Za-z0-9_-]{8,64}$", examples("n-0S6_WzA2Mj"))]
    nonce: Option<String>,
    /// The number that it must prove, with `+`; without it, whichever the receipt proves.
    #[schema(examples("+31612345678"))]
    phone_number: Option<String>,
}

impl RedeemBody {
    /// The receipt, and what is expected of it. A receipt for a caller is for nobody else, and a
    /// caller redeems no other.
    ///
    /// # Errors
    /// 422 with every member that is missing or faulty, or with an audience that is not the caller.
    pub fn parts<'a>(
        &'a self,
        caller: Option<&'a str>,
    ) -> Result<(&'a str, Expected<'a>), Problem> {
        let mut problem = Problem::from(Kind::InvalidRequest);
        let given = |text: &'a Option<String>| text.as_deref().filter(|text| !text.is_empty());
        let (receipt, audience) = (given(&self.receipt), given(&self.audience));
        if receipt.is_none() {
            problem = problem.error("#/receipt", "required", "Send the receipt.");
        }
        if audience.or(caller).is_none() {
            let detail = "Say for whom the receipt must be.";
            problem = problem.error("#/audience", "required", detail);
        }
        if let Err(faults) = self.validate() {
            problem.errors.extend(described(Kind::InvalidRequest, &faults).errors);
        }
        match (receipt, caller.or(audience)) {
            (Some(receipt), Some(own)) if problem.errors.is_empty() => {
                if audience.is_some_and(|audience| audience != own) {
                    return Err(NotAccepted::Audience.into());
                }
                let (nonce, phone_number) = (self.nonce.as_deref(), self.phone_number.as_deref());
                Ok((receipt, Expected { audience: own, nonce, phone_number }))
            }
            _ => Err(problem),
        }
    }
}

/// What a receipt says.
#[derive(Serialize, ToSchema)]
#[schema(as = Receipt)]
pub struct ClaimsBody {
    /// Who says so.
    #[schema(examples("https://verify.example"))]
    iss: String,
    /// For whom.
    #[schema(examples("https://shop.example"))]
    aud: String,
    /// The receipt's own name, one for each verification.
    jti: String,
    /// When the code was checked, in seconds since 1970.
    iat: u64,
    /// From when on the receipt is not good any more.
    exp: u64,
    /// The number, E.164.
    #[schema(examples("+31612345678"))]
    phone_number: String,
    /// Always `true`.
    phone_number_verified: bool,
    /// How it was proven: `tel` or `sms` (RFC 8176).
    #[schema(examples("tel"))]
    amr: Vec<String>,
    /// As given to the start.
    #[schema(required = false, nullable = false)]
    nonce: Option<String>,
    /// As given to the start.
    #[schema(required = false, nullable = false)]
    reference: Option<String>,
}

/// The keys that receipts are signed with (RFC 7517).
#[derive(Serialize, ToSchema)]
#[schema(as = KeySet)]
pub struct KeySetBody {
    /// One, or two while the secret is being changed.
    keys: Vec<KeyBody>,
}

/// A public key.
#[derive(Serialize, ToSchema)]
#[schema(as = Key)]
pub struct KeyBody {
    /// `EC`.
    kty: String,
    /// `P-256`.
    crv: String,
    /// The first coordinate, base64url.
    x: String,
    /// The second coordinate, base64url.
    y: String,
    /// `sig`.
    #[serde(rename = "use")]
    usage: String,
    /// `ES256`.
    alg: String,
    /// Its thumbprint (RFC 7638), the `kid` of a receipt.
    kid: String,
}
