//! Languages by their BCP 47 tags, and how a wish degrades to one that is spoken. Which are spoken is
//! the providers' to say ([`crate::ports::Capabilities`]); the texts are in the templates file.

use oxilangtag::LanguageTag;
use std::fmt;

/// A language and mostly a region, as a BCP 47 tag in canonical case, of at most 35 characters.
/// Held in place, so that it is copied like a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Locale {
    length: u8,
    /// ASCII, and zeros behind it.
    text: [u8; Self::LONGEST],
}

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
    /// What a buffer for a tag should hold, by RFC 5646, 4.4.1.
    const LONGEST: usize = 35;

    /// The locale of a BCP 47 tag, case aside.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let tag = LanguageTag::parse_and_normalize(tag).ok()?;
        Self::held(tag.as_str())
    }

    /// The best of `spoken` for a wish: the exact tag, then the first of its language, then
    /// `default`. Never an error: a wrong language on the phone beats no call.
    #[must_use]
    pub fn degrade(wish: Option<&str>, spoken: &[Self], default: Self) -> Self {
        let Some(wish) = wish.map(|wish| wish.trim().replace('_', "-")) else {
            return default;
        };
        let of_tag = |tag: &str| spoken.iter().find(|it| it.tag().eq_ignore_ascii_case(tag));
        if let Some(exact) = of_tag(&wish) {
            return *exact;
        }
        let lower = wish.to_ascii_lowercase();
        let starts = |prefix: &str| {
            lower.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let alias = ALIASES.iter().filter(|(prefix, _)| starts(prefix));
        if let Some(alias) = alias.filter_map(|(_, tag)| of_tag(tag)).next() {
            return *alias;
        }
        let same_language = |locale: &&Self| starts(locale.language());
        let same = Some(&default).filter(same_language);
        *same.or_else(|| spoken.iter().find(same_language)).unwrap_or(&default)
    }

    /// The BCP 47 tag, such as `nl-NL`.
    #[must_use]
    pub fn tag(&self) -> &str {
        let text = self.text.get(..usize::from(self.length)).unwrap_or_default();
        // Only made from text, so the other branch is never taken.
        str::from_utf8(text).unwrap_or_default()
    }

    fn held(tag: &str) -> Option<Self> {
        let mut text = [0; Self::LONGEST];
        text.get_mut(..tag.len())?.copy_from_slice(tag.as_bytes());
        Some(Self { length: tag.len() as u8, text })
    }

    fn language(&self) -> &str {
        self.tag().split_once('-').map_or(self.tag(), |(language, _)| language)
    }
}

impl Default for Locale {
    /// British English.
    fn default() -> Self {
        let mut text = [0; Self::LONGEST];
        let tag = b"en-GB";
        text.iter_mut().zip(tag).for_each(|(to, from)| *to = *from);
        Self { length: tag.len() as u8, text }
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
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

    const SPOKEN: &str = "en-GB en-US en-GB-x-wls es-ES es-MX fr-FR fr-CA nb-NO nl-NL pt-PT pt-BR \
        zh-CN zh-HK";

    fn degraded(wish: &str) -> String {
        let spoken: Vec<_> = SPOKEN.split(' ').filter_map(Locale::parse).collect();
        Locale::degrade(Some(wish), &spoken, Locale::parse("en-US").unwrap()).tag().to_owned()
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
    fn is_a_tag_in_canonical_case_or_nothing() {
        for (written, tag) in [
            ("NL-nl", "nl-NL"),
            ("en-gb-X-WLS", "en-GB-x-wls"),
            ("zh-hANT-hk", "zh-Hant-HK"),
            ("es-419", "es-419"),
        ] {
            assert_eq!(Locale::parse(written).unwrap().tag(), tag);
        }
        for none in ["", "-", "n", "nl_NL", "nl-", "nlä", "nl NL", "%token"] {
            assert_eq!(Locale::parse(none), None, "{none}");
        }
        assert_eq!(Locale::parse(&format!("en-x-{}", "a-".repeat(20) + "a")), None, "too long");
    }
}
