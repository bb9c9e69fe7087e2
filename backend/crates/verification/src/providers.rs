//! The providers in use: which one a start goes to, and to which one a verification belongs. What a
//! provider is, is in [`crate::ports`]; what it is asked, in [`crate::service`].

use crate::channel::Channel;
use crate::locale::Locale;
use crate::ports::AnyProvider;
use std::fmt;
use std::time::Duration;

/// What ids call a provider. Never used again for another provider, and never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderTag(pub u8);

/// A provider as it is used.
#[derive(Clone)]
pub struct InUse {
    /// What ids call it. Ids from before providers had tags belong to tag 0.
    pub tag: ProviderTag,
    /// What metrics and operators' logs call it.
    pub name: &'static str,
    /// The channels it is used for. Those that it does not have are left out.
    pub channels: Vec<Channel>,
    /// The provider.
    pub provider: AnyProvider,
}

/// The providers in use, the preferred one first.
#[derive(Clone)]
pub struct Providers(Vec<InUse>);

/// Two providers have the same tag: an id would not tell whose verification it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SameTag(pub ProviderTag);

impl Providers {
    /// The providers in the order of preference.
    ///
    /// # Errors
    /// [`SameTag`].
    pub fn new(providers: Vec<InUse>) -> Result<Self, SameTag> {
        let mut tags: Vec<_> = providers.iter().map(|provider| provider.tag).collect();
        tags.sort_unstable();
        match tags.iter().zip(tags.iter().skip(1)).find(|(one, next)| one == next) {
            Some((tag, _)) => Err(SameTag(*tag)),
            None => Ok(Self(providers)),
        }
    }

    /// Those that a start may go to: they have the channel, and can tell such a code. In order; a later
    /// one may be asked only when it is certain that the earlier ones did nothing
    /// ([`crate::Failure::NotDone`]).
    pub fn for_start(
        &self,
        channel: Channel,
        code_length: u8,
        ttl: Duration,
    ) -> impl Iterator<Item = &InUse> {
        self.0.iter().filter(move |provider| {
            let can = provider.provider.common().capabilities();
            provider.channels.contains(&channel)
                && can.channels.contains_key(&channel)
                && can.code_lengths.contains(&code_length)
                && can.lifetimes.contains(&ttl)
        })
    }

    /// The one that a verification belongs to; `None` when it is no longer in use.
    #[must_use]
    pub fn of(&self, tag: ProviderTag) -> Option<&AnyProvider> {
        self.0.iter().find(|provider| provider.tag == tag).map(|found| &found.provider)
    }

    /// What metrics and operators' logs call it.
    #[must_use]
    pub fn name(&self, tag: ProviderTag) -> &'static str {
        self.0.iter().find(|provider| provider.tag == tag).map_or("none", |found| found.name)
    }

    /// The languages that any of them speaks or writes, each once, the preferred ones first.
    #[must_use]
    pub fn locales(&self) -> Vec<Locale> {
        let mut locales = Vec::new();
        for provider in &self.0 {
            for locale in provider.channels.iter().flat_map(|channel| provider.locales(*channel)) {
                if !locales.contains(locale) {
                    locales.push(*locale);
                }
            }
        }
        locales
    }
}

impl InUse {
    /// The languages that it speaks or writes on `channel`.
    #[must_use]
    pub fn locales(&self, channel: Channel) -> &[Locale] {
        let channels = &self.provider.common().capabilities().channels;
        channels.get(&channel).map(Vec::as_slice).unwrap_or_default()
    }
}

impl fmt::Display for SameTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "two providers have the tag {}", self.0.0)
    }
}

impl std::error::Error for SameTag {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::CheckAnswer;
    use crate::testing::ScriptedProvider;
    use std::sync::Arc;

    const TTL: Duration = Duration::from_secs(600);

    fn in_use(tag: u8, name: &'static str, channels: &[Channel], locales: &[&str]) -> InUse {
        let locales: Vec<_> = locales.iter().filter_map(|tag| Locale::parse(tag)).collect();
        let provider = ScriptedProvider::new(&locales, CheckAnswer::Verified);
        let (tag, channels) = (ProviderTag(tag), channels.to_vec());
        InUse { tag, name, channels, provider: AnyProvider::Delivers(Arc::new(provider)) }
    }

    fn names(providers: &Providers, channel: Channel, code_length: u8) -> Vec<&'static str> {
        providers.for_start(channel, code_length, TTL).map(|found| found.name).collect()
    }

    #[test]
    fn a_start_goes_to_those_that_can_in_the_order_given() {
        let providers = Providers::new(vec![
            in_use(7, "voice only", &[Channel::Voice], &["nl-NL", "en-GB"]),
            in_use(3, "both", &Channel::ALL, &["en-GB", "de-DE"]),
        ])
        .unwrap();
        assert_eq!(names(&providers, Channel::Voice, 6), ["voice only", "both"]);
        assert_eq!(names(&providers, Channel::Sms, 6), ["both"]);
        assert_eq!(names(&providers, Channel::Sms, 11), [""; 0], "no such code");
        let locales: Vec<_> = providers.locales().iter().map(Locale::to_string).collect();
        assert_eq!(locales, ["nl-NL", "en-GB", "de-DE"], "each once, the preferred ones first");
        assert!(providers.of(ProviderTag(7)).is_some() && providers.of(ProviderTag(3)).is_some());
        assert!(providers.of(ProviderTag(0)).is_none());
    }

    #[test]
    fn two_providers_never_have_one_tag() {
        let [one, two, other] = [(5, "one"), (2, "other"), (5, "two")]
            .map(|(tag, name)| in_use(tag, name, &Channel::ALL, &[]));
        let twice = Providers::new(vec![one, two, other]);
        assert_eq!(twice.err(), Some(SameTag(ProviderTag(5))));
    }
}
