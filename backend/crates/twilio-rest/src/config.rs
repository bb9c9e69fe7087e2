//! What the client needs to be told. Reads no environment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use provider_http::{BuildError, CertificateDer, Limits, Resolver, Settings, Url, authorization};
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
        let (key, secret) = (&self.api_key, self.api_secret.expose_secret());
        let plain = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_graphic());
        // A colon would end the name early.
        if !plain(key) || !plain(secret) || key.contains(':') {
            return Err(BuildError::Credentials);
        }
        Ok(Settings {
            authorization: authorization("Basic", &STANDARD.encode(format!("{key}:{secret}")))?,
            base_url: self.base_url,
            limits: self.limits,
            extra_roots: self.extra_roots,
            resolver: self.resolver,
        })
    }

    /// The account, as a part of a path.
    pub(crate) fn account(&self) -> Result<Sid, BuildError> {
        Sid::parse(&self.account_sid).map_err(|_invalid| BuildError::Account)
    }
}
