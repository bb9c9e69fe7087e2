//! `rediss://`: a handshake with a real server, whose certificate is from the system's authorities or
//! from that of `REDIS_CA_FILE`, or from nobody who is trusted.

use crate::helpers::{KEY, PATIENT, Provider, SECRET, client, send};
use crate::process::{Process, line_with, ringproof};
use crate::servers::{Server, free_port};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::io::BufReader;
use std::path::{Path, PathBuf};

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der).into_bytes();
    let lines: Vec<_> = text.chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A server that speaks TLS, and the certificate of the authority that it is from.
struct Encrypted {
    _server: Server,
    port: u16,
    authority: PathBuf,
}

impl Encrypted {
    fn start(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{test}"));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, pem: String| {
            let path = folder.join(name);
            std::fs::write(&path, pem).unwrap();
            path
        };
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            write("authority.pem", pem("CERTIFICATE", params.self_signed(&key).unwrap().der()));
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, &issuer).unwrap();
        let certificate = write("server.pem", pem("CERTIFICATE", certificate.der()));
        let key = write("server.key", pem("PRIVATE KEY", &key.serialize_der()));
        let port = free_port();
        let server = Server::start(&[
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            certificate.to_str().unwrap(),
            "--tls-key-file",
            key.to_str().unwrap(),
            "--tls-auth-clients",
            "no",
        ]);
        Self { _server: server, port, authority }
    }

    /// The first line of a service about this store, and the status of its `/readyz` then.
    async fn told(&self, host: &str, trust: &[(&str, &Path)]) -> (String, u16) {
        let provider = Provider::start().await;
        let mut command = ringproof(&["serve"]);
        command.env("MESSAGEBIRD_API_KEY", KEY).env("MESSAGEBIRD_BASE_URL", &provider.address);
        command.env("SECRET_KEY", SECRET).env("GUARD_ALLOWED_REGIONS", "GB");
        command.env("HTTP_DRAIN_SECONDS", "0").envs([PATIENT]);
        command.env("REDIS_URL", format!("rediss://{host}:{}", self.port)).envs(trust.to_vec());
        let mut service = Process::start(&mut command);
        let mut log = BufReader::new(service.0.stdout.take().unwrap());
        // Which of the two comes first is not said.
        let (mut address, mut told) = (None, None);
        while address.is_none() || told.is_none() {
            let line = line_with(&mut log, "");
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            let message = line["message"].as_str().unwrap().to_owned();
            if message == "listening" {
                address = Some(format!("http://{}/readyz", line["addr"].as_str().unwrap()));
            } else if message.contains("the shared store") {
                told = Some(format!("{message}: {}", line["reason"]));
            }
        }
        let ready = send(client().get(address.unwrap())).await.status;
        assert_eq!(service.terminate(), Some(0));
        (told.unwrap(), ready)
    }
}

const CONNECTED: &str = "connected to the shared store: null";

#[actix_web::test]
async fn an_authority_of_ones_own_is_trusted_and_so_are_the_systems() {
    let store = Encrypted::start("trusted");
    let own = store.told("localhost", &[("REDIS_CA_FILE", &store.authority)]).await;
    assert_eq!(own, (CONNECTED.to_owned(), 200));
    // The system's, as one file.
    let system = store.told("localhost", &[("SSL_CERT_FILE", &store.authority)]).await;
    assert_eq!(system, (CONNECTED.to_owned(), 200));
}

#[actix_web::test]
async fn a_certificate_of_nobody_trusted_or_for_another_name_is_refused_and_said() {
    let store = Encrypted::start("refused");
    let other = Encrypted::start("other");
    for (host, trust) in [
        ("localhost", vec![]),
        ("localhost", vec![("REDIS_CA_FILE", other.authority.as_path())]),
        // One's own authority is trusted instead of the system's, and not beside them.
        (
            "localhost",
            vec![
                ("REDIS_CA_FILE", other.authority.as_path()),
                ("SSL_CERT_FILE", store.authority.as_path()),
            ],
        ),
        ("127.0.0.1", vec![("REDIS_CA_FILE", store.authority.as_path())]),
    ] {
        let (told, ready) = store.told(host, &trust).await;
        assert!(told.contains("its certificate is not trusted"), "{host} {trust:?}: {told}");
        assert_eq!(ready, 503, "{host} {trust:?}");
    }
}
