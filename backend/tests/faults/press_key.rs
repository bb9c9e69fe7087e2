//! `TWILIO_PRESS_KEY`: nothing is said before a key was pressed, and then only to the call it was pressed in.

use crate::helpers::{TestApp, client, send};
use serde_json::json;
use std::time::{Duration, Instant};

const NUMBER: &str = "+442079460033";

/// A service that its carrier can reach.
async fn reachable() -> TestApp {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let vars = [
        ("PROVIDERS", "twilio"),
        ("TWILIO_PRESS_KEY", "true"),
        ("TWILIO_AUTH_TOKEN", "canary_secret_4711"),
        ("PUBLIC_URL", &format!("http://{address}")),
        ("HTTP_LISTEN", &address),
    ];
    TestApp::with(&vars).await
}

/// The code as it was said; empty before.
async fn said(app: &TestApp) -> String {
    app.provider.code(NUMBER).await
}

/// Picks up the call, and presses these keys.
async fn press(app: &TestApp, digits: &str) {
    let message = app.provider.message(NUMBER).await;
    let id = message["id"].as_str().unwrap();
    let url = format!("{}/phone/messages/{id}", app.provider.address);
    for (what, body) in [("answer", json!({})), ("keys", json!({ "digits": digits }))] {
        let answer = send(client().post(format!("{url}/{what}")).json(&body)).await;
        assert!((200..300).contains(&answer.status), "{what}: {}", answer.text);
    }
}

#[actix_web::test]
async fn a_code_is_said_once_a_key_was_pressed() {
    let app = reachable().await;
    let started = app.start(NUMBER).await;
    assert_eq!(started.json()["press_key"], true, "{}", started.text);
    let id = started.id();
    assert_eq!(said(&app).await, "", "nothing is said before");
    press(&app, "7").await;
    let began = Instant::now();
    while said(&app).await.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(10), "the code is not said");
    }
    let code = said(&app).await;
    let shown = app.get(&format!("/verifications/{id}")).await.json();
    assert_eq!(shown["delivery"]["state"], "answered", "{shown}");
    assert_eq!(app.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn a_request_that_no_carrier_signed_is_answered_like_any_unknown_path() {
    let app = reachable().await;
    app.start(NUMBER).await.id();
    for path in ["/providers/twilio/calls/x", "/providers/twilio/calls/QUJDREVGR0hJSktMTU5PUA"] {
        let request = client().post(format!("{}{path}", app.address));
        let form = "CallSid=CA1&AccountSid=AC1&To=%2B442079460033&Digits=1";
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = send(request.header("x-twilio-signature", "AAAA").body(form)).await;
        assert_eq!(answer.problem(), (404, "not_found".into()));
    }
    let other = TestApp::spawn().await;
    let answer = send(client().post(format!("{}/providers/twilio/calls/x", other.address))).await;
    assert_eq!(answer.problem(), (404, "not_found".into()), "not there at all");
}
