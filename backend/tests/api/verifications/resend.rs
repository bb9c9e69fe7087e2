//! `POST /verifications/{id}/resend`

use crate::helpers::TestApp;
use serde_json::json;

const NUMBER: &str = "+442079460006";

#[actix_web::test]
async fn calls_again_under_a_new_id_and_cancels_the_old_one() {
    let app = TestApp::spawn().await;
    let body = json!({ "phone_number": NUMBER, "locale": "fr", "reference": "order4711" });
    let old = app.post("/verifications", body).await.id();
    let old_code = app.provider.code(NUMBER).await;
    let answer = app.resend(&old).await;
    assert_eq!(answer.problem(), (429, "rate_limited".into()));
    assert_eq!(answer.json()["scope"], "number");
    assert_eq!(answer.header("retry-after"), "60");
    assert_eq!(answer.header("ratelimit"), "\"number\";r=0;t=60");

    app.advance(60).await;
    let answer = app.resend(&old).await;
    let new = answer.id();
    assert_ne!(new, old);
    assert_eq!(answer.header("location"), format!("/verifications/{new}"));
    let shown = answer.json();
    assert_eq!(shown["phone_number"], "+442*******06", "only the sender of a number sees it whole");
    assert_eq!(shown["reference"], "order4711");
    assert_eq!(shown["locale"], "fr-FR");
    assert_eq!(app.provider.seen("delete").await, 1);
    assert_eq!(app.check(&old, &old_code).await.problem(), (410, "verification_canceled".into()));
    let code = app.provider.code(NUMBER).await;
    assert_eq!(app.check(&new, &code).await.status, 200);
}

#[actix_web::test]
async fn may_change_channel_and_language() {
    let app = TestApp::spawn().await;
    let old = app.start("+12025550101").await.id();
    app.advance(60).await;
    let body = json!({ "channel": "sms", "locale": "es" });
    let answer = app.post(&format!("/verifications/{old}/resend"), body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.json()["channel"], "sms");
    assert_eq!(answer.json()["locale"], "es-ES");
    assert_eq!(app.provider.message("+12025550101").await["channel"], "sms");
}

#[actix_web::test]
async fn works_after_expiry_and_after_too_many_wrong_codes() {
    let app = TestApp::spawn().await;
    let expired = app.start(NUMBER).await.id();
    app.advance(601).await;
    let exhausted = app.resend(&expired).await.id();
    let wrong = app.wrong_code(NUMBER).await;
    for _ in 0..5 {
        app.check(&exhausted, &wrong).await;
    }
    app.advance(601).await;
    let fresh = app.resend(&exhausted).await.id();
    let code = app.provider.code(NUMBER).await;
    assert_eq!(app.check(&fresh, &code).await.status, 200);
}

#[actix_web::test]
async fn a_refused_resend_leaves_the_old_call_as_it_was() {
    let app = TestApp::spawn().await;
    let old = app.start(NUMBER).await.id();
    let code = app.provider.code(NUMBER).await;
    app.advance(60).await;
    app.provider
        .fault(json!({ "operation": "create", "fault": "http_429", "retry_after": 3 }))
        .await;
    assert_eq!(app.resend(&old).await.problem(), (503, "temporarily_unavailable".into()));
    assert_eq!(app.check(&old, &code).await.status, 200);
}

#[actix_web::test]
async fn an_empty_body_is_enough() {
    let app = TestApp::spawn().await;
    let old = app.start(NUMBER).await.id();
    app.advance(60).await;
    let request = app.request(reqwest::Method::POST, &format!("/verifications/{old}/resend"));
    assert_eq!(crate::helpers::send(request).await.status, 201);
}
