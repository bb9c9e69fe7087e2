//! What the client needs to be told, and everything that can be wrong with it. Reads no environment.

use std::time::Duration;

use provider_http::{CertificateDer, HeaderValue, Limits, Resolver, Settings, Source, Url};
use secrecy::{ExposeSecret, SecretString};

/// Settings of a [`Client`](crate::Client). [`new`](Self::new) fills in the values meant for production.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Where MessageBird is, such as `https://rest.messagebird.com`; may end in a path prefix.
    ///
    /// With `https` nothing but `https` is ever spoken. `http` is for a simulator: the key then travels in clear.
    pub base_url: Url,
    /// The account's key, sent as `Authorization: AccessKey …`.
    pub api_key: SecretString,
    /// How long resolving, connecting and the TLS handshake may take together: 2 s.
    pub connect_timeout: Duration,
    /// How long one request may take from its start to the last byte of its answer: 10 s.
    pub request_timeout: Duration,
    /// How long the head of the answer may take from the start of the request: 8 s. Keep it above
    /// `connect_timeout`, or a slow connect is reported as unknown instead of as not sent.
    pub first_byte_timeout: Duration,
    /// How much of an answer's body is read: 65 536 bytes, counted as they arrive.
    pub max_body_bytes: usize,
    /// Certificate authorities that are trusted beside the system's: none.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Finds the host's addresses instead of the system.
    pub resolver: Option<Resolver>,
}

impl ClientConfig {
    /// The production settings for this address and key.
    #[must_use]
    pub fn new(base_url: Url, api_key: SecretString) -> Self {
        Self {
            base_url,
            api_key,
            connect_timeout: Duration::from_secs(2),
            request_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(8),
            max_body_bytes: 64 * 1024,
            extra_roots: Vec::new(),
            resolver: None,
        }
    }

    /// The same for the exchange.
    pub(crate) fn settings(self) -> Result<Settings, BuildError> {
        Ok(Settings {
            authorization: self.authorization()?,
            base_url: self.base_url,
            limits: Limits {
                connect: self.connect_timeout,
                first_byte: self.first_byte_timeout,
                total: self.request_timeout,
                body: self.max_body_bytes,
            },
            extra_roots: self.extra_roots,
            resolver: self.resolver,
        })
    }

    /// The `Authorization` header, marked so that the HTTP library does not print it.
    fn authorization(&self) -> Result<HeaderValue, BuildError> {
        let key = self.api_key.expose_secret();
        let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain {
            return Err(BuildError::ApiKey);
        }
        let mut value = HeaderValue::try_from(format!("AccessKey {key}"))
            .map_err(|_invalid| BuildError::ApiKey)?;
        value.set_sensitive(true);
        Ok(value)
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
    /// The key is empty, or holds a space, a control character or anything outside ASCII.
    #[error("the key must be visible ASCII characters without a space")]
    ApiKey,
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
