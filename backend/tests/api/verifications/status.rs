//! `GET /verifications/{id}`

use crate::helpers::TestApp;

const NUMBER: &str = "+442079460007";

#[actix_web::test]
async fn tells_how_the_call_is_faring_and_when_to_ask_again() {
    let app = TestApp::spawn().await;
    let path = format!("/verifications/{}", app.start(NUMBER).await.id());
    let shown = app.get(&path).await.json();
    assert_eq!(shown["status"], "pending");
    assert_eq!(shown["phone_number"], "+442*******07");
    assert_eq!(shown["delivery"]["state"], "ringing");
    assert_eq!(shown["poll_after_seconds"], 2);
    app.advance(10).await;
    assert_eq!(app.get(&path).await.json()["delivery"]["state"], "answered");
}

#[actix_web::test]
async fn asks_the_provider_at_most_every_two_seconds() {
    let app = TestApp::spawn().await;
    let path = format!("/verifications/{}", app.start(NUMBER).await.id());
    for _ in 0..20 {
        app.get(&path).await;
    }
    assert_eq!(app.provider.seen("view").await, 1);
    app.advance(2).await;
    app.get(&path).await;
    assert_eq!(app.provider.seen("view").await, 2);
}

#[actix_web::test]
async fn a_provider_that_cannot_be_asked_changes_nothing() {
    let app = TestApp::spawn().await;
    let path = format!("/verifications/{}", app.start(NUMBER).await.id());
    let fault = serde_json::json!({ "operation": "view", "fault": "reset", "times": 9 });
    app.provider.fault(fault).await;
    let shown = app.get(&path).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert_eq!(shown.json()["status"], "pending");
}
