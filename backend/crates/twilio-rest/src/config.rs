//! What the client needs to be told, and everything that can be wrong with it. Reads no environment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use provider_http::{CertificateDer, HeaderValue, Limits, Resolver, Settings, Source, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::model::Sid;

/// Settings of a [`Client`](crate::Client). [`new`](Self::new) fills in the values meant for production.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Where the carrier is, such as `https://api.twilio.com/2010-04-01`.
    ///
    /// With `https` nothing but `https` is ever spoken. `http` is for a simulator: the credentials then travel in clear.
    pub base_url: Url,
    /// The account that calls and writes: part of every path. A sid of Twilio's, or another carrier's id.
    pub account_sid: String,
    /// Who asks, for Basic credentials: an API key, or the account's sid.
    pub api_key: String,
    /// Its secret, or the account's auth token.
    pub api_secret: SecretString,
    /// How long a request may take, and how much of its answer is read.
    pub limits: Limits,
    /// Certificate authorities that are trusted beside the system's: none.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Finds the host's addresses instead of the system.
    pub resolver: Option<Resolver>,
}

impl ClientConfig {
    /// The production settings for this address, account and credentials.
    #[must_use]
    pub fn new(
        base_url: Url,
        account_sid: String,
        api_key: String,
        api_secret: SecretString,
    ) -> Self {
        Self {
            base_url,
            account_sid,
            api_key,
            api_secret,
            limits: Limits::default(),
            extra_roots: Vec::new(),
            resolver: None,
        }
    }

    /// The same for the exchange.
    pub(crate) fn settings(self) -> Result<Settings, BuildError> {
        Ok(Settings {
            authorization: self.authorization()?,
            base_url: self.base_url,
            limits: self.limits,
            extra_roots: self.extra_roots,
            resolver: self.resolver,
        })
    }

    /// The `Authorization` header, marked so that the HTTP library does not print it.
    fn authorization(&self) -> Result<HeaderValue, BuildError> {
        let (key, secret) = (&self.api_key, self.api_secret.expose_secret());
        let plain = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_graphic());
        // A colon would end the name early.
        if !plain(key) || !plain(secret) || key.contains(':') {
            return Err(BuildError::Credentials);
        }
        let pair = STANDARD.encode(format!("{key}:{secret}"));
        let mut value = HeaderValue::try_from(format!("Basic {pair}"))
            .map_err(|_invalid| BuildError::Credentials)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The account, as a part of a path.
    pub(crate) fn account(&self) -> Result<Sid, BuildError> {
        Sid::parse(&self.account_sid).map_err(|_invalid| BuildError::AccountSid)
    }
}

/// Why a client cannot be built. Never shows the value that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address is not a plain `https` or `http` address without credentials, query and fragment.
    #[error(
        "the base address must be https (or http for a simulator), without credentials, query or fragment"
    )]
    BaseUrl,
    /// The account's sid is not 1 to 64 letters, digits and dashes.
    #[error("the account's sid must be letters, digits and dashes")]
    AccountSid,
    /// Key or secret is empty, or holds a space, a control character or anything outside ASCII, or the key a colon.
    #[error("key and secret must be visible ASCII characters without a space")]
    Credentials,
    /// TLS cannot be spoken, for example without any trusted certificate.
    #[error("TLS cannot be spoken")]
    Tls(#[source] Source),
}

impl From<provider_http::BuildError> for BuildError {
    fn from(error: provider_http::BuildError) -> Self {
        match error {
            provider_http::BuildError::BaseUrl => Self::BaseUrl,
            provider_http::BuildError::Http(source) => Self::Tls(source),
        }
    }
}
