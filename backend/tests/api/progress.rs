//! What a call that nobody took changes: the wait until the next one, and nothing else.

use crate::helpers::{Answer, TestApp};
use serde_json::{Value, json};

const BUSY: &str = "+12025550191";
const NOBODY: &str = "+12025550192";
const VOICEMAIL: &str = "+12025550193";
const ANSWERED_LATE: &str = "+12025550194";

async fn read(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/verifications/{id}")).await.json()
}

async fn by_sms(app: &TestApp, number: &str) -> Answer {
    app.post("/verifications", json!({ "phone_number": number, "channel": "sms" })).await
}

/// The seconds from the call to the next one, as shown; which is now when it may be placed.
fn wait(shown: &Value) -> i64 {
    let moment = |name: &str| {
        let text = shown[name].as_str().unwrap();
        let format = &time::format_description::well_known::Rfc3339;
        time::UtcDateTime::parse(text, format).unwrap().unix_timestamp()
    };
    moment("resend_at") - moment("created_at")
}

#[actix_web::test]
async fn after_a_busy_line_the_next_try_comes_after_fifteen_seconds() {
    let app = TestApp::spawn().await;
    let id = app.start(BUSY).await.id();
    let shown = read(&app, &id).await;
    assert_eq!((shown["delivery"]["state"].as_str(), wait(&shown)), (Some("ringing"), 60));
    app.advance(3).await;
    let shown = read(&app, &id).await;
    assert_eq!((shown["delivery"]["state"].as_str(), wait(&shown)), (Some("busy"), 15));
    app.advance(11).await;
    let refused = by_sms(&app, BUSY).await;
    assert_eq!(refused.problem(), (429, "rate_limited".into()));
    assert_eq!(refused.header("retry-after"), "1");
    app.advance(1).await;
    let other = by_sms(&app, BUSY).await.json();
    assert_eq!(wait(&other), 120, "the second wait is as long as ever");
    assert_eq!(app.provider.rings(BUSY).await, 2);
}

#[actix_web::test]
async fn when_nobody_answered_it_rings_again_at_once_for_that_took_longer() {
    let app = TestApp::spawn().await;
    let id = app.start(NOBODY).await.id();
    app.advance(31).await;
    let shown = read(&app, &id).await;
    assert_eq!((shown["delivery"]["state"].as_str(), wait(&shown)), (Some("no_answer"), 31));
    assert_eq!(app.resend(&id).await.status, 201);
    assert_eq!(app.provider.rings(NOBODY).await, 2);
}

#[actix_web::test]
async fn a_message_that_did_not_arrive_makes_room_for_a_call() {
    let app = TestApp::spawn().await;
    let id = by_sms(&app, NOBODY).await.id();
    app.advance(31).await;
    assert_eq!(read(&app, &id).await["delivery"]["state"], "failed");
    let path = format!("/verifications/{id}/resend");
    assert_eq!(app.post(&path, json!({ "channel": "voice" })).await.status, 201);
}

#[actix_web::test]
async fn only_what_the_provider_was_seen_to_say_shortens_the_wait() {
    let app = TestApp::spawn().await;
    let id = app.start(BUSY).await.id();
    app.advance(20).await;
    // Nobody has read it yet, and the provider cannot be asked.
    assert_eq!(app.start(BUSY).await.header("retry-after"), "40");
    app.provider.fault(json!({ "operation": "view", "fault": "http_500" })).await;
    assert_eq!(wait(&read(&app, &id).await), 60);
    assert_eq!(app.start(BUSY).await.header("retry-after"), "40");
    app.advance(2).await;
    assert_eq!(wait(&read(&app, &id).await), 22, "now");
    assert_eq!(app.start(BUSY).await.status, 201);
}

#[actix_web::test]
async fn a_call_that_was_answered_by_whomever_shortens_nothing() {
    let app = TestApp::spawn().await;
    for (number, state) in
        [(VOICEMAIL, "voicemail"), (ANSWERED_LATE, "answered"), ("+442079460010", "answered")]
    {
        let id = app.start(number).await.id();
        app.advance(45).await;
        let shown = read(&app, &id).await;
        assert_eq!((shown["delivery"]["state"].as_str(), wait(&shown)), (Some(state), 60));
        assert_eq!(app.start(number).await.header("retry-after"), "15", "{number}");
    }
}

#[actix_web::test]
async fn whoever_rejects_every_call_still_meets_the_windows() {
    let app = TestApp::spawn().await;
    for _ in 0..3 {
        let id = app.start(BUSY).await.id();
        app.advance(15).await;
        read(&app, &id).await;
    }
    let refused = app.start(BUSY).await;
    assert_eq!(refused.problem(), (429, "rate_limited".into()));
    assert_eq!(refused.header("retry-after"), "555", "until the first has left the ten minutes");
    assert_eq!(app.provider.rings(BUSY).await, 3);
}

#[actix_web::test]
async fn an_earlier_call_that_failed_says_nothing_of_a_later_one() {
    let app = TestApp::spawn().await;
    let busy = app.start(BUSY).await.id();
    app.advance(15).await;
    read(&app, &busy).await;
    let sms = by_sms(&app, BUSY).await.id();
    app.advance(16).await;
    assert_eq!(read(&app, &busy).await["delivery"]["state"], "busy");
    assert_eq!(wait(&read(&app, &sms).await), 120);
    assert_eq!(app.start(BUSY).await.header("retry-after"), "104");
}

#[actix_web::test]
async fn says_when_it_is_worth_asking_again() {
    let app = TestApp::with(&[("MESSAGEBIRD_VIEW_BUDGET", "3")]).await;
    let [busy, other] = [app.start(BUSY).await.id(), app.start("+442079460010").await.id()];
    let shown = read(&app, &busy).await;
    assert_eq!(
        (&shown["delivery"]["state"], &shown["poll_after_seconds"]),
        (&json!("ringing"), &json!(2))
    );
    // A look is two reads, and three a second may be made.
    let shown = read(&app, &other).await;
    assert_eq!(
        (&shown["delivery"]["state"], &shown["poll_after_seconds"]),
        (&json!("unknown"), &json!(5))
    );
    assert_eq!(app.provider.seen("view").await + app.provider.seen("delivery").await, 2);
    app.advance(2).await;
    let shown = read(&app, &busy).await;
    assert_eq!(
        (&shown["delivery"]["state"], &shown["poll_after_seconds"]),
        (&json!("busy"), &json!(10))
    );
    app.cancel(&busy).await;
    let shown = read(&app, &busy).await;
    assert_eq!((&shown["delivery"], &shown["poll_after_seconds"]), (&Value::Null, &Value::Null));
}
