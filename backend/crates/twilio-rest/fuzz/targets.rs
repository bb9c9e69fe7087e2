//! What must hold for whatever a carrier, a template or a forger sends. As a test each replays its corpus and tries
//! for a few seconds at random; `scripts/fuzz` lets coverage guide it.

use std::time::Duration;

use bolero::check;
use roxmltree::Document;
use secrecy::SecretString;
use serde_json::Value;

use crate::callback::KeyPress;
use crate::codes::{self, Operation};
use crate::error::Refusal;
use crate::languages::LANGUAGES;
use crate::model::{CallStatus, MessageStatus};
use crate::twiml::{Speech, Twiml};
use crate::wire;

/// How long each target tries as a plain test.
const SMOKE: Duration = Duration::from_secs(3);

#[test]
fn carrier_body() {
    check!().with_test_time(SMOKE).with_max_len(1024).for_each(|body: &[u8]| {
        // What it says, read independently of the client's own types.
        let said: Option<Value> = serde_json::from_slice(body).ok().filter(Value::is_object);
        let sid = said.as_ref().and_then(|object| object["sid"].as_str());
        let short = |word: &str| {
            word.chars().count() <= 32
                && word.chars().all(|it| it.is_ascii_alphanumeric() || "_-?".contains(it))
        };
        if let Ok(call) = wire::call(body) {
            assert_eq!(Some(call.id.as_str()), sid);
            assert!(!matches!(&call.status, CallStatus::Other(word) if !short(word)));
        }
        if let Ok(message) = wire::message(body) {
            assert_eq!(Some(message.id.as_str()), sid);
            assert!(!matches!(&message.status, MessageStatus::Other(word) if !short(word)));
        }
        for operation in [Operation::Create, Operation::View, Operation::End] {
            for status in [400, 401, 402, 403, 404, 422] {
                let refusal = codes::refusal(operation, status, body);
                // A number that was called would be longer.
                assert!(
                    !matches!(&refusal, Refusal::Other { code: Some(code), .. } if code.len() > 10)
                );
                assert!(refusal != Refusal::NotFound || operation != Operation::Create);
            }
        }
    });
}

#[test]
fn document() {
    check!().with_test_time(SMOKE).with_type::<(String, String, u8)>().for_each(
        |(text, voice, which)| {
            let which = usize::from(*which);
            let language = &LANGUAGES[which % LANGUAGES.len()];
            let speech = Speech { language, voice: Some(voice), times: 2 };
            let Ok(twiml) = Twiml::say(speech, text, "042617") else { return };
            let document = Document::parse(twiml.as_str()).unwrap();
            let verbs: Vec<_> = document.root_element().children().collect();
            assert_eq!(verbs.len(), 1, "nothing that was said became a verb");
            assert_eq!(verbs[0].children().filter(roxmltree::Node::is_element).count(), 0);
            assert_eq!(verbs[0].attribute("language"), Some(language.say));
        },
    );
}

#[test]
fn call_back() {
    let token = SecretString::from("a token that no input can guess: 7f3a9c");
    check!().with_test_time(SMOKE).with_type::<(String, Vec<u8>, String)>().for_each(
        |(url, body, signature)| {
            assert!(KeyPress::read(&token, url, body, signature).is_err(), "a forged signature");
        },
    );
}
