//! Documents are read back by a real XML parser, in every language and with the texts that are really said.

use std::collections::BTreeMap;

use roxmltree::Document;

use super::*;
use crate::languages::LANGUAGES;

/// The sentences of the service that uses this crate; read here, so that none of them is first heard broken.
const TEMPLATES: &str = include_str!("../../../templates.json");

fn speech(tag: &str) -> Speech<'static> {
    Speech { language: Language::find(tag).unwrap(), voice: None, times: 2 }
}

#[test]
fn every_language_says_every_sentence_with_its_code_digit_by_digit() {
    let templates: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(TEMPLATES).unwrap();
    assert_eq!(templates.len(), LANGUAGES.len());
    let brand = "Smith & Søn's <Ltd>";
    for (tag, texts) in &templates {
        let language = Language::find(tag).unwrap_or_else(|| panic!("{tag} cannot be spoken"));
        for (name, text) in texts.iter().filter(|(name, _)| name.starts_with("voice")) {
            for voice in [None, language.polly] {
                let text = text.replace("%brand", brand);
                let speech = Speech { language, voice, times: 2 };
                let twiml = Twiml::say(speech, &text, "0012345678").unwrap();
                let document = Document::parse(twiml.as_str()).unwrap();
                let response = document.root_element();
                assert_eq!(response.tag_name().name(), "Response");
                let verbs: Vec<_> = response.children().collect();
                assert_eq!(verbs.len(), 1, "{tag} {name}");
                let say = verbs[0];
                assert_eq!(say.tag_name().name(), "Say");
                assert_eq!(say.attribute("language"), Some(language.say));
                assert_eq!(say.attribute("voice"), voice);
                assert_eq!(say.attribute("loop"), Some("2"));
                let expected = text.replace("%token", "0, 0, 1, 2, 3, 4, 5, 6, 7, 8");
                assert_eq!(say.text(), Some(expected.as_str()), "{tag} {name}");
                assert_eq!(text.contains(brand), name.ends_with("brand"), "{tag} {name}");
            }
        }
    }
}

#[test]
fn the_languages_that_twilio_names_otherwise() {
    let renamed: Vec<_> =
        LANGUAGES.iter().filter(|it| it.tag != it.say).map(|it| (it.tag, it.say)).collect();
    assert_eq!(renamed, [("en-GB-x-wls", "en-GB-WLS"), ("zh-CN", "cmn-CN"), ("zh-HK", "yue-HK")]);
}

#[test]
fn a_voice_is_named_left_to_the_carrier_or_pollys_own() {
    let [dutch, greek] = ["nl-NL", "el-GR"].map(|tag| Language::find(tag).unwrap());
    assert_eq!(dutch.voice(None), Some(None));
    assert_eq!(dutch.voice(Some("Google.nl-NL-Wavenet-A")), Some(Some("Google.nl-NL-Wavenet-A")));
    assert_eq!(dutch.voice(Some("Polly")), Some(Some("Polly.Lotte")));
    assert_eq!(greek.voice(Some("Polly")), None, "better silent than read by an English voice");
}

#[test]
fn polly_speaks_all_but_six() {
    let silent: Vec<_> =
        LANGUAGES.iter().filter(|it| it.polly.is_none()).map(|it| it.tag).collect();
    assert_eq!(silent, ["el-GR", "id-ID", "ms-MY", "ta-IN", "th-TH", "vi-VN"]);
    assert!(LANGUAGES.iter().filter_map(|it| it.polly).all(|voice| voice.starts_with("Polly.")));
}

#[test]
fn every_language_asks_for_a_key() {
    let templates: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(TEMPLATES).unwrap();
    let action = "https://ours.example/providers/twilio/calls/x".parse().unwrap();
    for (tag, texts) in &templates {
        let prompt = &texts["press_key"];
        let twiml = Twiml::ask_for_key(speech(tag), prompt, &action).unwrap();
        let document = Document::parse(twiml.as_str()).unwrap();
        let say = document.descendants().find(|node| node.has_tag_name("Say")).unwrap();
        assert_eq!(say.text(), Some(prompt.as_str()), "{tag}");
        assert!(
            !prompt.bytes().any(|byte| byte.is_ascii_digit()),
            "{tag}: a digit sounds like a code"
        );
    }
}

#[test]
fn a_key_is_asked_for_and_without_one_nothing_more_is_said() {
    let action = "https://ours.example/providers/twilio/calls/abc?a=1&b=2".parse().unwrap();
    let twiml = Twiml::ask_for_key(speech("en-GB"), "Press <any> key & listen.", &action).unwrap();
    let document = Document::parse(twiml.as_str()).unwrap();
    let verbs: Vec<_> = document.root_element().children().collect();
    let names: Vec<_> = verbs.iter().map(|verb| verb.tag_name().name()).collect();
    assert_eq!(names, ["Gather", "Hangup"]);
    let attributes: Vec<_> =
        verbs[0].attributes().map(|attribute| (attribute.name(), attribute.value())).collect();
    assert_eq!(
        attributes,
        [
            ("numDigits", "1"),
            ("finishOnKey", ""),
            ("timeout", "8"),
            ("action", action.as_str()),
            ("method", "POST"),
        ]
    );
    let said: Vec<_> = verbs[0].children().collect();
    assert_eq!(
        said.len(),
        1,
        "Somleng allows Say and Play in Gather, and counts blanks as neither"
    );
    assert_eq!(said[0].text(), Some("Press <any> key & listen."));
}

#[test]
fn whatever_a_brand_holds_the_document_stays_one() {
    let odd = "a\0b\u{8}c\td\u{ffff}e\"'<Say>]]>&amp;\u{1f600}";
    let twiml = Twiml::say(speech("nl-NL"), odd, "1").unwrap();
    let document = Document::parse(twiml.as_str()).unwrap();
    let said = document.root_element().first_child().unwrap().text();
    assert_eq!(said, Some("abc de\"'<Say>]]>&amp;\u{1f600}"));
}

#[test]
fn a_text_that_a_voice_would_give_up_on_is_too_long() {
    let say = |text: String| Twiml::say(speech("en-GB"), &text, "");
    assert!(say("x".repeat(3000)).is_ok());
    assert_eq!(say("x".repeat(3001)), Err(TooLong));
    assert_eq!(say("ต".repeat(1001)), Err(TooLong), "bytes, not letters");
    assert_eq!(say("&".repeat(1000)), Err(TooLong), "4000 characters with their escapes");
}

#[test]
fn a_loop_that_would_never_end_is_one() {
    let speech = Speech { times: 0, ..speech("en-GB") };
    let twiml = Twiml::say(speech, "%token", "7").unwrap();
    let expected = r#"<Response><Say language="en-GB" loop="1">7</Say></Response>"#;
    assert_eq!(twiml.as_str(), expected);
}

#[test]
fn hanging_up_is_a_document_too() {
    let twiml = Twiml::hang_up();
    let document = Document::parse(twiml.as_str()).unwrap();
    assert!(document.root_element().first_child().unwrap().has_tag_name("Hangup"));
}

#[test]
fn debug_shows_no_code() {
    let twiml = Twiml::say(speech("en-GB"), "%token", "048291").unwrap();
    assert_eq!(format!("{twiml:?}"), "Twiml(…)");
}
