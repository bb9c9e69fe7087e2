//! What `/metrics` exposes, held against the list in docs/METRICS.md.

use crate::helpers::{TestApp, client, send};
use serde_json::json;
use std::collections::BTreeMap;

/// The metrics of a scrape by their kinds, as `# TYPE` lines name them.
fn kinds(text: &str) -> BTreeMap<&str, &str> {
    text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect()
}

async fn scraped(app: &TestApp) -> String {
    let answer = send(client().get(format!("{}/metrics", app.ops))).await;
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    answer.text
}

/// A service that has seen a bit of everything.
async fn lived_in() -> TestApp {
    let app = TestApp::with(&[("CALLERS", CALLER)]).await;
    let id = app.start("+442079460101").await.id();
    let code = app.provider.code("+442079460101").await;
    app.advance(6).await;
    assert_eq!(app.get(&format!("/verifications/{id}")).await.status, 200);
    let checked = app.check(&id, &code).await;
    app.advance(1).await;
    assert_eq!((checked.status, app.check(&id, &code).await.status), (200, 200));
    let receipt = checked.json()["receipt"].clone();
    for status in [200, 409] {
        let body = json!({ "receipt": receipt, "audience": "ringproof" });
        let redeem = client().post(format!("{}/receipts/redeem", app.address));
        assert_eq!(send(redeem.json(&body)).await.status, status);
    }
    assert_eq!(app.start("+442079460101").await.status, 429);
    let close = client().put(format!("{}/regions/FR", app.ops));
    assert_eq!(send(close.json(&json!({ "channel": "sms" }))).await.status, 204);
    for _ in 0..2 {
        let start = client().post(format!("{}/verifications", app.address));
        let start = start.header("idempotency-key", "twice").bearer_auth(KEY);
        send(start.json(&json!({ "phone_number": "+442079460102" }))).await.id();
    }
    app
}

const KEY: &str = "rpk_shop_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// The SHA-256 of that key.
const CALLER: &str = "shop:7f7d7df23c443162330bcbb4da5e87f828906aec8529d9382d73c4c9977e5d1c";

#[actix_web::test]
async fn every_metric_is_on_the_list_and_every_entry_is_exposed() {
    let text = scraped(&lived_in().await).await;
    let list = include_str!("../../../docs/METRICS.md");
    let rows = list.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split("` | ");
        Some((cells.next()?, cells.next()?.split(" | ").next()?))
    });
    assert_eq!(kinds(&text), rows.collect::<BTreeMap<_, _>>());
}

#[actix_web::test]
async fn the_way_from_a_start_to_a_receipt_can_be_read() {
    let text = scraped(&lived_in().await).await;
    for series in [
        r#"verify_asked_total{channel="voice",region="GB"} 3"#,
        r#"verify_starts_total{channel="voice",outcome="number_limit"} 1"#,
        r#"provider_deliveries_total{channel="voice",region="GB",provider="messagebird",state="answered"} 1"#,
        r#"verify_answered_total{channel="voice",region="GB",provider="messagebird"} 1"#,
        r#"guard_region_closed_by_hand{region="FR",channel="sms"} 1"#,
        r#"verify_placed_total{channel="voice",region="GB",provider="messagebird"} 2"#,
        r#"verify_verified_total{channel="voice",region="GB",provider="messagebird"} 1"#,
        r#"verify_time_to_verified_seconds_count{channel="voice"} 1"#,
        r#"verify_checks_total{outcome="ok"} 2"#,
        r#"verify_caller_starts_total{caller="shop",outcome="ok"} 1"#,
        r#"provider_requests_in_flight{provider="messagebird",op="start"} 0"#,
        r#"provider_request_duration_seconds_count{provider="messagebird",op="start"} 2"#,
        r#"receipts_total{outcome="issued"} 2"#,
        r#"receipts_total{outcome="redeemed"} 1"#,
        r#"receipts_total{outcome="receipt_redeemed"} 1"#,
        "idempotent_replays_total 1",
        r#"guard_starts_cap{per="hour"} 500"#,
        r#"guard_starts_used{per="day"} 2"#,
        r#"store_failures_total{op="decide"} 0"#,
        concat!(r#"build_info{version=""#, env!("CARGO_PKG_VERSION"), r#""} 1"#),
    ] {
        assert!(text.lines().any(|line| line == series), "{series} is not in\n{text}");
    }
}

#[actix_web::test]
async fn a_number_whose_proof_is_found_out_later_counts_once() {
    let app = TestApp::spawn().await;
    for (place, found_by) in ["the same code", "another code", "a read"].iter().enumerate() {
        let number = format!("+44207946011{place}");
        let id = app.start(&number).await.id();
        let (code, wrong) = (app.provider.code(&number).await, app.wrong_code(&number).await);
        for (operation, fault) in [("check", "reset"), ("view", "http_500")] {
            app.provider.fault(json!({ "operation": operation, "fault": fault })).await;
        }
        assert_eq!(app.check(&id, &code).await.problem().1, "check_unknown");
        let verified = |count| {
            format!(
                r#"verify_verified_total{{channel="voice",region="GB",provider="messagebird"}} {count}"#
            )
        };
        assert!(scraped(&app).await.contains(&verified(place)), "{found_by}: nobody knows yet");
        match *found_by {
            "the same code" => assert_eq!(app.check(&id, &code).await.status, 200),
            "another code" => assert_eq!(app.check(&id, &wrong).await.status, 409),
            _ => {
                let read = app.get(&format!("/verifications/{id}")).await;
                assert_eq!(read.json()["status"], "verified");
            }
        }
        assert_eq!(app.check(&id, &code).await.status, 200);
        assert!(scraped(&app).await.contains(&verified(place + 1)), "{found_by}");
    }
}

#[actix_web::test]
async fn openmetrics_is_spoken_when_it_is_asked_for() {
    let app = TestApp::spawn().await;
    let request = client().get(format!("{}/metrics", app.ops));
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    let answer = send(request.header("accept", accept)).await;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("content-type"), kind);
    assert!(answer.text.ends_with("# EOF\n"), "{}", answer.text);
    assert_eq!(kinds(&answer.text)["verify_starts"], "counter");
}
