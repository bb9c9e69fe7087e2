//! Which providers are made, with which clients. What else is wired is in the room above.

use super::StartupError;
use crate::adapters::messagebird::{self, MessageBird};
use crate::adapters::twilio::{self, PATH, PressKey, Twilio};
use crate::config::{self, Config, ProviderName};
use crate::telemetry::Metrics;
use messagebird_verify::Client;
use secrecy::SecretString;
use std::error::Error;
use std::sync::Arc;
use twilio_rest::Url;
use verification::{AnyProvider, Channel, Clock, Counters, InUse, Keyring, ProviderTag, Providers};

/// The providers in use, in their order. A tag is sealed into ids, so it stays with its provider for ever.
pub(super) fn providers(
    config: &Config,
    clock: &Arc<dyn Clock>,
    metrics: &Metrics,
    press_key: Option<&Arc<PressKey>>,
) -> Result<Providers, StartupError> {
    let in_use = |(name, channels): &(ProviderName, Vec<Channel>)| {
        let (tag, name, provider) = match name {
            ProviderName::MessageBird => {
                let provider = messagebird(&config.messagebird, clock, metrics)?;
                (0, messagebird::NAME, AnyProvider::KeepsCode(provider))
            }
            ProviderName::Twilio => {
                let provider = twilio(&config.twilio, clock, metrics, press_key.cloned())?;
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
    let options = messagebird::Options {
        originator: account.originator.clone(),
        voice: account.voice,
        view_budget: account.view_budget,
        max_in_flight: account.max_in_flight,
    };
    Ok(Arc::new(MessageBird::new(
        messagebird_client(account)?,
        options,
        Arc::clone(clock),
        metrics.provider.clone(),
    )))
}

/// What asks for a key before a code is said, where that is wanted and can be.
pub(super) fn press_key(
    config: &Config,
    clock: &Arc<dyn Clock>,
    counters: &Arc<dyn Counters>,
    keys: Keyring,
) -> Option<Arc<PressKey>> {
    let config::Twilio { press_key, auth_token, account_sid, voice, .. } = &config.twilio;
    let is_wanted = *press_key && config.providers.lists(ProviderName::Twilio);
    let (url, auth_token) = config.receipts.public_url.as_ref().zip(auth_token.clone())?;
    // As it stands in the call, which is what the carrier signs: without capitals and default port.
    let address = format!("{}{PATH}", url.text.trim_end_matches('/'));
    let address = Url::parse(&address).map_or(address, String::from);
    is_wanted.then(|| {
        Arc::new(PressKey {
            keys,
            counters: Arc::clone(counters),
            clock: Arc::clone(clock),
            address,
            auth_token,
            account: account_sid.clone(),
            prompts: config.verify.prompts.clone(),
            texts: config.verify.texts.clone(),
            voice: voice.clone(),
        })
    })
}

fn twilio(
    account: &config::Twilio,
    clock: &Arc<dyn Clock>,
    metrics: &Metrics,
    press_key: Option<Arc<PressKey>>,
) -> Result<Arc<Twilio>, StartupError> {
    let options = twilio::Options {
        from: account.from.clone(),
        sms_from: account.sms_from.clone(),
        voice: account.voice.clone(),
        max_in_flight: account.max_in_flight,
    };
    Ok(Arc::new(Twilio::new(
        twilio_client(account)?,
        options,
        press_key,
        Arc::clone(clock),
        metrics.provider.clone(),
    )))
}

fn messagebird_client(account: &config::MessageBird) -> Result<Client, StartupError> {
    let key = account.api_key.clone().unwrap_or_else(|| SecretString::from("demo"));
    Client::new((account.client)(account.base_url.clone(), key))
        .map_err(|error| StartupError::Client(messagebird::NAME, error))
}

fn twilio_client(account: &config::Twilio) -> Result<twilio_rest::Client, StartupError> {
    let config::Twilio { account_sid, api_key, api_secret, base_url, .. } = account;
    twilio_rest::Client::new((account.client)(
        base_url.clone(),
        account_sid.clone(),
        api_key.clone(),
        api_secret.clone(),
    ))
    .map_err(|error| StartupError::Client(twilio::NAME, error))
}

/// Asks each listed provider whether the credentials are good, and rings nobody: its name, and what is wrong.
pub async fn probe(config: &Config) -> Vec<(&'static str, Result<(), String>)> {
    let mut answers = Vec::new();
    for (name, _) in &config.providers.0 {
        let (name, variables, answer): (_, _, Result<(), Box<dyn Error>>) = match name {
            ProviderName::MessageBird => (
                messagebird::NAME,
                "MESSAGEBIRD_API_KEY and MESSAGEBIRD_BASE_URL",
                async { Ok(messagebird_client(&config.messagebird)?.probe().await?) }.await,
            ),
            ProviderName::Twilio => (
                twilio::NAME,
                "TWILIO_ACCOUNT_SID, TWILIO_API_KEY, TWILIO_API_SECRET and TWILIO_BASE_URL",
                async { Ok(twilio_client(&config.twilio)?.probe().await?) }.await,
            ),
        };
        let told = |error| format!("{error}. Look at {variables}.");
        answers.push((name, answer.map_err(told)));
    }
    answers
}
