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
