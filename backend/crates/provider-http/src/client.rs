//! How reqwest is set up: never twice, never elsewhere, never longer than asked. What is sent is in `exchange`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;
use thread_local::ThreadLocal;

use crate::error::Source;

/// Below every keep-alive seen at the other end, so that we are the ones who close an idle connection.
const IDLE: Duration = Duration::from_secs(15);

/// Where a provider is and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address that all paths are below, such as `https://rest.messagebird.com`.
    ///
    /// With `https` nothing but `https` is ever spoken.
    pub base_url: Url,
    /// The `Authorization` header, marked as sensitive.
    pub authorization: HeaderValue,
    /// The clocks and the size.
    pub limits: Limits,
    /// Certificate authorities that are trusted beside the system's.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Finds the host's addresses instead of the system.
    pub resolver: Option<Resolver>,
}

/// What one exchange may take. The default is for production: 2 s, 8 s, 10 s, 64 KiB.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long resolving, connecting and the TLS handshake may take together. Keep it below the other two,
    /// or a slow connect is reported as unknown instead of as not sent.
    pub connect: Duration,
    /// How long the head of the answer may take from the start of the request.
    pub first_byte: Duration,
    /// How long the exchange may take from its start to the last byte of its answer.
    pub total: Duration,
    /// How much of an answer's body is read, in bytes, counted as they arrive.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            first_byte: Duration::from_secs(8),
            total: Duration::from_secs(10),
            body: 64 * 1024,
        }
    }
}

/// Another way to find a host's addresses.
#[derive(Clone)]
pub struct Resolver(pub Arc<dyn Resolve>);

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver(…)")
    }
}

/// One client for each thread: a connection lives on the runtime that opened it, so a client shared by the
/// workers would lose the calls of one worker on a connection of another that ends first.
pub(crate) struct Clients {
    each: ThreadLocal<Client>,
    /// The certificates are read once, for all.
    tls: ClientConfig,
    settings: Settings,
}

impl Clients {
    /// Reads the certificates and builds the client of this thread, so that what cannot work is known at once.
    pub(crate) fn new(settings: Settings) -> Result<Self, BuildError> {
        let url = &settings.base_url;
        let web = matches!(url.scheme(), "https" | "http") && url.has_host();
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !web || !bare {
            return Err(BuildError::BaseUrl);
        }
        let tls = trusting(&settings.extra_roots).map_err(|error| BuildError::Tls(error.into()))?;
        let clients = Self { each: ThreadLocal::new(), tls, settings };
        clients.own().map_err(|error| BuildError::Tls(error.into()))?;
        Ok(clients)
    }

    /// The client of this thread.
    pub(crate) fn own(&self) -> reqwest::Result<&Client> {
        self.each.get_or_try(|| self.build())
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn build(&self) -> reqwest::Result<Client> {
        let Settings { base_url, authorization, limits, resolver, .. } = &self.settings;
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, authorization.clone()),
            (ACCEPT, HeaderValue::from_static("application/json")),
            // Without this header any encoding may be sent, and none would be undone here.
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ]);
        let mut client = Client::builder()
            .user_agent(concat!("ringproof/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .https_only(base_url.scheme() == "https")
            .http1_only()
            // A followed 307 would send the phone number to another host, and place a second call.
            .redirect(reqwest::redirect::Policy::none())
            // Without the number it still copies each request, to send it again.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .no_proxy()
            .connect_timeout(limits.connect)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .tls_backend_preconfigured(self.tls.clone());
        if let Some(Resolver(resolver)) = resolver {
            client = client.dns_resolver(Arc::clone(resolver));
        }
        client.build()
    }
}

/// TLS that trusts the system's authorities and these.
///
/// # Errors
/// When the system's authorities cannot be read, or one of these is none.
pub fn trusting(extra_roots: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier =
        Verifier::new_with_extra_roots(extra_roots.iter().cloned(), Arc::clone(&provider))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The `Authorization` header, marked so that the HTTP library does not print it.
///
/// # Errors
///
/// [`BuildError::Credentials`].
pub fn authorization(scheme: &str, credentials: &str) -> Result<HeaderValue, BuildError> {
    if credentials.is_empty() || !credentials.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(BuildError::Credentials);
    }
    let mut value = HeaderValue::try_from(format!("{scheme} {credentials}"))
        .map_err(|_invalid| BuildError::Credentials)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Why a client cannot be built. Never shows the value that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address is not a plain `https` or `http` address without credentials, query and fragment.
    #[error(
        "the base address must be https (or http for a simulator), without credentials, query or fragment"
    )]
    BaseUrl,
    /// The account's name cannot be a part of a path.
    #[error("the account must be letters, digits and dashes")]
    Account,
    /// Key or secret is empty, or holds a space, a control character or anything outside ASCII; or they are parted
    /// by what is also in the key.
    #[error("key and secret must be visible ASCII characters without a space")]
    Credentials,
    /// HTTP or TLS cannot be spoken, for example without any trusted certificate.
    #[error("TLS cannot be spoken")]
    Tls(#[source] Source),
}
