//! The languages that MessageBird speaks and writes, and its names for them.

use verification::Locale;

/// Among those of one language the first serves a wish for that language alone.
const LANGUAGES: &str = "cy-GB da-DK de-DE el-GR en-GB en-US en-AU en-IN en-GB-x-wls es-ES es-MX es-US fr-FR \
    fr-CA id-ID is-IS it-IT ja-JP ko-KR ms-MY nb-NO nl-NL pl-PL pt-PT pt-BR ro-RO ru-RU \
    sv-SE ta-IN th-TH tr-TR vi-VN zh-CN zh-HK";

/// Every language, the preferred one of each first.
pub fn all() -> Vec<Locale> {
    LANGUAGES.split(' ').filter_map(Locale::parse).collect()
}

/// MessageBird writes languages in lower case, and Welsh English in its own way.
pub(super) fn name(locale: Locale) -> String {
    match locale.tag() {
        "en-GB-x-wls" => "en-gb-wls".to_owned(),
        tag => tag.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_language_is_a_tag() {
        let tags: Vec<_> = all().iter().map(|locale| locale.tag().to_owned()).collect();
        assert_eq!(tags.join(" "), LANGUAGES);
        assert_eq!(tags.len(), 34);
    }

    #[test]
    fn what_may_be_configured_can_be_spoken() {
        let sorted = |languages: Vec<Locale>| -> BTreeSet<String> {
            languages.iter().map(|locale| locale.tag().to_owned()).collect()
        };
        assert_eq!(sorted(all()), sorted(crate::config::spoken()));
    }
}
