//! The spans of a request, and how they are named after the conventions of OpenTelemetry. How they leave
//! the process is in `export`, which is compiled with the feature `otel` alone: without it, and without a
//! collector, no span is made.

#[cfg(feature = "otel")]
mod export;

use actix_web::http::Method;
#[cfg(feature = "otel")]
pub(super) use export::{Export, layer};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use std::sync::LazyLock;
use tracing::Span;

/// Spans with this target are sent, and no log line knows of them.
pub const TARGET: &str = "trace";

/// Spans that did not reach the collector.
pub(super) static LOST: LazyLock<Family<Reason, Counter>> = LazyLock::new(|| {
    let lost = Family::<Reason, Counter>::default();
    for reason in ["queue_full", "export_failed"] {
        drop(lost.get_or_create(&Reason { reason }));
    }
    lost
});

/// Why a span was lost.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Reason {
    reason: &'static str,
}

/// What a span is called across services, as 32 and 16 hex digits.
#[derive(Debug, Clone)]
pub struct Ids {
    /// The trace.
    pub trace: String,
    /// The span.
    pub span: String,
}

/// The span of a request that came in, if any is wanted. Its path is not told, for ids are in it.
#[must_use]
pub fn request(method: &Method) -> Span {
    let known = known(method);
    tracing::info_span!(
        target: TARGET,
        "request",
        otel.kind = "server",
        otel.name = if known == OTHER { "HTTP" } else { known },
        otel.status_code = tracing::field::Empty,
        http.request.method = known,
        http.route = tracing::field::Empty,
        http.response.status_code = tracing::field::Empty,
        "error.type" = tracing::field::Empty,
        ringproof.problem = tracing::field::Empty,
        ringproof.region = tracing::field::Empty,
        ringproof.channel = tracing::field::Empty,
        ringproof.caller = tracing::field::Empty,
    )
}

const OTHER: &str = "_OTHER";

/// A method that HTTP knows. Any other is a text of the client's.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}

/// How a request ended.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    /// The template of its path, where there is one.
    pub route: Option<&'a str>,
    /// The HTTP status.
    pub status: u16,
    /// The code of its problem.
    pub problem: Option<&'a str>,
    /// The region it was about.
    pub region: Option<&'a str>,
    /// The channel it was about.
    pub channel: Option<&'a str>,
    /// The name of the service whose key it had.
    pub caller: Option<&'a str>,
}

impl Answer<'_> {
    /// Notes it on the span of the request.
    pub fn note(&self, span: &Span, method: &Method) {
        if span.is_disabled() {
            return;
        }
        if let Some(route) = self.route {
            export::rename(span, format!("{} {route}", known(method)));
        }
        // An answer of the client's making is no error of the server's.
        let failed = self.status >= 500;
        span.record("http.response.status_code", self.status);
        span.record("otel.status_code", failed.then_some("error"));
        span.record("error.type", self.problem.filter(|_| failed));
        span.record("http.route", self.route);
        span.record("ringproof.problem", self.problem);
        span.record("ringproof.region", self.region);
        span.record("ringproof.channel", self.channel);
        span.record("ringproof.caller", self.caller);
    }
}

#[cfg(not(feature = "otel"))]
/// In a build without traces there is nothing to be done with a span.
mod export {
    use super::{Ids, Span};

    pub(super) fn ids(_: &Span) -> Option<Ids> {
        None
    }

    pub(super) fn rename(_: &Span, _: String) {}

    pub(super) fn continue_trace(_: &Span, _: &str) {}
}

/// What a span is called across services, if it is made at all.
#[must_use]
pub fn ids(span: &Span) -> Option<Ids> {
    export::ids(span)
}

/// Lets the span of a request be part of the trace that this `traceparent` names. Only before anybody
/// has asked for its ids.
pub fn continue_trace(span: &Span, traceparent: &str) {
    export::continue_trace(span, traceparent);
}
