//! `POST /receipts/redeem`

use super::{NONCE, mine, part, receipt_for, redeem, redeem_under, sharing, verified, with};
use crate::helpers::{TestApp, client, send};
use crate::servers::Server;
use crate::shared_store::becomes_ready;
use futures_util::{StreamExt, stream};
use serde_json::json;
use std::time::Duration;

#[actix_web::test]
async fn a_receipt_is_redeemed_once_and_says_all_that_is_in_it() {
    let app = TestApp::spawn().await;
    let receipt = receipt_for(&app, "+442079460210").await;
    let answer = redeem(&app, mine(&receipt)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.json(), part(&receipt, 1));
    for _ in 0..3 {
        assert_eq!(redeem(&app, mine(&receipt)).await.problem(), (409, "receipt_redeemed".into()));
    }
    // Another verification of the same number is another receipt.
    app.advance(60).await;
    let another = receipt_for(&app, "+442079460210").await;
    assert_eq!(redeem(&app, mine(&another)).await.status, 200);
}

#[actix_web::test]
async fn what_does_not_match_is_named_and_uses_nothing_up() {
    let app = TestApp::spawn().await;
    let receipt = receipt_for(&app, "+442079460211").await;
    let without = super::receipt(&verified(&app, "+442079460212", json!({})).await);
    let mut nobodys = mine(&receipt);
    nobodys.as_object_mut().unwrap().remove("nonce");
    for (body, pointer) in [
        (with(mine(&receipt), "audience", "https://other.example"), "#/audience"),
        (with(mine(&receipt), "nonce", "another-session"), "#/nonce"),
        (nobodys, "#/nonce"),
        (mine(&without), "#/nonce"),
        (with(mine(&receipt), "phone_number", "+442079460212"), "#/phone_number"),
        (with(mine(&receipt), "phone_number", "neither"), "#/phone_number"),
        (with(mine(&receipt), "receipt", format!("{receipt}x")), "#/receipt"),
        (with(mine(&receipt), "receipt", "x"), "#/receipt"),
    ] {
        let answer = redeem(&app, body).await;
        assert_eq!(answer.problem(), (422, "receipt_invalid".into()), "{pointer}");
        let errors = answer.json()["errors"].clone();
        assert_eq!((errors.as_array().unwrap().len(), &errors[0]["pointer"]), (1, &json!(pointer)));
        assert_eq!(errors[0]["code"], "mismatch", "and never why");
    }
    let whole = with(mine(&receipt), "phone_number", "+44 20 7946 0211");
    assert_eq!(redeem(&app, whole).await.status, 200);
}

#[actix_web::test]
async fn a_request_that_says_too_little_or_too_much_is_refused_by_name() {
    let app = TestApp::spawn().await;
    let receipt = receipt_for(&app, "+442079460213").await;
    for (body, pointers) in [
        (json!({}), vec!["#/receipt", "#/audience"]),
        (json!({ "receipt": receipt, "nonce": NONCE }), vec!["#/audience"]),
        (with(mine(&receipt), "audience", ""), vec!["#/audience"]),
        (with(mine(&receipt), "nonce", "short"), vec!["#/nonce"]),
        (with(mine(&receipt), "nonce", "not a nonce, is it"), vec!["#/nonce"]),
    ] {
        let answer = redeem(&app, body).await;
        assert_eq!(answer.problem(), (422, "invalid_request".into()), "{pointers:?}");
        let errors = answer.json()["errors"].clone();
        let named: Vec<_> = errors.as_array().unwrap().iter().map(|it| &it["pointer"]).collect();
        assert_eq!(named, pointers);
    }
    let unknown = with(mine(&receipt), "reference", "order4711");
    assert_eq!(redeem(&app, unknown).await.problem(), (400, "malformed_request".into()));
    let long = with(mine(&receipt), "receipt", "e".repeat(100_000));
    assert_eq!(redeem(&app, long).await.problem(), (413, "body_too_large".into()));
    let longest = with(mine(&receipt), "receipt", format!("{receipt}.{}", "e".repeat(3_000)));
    assert_eq!(redeem(&app, longest).await.problem(), (422, "receipt_invalid".into()));
    assert_eq!(redeem(&app, mine(&receipt)).await.status, 200);
}

#[actix_web::test]
async fn its_end_is_to_the_second_and_is_forgotten_only_after_it() {
    let app = TestApp::spawn().await;
    let (used, unused) =
        (receipt_for(&app, "+442079460214").await, receipt_for(&app, "+442079460215").await);
    assert_eq!(redeem(&app, mine(&used)).await.status, 200);
    app.clock.advance(Duration::from_secs(1799));
    assert_eq!(redeem(&app, mine(&used)).await.problem(), (409, "receipt_redeemed".into()));
    app.clock.advance(Duration::from_millis(1000));
    for receipt in [used, unused] {
        let late = redeem(&app, mine(&receipt)).await;
        assert_eq!(late.problem(), (422, "receipt_invalid".into()));
        assert_eq!(late.json()["errors"][0]["pointer"], "#/receipt");
    }
}

#[actix_web::test]
async fn a_lost_answer_loses_nothing_to_whoever_gave_the_request_a_key() {
    let app = TestApp::spawn().await;
    let receipt = receipt_for(&app, "+442079460216").await;
    let wrong = redeem_under(&app, "once", with(mine(&receipt), "nonce", "another-session")).await;
    assert_eq!(wrong.problem(), (422, "receipt_invalid".into()));
    let first = redeem_under(&app, "once", mine(&receipt)).await;
    assert_eq!(first.status, 200, "a request that did nothing has not used up its key");
    // The answer came late, and the receipt is over by now.
    app.advance(1800).await;
    let again = redeem_under(&app, "once", mine(&receipt)).await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let number = with(mine(&receipt), "phone_number", "+442079460216");
    let other = redeem_under(&app, "once", number).await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused".into()));
    let expired = redeem_under(&app, "twice", mine(&receipt)).await;
    assert_eq!(expired.problem(), (422, "receipt_invalid".into()));
}

#[actix_web::test]
async fn a_redeemed_receipt_stays_so_under_another_key() {
    let app = TestApp::spawn().await;
    let receipt = receipt_for(&app, "+442079460217").await;
    assert_eq!(redeem_under(&app, "a", mine(&receipt)).await.status, 200);
    for key in ["b", "c", "b"] {
        let answer = redeem_under(&app, key, mine(&receipt)).await;
        assert_eq!(answer.problem(), (409, "receipt_redeemed".into()));
    }
}

#[actix_web::test]
async fn a_thousand_at_once_on_two_replicas_are_one() {
    let server = Server::start(&[]);
    let mut app = sharing(&server, &[]).await;
    let receipt = receipt_for(&app, "+442079460218").await;
    let first = app.address.clone();
    let _first_goes_on = app.second(&[]);
    becomes_ready(&app).await;
    let http = client();
    let ask = async |index: usize| {
        let address = if index.is_multiple_of(2) { &first } else { &app.address };
        send(http.post(format!("{address}/receipts/redeem")).json(&mine(&receipt))).await
    };
    // As many under way as two processors can answer before the store's time is up.
    let answers: Vec<_> = stream::iter(0..1000).map(ask).buffer_unordered(64).collect().await;
    let (good, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 200);
    assert_eq!((good.len(), refused.len()), (1, 999));
    for refused in refused {
        assert_eq!(refused.problem(), (409, "receipt_redeemed".into()));
    }
}

#[actix_web::test]
async fn what_is_not_ours_costs_the_store_nothing() {
    let server = Server::start(&[]);
    let app = sharing(&server, &[]).await;
    let receipt = receipt_for(&app, "+442079460219").await;
    let other = TestApp::with(&[("SECRET_KEY", &"00".repeat(32))]).await;
    let theirs = receipt_for(&other, "+442079460219").await;
    let (said, _) = receipt.rsplit_once('.').unwrap();
    let forged = format!("{said}.{}", theirs.rsplit_once('.').unwrap().1);
    let before = asked(&server);
    for key in ["", "k"] {
        for body in [
            mine(&theirs),
            mine(&forged),
            mine("x"),
            with(mine(&receipt), "audience", "https://other.example"),
            with(mine(&receipt), "nonce", "another-session"),
            with(mine(&receipt), "phone_number", "+442079460218"),
        ] {
            let answer = match key {
                "" => redeem(&app, body).await,
                key => redeem_under(&app, key, body).await,
            };
            assert_eq!(answer.problem(), (422, "receipt_invalid".into()));
        }
    }
    app.clock.advance(Duration::from_secs(1800));
    assert_eq!(redeem(&app, mine(&receipt)).await.problem().0, 422);
    assert_eq!(asked(&server), before, "not even asked");
}

/// How often the store was asked, our own questions and the service's pings aside.
fn asked(server: &Server) -> Vec<String> {
    let said: String = redis::from_redis_value(server.run("INFO commandstats").unwrap()).unwrap();
    let matters = |line: &&str| ["_eval", "_del"].iter().any(|name| line.contains(name));
    let calls = |line: &str| line.split(',').next().unwrap().to_owned();
    said.lines().filter(matters).map(calls).collect()
}
