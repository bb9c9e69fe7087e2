//! `Idempotency-Key`

use crate::helpers::{Answer, TestApp, send};
use reqwest::Method;
use serde_json::json;

async fn start(app: &TestApp, key: &str, number: &str) -> Answer {
    let request = app.request(Method::POST, "/verifications").header("idempotency-key", key);
    send(request.json(&json!({ "phone_number": number }))).await
}

#[actix_web::test]
async fn a_hundred_equal_requests_at_once_place_one_call() {
    let app = TestApp::spawn().await;
    let number = "+442079460080";
    let answers =
        futures_util::future::join_all((0..100).map(|_| start(&app, "same", number))).await;
    for answer in &answers {
        match answer.status {
            201 => {}
            409 => assert_eq!(answer.problem().1, "idempotency_key_in_use"),
            other => panic!("{other}: {}", answer.text),
        }
    }
    let first = answers.iter().find(|answer| answer.status == 201).unwrap();
    let replay = start(&app, "\"same\"", number).await;
    assert_eq!(replay.header("idempotent-replayed"), "true");
    assert_eq!((replay.status, &replay.text), (201, &first.text), "byte for byte");
    assert_eq!(replay.header("location"), first.header("location"));
    assert_eq!(app.provider.rings(number).await, 1);
}

#[actix_web::test]
async fn an_unknown_delivery_is_frozen_and_what_waiting_cures_is_not() {
    let app = TestApp::spawn().await;
    app.provider.fault(json!({ "operation": "create", "fault": "reset" })).await;
    let first = start(&app, "lost", "+442079460081").await;
    assert_eq!(first.problem(), (502, "delivery_unknown".into()));
    let again = start(&app, "lost", "+442079460081").await;
    assert_eq!((again.status, &again.text), (502, &first.text));
    assert_eq!(app.provider.seen("create").await, 1);

    app.provider
        .fault(json!({ "operation": "create", "fault": "http_429", "retry_after": 1 }))
        .await;
    assert_eq!(start(&app, "busy", "+442079460082").await.status, 503);
    app.advance(1).await;
    assert_eq!(start(&app, "busy", "+442079460082").await.status, 201);
    assert_eq!(start(&app, "early", "+442079460082").await.status, 429);
    app.advance(60).await;
    assert_eq!(start(&app, "early", "+442079460082").await.status, 201);
}

#[actix_web::test]
async fn a_faulty_request_freezes_nothing() {
    let app = TestApp::spawn().await;
    assert_eq!(start(&app, "mended", "+4420").await.status, 422);
    assert_eq!(start(&app, "mended", "+442079460083").await.status, 201);
}

#[actix_web::test]
async fn keys_are_forgotten_after_a_day() {
    let app = TestApp::spawn().await;
    let first = start(&app, "daily", "+442079460084").await.id();
    app.advance(24 * 60 * 60).await;
    assert_ne!(start(&app, "daily", "+442079460084").await.id(), first);
}

#[actix_web::test]
async fn resend_honours_the_key_too() {
    let app = TestApp::spawn().await;
    let id = app.start("+442079460085").await.id();
    app.advance(60).await;
    let resend = async || {
        let request = app.request(Method::POST, &format!("/verifications/{id}/resend"));
        send(request.header("idempotency-key", "again").json(&json!({}))).await
    };
    let first = resend().await;
    assert_eq!(first.id(), resend().await.id());
    assert_eq!(app.provider.rings("+442079460085").await, 2);
}

#[actix_web::test]
async fn a_key_is_whatever_can_be_seen_but_the_quote() {
    let app = TestApp::spawn().await;
    for key in ["order:4711", "a/b?c=d&e", "!#$%'()*+,-./:;<=>?@[\\]^_`{|}~", &"x".repeat(128)] {
        let answer = start(&app, key, "+4420").await;
        assert_eq!(answer.problem().1, "phone_number_invalid", "{key}");
    }
    for key in ["", "\"", "\"\"", "a b", "a\"b", "\"a", &"x".repeat(129)] {
        let answer = start(&app, key, "+4420").await;
        assert_eq!(answer.problem().1, "idempotency_key_invalid", "{key}");
    }
}

#[actix_web::test]
async fn bodies_are_compared_as_values_and_not_as_text() {
    let app = TestApp::spawn().await;
    let post = async |body: &str| {
        let request = app.request(Method::POST, "/verifications").header("idempotency-key", "v");
        send(request.header("content-type", "application/json").body(body.to_owned())).await
    };
    let first = post(r#"{"phone_number":"+442079460086","channel":"voice"}"#).await;
    let again = post(r#"{ "channel": "voice", "phone_number": "+44207946008\u0036" }"#).await;
    assert_eq!((again.id(), again.header("idempotent-replayed")), (first.id(), "true"));
    let other = post(r#"{"phone_number":"+442079460086"}"#).await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused".into()));
}

/// A phone that changes its network keeps its answer; a word that two people may choose is each one's own.
#[actix_web::test]
async fn a_key_belongs_to_an_address_or_if_nobody_can_guess_it_to_a_page() {
    let app = TestApp::with(&[
        ("HTTP_TRUSTED_PROXIES", "127.0.0.1"),
        ("HTTP_ALLOWED_ORIGINS", "https://shop.example,https://other.example"),
    ])
    .await;
    let start = async |key: &str, from: &str, origin: Option<&str>, number: &str| {
        let mut request = app.request(Method::POST, "/verifications");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let request = request.header("idempotency-key", key).header("x-forwarded-for", from);
        send(request.json(&json!({ "phone_number": number }))).await
    };
    let (home, train) = ("192.0.2.1", "2001:db8::7");
    let (shop, other) = (Some("https://shop.example"), Some("https://other.example"));
    let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let first = start(uuid, home, shop, "+442079460087").await;
    let moved = start(uuid, train, shop, "+442079460087").await;
    assert_eq!((moved.id(), moved.header("idempotent-replayed")), (first.id(), "true"));
    for elsewhere in [other, None] {
        let answer = start(uuid, home, elsewhere, "+442079460087").await;
        assert_eq!(answer.problem(), (429, "rate_limited".into()), "{elsewhere:?}");
    }
    let word = start("checkout", home, shop, "+442079460088").await;
    assert_eq!(start("checkout", home, other, "+442079460088").await.id(), word.id());
    assert_ne!(start("checkout", train, shop, "+442079460089").await.id(), word.id());
    let nobodys = "00000000-0000-0000-0000-000000000000";
    start(nobodys, home, shop, "+442079460002").await.id();
    assert_eq!(start(nobodys, train, shop, "+442079460003").await.status, 201);
}
