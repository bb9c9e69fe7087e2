//! Traces: whether there are any, where they go and how many. The variables are OpenTelemetry's own, by
//! their standard names and meanings. Where they go is read in `otlp`; how spans travel is in
//! `telemetry::traces`.

mod otlp;

use self::otlp::{MILLISECONDS, Otlp, milliseconds};
use super::values::{Values, within};
use messagebird_verify::Url;
use percent_encoding::percent_decode_str;
use provider_http::CertificateDer;
use secrecy::SecretString;
use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// Where traces go, and which.
#[derive(Debug)]
pub struct Traces {
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or `OTEL_EXPORTER_OTLP_ENDPOINT` with `/v1/traces` below it.
    pub endpoint: Url,
    /// `OTEL_EXPORTER_OTLP_TRACES_HEADERS` or `OTEL_EXPORTER_OTLP_HEADERS`: names and values, these still
    /// percent-encoded. They may hold a key.
    pub headers: Vec<(String, SecretString)>,
    /// `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT` or `OTEL_EXPORTER_OTLP_TIMEOUT`: how long one export may take.
    pub timeout: Duration,
    /// `OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE` or `OTEL_EXPORTER_OTLP_CERTIFICATE`: authorities that are
    /// trusted beside the system's.
    pub authorities: Vec<CertificateDer<'static>>,
    /// `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`: which traces are sent.
    pub sampler: Sampler,
    /// `OTEL_PROPAGATORS`: whether the trace of a caller is continued.
    pub continues: bool,
    /// `OTEL_SERVICE_NAME`, or `service.name` of `OTEL_RESOURCE_ATTRIBUTES`.
    pub service_name: String,
    /// `OTEL_RESOURCE_ATTRIBUTES`: what else spans say of this process.
    pub attributes: Vec<(String, String)>,
    /// `OTEL_BSP_MAX_QUEUE_SIZE`: spans that may wait. Further ones are lost.
    pub max_waiting: usize,
    /// `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`: spans in one export.
    pub batch: usize,
    /// `OTEL_BSP_SCHEDULE_DELAY`: how long spans wait for others.
    pub delay: Duration,
}

/// Which traces are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampler {
    /// Of those that begin here: none (0), all (1) or a share of them, by their id.
    pub ratio: f64,
    /// Whether one that a caller began is sent when the caller sends its own part.
    pub follows_caller: bool,
}

#[derive(Deserialize, Default)]
struct Raw {
    otel_sdk_disabled: Option<String>,
    otel_traces_exporter: Option<String>,
    otel_traces_sampler: Option<String>,
    otel_traces_sampler_arg: Option<String>,
    otel_propagators: Option<String>,
    otel_service_name: Option<String>,
    otel_resource_attributes: Option<String>,
    otel_bsp_max_queue_size: Option<String>,
    otel_bsp_max_export_batch_size: Option<String>,
    otel_bsp_schedule_delay: Option<String>,
}

const NAMES: [&str; 10] = [
    "OTEL_SDK_DISABLED",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_PROPAGATORS",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
];

impl Traces {
    /// Nothing without an endpoint: then no span is made, and the other variables mean nothing.
    pub(super) fn read(values: &mut Values) -> Option<Self> {
        let raw: Raw = values.topic(&NAMES);
        let is_disabled =
            values.parse("OTEL_SDK_DISABLED", raw.otel_sdk_disabled, false, flag, "true or false");
        let has_exporter = values.parse(
            "OTEL_TRACES_EXPORTER",
            raw.otel_traces_exporter,
            true,
            |text| one_of(text, ["none", "otlp"]).map(|index| index == 1),
            "otlp or none",
        );
        let Otlp { endpoint, headers, timeout, authorities } =
            Otlp::read(values, has_exporter && !is_disabled)?;
        let mut attributes = values.parse(
            "OTEL_RESOURCE_ATTRIBUTES",
            raw.otel_resource_attributes,
            Vec::new(),
            pairs,
            "key=value pairs, separated by commas, values percent-encoded",
        );
        let named = attributes.extract_if(.., |(key, _)| key == "service.name").last();
        let named = raw.otel_service_name.or(named.map(|(_, name)| name));
        let max_waiting = values.parse(
            "OTEL_BSP_MAX_QUEUE_SIZE",
            raw.otel_bsp_max_queue_size,
            2048,
            |text| within(text, 1..=65_536),
            "a number of spans from 1 to 65536",
        );
        Some(Self {
            endpoint,
            headers,
            timeout,
            authorities,
            sampler: sampler(values, raw.otel_traces_sampler, raw.otel_traces_sampler_arg),
            continues: values.parse(
                "OTEL_PROPAGATORS",
                raw.otel_propagators,
                true,
                propagators,
                "tracecontext, or none; baggage beside it is ignored",
            ),
            service_name: named.unwrap_or_else(|| "ringproof".to_owned()),
            attributes,
            max_waiting,
            batch: values.parse(
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
                raw.otel_bsp_max_export_batch_size,
                max_waiting.min(512),
                |text| within(text, 1..=max_waiting),
                "a number of spans from 1 to that of OTEL_BSP_MAX_QUEUE_SIZE",
            ),
            delay: values.parse(
                "OTEL_BSP_SCHEDULE_DELAY",
                raw.otel_bsp_schedule_delay,
                Duration::from_secs(5),
                milliseconds,
                MILLISECONDS,
            ),
        })
    }
}

impl fmt::Display for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_callers = if self.follows_caller { ", and those that callers send" } else { "" };
        write!(f, "{} of all traces{of_callers}", self.ratio)
    }
}

fn sampler(values: &mut Values, name: Option<String>, argument: Option<String>) -> Sampler {
    const SAMPLERS: [&str; 6] = [
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ];
    let index = values.parse(
        "OTEL_TRACES_SAMPLER",
        name,
        3,
        |text| one_of(text, SAMPLERS),
        "one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off \
         and parentbased_traceidratio",
    );
    let share = values.parse(
        "OTEL_TRACES_SAMPLER_ARG",
        argument,
        1.0,
        |text| within(text, 0.0..=1.0),
        "a share from 0 to 1",
    );
    let ratio = match index % 3 {
        0 => 1.0,
        1 => 0.0,
        _ => share,
    };
    Sampler { ratio, follows_caller: index >= 3 }
}

fn flag(text: &str) -> Option<bool> {
    one_of(&text.to_ascii_lowercase(), ["false", "true"]).map(|index| index == 1)
}

fn one_of<const N: usize>(text: &str, names: [&str; N]) -> Option<usize> {
    names.iter().position(|name| *name == text)
}

fn propagators(text: &str) -> Option<bool> {
    let names: Vec<_> = text.split(',').map(str::trim).collect();
    let known = |name: &&str| ["tracecontext", "baggage"].contains(name);
    match names.as_slice() {
        ["none"] => Some(false),
        names => names.iter().all(known).then(|| names.contains(&"tracecontext")),
    }
}

/// `key=value` pairs, decoded.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        Some((key.trim().to_owned(), value.into_owned())).filter(|(key, _)| !key.is_empty())
    };
    super::values::list(text, pair)
}
