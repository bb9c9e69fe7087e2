//! The providers in use: which one a start goes to, and to which one a verification belongs. What a
//! provider is, is in [`crate::ports`]; what it is asked, in [`crate::service`].

use crate::locale::Locale;
use crate::ports::{AnyProvider, Channel};
use std::fmt;

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

    /// Those that a start on `channel` may go to, in order. A later one is asked only when it is
    /// certain that the earlier ones did nothing ([`crate::Failure::NotDone`]).
    pub fn for_start(&self, channel: Channel) -> impl Iterator<Item = &InUse> {
        self.0.iter().filter(move |provider| provider.serves(channel))
    }

    /// The one that a verification belongs to; `None` when it is no longer in use.
    #[must_use]
    pub fn of(&self, tag: ProviderTag) -> Option<&AnyProvider> {
        self.0.iter().find(|provider| provider.tag == tag).map(|found| &found.provider)
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

    fn serves(&self, channel: Channel) -> bool {
        let can = &self.provider.common().capabilities().channels;
        self.channels.contains(&channel) && can.contains_key(&channel)
    }
}

impl fmt::Display for SameTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "two providers have the tag {}", self.0.0)
    }
}

impl std::error::Error for SameTag {}
