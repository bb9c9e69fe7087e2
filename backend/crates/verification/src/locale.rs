//! Languages by their BCP 47 tags, and how a wish degrades to one that is spoken. Which are spoken is
//! the providers' to say ([`crate::ports::Capabilities`]); the texts are in the templates file.

mod stand_ins;

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

impl Locale {
    /// What a buffer for a tag should hold, by RFC 5646, 4.4.1.
    const LONGEST: usize = 35;

    /// The locale of a BCP 47 tag, case aside.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let tag = LanguageTag::parse_and_normalize(tag).ok()?;
        Self::held(tag.as_str())
    }

    /// The best language for a wish, by lookup (RFC 4647, 3.4) and the table of `stand_ins`; at
    /// last the first of its language, then `default`. `first` finds the first that is spoken among
    /// those it is told of. Never an error: a wrong language on the phone beats no call.
    #[must_use]
    pub fn degrade(
        wish: Option<&str>,
        first: impl Fn(&dyn Fn(&Self) -> bool) -> Option<Self>,
        default: Self,
    ) -> Self {
        let of_tag =
            |tag: &str| first(&|it: &Self| it.bytes().eq_ignore_ascii_case(tag.as_bytes()));
        // `en` is the voice of the service's own English, if that is what it speaks by default.
        let of_language = |language: &str| {
            let same = |locale: &Self| locale.language().eq_ignore_ascii_case(language.as_bytes());
            Some(default).filter(same).or_else(|| first(&same))
        };
        let found = wish.into_iter().flat_map(stand_ins::candidates).find_map(|tag| {
            let any = || if tag.contains('-') { None } else { of_language(&tag) };
            of_tag(&tag).or_else(any)
        });
        found.unwrap_or(default)
    }

    /// The BCP 47 tag, such as `nl-NL`.
    #[must_use]
    pub fn tag(&self) -> &str {
        // Only made from text, so the other branch is never taken.
        str::from_utf8(self.bytes()).unwrap_or_default()
    }

    fn held(tag: &str) -> Option<Self> {
        let mut text = [0; Self::LONGEST];
        text.get_mut(..tag.len())?.copy_from_slice(tag.as_bytes());
        Some(Self { length: tag.len() as u8, text })
    }

    fn bytes(&self) -> &[u8] {
        self.text.get(..usize::from(self.length)).unwrap_or_default()
    }

    fn language(&self) -> &[u8] {
        self.bytes().split(|byte| *byte == b'-').next().unwrap_or_default()
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

    /// What the wishes of the fixture are looked up in.
    const SPOKEN: &str = "en-GB en-US en-AU en-GB-x-wls es-ES es-MX es-US fr-FR fr-CA id-ID nb-NO nl-NL \
        pt-PT pt-BR ro-RO zh-CN zh-HK";

    #[derive(serde::Deserialize)]
    struct Fixture {
        stand_ins: Vec<(String, String)>,
        wishes: Vec<Wish>,
    }

    #[derive(serde::Deserialize)]
    struct Wish {
        wish: String,
        spoken: String,
    }

    fn fixture() -> Fixture {
        serde_json::from_str(include_str!("../fixtures/languages.json")).unwrap()
    }

    fn degraded(wish: &str, default: &str) -> String {
        let spoken: Vec<_> = SPOKEN.split(' ').filter_map(Locale::parse).collect();
        let first = |is: &dyn Fn(&Locale) -> bool| spoken.iter().copied().find(is);
        Locale::degrade(Some(wish), first, Locale::parse(default).unwrap()).tag().to_owned()
    }

    #[test]
    fn a_wish_is_looked_up_as_the_page_looks_it_up() {
        let table: Vec<_> = fixture().stand_ins;
        let own = stand_ins::STAND_INS.map(|(tags, served)| (tags.to_owned(), served.to_owned()));
        assert_eq!(table, own);
        for Wish { wish, spoken } in fixture().wishes {
            assert_eq!(degraded(&wish, "en-GB"), spoken, "{wish}");
        }
    }

    #[test]
    fn a_language_alone_is_the_variety_that_is_spoken_by_default() {
        for (wish, default, spoken) in [
            ("en", "en-US", "en-US"),
            ("en-ZA", "en-US", "en-US"),
            ("zh", "zh-HK", "zh-HK"),
            ("zh-Hans", "zh-HK", "zh-CN"),
            ("", "en-US", "en-US"),
            ("fr", "en-US", "fr-FR"),
        ] {
            assert_eq!(degraded(wish, default), spoken, "{wish}");
        }
    }

    #[test]
    fn a_wish_without_an_end_is_looked_up_in_no_time() {
        let endless = format!("pt-BR-{}", "a1-".repeat(100_000));
        assert_eq!(degraded(&endless, "en-GB"), "pt-BR");
    }

    #[test]
    fn never_leaves_the_languages_that_are_spoken() {
        let only = Locale::parse("en-GB").unwrap();
        let first = |is: &dyn Fn(&Locale) -> bool| Some(only).filter(is);
        assert_eq!(Locale::degrade(Some("nl-NL"), first, only), only);
        assert_eq!(Locale::degrade(None, first, only), only);
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
