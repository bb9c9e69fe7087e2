//! What operators see: metrics here, log lines in `log`. Which fields a request logs is in
//! `http::edge`; which question each metric answers, in docs/METRICS.md.

mod funnel;
mod held;
pub mod hour;
mod log;
mod outcomes;
mod panics;
mod process;
mod provider;
mod shared_hour;
mod store;
mod text;
pub mod traces;

pub use funnel::{Funnel, Way};
pub use held::Held;
pub use hour::{Route, Stage};
pub use log::{Logging, start_logging};
pub use outcomes::outcome_of_start;
pub use panics::log_panics;
pub use provider::{OperationMetrics, ProviderMetrics, UnderWay};
pub use shared_hour::{AllHours, SharedHour};
pub use store::StoreMetrics;

use self::outcomes::outcome_of_check;
use actix_web::http::Method;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt::{self, Write};
use std::time::Duration;
use verification::{Channel, CheckError, Region, StartError};

/// Counts of what happened since the start.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    starts: Family<StartLabels, Counter>,
    checks: Family<OutcomeLabels, Counter>,
    caller_starts: Family<CallerLabels, Counter>,
    asked: Family<AskedLabels, Counter>,
    /// Requests whose client left before the answer. Their work was finished.
    pub abandoned: Counter,
    /// What the provider's adapter counts.
    pub provider: ProviderMetrics,
    /// What is measured of the store.
    pub store: StoreMetrics,
    /// What became of verifications.
    pub funnel: Funnel,
    /// What the guard holds.
    pub held: Held,
    /// The last hour, minute by minute.
    pub hour: SharedHour,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    http_request_method: &'static str,
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StartLabels {
    channel: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AskedLabels {
    channel: &'static str,
    region: RegionLabel,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CallerLabels {
    caller: String,
    outcome: &'static str,
}

/// A region as a label: made into text when somebody reads the metrics, not each time something is counted.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub struct RegionLabel(pub Region);

impl EncodeLabelValue for RegionLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        write!(encoder, "{}", self.0)
    }
}

/// The buckets that OpenTelemetry recommends for HTTP, in seconds.
const BUCKETS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

impl Default for Metrics {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let requests = Family::new_with_constructor(histogram);
        let (starts, checks) = (Family::default(), Family::default());
        let mut registry = Registry::default();
        registry.register(
            "http_server_request_duration_seconds",
            "Time from a request's headers to its answer",
            requests.clone(),
        );
        registry.register("verify_starts", "Calls and messages asked for", starts.clone());
        let asked = Family::default();
        let help = "Calls and messages asked for, placed or not";
        registry.register("verify_asked", help, asked.clone());
        registry.register("verify_checks", "Codes compared", checks.clone());
        let caller_starts = Family::default();
        registry.register(
            "verify_caller_starts",
            "Calls and messages that were asked for with a caller's key",
            caller_starts.clone(),
        );
        let abandoned = Counter::default();
        registry.register(
            "http_server_requests_abandoned",
            "Requests whose client left before the answer; their work was finished",
            abandoned.clone(),
        );
        registry.register_collector(Box::new(log::LostLines));
        registry.register(
            "otel_spans_lost",
            "Spans of sampled traces that did not reach the collector",
            traces::LOST.clone(),
        );
        registry.register(
            "panics",
            "Faults of our own that ended a request or a task",
            panics::COUNT.clone(),
        );
        let provider = ProviderMetrics::default();
        provider.register(&mut registry);
        let (store, held) = (StoreMetrics::default(), Held::default());
        store.register(&mut registry);
        held.register(&mut registry);
        let funnel = Funnel::new(&mut registry);
        registry.register_collector(Box::new(process::Process));
        let metrics = Self {
            registry,
            requests,
            starts,
            checks,
            caller_starts,
            asked,
            abandoned,
            provider,
            store,
            funnel,
            held,
            hour: SharedHour::default(),
        };
        for channel in Channel::ALL {
            // Looking a series up makes it: it is there, at zero, from the start.
            let labels = StartLabels { channel: channel.as_str(), outcome: "ok" };
            drop(metrics.starts.get_or_create(&labels));
        }
        drop(metrics.checks.get_or_create(&OutcomeLabels { outcome: "ok" }));
        metrics
    }
}

impl Metrics {
    /// Counts a request. Unusual methods share one label, so that nobody can invent more.
    pub fn request(&self, method: &Method, route: impl Into<String>, status: u16, took: Duration) {
        let method = match *method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            Method::DELETE => "DELETE",
            Method::OPTIONS => "OPTIONS",
            _ => "_OTHER",
        };
        let labels = RequestLabels {
            http_request_method: method,
            http_route: route.into(),
            http_response_status_code: status,
        };
        self.requests.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a start by what was asked for, and by the problem, when there was one.
    pub fn start(&self, channel: Channel, region: Region, error: Option<&StartError>) {
        let (channel, outcome) = (channel.as_str(), error.map_or("ok", outcome_of_start));
        self.starts.get_or_create(&StartLabels { channel, outcome }).inc();
        self.asked.get_or_create(&AskedLabels { channel, region: RegionLabel(region) }).inc();
    }

    /// Counts a start that is charged to a caller, by the caller's name. There are as many names as
    /// were configured.
    pub fn caller_start(&self, caller: &str, error: Option<&StartError>) {
        let outcome = error.map_or("ok", outcome_of_start);
        self.caller_starts
            .get_or_create(&CallerLabels { caller: caller.to_owned(), outcome })
            .inc();
    }

    /// Counts a check.
    pub fn check(&self, error: Option<&CheckError>) {
        let outcome = error.map_or("ok", outcome_of_check);
        self.checks.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Everything, in the OpenMetrics text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }

    /// Everything, in Prometheus's older text format, 0.0.4.
    #[must_use]
    pub fn older_text(&self) -> String {
        text::prometheus(&self.text())
    }
}
