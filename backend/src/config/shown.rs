//! What `check-config` says of a configuration: each variable as it could be set, secrets as set or unset,
//! and what an operator may not have meant.

use super::{Config, Format, ProviderName, PublicUrl, Sampler, Traces};
use crate::adapters::provider::MAX_IN_FLIGHT;
use crate::adapters::redis_counters::BUDGET;
use messagebird_verify::Voice;
use std::fmt::{self, Display, Formatter};
use std::num::NonZeroU32;
use verification::Rule;
use verification::guard::Conversion;

impl Display for Config {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.listeners(f)?;
        self.carriers(f)?;
        self.limits(f)?;
        self.surroundings(f)
    }
}

impl Config {
    fn listeners(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let http = &self.http;
        line(f, "HTTP_LISTEN", http.listen)?;
        line(f, "OPS_LISTEN", http.ops_listen)?;
        line(f, "OPS_TOKEN", set(http.ops_token.is_some()))?;
        line(f, "HTTP_FRONTEND_DIR", http.frontend_dir.display())?;
        line(f, "HTTP_ALLOWED_ORIGINS", listed(&http.allowed_origins))?;
        line(f, "HTTP_TRUSTED_PROXIES", listed(&http.trusted_proxies))?;
        line(f, "HTTP_DRAIN_SECONDS", http.drain.as_secs())?;
        line(f, "HTTP_MAX_IN_FLIGHT", http.max_in_flight)
    }

    /// Of the providers that are listed: of the others nothing is used.
    fn carriers(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { providers, messagebird, twilio, .. } = self;
        line(f, "PROVIDERS", providers)?;
        if providers.lists(ProviderName::MessageBird) {
            let voice = match messagebird.voice {
                Voice::Female => "female",
                Voice::Male => "male",
            };
            line(f, "MESSAGEBIRD_API_KEY", set(messagebird.api_key.is_some()))?;
            line(f, "MESSAGEBIRD_BASE_URL", &messagebird.base_url)?;
            line(f, "MESSAGEBIRD_ORIGINATOR", set(messagebird.originator.is_some()))?;
            line(f, "MESSAGEBIRD_VOICE", voice)?;
            line(f, "MESSAGEBIRD_VIEW_BUDGET", messagebird.view_budget)?;
            line(f, "MESSAGEBIRD_MAX_IN_FLIGHT", most(messagebird.max_in_flight))?;
        }
        if providers.lists(ProviderName::Twilio) {
            line(f, "TWILIO_ACCOUNT_SID", "set")?;
            line(f, "TWILIO_API_KEY", "set")?;
            line(f, "TWILIO_API_SECRET", "set")?;
            line(f, "TWILIO_FROM", "set")?;
            line(f, "TWILIO_SMS_FROM", set(twilio.sms_from != twilio.from))?;
            line(f, "TWILIO_BASE_URL", &twilio.base_url)?;
            line(f, "TWILIO_VOICE", twilio.voice.as_deref().unwrap_or("unset"))?;
            line(f, "TWILIO_PRESS_KEY", twilio.press_key)?;
            line(f, "TWILIO_AUTH_TOKEN", set(twilio.auth_token.is_some()))?;
            line(f, "TWILIO_MAX_IN_FLIGHT", most(twilio.max_in_flight))?;
        }
        Ok(())
    }

    fn limits(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (verify, guard, limits) = (&self.verify, &self.guard, &self.guard.limits);
        let channels: Vec<_> = verify.channels.iter().map(|channel| channel.as_str()).collect();
        line(f, "VERIFY_CHANNELS", listed(&channels))?;
        line(f, "VERIFY_CODE_LENGTH", verify.code_length)?;
        line(f, "VERIFY_TTL_SECONDS", verify.ttl.as_secs())?;
        line(f, "VERIFY_MAX_ATTEMPTS", verify.max_attempts)?;
        line(f, "VERIFY_DEFAULT_LOCALE", verify.default_locale)?;
        line(f, "VERIFY_BRAND", verify.brand.as_deref().unwrap_or("unset"))?;
        line(f, "VERIFY_TEMPLATES_FILE", format_args!("{} languages", verify.texts.len()))?;
        line(f, "SMS_ORIGIN_DOMAIN", verify.sms_origin_domain.as_deref().unwrap_or("unset"))?;
        line(f, "GUARD_ALLOWED_REGIONS", &guard.destinations)?;
        line(f, "GUARD_ALLOW_VOIP", guard.destinations.voip)?;
        line(f, "GUARD_NUMBER_LIMITS", &limits.number)?;
        line(f, "GUARD_COOLDOWNS", cooldowns(&limits.number))?;
        line(f, "GUARD_CLIENT_LIMITS", &limits.client)?;
        line(f, "CALLER_LIMITS", &limits.caller)?;
        line(f, "GUARD_PREFIX_LIMITS", &limits.prefix)?;
        line(f, "GUARD_CHECK_LIMITS", &limits.codes)?;
        line(f, "GUARD_HOURLY_CAP", cap(&limits.hour))?;
        line(f, "GUARD_DAILY_CAP", cap(&limits.day))?;
        let conversion = match guard.conversion {
            Conversion::Enforce => "enforce",
            Conversion::Observe => "observe",
            Conversion::Off => "off",
        };
        line(f, "GUARD_CONVERSION", conversion)
    }

    fn surroundings(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { callers, receipts, store, log, traces, .. } = self;
        line(f, "CALLERS", if callers.is_empty() { "none".into() } else { callers.to_string() })?;
        line(f, "CALLERS_REQUIRED", callers.required)?;
        let public_url = receipts.public_url.as_ref().map_or("unset", |url| &url.text);
        line(f, "PUBLIC_URL", public_url)?;
        line(f, "RECEIPT_TTL_SECONDS", receipts.ttl.as_secs())?;
        line(f, "REDIS_URL", set(store.redis.is_some()))?;
        let timeout = store.timeout.unwrap_or(BUDGET).as_millis();
        line(f, "REDIS_TIMEOUT_MILLISECONDS", timeout)?;
        line(f, "SECRET_KEY", set(store.secret_key.is_some()))?;
        line(f, "SECRET_KEY_PREVIOUS", set(store.secret_key_previous.is_some()))?;
        let format = match log.format {
            Some(Format::Json) => "json",
            Some(Format::Text) => "text",
            None => "json when not on a terminal",
        };
        line(f, "LOG_FORMAT", format)?;
        line(f, "RUST_LOG", &log.filter)?;
        let Some(traces) = traces else {
            return line(f, "OTEL_EXPORTER_OTLP_ENDPOINT", "unset: no traces");
        };
        let Traces { endpoint, headers, sampler, .. } = traces;
        line(f, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)?;
        line(f, "OTEL_EXPORTER_OTLP_HEADERS", set(!headers.is_empty()))?;
        line(f, "OTEL_EXPORTER_OTLP_TIMEOUT", traces.timeout.as_millis())?;
        line::<&Sampler>(f, "OTEL_TRACES_SAMPLER", sampler)?;
        let continues = if traces.continues { "tracecontext" } else { "none" };
        line(f, "OTEL_PROPAGATORS", continues)?;
        line(f, "OTEL_SERVICE_NAME", &traces.service_name)?;
        line(f, "OTEL_RESOURCE_ATTRIBUTES", set(!traces.attributes.is_empty()))
    }

    /// What an operator may not have meant, each in a sentence.
    #[must_use]
    pub fn risks(&self) -> Vec<&'static str> {
        let Self { http, providers, messagebird, twilio, guard, receipts, store, .. } = self;
        let (messagebird_calls, twilio_calls) =
            (providers.lists(ProviderName::MessageBird), providers.lists(ProviderName::Twilio));
        let seen = !http.ops_listen.ip().is_loopback() && http.ops_token.is_none();
        let clear = |url: &PublicUrl| url.origin.starts_with("http:");
        let risks = [
            (
                guard.destinations.regions.is_none(),
                "GUARD_ALLOWED_REGIONS is *: calls are placed to every country",
            ),
            (
                messagebird_calls && messagebird.is_for_tests(),
                "MESSAGEBIRD_API_KEY is a test key: it rings nobody",
            ),
            (
                messagebird_calls && messagebird.base_url.scheme() == "http",
                "MESSAGEBIRD_BASE_URL is not https: keys, numbers and codes travel in clear",
            ),
            (
                twilio_calls && twilio.base_url.scheme() == "http",
                "TWILIO_BASE_URL is not https: keys, numbers and codes travel in clear",
            ),
            (
                twilio_calls && twilio.press_key && receipts.public_url.as_ref().is_some_and(clear),
                "PUBLIC_URL is not https: codes travel in clear to the carrier that says them",
            ),
            (
                seen,
                "OPS_TOKEN is not set, and OPS_LISTEN is reached from other machines: whoever reaches it sees everything, and nobody can pull a lever",
            ),
            (
                store.redis.is_none(),
                "REDIS_URL is not set: limits live in memory, for one replica only",
            ),
        ];
        risks.into_iter().filter_map(|(is_so, what)| is_so.then_some(what)).collect()
    }
}

fn line<T: Display>(f: &mut Formatter<'_>, name: &str, value: T) -> fmt::Result {
    writeln!(f, "{name:<23} {value}")
}

fn set(is_set: bool) -> &'static str {
    if is_set { "set" } else { "unset" }
}

fn listed<T: Display>(values: &[T]) -> String {
    let values: Vec<_> = values.iter().map(T::to_string).collect();
    if values.is_empty() { "none".to_owned() } else { values.join(",") }
}

fn most(max_in_flight: Option<NonZeroU32>) -> NonZeroU32 {
    max_in_flight.unwrap_or(MAX_IN_FLIGHT)
}

fn cap(rule: &Rule) -> String {
    rule.windows().last().map_or_else(String::new, |window| window.quota.to_string())
}

fn cooldowns(rule: &Rule) -> String {
    let span = |milliseconds: &u64| match milliseconds % 1000 {
        0 => format!("{}s", milliseconds / 1000),
        _ => format!("{milliseconds}ms"),
    };
    let spans: Vec<_> = rule.cooldowns().iter().map(span).collect();
    if spans.is_empty() { "0s".to_owned() } else { spans.join(",") }
}
