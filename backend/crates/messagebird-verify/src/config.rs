//! What the client needs to be told. Reads no environment.

use provider_http::{BuildError, CertificateDer, Limits, Resolver, Settings, Url, authorization};
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
            authorization: authorization("AccessKey", self.api_key.expose_secret())?,
            base_url: self.base_url,
            limits: self.limits,
            extra_roots: self.extra_roots,
            resolver: self.resolver,
        })
    }
}
