//! `GET /problems/{code}`, and every row of the problem table.

use crate::helpers::{Answer, TestApp, client, send, spawn_with_clock};
use crate::receipts;
use reqwest::Method;
use ringproof::http::connection::Limits;
use ringproof::http::problem::TABLE;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use verification::{Clock, Timestamp};

/// The headers that a problem decides; those that every answer carries have their own test.
const OWN: [&str; 7] = [
    "allow",
    "cache-control",
    "content-type",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
];

fn shown(answer: &Answer) -> Value {
    answer.problem();
    let mut body = answer.json();
    let instance = body["instance"].as_str().unwrap();
    assert_eq!(instance, format!("urn:uuid:{}", answer.header("x-request-id")));
    body["instance"] = json!("urn:uuid:…");
    let headers: BTreeMap<_, _> = answer
        .headers
        .iter()
        .filter(|(name, _)| OWN.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    json!({ "status": answer.status, "headers": headers, "body": body })
}

#[actix_web::test]
async fn every_row_of_the_table_is_produced() {
    let mut rows = Vec::new();
    rows.extend(refused_at_the_edge().await);
    rows.extend(refused_by_the_guard().await);
    rows.extend(refused_by_the_provider().await);
    rows.extend(refused_by_a_verification().await);
    rows.extend(refused_by_idempotency().await);
    rows.extend(refused_by_a_receipt().await);
    rows.push(a_panic().await);
    let rows: BTreeMap<_, _> =
        rows.iter().map(|answer| (answer.problem().1, shown(answer))).collect();
    let codes: Vec<_> = rows.keys().map(String::as_str).collect();
    let mut table: Vec<_> = TABLE.iter().map(|row| row.1).collect();
    table.sort_unstable();
    assert_eq!(codes, table);
    insta::assert_json_snapshot!("problems", rows);
}

async fn refused_at_the_edge() -> Vec<Answer> {
    let app = TestApp::spawn().await;
    let post = || app.request(Method::POST, "/verifications");
    let json = || post().header("content-type", "application/json");
    let body = json!({ "phone_number": "+442079460010" });
    // Its body never ends.
    let hurried = Limits { request: Duration::from_millis(200), ..Limits::default() };
    let hurried = TestApp::within(hurried, &[]).await;
    let endless = futures_util::stream::pending::<std::io::Result<Vec<u8>>>();
    let endless = reqwest::Body::wrap_stream(endless);
    let slow = hurried.request(Method::POST, "/verifications").body(endless);
    let mut many = post();
    for index in 0..70 {
        many = many.header(format!("x-{index}"), "1");
    }
    vec![
        send(json().body("{")).await,
        send(post().json(&body).header("sec-fetch-site", "cross-site")).await,
        send(post().json(&body).header("authorization", "Bearer rpk_nobodys")).await,
        send(post().json(&json!({ "client_address": "203.0.113.9" }))).await,
        app.get("/nothing-here").await,
        send(app.request(Method::PUT, "/verifications")).await,
        send(slow).await,
        send(json().body(" ".repeat(5000))).await,
        app.get(&format!("/{}", "a".repeat(3000))).await,
        send(post().body("{}")).await,
        send(many).await,
        send(post().json(&json!({ "phone_number": "+442079460010", "reference": "a b" }))).await,
        send(post().json(&json!({ "phone_number": "+4420" }))).await,
        app.get("/verifications/unknown").await,
    ]
}

async fn refused_by_the_guard() -> Vec<Answer> {
    let app = TestApp::with(&[("GUARD_HOURLY_CAP", "1")]).await;
    app.start("+442079460011").await.id();
    let number = app.start("+442079460011").await;
    let capacity = app.start("+442079460012").await;
    let closed = app.start("+4915123456789").await;
    let pause = client().put(format!("{}/pause", app.ops)).json(&json!({ "for": "1h" }));
    assert_eq!(send(pause).await.status, 204);
    let paused = app.start("+442079460012").await;
    let app = TestApp::spawn().await;
    app.start("+442079460011").await.id();
    vec![number, capacity, closed, paused, app.start("+442079460011").await]
}

async fn refused_by_the_provider() -> Vec<Answer> {
    let app = TestApp::spawn().await;
    let mut answers = Vec::new();
    for (fault, number) in [
        (json!({ "operation": "create", "fault": "reset" }), "+442079460014"),
        (json!({ "operation": "create", "fault": "http_429", "retry_after": 7 }), "+442079460015"),
        (json!({ "operation": "create", "fault": "http_401" }), "+442079460013"),
    ] {
        app.advance(60).await;
        app.provider.fault(fault).await;
        answers.push(app.start(number).await);
    }
    app.advance(60).await;
    let id = app.start("+442079460016").await.id();
    let wrong = app.wrong_code("+442079460016").await;
    app.provider.fault(json!({ "operation": "check", "fault": "garbage" })).await;
    answers.push(app.check(&id, &wrong).await);
    answers
}

async fn refused_by_a_verification() -> Vec<Answer> {
    let app = TestApp::with(&[("VERIFY_MAX_ATTEMPTS", "1")]).await;
    let numbers = ["+442079460017", "+442079460018", "+442079460019", "+442079460020"];
    let mut ids = Vec::new();
    for number in numbers {
        ids.push((app.start(number).await.id(), app.provider.code(number).await));
    }
    let [(verified, code), (exhausted, _), (canceled, _), (expired, _)] = &ids[..] else {
        unreachable!("four numbers, four ids")
    };
    app.check(verified, code).await;
    let wrong = app.wrong_code(numbers[1]).await;
    let incorrect = app.check(exhausted, &wrong).await;
    app.cancel(canceled).await;
    let mut answers = vec![
        incorrect,
        app.check(expired, "1").await,
        app.check(verified, &wrong).await,
        app.check(exhausted, &wrong).await,
        app.check(canceled, &wrong).await,
    ];
    app.advance(600).await;
    answers.push(app.check(expired, &wrong).await);
    answers
}

async fn refused_by_a_receipt() -> Vec<Answer> {
    let app = TestApp::spawn().await;
    let receipt = receipts::receipt_for(&app, "+442079460019").await;
    assert_eq!(receipts::redeem(&app, receipts::mine(&receipt)).await.status, 200);
    let invalid = receipts::with(receipts::mine(&receipt), "audience", "other");
    let invalid = receipts::redeem(&app, invalid).await;
    vec![invalid, receipts::redeem(&app, receipts::mine(&receipt)).await]
}

async fn refused_by_idempotency() -> Vec<Answer> {
    let app = TestApp::spawn().await;
    let start = |key: &str, number: &str| {
        let request = app.request(Method::POST, "/verifications");
        request.header("idempotency-key", key).json(&json!({ "phone_number": number }))
    };
    let invalid = send(start("not a key", "+442079460021")).await;
    send(start("one", "+442079460021")).await.id();
    let reused = send(start("one", "+442079460022")).await;
    app.provider
        .fault(json!({ "operation": "create", "fault": "slow", "milliseconds": 500 }))
        .await;
    let first = actix_web::rt::spawn(send(start("two", "+442079460023")));
    while app.provider.seen("create").await < 2 {
        tokio::task::yield_now().await;
    }
    let in_use = send(start("two", "+442079460023")).await;
    first.await.unwrap().id();
    vec![invalid, reused, in_use]
}

/// A clock that breaks when it is told to: the nearest thing to a fault of our own.
struct Fragile(AtomicBool);

impl Clock for Fragile {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::SeqCst), "the clock broke");
        Timestamp(1_795_000_000_000)
    }
}

async fn a_panic() -> Answer {
    let clock = Arc::new(Fragile(AtomicBool::new(false)));
    let (address, _provider, _stop) = spawn_with_clock(Arc::clone(&clock) as Arc<dyn Clock>).await;
    let client = crate::helpers::client();
    let start = || client.post(format!("{address}/verifications"));
    let id = send(start().json(&json!({ "phone_number": "+442079460024" }))).await.id();
    let read = || client.get(format!("{address}/verifications/{id}"));
    clock.0.store(true, Ordering::SeqCst);
    let lost = send(read()).await;
    let in_task = send(start().json(&json!({ "phone_number": "+442079460025" }))).await;
    assert_eq!(in_task.problem(), (500, "internal_error".into()));
    clock.0.store(false, Ordering::SeqCst);
    assert_eq!(send(read()).await.status, 200, "the process lives on");
    lost
}

#[actix_web::test]
async fn every_problem_has_its_page() {
    let app = TestApp::spawn().await;
    let list = app.get("/problems").await;
    assert_eq!((list.status, list.header("content-type")), (200, "text/html; charset=utf-8"));
    let (_, rows) = list.text.split_once("<tr><td>").unwrap();
    let statuses: Vec<u16> = rows.split("<tr><td>").map(|row| row[..3].parse().unwrap()).collect();
    assert_eq!(statuses.len(), TABLE.len());
    assert!(statuses.is_sorted(), "one below the other by status: {statuses:?}");
    for (_, code, status, title, words) in TABLE {
        assert!(list.text.contains(&format!("href=\"/problems/{code}\"")), "{code}");
        let page = app.get(&format!("/problems/{code}")).await;
        assert_eq!(page.status, 200);
        for part in [title, words, "Trying again", &format!("\"status\": {status}")] {
            assert!(page.text.contains(part), "{code}: {part}");
        }
    }
    assert_eq!(app.get("/problems/unknown").await.problem(), (404, "not_found".into()));
}
