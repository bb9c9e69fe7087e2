//! Limits as a caller meets them. The rules one by one are the domain's own tests.

use crate::helpers::{TestApp, client, send};
use reqwest::Method;
use serde_json::json;

#[actix_web::test]
async fn a_number_waits_longer_each_time_and_a_start_at_the_promised_moment_succeeds() {
    let app = TestApp::spawn().await;
    let number = "+442079460070";
    let mut waits = Vec::new();
    for _ in 0..6 {
        app.start(number).await.id();
        let refused = app.start(number).await;
        assert_eq!(refused.problem(), (429, "rate_limited".into()));
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        app.advance(wait - 1).await;
        assert_eq!(app.start(number).await.status, 429);
        app.advance(1).await;
        waits.push(wait);
    }
    assert_eq!(waits, [60, 120, 420, 600, 2400, 600]);
}

#[actix_web::test]
async fn one_client_cannot_ring_many_numbers() {
    // Within a minute all may still be verified, so it admits four times its quota.
    let app = TestApp::with(&[("GUARD_CLIENT_LIMITS", "2/1m,20/1h,50/24h")]).await;
    for last in 0..8 {
        app.start(&format!("+44207946010{last}")).await.id();
    }
    let answer = app.start("+442079460108").await;
    assert_eq!(answer.problem(), (429, "rate_limited".into()));
    assert_eq!(answer.json()["scope"], "client");
    assert_eq!(answer.header("retry-after"), "60");
    assert!(
        answer.headers.get("ratelimit").is_none(),
        "a client's limit says no more than it must"
    );
}

#[actix_web::test]
async fn one_prefix_is_rung_ten_times_an_hour() {
    let app = TestApp::spawn().await;
    for last in 0..10 {
        app.start(&format!("+44207946011{last}")).await.id();
    }
    let answer = app.start("+442079460120").await;
    assert_eq!(answer.problem(), (429, "rate_limited".into()));
    assert_eq!(answer.json()["scope"], "client");
    app.start("+12025550120").await.id();
}

#[actix_web::test]
async fn a_verified_code_gives_back_what_its_start_cost_the_client() {
    let app = TestApp::with(&[("GUARD_CLIENT_LIMITS", "2/24h")]).await;
    for last in 0..8 {
        let number = format!("+44207946013{last}");
        let id = app.start(&number).await.id();
        let code = app.provider.code(&number).await;
        assert_eq!(app.check(&id, &code).await.status, 200);
    }
}

#[actix_web::test]
async fn a_refused_start_costs_the_number_and_the_caps_nothing() {
    let app = TestApp::with(&[("GUARD_HOURLY_CAP", "1")]).await;
    for _ in 0..3 {
        assert_eq!(app.start("+442079460095").await.status, 422);
    }
    app.start("+442079460140").await.id();
}

#[actix_web::test]
async fn wrong_codes_are_counted_over_all_calls_to_a_number_but_each_call_has_its_first_try() {
    let app = TestApp::with(&[("GUARD_CHECK_LIMITS", "6/24h")]).await;
    let number = "+442079460150";
    let mut id = app.start(number).await.id();
    let wrong = app.wrong_code(number).await;
    for _ in 0..5 {
        assert_eq!(app.check(&id, &wrong).await.problem().1, "code_incorrect");
    }
    app.advance(60).await;
    id = app.resend(&id).await.id();
    let wrong = app.wrong_code(number).await;
    assert_eq!(app.check(&id, &wrong).await.problem().1, "code_incorrect");
    let answer = app.check(&id, &wrong).await;
    assert_eq!(answer.problem(), (429, "rate_limited".into()));
    assert_eq!(answer.json()["scope"], "number");
    // Whoever guesses cannot lock the holder out: the next call's first try is the holder's.
    app.advance(120).await;
    id = app.resend(&id).await.id();
    let code = app.provider.code(number).await;
    assert_eq!(app.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn closed_regions_and_kinds_are_refused_and_nothing_is_sent() {
    let app = TestApp::with(&[("GUARD_ALLOWED_REGIONS", "GB,US:sms")]).await;
    for (number, refused) in [
        ("+4915123456789", (403, "destination_not_allowed")),
        ("+12025550130", (403, "destination_not_allowed")),
        ("+18762345678", (403, "destination_not_allowed")),
        ("+448712345678", (403, "destination_not_allowed")),
        ("+88216123456", (403, "destination_not_allowed")),
    ] {
        let (status, code) = app.start(number).await.problem();
        assert_eq!((status, code.as_str()), refused, "{number}");
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
    let body = json!({ "phone_number": "+12025550130", "channel": "sms" });
    app.post("/verifications", body).await.id();
}

#[actix_web::test]
async fn a_spoofed_forwarding_header_changes_nothing_unless_a_trusted_proxy_sent_it() {
    let limits = ("GUARD_CLIENT_LIMITS", "1/1h");
    let start = async |app: &TestApp, number: &str, forwarded: &str| {
        let request = app.request(Method::POST, "/verifications");
        let request = request.header("x-forwarded-for", forwarded);
        send(request.json(&json!({ "phone_number": number }))).await.status
    };
    let app = TestApp::with(&[limits]).await;
    assert_eq!(start(&app, "+442079460160", "203.0.113.1").await, 201);
    assert_eq!(start(&app, "+442079460161", "203.0.113.2").await, 429);
    let app = TestApp::with(&[limits, ("HTTP_TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    assert_eq!(start(&app, "+442079460160", "203.0.113.1").await, 201);
    assert_eq!(start(&app, "+442079460161", "198.51.100.7, 203.0.113.1").await, 429);
    assert_eq!(start(&app, "+442079460161", "203.0.113.2").await, 201);
}

#[actix_web::test]
async fn a_region_whose_calls_are_never_verified_is_closed_for_voice() {
    let app = TestApp::with(&[("GUARD_PREFIX_LIMITS", "1000/1h")]).await;
    for last in 0..20 {
        app.start(&format!("+4420794602{last:02}")).await.id();
    }
    app.advance(400).await;
    let answer = app.start("+442079460300").await;
    assert_eq!(answer.problem(), (503, "capacity_reached".into()));
    assert_eq!(app.provider.rings("+442079460300").await, 0);
    let sms = json!({ "phone_number": "+447400123456", "channel": "sms" });
    app.post("/verifications", sms).await.id();
    app.start("+12025550130").await.id();
    app.advance(3600).await;
    app.start("+442079460301").await.id();
}

#[actix_web::test]
async fn operators_see_caps_closed_regions_and_reasons() {
    let app = TestApp::with(&[("GUARD_PREFIX_LIMITS", "1000/1h")]).await;
    for last in 0..20 {
        app.start(&format!("+4420794604{last:02}")).await.id();
    }
    app.start("+442079460400").await.problem();
    app.start("+4915123456789").await.problem();
    app.advance(400).await;
    app.start("+442079460430").await.problem();
    let guard = send(client().get(format!("{}/overview", app.ops))).await.json();
    assert_eq!(guard["hour"], json!({ "used": 20, "cap": 500 }));
    assert_eq!(guard["day"], json!({ "used": 20, "cap": 3000 }));
    assert_eq!(guard["regions"], json!({ "GB": { "used": 20, "cap": 1500 } }));
    let stopped = &guard["stopped"][0];
    assert_eq!([&stopped["region"], &stopped["channel"], &stopped["by"]], ["GB", "voice", "watch"]);
    let reasons = json!({ "number_limit": 1, "destination_not_allowed": 1, "region_closed": 1 });
    assert_eq!(guard["refused"], reasons);
    assert_eq!(app.get("/overview").await.status, 404, "the public learns none of this");
}
