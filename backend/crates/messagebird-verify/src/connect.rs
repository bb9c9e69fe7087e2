//! The way to MessageBird's host: its addresses, TCP, TLS. Every failure in here is before the first byte of a
//! request. What is sent on a connection is in `connection`.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig as TlsConfig, Error as TlsError};
use tower_service::Service;
use url::Url;

use crate::Source;
use crate::config::{BuildError, ClientConfig};
use crate::error::NotSent;

pub use hyper_util::client::legacy::connect::dns::Name;

/// The addresses of a name, to come.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Finds a host's addresses. Their ports do not matter.
pub trait Resolve: Send + Sync {
    /// Looks a name up.
    fn resolve(&self, name: Name) -> Resolving;
}

/// An open connection to the host, with or without TLS.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

pub(crate) struct Connector {
    /// Scheme, host and port.
    address: Uri,
    /// Tries IPv6 and IPv4 side by side when the host has both.
    tcp: HttpConnector<Names>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    within: Duration,
}

impl Connector {
    pub(crate) fn new(config: &ClientConfig, base_url: &Url) -> Result<Self, BuildError> {
        let address = base_url.as_str().parse().map_err(|_invalid| BuildError::BaseUrl)?;
        let resolver = config.resolver.as_ref().map_or_else(
            || Arc::new(System) as Arc<dyn Resolve>,
            |resolver| Arc::clone(&resolver.0),
        );
        let mut tcp = HttpConnector::new_with_resolver(Names(resolver));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let tls = match base_url.scheme() {
            "https" => Some((trusting(&config.extra_roots)?, server_name(base_url)?)),
            _ => None,
        };
        Ok(Self { address, tcp, tls, within: config.connect_timeout })
    }

    /// Opens a connection, in no more time than is left.
    pub(crate) async fn connect(&self, left: Duration) -> Result<Box<dyn Wire>, NotSent> {
        timeout(self.within.min(left), self.open())
            .await
            .map_err(|elapsed| NotSent::ConnectTimeout(Source::new(elapsed)))?
    }

    async fn open(&self) -> Result<Box<dyn Wire>, NotSent> {
        let mut tcp = self.tcp.clone();
        let stream: TcpStream = tcp.call(self.address.clone()).await.map_err(failure)?.into_inner();
        let Some((tls, name)) = &self.tls else {
            return Ok(Box::new(stream));
        };
        // A certificate, name or version that does not do, an alert of the other side, or no TLS at all: rustls
        // calls it invalid data. Anything else is a connection that broke.
        let stream =
            tls.connect(name.clone(), stream).await.map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => NotSent::Tls(Source::new(error)),
                _ => NotSent::Connect(Source::new(error)),
            })?;
        Ok(Box::new(stream))
    }
}

fn failure(error: impl StdError + Send + Sync + 'static) -> NotSent {
    let refused = |cause: &io::Error| cause.kind() == io::ErrorKind::ConnectionRefused;
    let of = if cause::<Unresolved>(&error).is_some() {
        NotSent::Dns
    } else if cause(&error).is_some_and(refused) {
        NotSent::Refused
    } else {
        NotSent::Connect
    };
    of(Source::new(error))
}

/// The first cause of this type.
fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// TLS that trusts the system's authorities and these. They are read once, for all connections.
fn trusting(extra_roots: &[CertificateDer<'static>]) -> Result<TlsConnector, BuildError> {
    let config = || {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier =
            Verifier::new_with_extra_roots(extra_roots.iter().cloned(), Arc::clone(&provider))?;
        let mut config = TlsConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok::<_, TlsError>(TlsConnector::from(Arc::new(config)))
    };
    config().map_err(|error| BuildError::Tls(Source::new(error)))
}

fn server_name(base_url: &Url) -> Result<ServerName<'static>, BuildError> {
    let host = base_url.host_str().unwrap_or_default();
    // An IPv6 address has brackets in a URL and none in a certificate.
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(host.to_owned()).map_err(|_invalid| BuildError::BaseUrl)
}

/// The system's own resolver.
struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) })
    }
}

/// A resolver in the form that the connector takes.
#[derive(Clone)]
struct Names(Arc<dyn Resolve>);

impl Service<Name> for Names {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Unresolved;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unresolved>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let found = self.0.resolve(name);
        Box::pin(async move { found.await.map(Vec::into_iter).map_err(Unresolved) })
    }
}

/// A name without an address.
#[derive(Debug)]
struct Unresolved(io::Error);

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no address")
    }
}

impl StdError for Unresolved {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}
