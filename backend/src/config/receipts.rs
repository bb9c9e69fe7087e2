//! Receipts: who issues them, and how long they are good. How they are signed is not set here.

use super::http::origin;
use super::values::Values;
use messagebird_verify::Url;
use serde::Deserialize;
use std::time::Duration;

/// What a receipt says about us.
#[derive(Debug, Clone)]
pub struct Receipts {
    /// `PUBLIC_URL`: the service's own address as others see it, and the issuer of receipts.
    pub public_url: Option<PublicUrl>,
    /// `RECEIPT_TTL_SECONDS`: how long a receipt is good.
    pub ttl: Duration,
}

/// The service's own address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    /// As it was given; whoever verifies receipts compares it as text.
    pub text: String,
    /// Its origin, as browsers send it.
    pub origin: String,
}

#[derive(Deserialize, Default)]
struct Raw {
    public_url: Option<String>,
    receipt_ttl_seconds: Option<String>,
}

impl Receipts {
    pub(super) fn read(values: &mut Values) -> Self {
        let raw: Raw = values.topic(&["PUBLIC_URL", "RECEIPT_TTL_SECONDS"]);
        Self {
            public_url: values.optional(
                "PUBLIC_URL",
                raw.public_url,
                public_url,
                "an address such as https://verify.example.org, without a query or credentials",
            ),
            ttl: values.seconds("RECEIPT_TTL_SECONDS", raw.receipt_ttl_seconds, 1800, 30..=86_400),
        }
    }

    /// The issuer of receipts.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.public_url.as_ref().map_or("ringproof", |url| &url.text)
    }
}

fn public_url(text: &str) -> Option<PublicUrl> {
    let mut url = Url::parse(text).ok()?;
    let bare = url.query().is_none() && url.fragment().is_none();
    url.set_path("");
    let origin = bare.then(|| origin(url.as_str()))??;
    Some(PublicUrl { text: text.to_owned(), origin })
}
