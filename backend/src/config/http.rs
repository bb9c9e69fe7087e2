//! Listeners, the page, browsers and proxies. What is done with a request is in `http`.

use super::Mode;
use super::values::{Values, list};
use ipnet::IpNet;
use messagebird_verify::Url;
use secrecy::SecretString;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// How the service is reached.
#[derive(Debug, Clone)]
pub struct Http {
    /// `HTTP_LISTEN`: the public listener.
    pub listen: SocketAddr,
    /// `OPS_LISTEN`: the listener for metrics and verbose readiness; never public.
    pub ops_listen: SocketAddr,
    /// `OPS_TOKEN`: what opens that listener, beside `/metrics`, `/livez` and `/readyz`.
    pub ops_token: Option<SecretString>,
    /// `HTTP_FRONTEND_DIR`: the files of the page.
    pub frontend_dir: PathBuf,
    /// `HTTP_ALLOWED_ORIGINS`: other origins whose pages may call the API, an exact list.
    pub allowed_origins: Vec<String>,
    /// `HTTP_TRUSTED_PROXIES`: networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `HTTP_DRAIN_SECONDS`: how long connections are still accepted after the signal to stop.
    pub drain: Duration,
    /// `HTTP_MAX_IN_FLIGHT`: provider calls under way at once; more are refused.
    pub max_in_flight: usize,
}

#[derive(Deserialize, Default)]
struct Raw {
    http_listen: Option<String>,
    ops_listen: Option<String>,
    ops_token: Option<String>,
    http_frontend_dir: Option<String>,
    http_allowed_origins: Option<String>,
    http_trusted_proxies: Option<String>,
    http_drain_seconds: Option<String>,
    http_max_in_flight: Option<String>,
}

const NAMES: [&str; 8] = [
    "HTTP_LISTEN",
    "OPS_LISTEN",
    "OPS_TOKEN",
    "HTTP_FRONTEND_DIR",
    "HTTP_ALLOWED_ORIGINS",
    "HTTP_TRUSTED_PROXIES",
    "HTTP_DRAIN_SECONDS",
    "HTTP_MAX_IN_FLIGHT",
];

impl Http {
    pub(super) fn read(values: &mut Values, mode: Mode) -> Self {
        let raw: Raw = values.topic(&NAMES);
        let address = |text: &str| text.parse().ok();
        let expected = "an address and port, such as 127.0.0.1:8080";
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let listen = values.parse("HTTP_LISTEN", raw.http_listen, local(8080), address, expected);
        let ops_listen = values.parse("OPS_LISTEN", raw.ops_listen, local(9090), address, expected);
        if overlap(listen, ops_listen) {
            values.fault("OPS_LISTEN", "must be another address than HTTP_LISTEN");
        }
        let frontend_dir = raw.http_frontend_dir;
        let frontend_dir = PathBuf::from(frontend_dir.as_deref().unwrap_or("frontend"));
        if mode == Mode::Serve && !frontend_dir.join("index.html").is_file() {
            let problem = "must be the folder of the page: there is no index.html in it";
            values.fault("HTTP_FRONTEND_DIR", problem);
        }
        Self {
            listen,
            ops_listen,
            ops_token: raw.ops_token.map(SecretString::from),
            frontend_dir,
            allowed_origins: values.parse(
                "HTTP_ALLOWED_ORIGINS",
                raw.http_allowed_origins,
                Vec::new(),
                |text| list(text, origin),
                "origins such as https://example.org, separated by commas, each named in full",
            ),
            trusted_proxies: values.parse(
                "HTTP_TRUSTED_PROXIES",
                raw.http_trusted_proxies,
                Vec::new(),
                |text| list(text, network),
                "networks such as 10.0.0.0/8, separated by commas",
            ),
            drain: values.seconds("HTTP_DRAIN_SECONDS", raw.http_drain_seconds, 5, 0..=60),
            max_in_flight: values
                .number("HTTP_MAX_IN_FLIGHT", raw.http_max_in_flight, 1..=1_000_000)
                .unwrap_or(20_000),
        }
    }
}

/// An origin as browsers send it in `Origin`: without default port or capitals. `None` for anything
/// that has a path, a query or credentials, and for a host with a star.
pub fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && !text.contains('*');
    plain.then(|| url.origin().ascii_serialization())
}

/// Whether two listeners would want the same port of the same address.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && (all || one.ip() == other.ip())
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
