//! The account at Twilio, or at another carrier that speaks the same.

use super::Mode;
use super::values::Values;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::num::NonZeroU32;
use twilio_rest::{ClientConfig, Url};

/// How the carrier is reached, and how we appear there.
#[derive(Debug)]
pub struct Twilio {
    /// `TWILIO_ACCOUNT_SID`: the account that calls and writes.
    pub account_sid: String,
    /// `TWILIO_API_KEY`: who asks.
    pub api_key: String,
    /// `TWILIO_API_SECRET`: its secret.
    pub api_secret: SecretString,
    /// `TWILIO_FROM`: who calls.
    pub from: String,
    /// `TWILIO_SMS_FROM`: who writes; `TWILIO_FROM` when absent.
    pub sms_from: String,
    /// `TWILIO_BASE_URL`: the address of the API.
    pub base_url: Url,
    /// `TWILIO_VOICE`: the `<Say>` voice.
    pub voice: Option<String>,
    /// `TWILIO_PRESS_KEY`: whether a call asks for a key before it says the code.
    pub press_key: bool,
    /// `TWILIO_AUTH_TOKEN`: what the account's call-backs are signed with.
    pub auth_token: Option<SecretString>,
    /// `TWILIO_MAX_IN_FLIGHT`: requests under way at once; by default as the adapter has it.
    pub max_in_flight: Option<NonZeroU32>,
    /// What no variable sets: how long the carrier may take, and whom TLS trusts. A test may shorten it.
    pub client: fn(Url, String, String, SecretString) -> ClientConfig,
}

const LIVE: &str = "https://api.twilio.com/2010-04-01";

#[derive(Deserialize, Default)]
struct Raw {
    twilio_account_sid: Option<String>,
    twilio_api_key: Option<String>,
    twilio_api_secret: Option<String>,
    twilio_from: Option<String>,
    twilio_sms_from: Option<String>,
    twilio_base_url: Option<String>,
    twilio_voice: Option<String>,
    twilio_max_in_flight: Option<String>,
    twilio_press_key: Option<String>,
    twilio_auth_token: Option<String>,
}

const NAMES: [&str; 10] = [
    "TWILIO_ACCOUNT_SID",
    "TWILIO_API_KEY",
    "TWILIO_API_SECRET",
    "TWILIO_FROM",
    "TWILIO_SMS_FROM",
    "TWILIO_BASE_URL",
    "TWILIO_VOICE",
    "TWILIO_MAX_IN_FLIGHT",
    "TWILIO_PRESS_KEY",
    "TWILIO_AUTH_TOKEN",
];

impl Twilio {
    /// Reads the topic; what an account needs is required only of one that is `listed` for production.
    pub(super) fn read(values: &mut Values, mode: Mode, listed: bool) -> Self {
        let raw: Raw = values.topic(&NAMES);
        let bare = |key: SecretString| key.expose_secret().to_owned();
        let api_key = values.key("TWILIO_API_KEY", raw.twilio_api_key).map(bare);
        let api_secret = values.key("TWILIO_API_SECRET", raw.twilio_api_secret).map(bare);
        let mut required = |name, value: Option<String>, demo: &str, what: &str| {
            if value.is_none() && listed && mode == Mode::Serve {
                values.missing(name, format!("is required with twilio in PROVIDERS: {what}"));
            }
            value.unwrap_or_else(|| demo.to_owned())
        };
        let account_sid =
            required("TWILIO_ACCOUNT_SID", raw.twilio_account_sid, "ACdemo", "the account");
        let api_key = required("TWILIO_API_KEY", api_key, "SKdemo", "who asks");
        let api_secret = required("TWILIO_API_SECRET", api_secret, "demo", "the key's secret");
        let from =
            required("TWILIO_FROM", raw.twilio_from, "+12025550100", "the number that calls");
        let most = values.number("TWILIO_MAX_IN_FLIGHT", raw.twilio_max_in_flight, 1..=100_000);
        Self {
            account_sid,
            api_key,
            api_secret: SecretString::from(api_secret),
            sms_from: raw.twilio_sms_from.unwrap_or_else(|| from.clone()),
            from,
            base_url: values.base_url("TWILIO_BASE_URL", raw.twilio_base_url, LIVE),
            voice: raw.twilio_voice,
            press_key: values.flag("TWILIO_PRESS_KEY", raw.twilio_press_key),
            auth_token: values.key("TWILIO_AUTH_TOKEN", raw.twilio_auth_token),
            max_in_flight: most.and_then(NonZeroU32::new),
            client: ClientConfig::new,
        }
    }
}
