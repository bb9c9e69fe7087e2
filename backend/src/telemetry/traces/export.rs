//! How spans leave the process: over OTLP/HTTP, from a thread of their own, out of a queue that has an
//! end. What is not taken is lost and counted, and nobody waits for the collector.

use super::{Ids, LOST, Reason, TARGET};
use crate::config::Traces;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    Link, SpanKind, TraceContextExt, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SamplingDecision, SamplingResult,
    SdkTracerProvider, ShouldSample, Span, SpanData, SpanExporter, SpanProcessor,
};
use reqwest::blocking::Client;
use reqwest::redirect;
use secrecy::ExposeSecret;
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

/// How long the end of the process waits for the last spans to be sent.
const FLUSH_WITHIN: Duration = Duration::from_secs(2);
/// How long connecting to the collector may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// Traces under way. Dropped, it sends the spans that still wait, for at most two seconds.
#[derive(Debug)]
pub(in crate::telemetry) struct Export(SdkTracerProvider);

impl Drop for Export {
    fn drop(&mut self) {
        if self.0.shutdown_with_timeout(FLUSH_WITHIN).is_err() {
            tracing::warn!("the collector did not take the last spans in time");
        }
    }
}

/// The layer that turns spans into those that are sent.
///
/// # Errors
/// When HTTP or TLS cannot be spoken.
pub(in crate::telemetry) fn layer<S>(
    traces: &Traces,
) -> Result<(impl Layer<S> + use<S>, Export), Box<dyn Error + Send + Sync>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let waiting = Arc::new(AtomicUsize::new(0));
    let exporter = Counting {
        inner: exporter(traces)?,
        waiting: Arc::clone(&waiting),
        is_failing: AtomicBool::new(false),
    };
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(traces.max_waiting)
        .with_max_export_batch_size(traces.batch)
        .with_scheduled_delay(traces.delay)
        .build();
    let processor = Bounded {
        inner: BatchSpanProcessor::builder(exporter).with_batch_config(batches).build(),
        waiting,
        most: traces.max_waiting,
    };
    let attributes = traces.attributes.iter();
    let attributes = attributes.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let resource = Resource::builder_empty()
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("service.instance.id", Uuid::new_v4().to_string()))
        .with_attribute(KeyValue::new("telemetry.sdk.name", "opentelemetry"))
        .with_attribute(KeyValue::new("telemetry.sdk.language", "rust"))
        .with_attributes(attributes)
        .with_service_name(traces.service_name.clone())
        .build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_sampler(Requests(sampler(traces.sampler)))
        .with_resource(resource)
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("ringproof"))
        // The spans of `tracing` alone tell what is within what; its other news are not for others.
        .with_context_activation(false)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_level(false)
        .with_target(false)
        .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == TARGET));
    Ok((layer, Export(provider)))
}

fn exporter(
    traces: &Traces,
) -> Result<opentelemetry_otlp::SpanExporter, Box<dyn Error + Send + Sync>> {
    let tls = provider_http::trusting(&traces.authorities)?;
    let timeout = traces.timeout;
    let client = move || {
        Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN.min(timeout))
            .timeout(timeout)
            .build()
    };
    // It has a runtime of its own, which cannot begin within another.
    let client = thread::spawn(client).join().map_err(|_panic| "no HTTP client")??;
    let headers: HashMap<_, _> = traces
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()))
        .collect();
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(traces.endpoint.as_str())
        .with_timeout(timeout)
        .with_headers(headers);
    Ok(exporter.build()?)
}

fn sampler(asked: crate::config::Sampler) -> Sampler {
    let own = match asked.ratio {
        1.0 => Sampler::AlwaysOn,
        0.0 => Sampler::AlwaysOff,
        share => Sampler::TraceIdRatioBased(share),
    };
    if asked.follows_caller { Sampler::ParentBased(Box::new(own)) } else { own }
}

/// Samples requests and what belongs to them. What the service does of itself, such as reading counters
/// for its metrics, is no trace.
#[derive(Debug, Clone)]
struct Requests(Sampler);

impl ShouldSample for Requests {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let has_parent = parent.is_some_and(|parent| parent.span().span_context().is_valid());
        if !has_parent && *kind != SpanKind::Server {
            return SamplingResult {
                decision: SamplingDecision::Drop,
                attributes: Vec::new(),
                trace_state: TraceState::default(),
            };
        }
        self.0.should_sample(parent, trace, name, kind, attributes, links)
    }
}

/// The queue in front of the collector. The one within drops what finds no place, too, but keeps the count
/// to itself.
#[derive(Debug)]
struct Bounded {
    inner: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
    most: usize,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.most {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            LOST.get_or_create(&Reason { reason: "queue_full" }).inc();
        } else {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// The exporter, whose failures are counted, and told once until it works again.
#[derive(Debug)]
struct Counting {
    inner: opentelemetry_otlp::SpanExporter,
    waiting: Arc<AtomicUsize>,
    is_failing: AtomicBool,
}

impl SpanExporter for Counting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.waiting.fetch_sub(spans, Ordering::AcqRel);
        let result = self.inner.export(batch).await;
        let was_failing = self.is_failing.swap(result.is_err(), Ordering::AcqRel);
        if result.is_err() {
            let spans = u64::try_from(spans).unwrap_or(u64::MAX);
            LOST.get_or_create(&Reason { reason: "export_failed" }).inc_by(spans);
        }
        match (was_failing, result.is_err()) {
            (false, true) => tracing::warn!("the collector does not take spans: they are lost"),
            (true, false) => tracing::info!("the collector takes spans again"),
            (true, true) | (false, false) => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

pub(super) fn ids(span: &tracing::Span) -> Option<Ids> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    let span = context.span();
    let context = span.span_context();
    let ids = || Ids { trace: context.trace_id().to_string(), span: context.span_id().to_string() };
    context.is_valid().then(ids)
}

/// Renames a span that has begun, which `tracing` cannot.
pub(super) fn rename(span: &tracing::Span, name: String) {
    span.context().span().update_name(name);
}

pub(super) fn continue_trace(span: &tracing::Span, traceparent: &str) {
    let remote = TraceContextPropagator::new().extract(&TraceParent(traceparent));
    // An error means that the span is not sent.
    let _ = span.set_parent(remote);
}

/// The one header that is believed: what a caller writes into `tracestate` would be sent along.
struct TraceParent<'a>(&'a str);

impl Extractor for TraceParent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}
