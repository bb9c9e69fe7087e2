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
mod shown;
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
