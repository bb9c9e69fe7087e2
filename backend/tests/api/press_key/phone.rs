//! Through the simulator: its phone is picked up, and keys are pressed on it or not.

use super::{ASKING, NUMBER, delivery};
use crate::helpers::{TestApp, client, send};
use serde_json::json as object;

const VOICEMAIL: &str = "+442079460093";

/// A service that the simulator can reach.
async fn reachable() -> TestApp {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let public = format!("http://{address}");
    let mut vars = ASKING.to_vec();
    vars.extend([("PUBLIC_URL", public.as_str()), ("HTTP_LISTEN", &address)]);
    TestApp::with(&vars).await
}

/// Does something to the newest call at the phone.
async fn at_phone(app: &TestApp, number: &str, what: &str, body: serde_json::Value) {
    let message = app.provider.message(number).await;
    let id = message["id"].as_str().unwrap();
    let url = format!("{}/phone/messages/{id}/{what}", app.provider.address);
    let answer = send(client().post(url).json(&body)).await;
    assert!((200..300).contains(&answer.status), "{what}: {}", answer.text);
}

/// That nothing was said of a code: neither as one, nor in the text that a person or a machine heard.
async fn assert_nothing_was_said(app: &TestApp, number: &str) {
    let message = app.provider.message(number).await;
    assert_eq!(message["code"], "", "{message}");
    let text = message["text"].as_str().unwrap();
    assert!(!text.is_empty() && !text.contains(|letter: char| letter.is_ascii_digit()), "{text}");
}

#[actix_web::test]
async fn a_code_is_said_once_a_key_was_pressed() {
    let app = reachable().await;
    let started = app.start(NUMBER).await;
    assert_eq!(started.json()["press_key"], true, "{}", started.text);
    let id = started.id();
    assert_nothing_was_said(&app, NUMBER).await;
    at_phone(&app, NUMBER, "answer", object!({})).await;
    assert_nothing_was_said(&app, NUMBER).await;
    assert_eq!(delivery(&app, &id).await, "ringing", "whether a person picked up is not known yet");
    at_phone(&app, NUMBER, "keys", object!({ "digits": "7" })).await;
    let code = app.provider.code(NUMBER).await;
    app.advance(2).await;
    assert_eq!(delivery(&app, &id).await, "answered");
    assert_eq!(app.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn without_a_key_nothing_is_said_to_a_person_or_left_on_a_machine() {
    let app = reachable().await;
    for number in [NUMBER, VOICEMAIL] {
        let id = app.start(number).await.id();
        // Six seconds of ringing, the prompt, eight seconds of waiting, and the end.
        app.advance(60).await;
        assert_nothing_was_said(&app, number).await;
        assert_eq!(delivery(&app, &id).await, "voicemail", "{number}");
        assert_eq!(app.provider.message(number).await["keypad"], false);
    }
}

#[actix_web::test]
async fn an_sms_asks_for_no_key() {
    let app = reachable().await;
    let body = object!({ "phone_number": "+12025550133", "channel": "sms" });
    let started = app.post("/verifications", body).await;
    assert_eq!(started.json().get("press_key"), None, "{}", started.text);
    let code = app.provider.code("+12025550133").await;
    assert_eq!(app.check(&started.id(), &code).await.status, 200);
}

#[actix_web::test]
async fn a_key_in_a_call_whose_start_was_lost_is_told_nothing() {
    let app = reachable().await;
    for fault in ["reset", "truncate"] {
        let fault = object!({ "operation": "create", "provider": "twilio", "fault": fault });
        app.provider.fault(fault).await;
        let lost = app.start(NUMBER).await;
        assert_eq!(lost.problem(), (502, "delivery_unknown".into()));
        at_phone(&app, NUMBER, "answer", object!({})).await;
        at_phone(&app, NUMBER, "keys", object!({ "digits": "7" })).await;
        assert_nothing_was_said(&app, NUMBER).await;
        app.advance(120).await;
    }
}
