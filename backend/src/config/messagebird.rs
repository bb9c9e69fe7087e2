//! The provider's account.

use super::Mode;
use super::values::Values;
use messagebird_verify::{ClientConfig, Url, Voice};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::num::NonZeroU32;

/// How MessageBird is reached, and how we appear there.
#[derive(Debug)]
pub struct MessageBird {
    /// `MESSAGEBIRD_API_KEY`: required by `serve` if messagebird is listed in `PROVIDERS`.
    pub api_key: Option<SecretString>,
    /// `MESSAGEBIRD_BASE_URL`: the address of the API.
    pub base_url: Url,
    /// `MESSAGEBIRD_ORIGINATOR`: who appears to call or write.
    pub originator: Option<String>,
    /// `MESSAGEBIRD_VOICE`: which voice speaks.
    pub voice: Voice,
    /// `MESSAGEBIRD_VIEW_BUDGET`: status reads a second for all clients together.
    pub view_budget: u32,
    /// `MESSAGEBIRD_MAX_IN_FLIGHT`: requests under way at once; by default as the adapter has it.
    pub max_in_flight: Option<NonZeroU32>,
    /// What no variable sets: how long the provider may take, and whom TLS trusts. A test may shorten it.
    pub client: fn(Url, SecretString) -> ClientConfig,
}

#[derive(Deserialize, Default)]
struct Raw {
    messagebird_api_key: Option<String>,
    messagebird_base_url: Option<String>,
    messagebird_originator: Option<String>,
    messagebird_voice: Option<String>,
    messagebird_view_budget: Option<String>,
    messagebird_max_in_flight: Option<String>,
}

const NAMES: [&str; 6] = [
    "MESSAGEBIRD_API_KEY",
    "MESSAGEBIRD_BASE_URL",
    "MESSAGEBIRD_ORIGINATOR",
    "MESSAGEBIRD_VOICE",
    "MESSAGEBIRD_VIEW_BUDGET",
    "MESSAGEBIRD_MAX_IN_FLIGHT",
];

impl MessageBird {
    /// Reads the topic; a key is required only of an account that is `listed` for production.
    pub(super) fn read(values: &mut Values, mode: Mode, listed: bool) -> Self {
        let raw: Raw = values.topic(&NAMES);
        let api_key = values.key("MESSAGEBIRD_API_KEY", raw.messagebird_api_key);
        if listed && mode == Mode::Serve && api_key.is_none() {
            values.missing("MESSAGEBIRD_API_KEY", "is required: the key of a MessageBird account");
        }
        let voice = |text: &str| match text {
            "female" => Some(Voice::Female),
            "male" => Some(Voice::Male),
            _ => None,
        };
        let most =
            values.number("MESSAGEBIRD_MAX_IN_FLIGHT", raw.messagebird_max_in_flight, 1..=100_000);
        Self {
            api_key,
            base_url: values.base_url("MESSAGEBIRD_BASE_URL", raw.messagebird_base_url, LIVE),
            originator: values.optional(
                "MESSAGEBIRD_ORIGINATOR",
                raw.messagebird_originator,
                originator,
                "a number such as +31612345678, or 1 to 11 letters and digits",
            ),
            voice: values.parse(
                "MESSAGEBIRD_VOICE",
                raw.messagebird_voice,
                Voice::Female,
                voice,
                "female or male",
            ),
            view_budget: values
                .number("MESSAGEBIRD_VIEW_BUDGET", raw.messagebird_view_budget, 0..=50)
                .unwrap_or(10),
            max_in_flight: most.and_then(NonZeroU32::new),
            client: ClientConfig::new,
        }
    }
}

const LIVE: &str = "https://rest.messagebird.com";

impl MessageBird {
    /// Whether its key is one that answers and rings nobody.
    pub(super) fn is_for_tests(&self) -> bool {
        self.api_key.as_ref().is_some_and(|key| key.expose_secret().starts_with("test_"))
    }
}

fn originator(text: &str) -> Option<String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let number = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let name = (1..=11).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    match (number, name) {
        (true, _) => Some(digits.to_owned()),
        (_, true) => Some(text.to_owned()),
        _ => None,
    }
}
