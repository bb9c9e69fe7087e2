//! What the second provider does when the first one fails: who rings, how often, what is charged, and what
//! the person is told.

use crate::fake::{Act, Fake, json, with_headers};
use crate::helpers::{Answer, TestApp};
use crate::world::{assert_told, hurried, number, service_with, verify};
use serde_json::json as object;
use std::time::{Duration, Instant};

const BOTH: (&str, &str) = ("PROVIDERS", "messagebird,twilio");

/// What the first provider does, and what a person is told then.
#[derive(Clone, Copy)]
enum Told {
    /// The second one rings.
    Called,
    /// Nobody rings, and it is certain.
    NotCalled(u16, &'static str),
    /// Nobody knows whether the first one rings; the second does not.
    Unknown(u16),
}

fn fault(status: u16, code: i64, parameter: &str) -> Act {
    let body =
        format!(r#"{{"errors":[{{"code":{code},"description":"no","parameter":"{parameter}"}}]}}"#);
    Act::Reply(json(status, &body))
}

fn failures() -> [(&'static str, Option<Act>, Told); 12] {
    let reply = |status, headers: &str| Some(Act::Reply(with_headers(status, headers, "")));
    let unknown = Told::Unknown(502);
    [
        ("connection refused", None, Told::Called),
        ("key revoked", Some(fault(401, 2, "access_key")), Told::Called),
        ("no balance", Some(fault(402, 25, "")), Told::Called),
        ("too many requests", reply(429, "Retry-After: 30\r\n"), Told::Called),
        ("unavailable until then", reply(503, "Retry-After: 30\r\n"), Told::Called),
        ("a request it does not serve", Some(fault(400, 9, "type")), Told::Called),
        ("internal error", reply(500, ""), unknown),
        ("bad gateway", reply(502, ""), unknown),
        ("HTML", Some(Act::Reply(json(200, "<h1>no</h1>"))), unknown),
        ("no answer", Some(Act::Hold), Told::Unknown(504)),
        (
            "recipient refused",
            Some(fault(422, 10, "recipient")),
            Told::NotCalled(422, "phone_number_invalid"),
        ),
        (
            "accepted, and failed at once",
            Some(Act::Reply(json(201, &verify(0, "failed")))),
            Told::NotCalled(503, "temporarily_unavailable"),
        ),
    ]
}

async fn start(app: &TestApp, channel: &str, number: &str) -> Answer {
    app.post("/verifications", object!({ "phone_number": number, "channel": channel })).await
}

#[actix_web::test]
async fn a_second_provider_rings_only_when_the_first_certainly_did_not() {
    for (channel, number) in [("voice", "+442079460030"), ("sms", "+12025550130")] {
        for (failure, act, told) in failures() {
            let what = format!("{failure}, {channel}");
            let fake = Fake::start(act).await;
            let first = if failure == "connection refused" {
                unused_port().await
            } else {
                fake.url.to_string()
            };
            let app = service_with(&first, &[BOTH], hurried).await;
            let began = Instant::now();
            let answer = start(&app, channel, number).await;
            assert!(began.elapsed() < Duration::from_secs(10), "{what}: {:?}", began.elapsed());
            let rings = match told {
                Told::Called => {
                    assert_eq!(answer.status, 201, "{what}: {}", answer.text);
                    let code = app.provider.code(number).await;
                    assert_eq!(app.check(&answer.id(), &code).await.status, 200, "{what}");
                    1
                }
                Told::NotCalled(status, code) => {
                    assert_eq!(answer.problem(), (status, code.to_owned()), "{what}");
                    0
                }
                Told::Unknown(status) => {
                    assert_told(&answer, status, "delivery_unknown", 60..=60);
                    0
                }
            };
            assert_eq!(app.provider.rings(number).await, rings, "{what}");
            assert!(fake.requests().len() <= 1, "{what}: asked once");
            // The charge is made once, and given back when it is certain that nobody rang.
            let again = start(&app, channel, number).await;
            let kept = again.status == 429;
            assert_eq!(kept, !matches!(told, Told::NotCalled(..)), "{what}: {}", again.text);
        }
    }
}

async fn unused_port() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[actix_web::test]
async fn both_that_cannot_be_reached_are_no_call_and_no_charge() {
    let nowhere = unused_port().await;
    let app = service_with(&nowhere, &[BOTH, ("TWILIO_BASE_URL", &nowhere)], |_| ()).await;
    for _ in 0..3 {
        assert_told(&app.start(&number(0)).await, 503, "temporarily_unavailable", 5..=7);
    }
}

#[actix_web::test]
async fn once_the_breaker_knows_the_second_rings_at_once() {
    let fake = Fake::start((0..5).map(|_| Act::Reply(with_headers(500, "", "")))).await;
    let app = service_with(fake.url.as_str(), &[BOTH], |_| ()).await;
    for index in 0..5 {
        assert_told(&app.start(&number(index)).await, 502, "delivery_unknown", 60..=60);
    }
    let began = Instant::now();
    app.start(&number(5)).await.id();
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!((fake.requests().len(), app.provider.rings(&number(5)).await), (5, 1));
}

#[actix_web::test]
async fn a_code_of_ours_is_checked_while_no_carrier_can_be_reached() {
    let mut app = service_with(&unused_port().await, &[BOTH], |_| ()).await;
    let id = app.start(&number(0)).await.id();
    let (code, wrong) = (app.provider.code(&number(0)).await, app.wrong_code(&number(0)).await);
    let seen = app.provider.seen_in_all().await;
    assert_eq!(app.check(&id, &wrong).await.json()["attempts_remaining"], 4);
    let first = app.check(&id, &code).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(app.check(&id, &code).await.unsigned(), first.unsigned());
    assert_told(&app.check(&id, &wrong).await, 409, "already_verified", 0..=0);
    assert_eq!(app.provider.seen_in_all().await, seen, "nobody was asked");
    // A store that lost its memory has lost the tries: the code goes with them.
    app.reborn(&[]);
    assert_told(&app.check(&id, &code).await, 410, "verification_expired", 0..=0);
}

#[actix_web::test]
async fn the_carrier_alone_calls_writes_tells_and_ends() {
    let app = TestApp::with(&[("PROVIDERS", "twilio"), ("MESSAGEBIRD_API_KEY", "")]).await;
    for (channel, number) in [("voice", "+442079460031"), ("sms", "+12025550131")] {
        let id = start(&app, channel, number).await.id();
        assert_eq!(app.provider.message(number).await["provider"], "twilio");
        let shown = app.get(&format!("/verifications/{id}")).await.json();
        assert_eq!(shown["status"], "pending");
        assert_ne!(shown["delivery"]["state"], "unknown", "{shown}");
        assert_eq!(app.cancel(&id).await.status, 204);
        let code = app.provider.code(number).await;
        assert_told(&app.check(&id, &code).await, 410, "verification_canceled", 0..=0);
    }
}

#[actix_web::test]
async fn a_provider_is_used_for_its_channel_alone() {
    let app = TestApp::with(&[("PROVIDERS", "messagebird:sms,twilio:voice")]).await;
    for (channel, number, provider) in
        [("voice", "+442079460032", "twilio"), ("sms", "+12025550132", "messagebird")]
    {
        start(&app, channel, number).await.id();
        assert_eq!(app.provider.message(number).await["provider"], provider);
    }
}
