//! Who calls, and in which order. The accounts are topics of their own.

use super::Mode;
use super::values::{Values, list};
use serde::Deserialize;
use verification::Channel;

/// A provider by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderName {
    /// MessageBird Verify.
    MessageBird,
    /// Calls and messages at Twilio, or at who speaks the same.
    Twilio,
}

/// `PROVIDERS`: who is asked, the preferred one first, and for which channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Providers(pub Vec<(ProviderName, Vec<Channel>)>);

#[derive(Deserialize, Default)]
struct Raw {
    providers: Option<String>,
}

impl Providers {
    /// Reads the topic. The demo has both carriers, so that one can be seen standing in for the other.
    pub(super) fn read(values: &mut Values, mode: Mode) -> Self {
        let raw: Raw = values.topic(&["PROVIDERS"]);
        let both = [ProviderName::MessageBird, ProviderName::Twilio];
        let usual = if mode == Mode::Demo { &both[..] } else { &both[..1] };
        let default = usual.iter().map(|name| (*name, Channel::ALL.to_vec())).collect();
        let expected = "messagebird or twilio, or both in order, each once, with a channel after a \
            colon that it alone is used for: messagebird:voice,twilio";
        Self(values.parse("PROVIDERS", raw.providers, default, parse, expected))
    }

    /// Whether it is listed.
    #[must_use]
    pub fn lists(&self, name: ProviderName) -> bool {
        self.0.iter().any(|(listed, _)| *listed == name)
    }
}

fn parse(text: &str) -> Option<Vec<(ProviderName, Vec<Channel>)>> {
    let providers = list(text, |part| {
        let (name, channels) = match part.split_once(':') {
            Some((name, channel)) => {
                (name, vec![Channel::ALL.into_iter().find(|it| it.as_str() == channel)?])
            }
            None => (part, Channel::ALL.to_vec()),
        };
        match name {
            "messagebird" => Some((ProviderName::MessageBird, channels)),
            "twilio" => Some((ProviderName::Twilio, channels)),
            _ => None,
        }
    })?;
    let once = |name| providers.iter().filter(|(it, _)| *it == name).count() <= 1;
    (once(ProviderName::MessageBird) && once(ProviderName::Twilio)).then_some(providers)
}

impl std::fmt::Display for Providers {
    /// As in the configuration.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let one = |(name, channels): &(ProviderName, Vec<Channel>)| {
            let name = match name {
                ProviderName::MessageBird => "messagebird",
                ProviderName::Twilio => "twilio",
            };
            match channels.as_slice() {
                [only] => format!("{name}:{only}"),
                _ => name.to_owned(),
            }
        };
        f.write_str(&self.0.iter().map(one).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_listed_once_in_order_with_a_channel_or_all() {
        let voice = (ProviderName::MessageBird, vec![Channel::Voice]);
        let both = (ProviderName::Twilio, Channel::ALL.to_vec());
        assert_eq!(parse("messagebird:voice, twilio"), Some(vec![voice, both.clone()]));
        assert_eq!(parse("twilio"), Some(vec![both]));
        for bad in ["", "twilio,twilio", "twilio:fax", "bird", "twilio:", "messagebird,"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
