//! The languages a call can be spoken in, and how a wish degrades to one of them. No texts here:
//! those are in the templates file.

use std::fmt;

/// A locale that can be spoken, by its BCP 47 tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Locale(u8);

/// Every locale known to the service. Among those of one language the first is what a wish for the
/// bare language, or for an unknown region of it, becomes. The order is sealed into ids: append only.
const TAGS: [&str; 34] = [
    "cy-GB",
    "da-DK",
    "de-DE",
    "el-GR",
    "en-GB",
    "en-US",
    "en-AU",
    "en-IN",
    "en-GB-x-wls",
    "es-ES",
    "es-MX",
    "es-US",
    "fr-FR",
    "fr-CA",
    "id-ID",
    "is-IS",
    "it-IT",
    "ja-JP",
    "ko-KR",
    "ms-MY",
    "nb-NO",
    "nl-NL",
    "pl-PL",
    "pt-PT",
    "pt-BR",
    "ro-RO",
    "ru-RU",
    "sv-SE",
    "ta-IN",
    "th-TH",
    "tr-TR",
    "vi-VN",
    "zh-CN",
    "zh-HK",
];

/// Wishes whose language subtag differs from the locale that serves them.
const ALIASES: [(&str, &str); 9] = [
    ("no", "nb-NO"),
    ("nn", "nb-NO"),
    ("in", "id-ID"),
    ("mo", "ro-RO"),
    ("yue", "zh-HK"),
    ("zh-hant", "zh-HK"),
    ("zh-tw", "zh-HK"),
    ("zh-mo", "zh-HK"),
    ("cmn", "zh-CN"),
];

impl Locale {
    /// Every known locale.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TAGS.len()).map(|index| Self(index as u8))
    }

    /// The locale with exactly this tag, case aside.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        TAGS.iter().position(|known| known.eq_ignore_ascii_case(tag)).map(|index| Self(index as u8))
    }

    /// The best of `spoken` for a wish: the exact tag, then its language, then `default`. Never an
    /// error: a wrong language on the phone beats no call.
    #[must_use]
    pub fn degrade(wish: Option<&str>, spoken: &[Self], default: Self) -> Self {
        let Some(wish) = wish.map(|wish| wish.trim().replace('_', "-")) else {
            return default;
        };
        let open = |locale: &Self| spoken.contains(locale);
        if let Some(exact) = Self::parse(&wish).filter(open) {
            return exact;
        }
        let lower = wish.to_ascii_lowercase();
        let starts = |prefix: &str| {
            lower.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let alias = ALIASES.iter().filter(|(prefix, _)| starts(prefix));
        if let Some(alias) = alias.filter_map(|(_, tag)| Self::parse(tag)).find(open) {
            return alias;
        }
        let same_language = |locale: &Self| starts(locale.language());
        Some(default)
            .filter(same_language)
            .or_else(|| Self::all().filter(open).find(same_language))
            .unwrap_or(default)
    }

    /// The BCP 47 tag, such as `nl-NL`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        // Only made from a place in the list, so the other branch is never taken.
        TAGS.get(usize::from(self.0)).copied().unwrap_or("en-GB")
    }

    fn language(self) -> &'static str {
        self.tag().split_once('-').map_or(self.tag(), |(language, _)| language)
    }

    pub(crate) fn index(self) -> u8 {
        self.0
    }

    pub(crate) fn from_index(index: u8) -> Option<Self> {
        (usize::from(index) < TAGS.len()).then_some(Self(index))
    }
}

impl Default for Locale {
    /// British English, MessageBird's own default.
    fn default() -> Self {
        Self(4)
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn degraded(wish: &str) -> &'static str {
        let all: Vec<_> = Locale::all().collect();
        Locale::degrade(Some(wish), &all, Locale::parse("en-US").unwrap()).tag()
    }

    #[test]
    fn degrades_from_exact_to_language_to_default() {
        for (wish, spoken) in [
            ("nl-NL", "nl-NL"),
            ("NL-nl", "nl-NL"),
            ("nl_BE", "nl-NL"),
            ("nl", "nl-NL"),
            ("fr-BE", "fr-FR"),
            ("fr-CA", "fr-CA"),
            ("pt", "pt-PT"),
            ("es-419", "es-ES"),
            ("en-ZA", "en-US"),
            ("en-GB-x-wls", "en-GB-x-wls"),
            ("no", "nb-NO"),
            ("nn-NO", "nb-NO"),
            ("zh-Hant-TW", "zh-HK"),
            ("zh-Hans-SG", "zh-CN"),
            ("yue-HK", "zh-HK"),
            ("fa-IR", "en-US"),
            ("", "en-US"),
            ("x", "en-US"),
            ("nlx", "en-US"),
        ] {
            assert_eq!(degraded(wish), spoken, "{wish}");
        }
    }

    #[test]
    fn never_leaves_the_languages_that_are_spoken() {
        let only = [Locale::parse("en-GB").unwrap()];
        assert_eq!(Locale::degrade(Some("nl-NL"), &only, only[0]), only[0]);
        assert_eq!(Locale::degrade(None, &only, only[0]), only[0]);
    }

    #[test]
    fn is_british_english_by_default() {
        assert_eq!(Locale::default().tag(), "en-GB");
    }

    #[test]
    fn survives_the_journey_through_an_index() {
        for locale in Locale::all() {
            assert_eq!(Locale::from_index(locale.index()), Some(locale));
        }
        assert_eq!(Locale::from_index(34), None);
    }
}
