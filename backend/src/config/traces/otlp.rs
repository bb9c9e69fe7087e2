//! Where traces are sent and how: the exporter's variables. Each has a second name for traces alone, which
//! comes before the one for everything.

use super::super::values::{Values, base_url, within};
use super::{one_of, pairs};
use messagebird_verify::Url;
use provider_http::CertificateDer;
use reqwest::header::{HeaderName, HeaderValue};
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;
use std::fs;
use std::time::Duration;

/// The exporter, as [`super::Traces`] tells it.
pub(super) struct Otlp {
    pub(super) endpoint: Url,
    pub(super) headers: Vec<(String, SecretString)>,
    pub(super) timeout: Duration,
    pub(super) authorities: Vec<CertificateDer<'static>>,
}

impl Otlp {
    /// Nothing without an endpoint, or where none is wanted: then the other variables mean nothing.
    pub(super) fn read(values: &mut Values, is_wanted: bool) -> Option<Self> {
        let endpoint = endpoint(values).filter(|_| is_wanted)?;
        let (name, protocol) =
            values.first_of("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
        let expected = "http/protobuf: no other is spoken";
        values.parse(name, protocol, 0, |text| one_of(text, ["http/protobuf"]), expected);
        let (name, compression) = values
            .first_of("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION");
        values.parse(name, compression, 0, |text| one_of(text, ["none"]), "none");
        let (name, headers) =
            values.first_of("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS");
        let expected = "name=value pairs, separated by commas, values percent-encoded";
        let headers = values.parse(name, headers, Vec::new(), parse_headers, expected);
        let (name, timeout) =
            values.first_of("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT");
        let timeout =
            values.parse(name, timeout, Duration::from_secs(10), milliseconds, MILLISECONDS);
        let (name, certificate) = values
            .first_of("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE");
        let expected = "a file with the certificates of authorities, in PEM";
        let authorities = values.parse(name, certificate, Vec::new(), certificates, expected);
        Some(Self { endpoint, headers, timeout, authorities })
    }
}

/// What [`milliseconds`] reads.
pub(super) const MILLISECONDS: &str = "a number of milliseconds from 1 to 60000";

pub(super) fn milliseconds(text: &str) -> Option<Duration> {
    within(text, 1..=60_000).map(Duration::from_millis)
}

fn endpoint(values: &mut Values) -> Option<Url> {
    let mut read = |name| {
        let text = values.text(name);
        let expected = "an address such as http://collector:4318, without a query or credentials";
        values.optional(name, text, base_url, expected)
    };
    let all = read("OTEL_EXPORTER_OTLP_ENDPOINT");
    let traces = read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    let below = |mut url: Url| {
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    };
    traces.or(all.map(below))
}

fn parse_headers(text: &str) -> Option<Vec<(String, SecretString)>> {
    let fits = |(name, value): &(String, String)| {
        name.parse::<HeaderName>().is_ok() && HeaderValue::from_str(value).is_ok()
    };
    pairs(text)?.iter().all(fits).then(|| {
        let parts = text.split(',').filter_map(|part| part.split_once('='));
        parts.map(|(name, value)| (name.trim().to_owned(), value.trim().into())).collect()
    })
}

fn certificates(path: &str) -> Option<Vec<CertificateDer<'static>>> {
    let pem = fs::read(path).ok()?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    all.ok().filter(|all| !all.is_empty())
}
