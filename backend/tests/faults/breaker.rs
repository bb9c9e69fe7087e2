//! What the breaker does to people: who is turned away, for how long, and who can bring it about.
//! Its rules one by one are tested beside it (`adapters/provider/breaker`).

use crate::fake::{Act, Fake, json, with_headers};
use crate::helpers::{TestApp, send};
use crate::world::{
    Carrier, assert_given_back, assert_told, attempts_not_sent, breaker, metric, number, placed,
    service, service_with, verified, verify,
};
use reqwest::Method;
use serde_json::json as object;
use std::time::Duration;

/// The state of a breaker of the carrier that all of these are about.
async fn state(app: &TestApp, operation: &str) -> Option<u64> {
    breaker(app, Carrier::MessageBird, operation).await
}

fn broken() -> Act {
    Act::Reply(with_headers(500, "", ""))
}

#[actix_web::test]
async fn opens_after_five_people_and_lets_one_find_out() {
    let script = (0..5).map(|_| broken()).chain([Act::Hold, placed(0), placed(1)]);
    let mut fake = Fake::start(script).await;
    let app = service(fake.url.as_str()).await;
    assert_eq!(state(&app, "start").await, Some(0), "there from the start");
    for index in 0..5 {
        assert_told(&app.start(&number(index)).await, 502, "delivery_unknown", 60..=60);
        fake.arrival().await;
    }
    assert_eq!(state(&app, "start").await, Some(2));
    assert_told(&app.start(&number(5)).await, 503, "temporarily_unavailable", 5..=7);
    assert_given_back(&app, &number(5)).await;
    assert_eq!(fake.requests().len(), 5, "answered without asking");

    app.clock.advance(Duration::from_secs(5));
    let body = object!({ "phone_number": number(6) });
    let request = app.request(Method::POST, "/verifications").json(&body);
    let probe = actix_web::rt::spawn(send(request));
    fake.arrival().await;
    assert_eq!(state(&app, "start").await, Some(1));
    assert_told(&app.start(&number(5)).await, 503, "temporarily_unavailable", 2..=3);
    assert_eq!(fake.requests().len(), 6, "one call finds out");
    // Nobody answers it, which is no good news: twice as long.
    assert_told(&probe.await.unwrap(), 504, "delivery_unknown", 60..=60);
    assert_told(&app.start(&number(5)).await, 503, "temporarily_unavailable", 10..=13);

    app.clock.advance(Duration::from_secs(10));
    for index in [5, 7] {
        assert_eq!(app.start(&number(index)).await.status, 201);
    }
    assert_eq!(state(&app, "start").await, Some(0));
    assert_eq!(fake.requests().len(), 8);
}

#[actix_web::test]
async fn an_outage_of_the_network_opens_it_after_five_people_too() {
    let nowhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let app = service(&format!("http://{nowhere}")).await;
    for index in 0..5 {
        assert_eq!(state(&app, "start").await, Some(0), "closed before the fifth");
        assert_told(&app.start(&number(index)).await, 503, "temporarily_unavailable", 5..=5);
    }
    assert_eq!(state(&app, "start").await, Some(2));
    assert_eq!(
        attempts_not_sent(&app, Carrier::MessageBird).await,
        Some(10),
        "each of the five connected twice"
    );
}

#[actix_web::test]
async fn one_person_cannot_open_it_for_everybody() {
    let fake = Fake::start((0..20).map(|_| broken()).chain([placed(0)])).await;
    let often = [("GUARD_COOLDOWNS", "1ms"), ("GUARD_NUMBER_LIMITS", "1000/1h")];
    let app = service_with(fake.url.as_str(), &often, |_| ()).await;
    for _ in 0..20 {
        assert_eq!(app.start(&number(0)).await.problem(), (502, "delivery_unknown".into()));
        app.clock.advance(Duration::from_millis(10));
    }
    assert_eq!(app.start(&number(1)).await.status, 201);
}

#[actix_web::test]
async fn codes_are_checked_while_no_call_can_be_placed() {
    let script = std::iter::once(placed(0)).chain((0..5).map(|_| broken())).chain([verified(0)]);
    let fake = Fake::start(script).await;
    let app = service(fake.url.as_str()).await;
    let id = app.start(&number(0)).await.id();
    for index in 1..=5 {
        assert_eq!(app.start(&number(index)).await.problem(), (502, "delivery_unknown".into()));
    }
    assert_eq!((state(&app, "start").await, state(&app, "check").await), (Some(2), Some(0)));
    assert_eq!(app.check(&id, "123456").await.status, 200);
}

#[actix_web::test]
async fn checks_have_a_breaker_of_their_own_and_give_the_try_back() {
    let mut script: Vec<_> = (0..6).map(placed).collect();
    for index in 0..5 {
        script.extend([broken(), Act::Reply(json(200, &verify(index, "sent")))]);
    }
    let fake = Fake::start(script.into_iter().chain([verified(5), placed(6)])).await;
    let app = service(fake.url.as_str()).await;
    let mut ids = Vec::new();
    for index in 0..6 {
        ids.push(app.start(&number(index)).await.id());
    }
    for id in &ids[..5] {
        assert_told(&app.check(id, "123456").await, 502, "check_unknown", 2..=2);
    }
    assert_told(&app.check(&ids[5], "123456").await, 503, "temporarily_unavailable", 5..=7);
    assert_eq!(fake.requests().len(), 16, "not asked");
    app.clock.advance(Duration::from_secs(5));
    assert_eq!(app.check(&ids[5], "123456").await.json()["attempts_remaining"], 4);
    assert_eq!(app.start(&number(6)).await.status, 201, "starts never stopped");
}

#[actix_web::test]
async fn status_reads_that_fail_close_nothing_else() {
    let app = TestApp::with(&[("MESSAGEBIRD_VIEW_BUDGET", "50")]).await;
    let mut ids = Vec::new();
    for index in 0..6 {
        ids.push(app.start(&number(index)).await.id());
    }
    app.provider.fault(object!({ "operation": "view", "fault": "http_500", "times": 100 })).await;
    for id in &ids {
        let shown = app.get(&format!("/verifications/{id}")).await;
        assert_eq!((shown.status, &shown.json()["status"]), (200, &"pending".into()));
    }
    assert_eq!(app.provider.seen("view").await, 5, "the sixth is not asked for");
    assert_eq!((state(&app, "progress").await, state(&app, "check").await), (Some(2), Some(0)));
    let code = app.provider.code(&number(0)).await;
    assert_eq!(app.check(&ids[0], &code).await.status, 200);
}

#[actix_web::test]
async fn what_is_asked_of_the_provider_is_counted() {
    let fake = Fake::start([placed(0), broken()]).await;
    let app = service(fake.url.as_str()).await;
    for series in [
        "provider_requests_total{provider=\"messagebird\",op=\"start\",outcome=\"success\"}",
        "provider_requests_total{provider=\"messagebird\",op=\"cancel\",outcome=\"success\"}",
        "provider_ambiguous_total{provider=\"messagebird\",op=\"start\"}",
        "breaker_state{provider=\"messagebird\",op=\"cancel\"}",
    ] {
        assert_eq!(metric(&app, series).await, Some(0), "{series}");
    }
    app.start(&number(0)).await.id();
    app.start(&number(1)).await;
    for series in [
        "provider_requests_total{provider=\"messagebird\",op=\"start\",outcome=\"success\"}",
        "provider_requests_total{provider=\"messagebird\",op=\"start\",outcome=\"unknown\"}",
        "provider_ambiguous_total{provider=\"messagebird\",op=\"start\"}",
    ] {
        assert_eq!(metric(&app, series).await, Some(1), "{series}");
    }
}
