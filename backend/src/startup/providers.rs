//! Which providers are made, with which clients. What else is wired is in the room above.

use super::StartupError;
use crate::adapters::messagebird::{self, MessageBird};
use crate::adapters::twilio::{self, Twilio};
use crate::config::{self, Config, ProviderName};
use crate::telemetry::Metrics;
use messagebird_verify::Client;
use secrecy::SecretString;
use std::sync::Arc;
use verification::{AnyProvider, Channel, Clock, InUse, ProviderTag, Providers};

/// The providers in use, in their order. A tag is sealed into ids, so it stays with its provider for ever.
pub(super) fn providers(
    config: &Config,
    clock: &Arc<dyn Clock>,
    metrics: &Metrics,
) -> Result<Providers, StartupError> {
    let in_use = |(name, channels): &(ProviderName, Vec<Channel>)| {
        let (tag, name, provider) = match name {
            ProviderName::MessageBird => {
                let provider = messagebird(&config.messagebird, clock, metrics)?;
                (0, messagebird::NAME, AnyProvider::KeepsCode(provider))
            }
            ProviderName::Twilio => {
                let provider = twilio(&config.twilio, clock, metrics)?;
                (1, twilio::NAME, AnyProvider::Delivers(provider))
            }
        };
        Ok(InUse { tag: ProviderTag(tag), name, channels: channels.clone(), provider })
    };
    let all = config.providers.0.iter().map(in_use).collect::<Result<_, StartupError>>()?;
    Providers::new(all).map_err(StartupError::Providers)
}

fn messagebird(
    account: &config::MessageBird,
    clock: &Arc<dyn Clock>,
    metrics: &Metrics,
) -> Result<Arc<MessageBird>, StartupError> {
    let key = account.api_key.clone().unwrap_or_else(|| SecretString::from("demo"));
    let client = Client::new((account.client)(account.base_url.clone(), key));
    let options = messagebird::Options {
        originator: account.originator.clone(),
        voice: account.voice,
        view_budget: account.view_budget,
        max_in_flight: account.max_in_flight,
    };
    Ok(Arc::new(MessageBird::new(
        client.map_err(StartupError::Client)?,
        options,
        Arc::clone(clock),
        metrics.provider.clone(),
    )))
}

fn twilio(
    account: &config::Twilio,
    clock: &Arc<dyn Clock>,
    metrics: &Metrics,
) -> Result<Arc<Twilio>, StartupError> {
    let config::Twilio { account_sid, api_key, api_secret, base_url, .. } = account;
    let client = twilio_rest::Client::new((account.client)(
        base_url.clone(),
        account_sid.clone(),
        api_key.clone(),
        api_secret.clone(),
    ));
    let options = twilio::Options {
        from: account.from.clone(),
        sms_from: account.sms_from.clone(),
        voice: account.voice.clone(),
        max_in_flight: account.max_in_flight,
    };
    Ok(Arc::new(Twilio::new(
        client.map_err(StartupError::Carrier)?,
        options,
        Arc::clone(clock),
        metrics.provider.clone(),
    )))
}
