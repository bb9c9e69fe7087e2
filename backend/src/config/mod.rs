//! Configuration: environment only, read once, all faults at once. One topic per file; every
//! field's doc names its variable. What is done with it is in `startup`.

mod callers;
mod demo;
mod guard;
mod http;
mod log;
mod messagebird;
mod providers;
mod receipts;
mod store;
mod store_address;
#[cfg(test)]
mod tests;
mod traces;
mod twilio;
mod values;
mod verify;

pub use callers::{Callers, KEY_PREFIX, NewKey, is_caller_name};
pub use demo::Demo;
pub use guard::Guard;
pub use http::{Http, origin};
pub use log::{Format, Log};
pub use messagebird::MessageBird;
pub use providers::{ProviderName, Providers};
pub use receipts::{PublicUrl, Receipts};
pub use store::{SecretKey, Store};
pub use store_address::{InvalidStoreUrl, NoAuthority, StoreAddress};
pub use traces::{Sampler, Traces};
pub use twilio::Twilio;
pub use values::{Fault, Faults};
pub use verify::{Verify, spoken};

use secrecy::ExposeSecret;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use values::Values;

/// The whole configuration.
#[derive(Debug)]
pub struct Config {
    /// Listeners, page, browsers.
    pub http: Http,
    /// Who calls, in which order.
    pub providers: Providers,
    /// The account at MessageBird.
    pub messagebird: MessageBird,
    /// The account at Twilio, or at another carrier that speaks the same.
    pub twilio: Twilio,
    /// Codes and languages.
    pub verify: Verify,
    /// Where and how often we call.
    pub guard: Guard,
    /// Services with a key of their own.
    pub callers: Callers,
    /// Receipts.
    pub receipts: Receipts,
    /// Counters and secrets.
    pub store: Store,
    /// Log lines.
    pub log: Log,
    /// How often a replica tells the others what it counted. No variable sets it.
    pub told_every: Duration,
    /// What the demo simulates.
    pub demo: Option<Demo>,
    /// Traces, if there are any.
    pub traces: Option<Traces>,
}

/// Which variables are required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Production: an API key and the allowed regions are required.
    Serve,
    /// This machine only, against the simulator: nothing is required.
    Demo,
}

impl Config {
    /// Reads the configuration from environment variables. `NAME_FILE` names a file that holds the
    /// value of `NAME`; an empty value is no value.
    ///
    /// # Errors
    /// [`Faults`]: every fault, each naming its variable, none showing a value.
    pub fn read(
        vars: impl IntoIterator<Item = (OsString, OsString)>,
        mode: Mode,
    ) -> Result<Self, Faults> {
        let mut values = Values::collect(vars);
        let providers = Providers::read(&mut values, mode);
        let lists = |name| providers.lists(name);
        let mut config = Self {
            http: Http::read(&mut values, mode),
            messagebird: MessageBird::read(&mut values, mode, lists(ProviderName::MessageBird)),
            twilio: Twilio::read(&mut values, mode, lists(ProviderName::Twilio)),
            providers,
            verify: Verify::read(&mut values),
            guard: Guard::read(&mut values, mode),
            callers: Callers::read(&mut values),
            receipts: Receipts::read(&mut values),
            store: Store::read(&mut values),
            log: Log::read(&mut values),
            told_every: Duration::from_secs(5),
            demo: None,
            traces: Traces::read(&mut values),
        };
        // That a code of ours was made is known by its start: for as long as the code is good.
        Arc::make_mut(&mut config.guard.limits.number).keep_for(config.verify.ttl);
        if mode == Mode::Serve && config.store.secret_key.is_none() {
            let needs = [
                ("CALLERS", !config.callers.is_empty()),
                ("PUBLIC_URL", config.receipts.public_url.is_some()),
                ("twilio in PROVIDERS", config.providers.lists(ProviderName::Twilio)),
            ];
            for (variable, _) in needs.iter().filter(|(_, given)| *given) {
                values.fault("SECRET_KEY", format!("is required with {variable}"));
            }
        }
        if config.twilio.press_key && config.providers.lists(ProviderName::Twilio) {
            if config.receipts.public_url.is_none() {
                values.fault("PUBLIC_URL", "is required with TWILIO_PRESS_KEY");
            }
            if config.twilio.auth_token.is_none() {
                values.fault("TWILIO_AUTH_TOKEN", "is required with TWILIO_PRESS_KEY");
            }
        }
        values.finish().map(|()| config)
    }

    /// The secret that ids, hashes and signatures are derived from: `SECRET_KEY`, or else the key of
    /// the only provider, whose holder can place calls anyway.
    #[must_use]
    pub fn secret(&self) -> Option<&[u8]> {
        // With a second provider no key stands for the service.
        let only = match self.providers.0.as_slice() {
            [(ProviderName::MessageBird, _)] => self.messagebird.api_key.as_ref(),
            _ => None,
        };
        match (&self.store.secret_key, only) {
            (Some(secret), _) => Some(secret.expose_secret()),
            (None, only) => only.map(|only| only.expose_secret().as_bytes()),
        }
    }
}

impl fmt::Display for Config {
    /// Every variable and what it comes to; secrets only as set or unset.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = |set: bool| if set { "set" } else { "unset" };
        let Self {
            http,
            providers,
            messagebird,
            twilio,
            verify,
            guard,
            callers,
            receipts,
            store,
            log,
            told_every: _,
            demo: _,
            traces,
        } = self;
        let origins = http.allowed_origins.join(",");
        let channels: Vec<_> = verify.channels.iter().map(|channel| channel.as_str()).collect();
        let limits = &guard.limits;
        writeln!(f, "HTTP_LISTEN             {}", http.listen)?;
        writeln!(f, "OPS_LISTEN              {}", http.ops_listen)?;
        writeln!(f, "OPS_TOKEN               {}", set(http.ops_token.is_some()))?;
        writeln!(f, "HTTP_FRONTEND_DIR       {}", http.frontend_dir.display())?;
        writeln!(f, "HTTP_ALLOWED_ORIGINS    {origins}")?;
        writeln!(f, "HTTP_TRUSTED_PROXIES    {:?}", http.trusted_proxies)?;
        writeln!(f, "HTTP_DRAIN_SECONDS      {}", http.drain.as_secs())?;
        writeln!(f, "HTTP_MAX_IN_FLIGHT      {}", http.max_in_flight)?;
        writeln!(f, "PROVIDERS               {providers}")?;
        if providers.lists(ProviderName::MessageBird) {
            writeln!(f, "MESSAGEBIRD_API_KEY     {}", set(messagebird.api_key.is_some()))?;
            writeln!(f, "MESSAGEBIRD_BASE_URL    {}", messagebird.base_url)?;
            writeln!(f, "MESSAGEBIRD_ORIGINATOR  {}", set(messagebird.originator.is_some()))?;
            writeln!(f, "MESSAGEBIRD_VOICE       {:?}", messagebird.voice)?;
            writeln!(f, "MESSAGEBIRD_VIEW_BUDGET {}", messagebird.view_budget)?;
            let most =
                messagebird.max_in_flight.map_or("unset".to_owned(), |most| most.to_string());
            writeln!(f, "MESSAGEBIRD_MAX_IN_FLIGHT {most}")?;
        }
        if providers.lists(ProviderName::Twilio) {
            writeln!(f, "TWILIO_ACCOUNT_SID      set")?;
            writeln!(f, "TWILIO_API_KEY          set")?;
            writeln!(f, "TWILIO_API_SECRET       set")?;
            writeln!(f, "TWILIO_FROM             set")?;
            writeln!(f, "TWILIO_SMS_FROM         {}", set(twilio.sms_from != twilio.from))?;
            writeln!(f, "TWILIO_BASE_URL         {}", twilio.base_url)?;
            writeln!(f, "TWILIO_VOICE            {}", twilio.voice.as_deref().unwrap_or("unset"))?;
            writeln!(f, "TWILIO_PRESS_KEY        {}", twilio.press_key)?;
            writeln!(f, "TWILIO_AUTH_TOKEN       {}", set(twilio.auth_token.is_some()))?;
            let most = twilio.max_in_flight.map_or("unset".to_owned(), |most| most.to_string());
            writeln!(f, "TWILIO_MAX_IN_FLIGHT    {most}")?;
        }
        writeln!(f, "VERIFY_CHANNELS         {}", channels.join(","))?;
        writeln!(f, "VERIFY_CODE_LENGTH      {}", verify.code_length)?;
        writeln!(f, "VERIFY_TTL_SECONDS      {}", verify.ttl.as_secs())?;
        writeln!(f, "VERIFY_MAX_ATTEMPTS     {}", verify.max_attempts)?;
        writeln!(f, "VERIFY_DEFAULT_LOCALE   {}", verify.default_locale)?;
        writeln!(f, "VERIFY_BRAND            {}", verify.brand.as_deref().unwrap_or_default())?;
        writeln!(f, "VERIFY_TEMPLATES_FILE   {} languages", verify.texts.len())?;
        let domain = verify.sms_origin_domain.as_deref().unwrap_or("unset");
        writeln!(f, "SMS_ORIGIN_DOMAIN       {domain}")?;
        writeln!(f, "GUARD_ALLOWED_REGIONS   {}", guard.destinations)?;
        writeln!(f, "GUARD_ALLOW_VOIP        {}", guard.destinations.voip)?;
        writeln!(f, "GUARD_NUMBER_LIMITS     {}", limits.number)?;
        writeln!(f, "GUARD_COOLDOWNS         {:?} ms", limits.number.cooldowns())?;
        writeln!(f, "GUARD_CLIENT_LIMITS     {}", limits.client)?;
        writeln!(f, "CALLER_LIMITS           {}", limits.caller)?;
        writeln!(f, "GUARD_PREFIX_LIMITS     {}", limits.prefix)?;
        writeln!(f, "GUARD_CHECK_LIMITS      {}", limits.codes)?;
        writeln!(f, "GUARD_HOURLY_CAP        {}", limits.hour)?;
        writeln!(f, "GUARD_DAILY_CAP         {}", limits.day)?;
        writeln!(f, "GUARD_CONVERSION        {:?}", guard.conversion)?;
        writeln!(f, "CALLERS                 {callers}")?;
        writeln!(f, "CALLERS_REQUIRED        {}", callers.required)?;
        let public_url = receipts.public_url.as_ref().map_or("unset", |url| &url.text);
        writeln!(f, "PUBLIC_URL              {public_url}")?;
        writeln!(f, "RECEIPT_TTL_SECONDS     {}", receipts.ttl.as_secs())?;
        writeln!(f, "REDIS_URL               {}", set(store.redis.is_some()))?;
        let timeout = store.timeout.map_or("100".to_owned(), |it| it.as_millis().to_string());
        writeln!(f, "REDIS_TIMEOUT_MILLISECONDS {timeout}")?;
        writeln!(f, "SECRET_KEY              {}", set(store.secret_key.is_some()))?;
        writeln!(f, "SECRET_KEY_PREVIOUS     {}", set(store.secret_key_previous.is_some()))?;
        writeln!(f, "LOG_FORMAT              {:?}", log.format)?;
        writeln!(f, "RUST_LOG                {}", log.filter)?;
        let Some(traces) = traces else {
            return writeln!(f, "OTEL_EXPORTER_OTLP_ENDPOINT unset: no traces");
        };
        let Traces { endpoint, headers, sampler, .. } = traces;
        writeln!(f, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT {endpoint}")?;
        writeln!(f, "OTEL_EXPORTER_OTLP_HEADERS {}", set(!headers.is_empty()))?;
        writeln!(f, "OTEL_EXPORTER_OTLP_TIMEOUT {} ms", traces.timeout.as_millis())?;
        writeln!(f, "OTEL_TRACES_SAMPLER     {sampler}")?;
        writeln!(
            f,
            "OTEL_PROPAGATORS        {}",
            if traces.continues { "tracecontext" } else { "none" }
        )?;
        writeln!(f, "OTEL_SERVICE_NAME       {}", traces.service_name)?;
        writeln!(f, "OTEL_RESOURCE_ATTRIBUTES {}", set(!traces.attributes.is_empty()))
    }
}
