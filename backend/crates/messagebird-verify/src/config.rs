//! What the client needs to be told, and everything that can be wrong with it. Reads no environment.

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
    /// How long a request may take, and how much of its answer is read.
    pub limits: Limits,
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
