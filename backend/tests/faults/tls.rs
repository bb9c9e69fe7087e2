//! F6: the TLS handshake fails. A fault of configuration or an attack, so it is tried once.

use crate::fake::Fake;
use crate::world::{BOTH, assert_given_back, assert_told, attempts_not_sent, clients, number};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use ringproof::config::Config;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Who signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A server with a certificate for this name, good until that year.
    fn server(&self, name: &str, until: i32) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "a server");
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }
}

/// Whom the service trusts beside the system's authorities.
static TRUSTED: LazyLock<Authority> = LazyLock::new(|| Authority::new("trusted"));

fn trusting(config: &mut Config) {
    clients!(config, extra_roots: vec![TRUSTED.certificate.der().clone()]);
}

/// Speaks TLS, and passes on what is said inside.
async fn in_front_of(upstream: SocketAddr, config: ServerConfig) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _peer)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut inside) = acceptor.accept(stream).await {
                    let mut behind = TcpStream::connect(upstream).await.unwrap();
                    let _ended = tokio::io::copy_bidirectional(&mut inside, &mut behind).await;
                }
            });
        }
    });
    address
}

async fn assert_not_trusted(config: ServerConfig) {
    let fake = Fake::start([]).await;
    let upstream = *fake.url.socket_addrs(|| None).unwrap().first().unwrap();
    let address = in_front_of(upstream, config).await;
    assert_refused_once(address).await;
    assert_eq!(fake.connections(), 0);
}

async fn assert_refused_once(address: SocketAddr) {
    for carrier in BOTH {
        let app = carrier.service_with(&format!("https://{address}"), &[], trusting).await;
        assert_told(&app.start(&number(0)).await, 503, "temporarily_unavailable", 5..=5);
        assert_eq!(attempts_not_sent(&app, carrier).await, Some(1), "not repeated");
        assert_given_back(&app, &number(0)).await;
    }
}

#[actix_web::test]
async fn f06_certificate_that_is_good() {
    for carrier in BOTH {
        let fake = Fake::start([carrier.placed(0)]).await;
        let upstream = *fake.url.socket_addrs(|| None).unwrap().first().unwrap();
        let address = in_front_of(upstream, TRUSTED.server("127.0.0.1", 2100)).await;
        let app = carrier.service_with(&format!("https://{address}"), &[], trusting).await;
        assert_eq!(
            app.start(&number(0)).await.status,
            201,
            "so it is the certificate that matters"
        );
    }
}

#[actix_web::test]
async fn f06_certificate_expired() {
    assert_not_trusted(TRUSTED.server("127.0.0.1", 2001)).await;
}

#[actix_web::test]
async fn f06_certificate_for_another_host() {
    assert_not_trusted(TRUSTED.server("rest.messagebird.test", 2100)).await;
}

#[actix_web::test]
async fn f06_certificate_from_nobody() {
    assert_not_trusted(Authority::new("nobody").server("127.0.0.1", 2100)).await;
}

#[actix_web::test]
async fn f06_old_version() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _peer)) = listener.accept().await {
            let mut hello = [0; 4096];
            let _read = stream.read(&mut hello).await;
            // Fatal alert 70, protocol_version: what a server says that knows TLS 1.1 at best.
            let _written = stream.write_all(&[0x15, 3, 1, 0, 2, 2, 70]).await;
            while stream.read(&mut hello).await.is_ok_and(|read| read > 0) {}
        }
    });
    assert_refused_once(address).await;
}
