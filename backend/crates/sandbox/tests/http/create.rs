//! `POST /verify`: what is accepted, what it answers, what it refuses.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{NUMBER, Simulator, send};

#[actix_web::test]
async fn answers_201_with_the_object_as_captured() {
    let simulator = Simulator::start().await;
    let answer = simulator
        .create(json!({
            "recipient": "+31612345678", "originator": "31208080808", "type": "tts",
            "reference": "order4711", "timeout": 600, "language": "nl-nl",
        }))
        .await;
    let id = answer.id();
    assert_eq!((id.len(), id.bytes().all(|b| b.is_ascii_hexdigit())), (32, true));
    let object = answer.json();
    let message = object["messages"]["id"].as_str().unwrap();
    assert_eq!(object["href"], simulator.url(&format!("/verify/{id}")));
    assert_eq!(object["messages"]["href"], simulator.url(&format!("/voicemessages/{message}")));
    assert_eq!(object["recipient"], 31_612_345_678_u64, "a number, without the plus");
    assert_eq!(object["originator"], 31_208_080_808_u64);
    assert_eq!(object["reference"], "order4711");
    assert_eq!((&object["type"], &object["status"]), (&json!("tts"), &json!("sent")));
    let mut members: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "createdDatetime",
            "href",
            "id",
            "messages",
            "originator",
            "recipient",
            "reference",
            "status",
            "type",
            "validUntilDatetime",
        ]
    );
}

#[actix_web::test]
async fn answers_with_the_headers_as_captured() {
    let simulator = Simulator::start().await;
    let answer = simulator.create(json!({ "recipient": NUMBER })).await;
    for (name, value) in [
        ("content-type", "application/json; charset=UTF-8"),
        ("cache-control", "must-revalidate, post-check=0, pre-check=0"),
        ("pragma", "no-cache"),
        ("expires", "0"),
        ("access-control-allow-origin", "*"),
        ("access-control-allow-headers", "Authorization, Content-Type"),
        ("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE"),
        ("access-control-allow-credentials", "true"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
}

#[actix_web::test]
async fn fills_in_the_defaults_of_the_provider() {
    let simulator = Simulator::start().await;
    let answer = simulator.create(json!({ "recipient": 31_612_345_678_u64 })).await;
    let object = answer.json();
    assert_eq!((&object["type"], &object["originator"]), (&json!("sms"), &json!("Code")));
    assert_eq!(object["reference"], Value::Null);
    assert_eq!(seconds_between(&object), 30);
    let message = simulator.newest(NUMBER).await;
    let code = message["code"].as_str().unwrap();
    assert_eq!((code.len(), message["channel"].as_str()), (6, Some("sms")));
    assert_eq!(message["text"], format!("Your code is: {code}"));
    assert_eq!(object["token"], Value::Null, "the code is for the phone alone");
}

#[actix_web::test]
async fn dates_have_whole_seconds_and_a_numeric_zone() {
    let simulator = Simulator::start().await;
    let object = simulator.create(json!({ "recipient": NUMBER, "timeout": 86_400 })).await.json();
    for name in ["createdDatetime", "validUntilDatetime"] {
        let date = object[name].as_str().unwrap();
        assert_eq!((date.len(), &date[19..]), (25, "+00:00"), "{date}");
    }
    assert_eq!(seconds_between(&object), 86_400);
}

/// From creation to expiry, by the dates of the object.
fn seconds_between(object: &Value) -> i64 {
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    let date =
        |name: &str| time::OffsetDateTime::parse(object[name].as_str().unwrap(), rfc3339).unwrap();
    (date("validUntilDatetime") - date("createdDatetime")).whole_seconds()
}

#[actix_web::test]
async fn a_voice_gets_every_digit_by_itself_in_every_place() {
    let simulator = Simulator::start().await;
    simulator.next_code("000042").await;
    let template = "Ihr Code: %token. Noch einmal: %token.";
    let body =
        json!({ "recipient": NUMBER, "type": "tts", "template": template, "language": "de-de" });
    simulator.create(body).await.id();
    let call = simulator.newest(NUMBER).await;
    assert_eq!(call["text"], "Ihr Code: 0, 0, 0, 0, 4, 2. Noch einmal: 0, 0, 0, 0, 4, 2.");
    assert_eq!((&call["code"], &call["language"]), (&json!("000042"), &json!("de-de")));
}

#[actix_web::test]
async fn a_code_is_as_long_as_asked_for() {
    let simulator = Simulator::start().await;
    for length in [6, 7, 10] {
        simulator.create(json!({ "recipient": NUMBER, "tokenLength": length })).await.id();
        let code = simulator.newest(NUMBER).await["code"].as_str().unwrap().to_owned();
        assert!(code.len() == length && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
    }
}

#[actix_web::test]
async fn a_form_is_as_good_as_json() {
    let simulator = Simulator::start().await;
    let form =
        [("recipient", "+31612345678"), ("type", "tts"), ("timeout", "60"), ("maxAttempts", "2")];
    let encoded = "recipient=%2B31612345678&type=tts&timeout=60&maxAttempts=2";
    let request = simulator
        .request(Method::POST, "/verify")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(encoded);
    let answer = send(request).await;
    let id = answer.id();
    assert_eq!(seconds_between(&answer.json()), 60, "{form:?}");
    let code = simulator.newest(NUMBER).await["code"].as_str().unwrap().to_owned();
    simulator.check(&id, if code == "000000" { "000001" } else { "000000" }).await;
    assert_eq!(simulator.status(&id).await, "sent", "the second attempt is left");
}

#[actix_web::test]
async fn integers_may_be_digits_in_text_and_both_spellings_of_datacoding_are_read() {
    let simulator = Simulator::start().await;
    let body = json!({
        "recipient": NUMBER, "timeout": "90", "tokenLength": "8", "maxAttempts": "3",
        "dataCoding": "unicode", "datacoding": "auto",
    });
    let answer = simulator.create(body).await;
    assert_eq!(seconds_between(&answer.json()), 90);
    assert_eq!(simulator.newest(NUMBER).await["code"].as_str().unwrap().len(), 8);
    let answer = simulator.create(json!({ "recipient": NUMBER, "dataCoding": "runes" })).await;
    assert_eq!(answer.complaints().len(), 1);
}

#[actix_web::test]
async fn the_code_is_told_only_to_those_who_ask() {
    let simulator = Simulator::start().await;
    let body = json!({ "recipient": NUMBER, "returnToken": true, "timeout": 60 });
    let answer = simulator.create(body).await;
    assert_eq!(answer.text("token"), simulator.newest(NUMBER).await["code"].as_str().unwrap());
}

#[actix_web::test]
async fn no_recipient_is_code_9_and_a_bad_one_code_10() {
    let simulator = Simulator::start().await;
    let none = simulator.create(json!({ "type": "tts" })).await;
    assert_eq!(none.complaints(), [(9, "recipient".to_owned())]);
    for bad in
        [json!("nonsense"), json!("123"), json!("+31 6 1234"), json!([1]), json!("0612345678")]
    {
        let answer = simulator.create(json!({ "recipient": bad })).await;
        assert_eq!(answer.complaints(), [(10, "recipient".to_owned())], "{bad}");
    }
}

#[actix_web::test]
async fn every_bad_parameter_has_its_own_entry_and_nothing_is_sent() {
    let simulator = Simulator::start().await;
    let body = json!({
        "recipient": NUMBER, "type": "pigeon", "template": "no placeholder", "tokenLength": 5,
        "timeout": 29, "maxAttempts": 11, "language": "tlh", "voice": "robot", "datacoding": "runes",
        "originator": "twelve chars", "reference": "not alphanumeric!",
    });
    let names: Vec<_> = simulator.create(body).await.complaints();
    let expected = [
        "datacoding",
        "language",
        "maxAttempts",
        "originator",
        "reference",
        "template",
        "timeout",
        "tokenLength",
        "type",
        "voice",
    ];
    assert_eq!(names, expected.map(|name| (10, name.to_owned())));
    assert!(simulator.phone(NUMBER).await.is_empty());
}

#[actix_web::test]
async fn ranges_include_their_ends() {
    let simulator = Simulator::start().await;
    for (name, least, most) in
        [("timeout", 30, 172_801), ("tokenLength", 6, 10), ("maxAttempts", 1, 10)]
    {
        for (value, status) in [(least - 1, 422), (least, 201), (most, 201), (most + 1, 422)] {
            let answer = simulator.create(json!({ "recipient": NUMBER, name: value })).await;
            assert_eq!(answer.status, status, "{name} {value}: {}", answer.text);
        }
    }
}

#[actix_web::test]
async fn all_34_languages_are_spoken() {
    let simulator = Simulator::start().await;
    let languages = "cy-gb da-dk de-de el-gr en-au en-gb en-gb-wls en-in en-us es-es es-mx es-us fr-ca \
        fr-fr id-id is-is it-it ja-jp ko-kr ms-my nb-no nl-nl pl-pl pt-br pt-pt ro-ro ru-ru sv-se ta-in \
        th-th tr-tr vi-vn zh-cn zh-hk";
    let languages: Vec<_> = languages.split_whitespace().collect();
    assert_eq!(languages.len(), 34);
    for language in languages {
        let body = json!({ "recipient": NUMBER, "type": "tts", "language": language });
        simulator.create(body).await.id();
        assert_eq!(simulator.newest(NUMBER).await["language"], language);
    }
}

#[actix_web::test]
async fn a_second_call_to_the_same_number_is_another_verification() {
    let simulator = Simulator::start().await;
    let (first, _) = simulator.call().await;
    let (second, code) = simulator.call().await;
    assert_ne!(first, second);
    assert_eq!(simulator.status(&first).await, "sent");
    assert_eq!(simulator.check(&second, &code).await.text("status"), "verified");
}
