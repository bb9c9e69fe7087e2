//! Channels, codes, languages and texts, and the file that holds the texts.

use super::values::{Values, list, why};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use verification::{Channel, Locale, Texts};

/// The wording that comes with the service.
const BUILT_IN: &str = include_str!("../../templates.json");

/// Channels, codes, languages and texts.
#[derive(Debug, Clone)]
pub struct Verify {
    /// `VERIFY_CHANNELS`: how codes may travel, the preferred way first.
    pub channels: Vec<Channel>,
    /// `VERIFY_CODE_LENGTH`: digits of a code.
    pub code_length: u8,
    /// `VERIFY_TTL_SECONDS`: how long a code is good.
    pub ttl: Duration,
    /// `VERIFY_MAX_ATTEMPTS`: codes that may be tried.
    pub max_attempts: u8,
    /// `VERIFY_DEFAULT_LOCALE`: the language of those whose own is not spoken.
    pub default_locale: Locale,
    /// `VERIFY_BRAND`: the name said in the call.
    pub brand: Option<String>,
    /// `SMS_ORIGIN_DOMAIN`: whose pages a browser offers the code of a message to.
    pub sms_origin_domain: Option<String>,
    /// `VERIFY_TEMPLATES_FILE`: what is said and written, by language; the brand is filled in.
    pub texts: HashMap<Locale, Texts>,
    /// From the same file: what asks for a key before the code is said. A language for which the file has none
    /// keeps the built-in one.
    pub prompts: HashMap<Locale, String>,
}

#[derive(Deserialize, Default)]
struct Raw {
    verify_channels: Option<String>,
    verify_code_length: Option<String>,
    verify_ttl_seconds: Option<String>,
    verify_max_attempts: Option<String>,
    verify_default_locale: Option<String>,
    verify_brand: Option<String>,
    verify_templates_file: Option<String>,
    sms_origin_domain: Option<String>,
}

const NAMES: [&str; 8] = [
    "VERIFY_CHANNELS",
    "VERIFY_CODE_LENGTH",
    "VERIFY_TTL_SECONDS",
    "VERIFY_MAX_ATTEMPTS",
    "VERIFY_DEFAULT_LOCALE",
    "VERIFY_BRAND",
    "VERIFY_TEMPLATES_FILE",
    "SMS_ORIGIN_DOMAIN",
];

impl Verify {
    /// Reads the topic.
    pub(super) fn read(values: &mut Values) -> Self {
        let raw: Raw = values.topic(&NAMES);
        let spoken = &spoken();
        let expected = "1 to 40 characters, none of them % or a control character";
        let brand = values.optional("VERIFY_BRAND", raw.verify_brand, brand, expected);
        let built_in = parse_templates(BUILT_IN, brand.as_deref(), spoken);
        let mut prompts = built_in.as_ref().map_or_else(|_| HashMap::new(), |it| it.1.clone());
        let texts = match raw.verify_templates_file {
            None => built_in,
            Some(path) => match std::fs::read_to_string(path) {
                Ok(text) => parse_templates(&text, brand.as_deref(), spoken),
                Err(error) => Err(format!("cannot be read: {}", why(&error))),
            },
        };
        let texts = texts.map(|(texts, own)| {
            prompts.extend(own);
            texts
        });
        let expected = "the name of a host, such as shop.example";
        let sms_origin_domain =
            values.optional("SMS_ORIGIN_DOMAIN", raw.sms_origin_domain, domain, expected);
        let mut texts = texts.unwrap_or_else(|problem| {
            values.fault("VERIFY_TEMPLATES_FILE", problem);
            HashMap::new()
        });
        if let Some(domain) = &sms_origin_domain {
            texts.values_mut().for_each(|texts| texts.sms = bound(&texts.sms, domain));
        }
        let default_locale = values.parse(
            "VERIFY_DEFAULT_LOCALE",
            raw.verify_default_locale,
            Locale::default(),
            |text| Locale::parse(text).filter(|locale| spoken.contains(locale)),
            "one of the languages that can be spoken, such as en-GB",
        );
        if !texts.is_empty() && !texts.contains_key(&default_locale) {
            values.fault("VERIFY_DEFAULT_LOCALE", "must be a language of VERIFY_TEMPLATES_FILE");
        }
        Self {
            channels: values.parse(
                "VERIFY_CHANNELS",
                raw.verify_channels,
                Channel::ALL.to_vec(),
                |text| list(text, Channel::parse),
                "voice, sms, or both",
            ),
            code_length: values
                .number("VERIFY_CODE_LENGTH", raw.verify_code_length, 6..=10)
                .unwrap_or(6),
            ttl: values.seconds("VERIFY_TTL_SECONDS", raw.verify_ttl_seconds, 600, 30..=600),
            max_attempts: values
                .number("VERIFY_MAX_ATTEMPTS", raw.verify_max_attempts, 1..=10)
                .unwrap_or(5),
            default_locale,
            brand,
            sms_origin_domain,
            texts,
            prompts,
        }
    }
}

/// A message that browsers offer to pages of the domain only: its last line is an origin-bound
/// one-time code (WICG).
fn bound(text: &str, domain: &str) -> String {
    format!("{text}\n\n@{domain} #%token")
}

fn domain(text: &str) -> Option<String> {
    let label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let fits = text.len() <= 100 && text.split('.').all(label);
    fits.then(|| text.to_ascii_lowercase())
}

/// The languages that have built-in texts, which are those that can be spoken: no other may be named.
pub fn spoken() -> Vec<Locale> {
    let texts: BTreeMap<&str, IgnoredAny> = serde_json::from_str(BUILT_IN).unwrap_or_default();
    texts.into_keys().filter_map(Locale::parse).collect()
}

fn brand(text: &str) -> Option<String> {
    let fits = text.chars().count() <= 40 && !text.contains(|c: char| c == '%' || c.is_control());
    fits.then(|| text.to_owned())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    voice: String,
    voice_with_brand: String,
    sms: String,
    sms_with_brand: String,
    press_key: Option<String>,
}

/// What is said and written, and what asks for a key, by language.
type Wording = (HashMap<Locale, Texts>, HashMap<Locale, String>);

/// Reads a templates file and fills in the brand.
fn parse_templates(text: &str, brand: Option<&str>, spoken: &[Locale]) -> Result<Wording, String> {
    // serde_json's own words may quote the file, which may be anything; its place is enough.
    let templates: BTreeMap<String, Template> = serde_json::from_str(text).map_err(|e| {
        format!("is not a templates file: line {}, column {}", e.line(), e.column())
    })?;
    let (mut texts, mut prompts) = Wording::default();
    for (tag, template) in templates {
        let locale = Locale::parse(&tag).filter(|locale| spoken.contains(locale));
        let locale = locale.ok_or("names a language that cannot be spoken")?;
        let (voice, sms) = match brand {
            None => (template.voice, template.sms),
            Some(brand) => (
                template.voice_with_brand.replace("%brand", brand),
                template.sms_with_brand.replace("%brand", brand),
            ),
        };
        if ![&voice, &sms].iter().all(|text| text.contains("%token")) {
            return Err(format!("has a text without %token for {locale}"));
        }
        texts.insert(locale, Texts { voice, sms });
        prompts.extend(template.press_key.map(|prompt| (locale, prompt)));
    }
    Ok((texts, prompts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_texts_that_say_the_code_and_the_brand() {
        for brand in [None, Some("Example")] {
            let spoken = spoken();
            assert_eq!(spoken.len(), 34);
            let (texts, prompts) = parse_templates(BUILT_IN, brand, &spoken).unwrap();
            for locale in spoken {
                let prompt = &prompts[&locale];
                assert!(!prompt.contains('%') && prompt.chars().count() <= 160, "{locale}");
                let Texts { voice, sms } = &texts[&locale];
                assert_eq!(voice.matches("%token").count(), 3, "{locale}: {voice}");
                assert_eq!(sms.matches("%token").count(), 1, "{locale}: {sms}");
                for text in [voice, sms] {
                    assert_eq!(text.contains("Example"), brand.is_some(), "{locale}: {text}");
                    assert!(!text.contains("%brand"), "{locale}: {text}");
                }
                assert!(voice.chars().count() <= 1000, "{locale}");
            }
        }
    }

    /// The basic alphabet of SMS, 3GPP TS 23.038. Anything else halves the room and more.
    const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
        ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

    #[test]
    fn a_message_fits_into_one_part() {
        for brand in [None, Some("Examples")] {
            for (locale, texts) in parse_templates(BUILT_IN, brand, &spoken()).unwrap().0 {
                let text = texts.sms.replace("%token", "123456");
                let most = if text.chars().all(|c| GSM.contains(c)) { 160 } else { 70 };
                assert!(text.chars().count() <= most, "{locale}: {text}");
            }
        }
    }

    #[test]
    fn a_message_may_be_bound_to_a_domain() {
        assert_eq!(
            bound("%token is it.", "shop.example"),
            "%token is it.\n\n@shop.example #%token"
        );
        assert_eq!(domain("Shop.Example").as_deref(), Some("shop.example"));
        for none in
            ["", ".", "a..b", "https://shop.example", "shop.example:443", "shop example", "-a.b"]
        {
            assert_eq!(domain(none), None, "{none}");
        }
    }

    #[test]
    fn a_broken_file_is_told_by_place_not_by_content() {
        let error = parse_templates("{\"en-GB\": canary}", None, &[]).unwrap_err();
        assert!(error.contains("line 1") && !error.contains("canary"), "{error}");
    }
}
