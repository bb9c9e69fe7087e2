//! What operators see: log lines and metrics. Which fields a request logs is in `http::edge`, how a
//! line is written for machines in `json_lines`.

mod json_lines;

mod provider;

pub use provider::ProviderMetrics;

use crate::config::{Format, Log};
use actix_web::http::Method;
use json_lines::JsonLines;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{EnvFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use verification::ports::Space;
use verification::{Channel, CheckError, StartError};

/// Our own crates. Others may say what is wrong, but no more: at their most talkative they print
/// numbers (libphonenumber) and addresses (the HTTP client), and ours never do.
const OWN: [&str; 4] = ["ringproof", "verification", "messagebird_verify", "messagebird_sandbox"];

/// What is not HTTP is an error to its parser, and to nobody else: anyone could fill the log with it.
const CLIENTS_FAULTS: &str = "actix_http::h1::dispatcher";

/// Starts logging to standard output. Does nothing when logging has started before, or when nobody
/// could read it.
pub fn start_logging(log: &Log) {
    let stdout = std::io::stdout();
    let terminal = stdout.is_terminal();
    // Every line is one write. The kernel keeps those apart; a lock around them would make the
    // workers wait for each other.
    let Ok(out) = stdout.as_fd().try_clone_to_owned().map(File::from) else {
        return;
    };
    let own = filter_fn(|metadata| {
        let own = |name: &&str| metadata.target().split("::").next() == Some(name);
        let broken_request = metadata.target().starts_with(CLIENTS_FAULTS);
        (*metadata.level() <= Level::WARN && !broken_request) || OWN.iter().any(own)
    });
    let lines = tracing_subscriber::fmt::layer().with_ansi(terminal).with_writer(Arc::new(out));
    let by_default = if terminal { Format::Text } else { Format::Json };
    let lines = match log.format.unwrap_or(by_default) {
        Format::Text => lines.boxed(),
        Format::Json => lines.event_format(JsonLines).fmt_fields(JsonLines).boxed(),
    };
    let _ =
        tracing_subscriber::registry().with(lines).with(own).with(asked(&log.filter)).try_init();
}

/// The filter that `RUST_LOG` asks for. The richer kind looks at every span each time it is
/// entered, so it is used only for what the simpler one cannot say.
fn asked<S>(filter: &str) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    match filter.parse::<Targets>() {
        Ok(targets) => targets.boxed(),
        Err(_) => EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info")).boxed(),
    }
}

/// Counts of what happened since the start.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    starts: Family<StartLabels, Counter>,
    checks: Family<OutcomeLabels, Counter>,
    refused: Mutex<BTreeMap<&'static str, u64>>,
    /// What the provider's adapter counts.
    pub provider: ProviderMetrics,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    http_request_method: String,
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StartLabels {
    channel: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
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
        registry.register("verify_checks", "Codes compared", checks.clone());
        let provider = ProviderMetrics::default();
        provider.register(&mut registry);
        let refused = Mutex::default();
        let metrics = Self { registry, requests, starts, checks, refused, provider };
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
    pub fn request(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let method = match *method {
            Method::GET | Method::HEAD | Method::POST | Method::DELETE | Method::OPTIONS => {
                method.as_str()
            }
            _ => "_OTHER",
        };
        let labels = RequestLabels {
            http_request_method: method.to_owned(),
            http_route: route.to_owned(),
            http_response_status_code: status,
        };
        self.requests.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a start by the channel, when one was used, and by the problem, when there was one.
    pub fn start(&self, channel: Option<Channel>, error: Option<&StartError>) {
        let outcome = error.map_or("ok", outcome_of_start);
        let channel = channel.map_or("none", Channel::as_str);
        self.starts.get_or_create(&StartLabels { channel, outcome }).inc();
        if error.is_some() {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            *refused.entry(outcome).or_default() += 1;
        }
    }

    /// Counts a check.
    pub fn check(&self, error: Option<&CheckError>) {
        let outcome = error.map_or("ok", outcome_of_check);
        self.checks.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Why starts came to nothing, and how often, since the process began.
    #[must_use]
    pub fn refused(&self) -> BTreeMap<&'static str, u64> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything, in the OpenMetrics text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

fn outcome_of_start(error: &StartError) -> &'static str {
    match error {
        StartError::ChannelClosed(_) => "channel_closed",
        StartError::DestinationClosed => "destination_not_allowed",
        StartError::Limited(limited) => rule_name(limited.rule),
        StartError::RecipientRefused => "recipient_refused",
        StartError::ProviderRefusedUs => "provider_error",
        StartError::NotPlaced { .. } => "not_placed",
        StartError::DeliveryUnknown { .. } => "delivery_unknown",
        StartError::Store(_) => "store_unreachable",
        StartError::Original(error) => outcome_of_check(error),
    }
}

fn outcome_of_check(error: &CheckError) -> &'static str {
    match error {
        CheckError::NotFound => "not_found",
        CheckError::Expired => "expired",
        CheckError::AttemptsExhausted => "attempts_exhausted",
        CheckError::Canceled => "canceled",
        CheckError::AlreadyVerified => "already_verified",
        CheckError::CodeMalformed(_) => "code_malformed",
        CheckError::CodeIncorrect { .. } => "code_incorrect",
        CheckError::Limited(limited) => rule_name(limited.rule),
        CheckError::ProviderRefusedUs => "provider_error",
        CheckError::NotChecked { .. } => "not_checked",
        CheckError::CheckUnknown { .. } => "check_unknown",
        CheckError::Store(_) => "store_unreachable",
    }
}

/// The limit that refused, as operators know it.
fn rule_name(rule: Space) -> &'static str {
    match rule {
        Space::Number => "number_limit",
        Space::Client => "client_limit",
        Space::Prefix => "prefix_limit",
        Space::Region => "region_limit",
        Space::Hour => "hourly_cap",
        Space::Day => "daily_cap",
        Space::Codes => "check_limit",
        Space::Tries => "attempts_exhausted",
        Space::Closed | Space::Started | Space::Verified => "region_closed",
        Space::Ending | Space::Idempotency => "ended",
    }
}
