//! What somebody could try who holds less than he should: the table in `docs/proof.md`, row by row.

use super::{NONCE, mine, part, receipt, receipt_for, redeem, verified, with};
use crate::callers::{CRM, SHOP, app as app_with_callers, start as start_as, with_key};
use crate::helpers::{Answer, TestApp, send};
use reqwest::Method;
use serde_json::{Value, json};

const SITE: &str = "https://shop.example";
const OTHER_SITE: &str = "https://other.example";

/// Proves a number from a page, or from whatever says it is one.
async fn prove_from(app: &TestApp, origin: &str, number: &str) -> Answer {
    let from = |path: &str| app.request(Method::POST, path).header("origin", origin);
    let body = json!({ "phone_number": number, "nonce": NONCE });
    let started = send(from("/verifications").json(&body)).await;
    if started.status != 201 {
        return started;
    }
    let code = app.provider.code(number).await;
    let check = from(&format!("/verifications/{}/check", started.id()));
    send(check.json(&json!({ "code": code }))).await
}

fn named(answer: &Answer) -> (String, Value) {
    (answer.problem().1, answer.json()["errors"][0]["pointer"].clone())
}

#[actix_web::test]
async fn a_receipt_that_is_sent_again_is_refused() {
    let app = TestApp::spawn().await;
    let receipt = receipt_for(&app, "+442079460240").await;
    assert_eq!(redeem(&app, mine(&receipt)).await.status, 200);
    assert_eq!(redeem(&app, mine(&receipt)).await.problem().1, "receipt_redeemed");
}

#[actix_web::test]
async fn a_receipt_for_one_site_is_none_for_another() {
    let sites = format!("{SITE},{OTHER_SITE}");
    let app = TestApp::with(&[("HTTP_ALLOWED_ORIGINS", &sites)]).await;
    let theirs = receipt(&prove_from(&app, OTHER_SITE, "+442079460241").await);
    assert_eq!(part(&theirs, 1)["aud"], OTHER_SITE);
    let here = redeem(&app, with(mine(&theirs), "audience", SITE)).await;
    assert_eq!(named(&here), ("receipt_invalid".into(), json!("#/audience")));
    let there = redeem(&app, with(mine(&theirs), "audience", OTHER_SITE)).await;
    assert_eq!(there.status, 200);
}

#[actix_web::test]
async fn a_callers_receipt_is_for_that_caller_alone() {
    let app = app_with_callers(&[]).await;
    let number = "+442079460242";
    let body = json!({ "phone_number": number, "nonce": NONCE });
    let id = start_as(&app, SHOP, body).await.id();
    let receipt = receipt(&app.check(&id, &app.provider.code(number).await).await);
    assert_eq!(part(&receipt, 1)["aud"], "shop");
    let body = json!({ "receipt": receipt, "nonce": NONCE });
    let redeem_as = async |key: &str, body: &Value| {
        with_key(app.request(Method::POST, "/receipts/redeem").json(body), key).await
    };
    for body in [body.clone(), with(body.clone(), "audience", "shop")] {
        let other = redeem_as(CRM, &body).await;
        assert_eq!(named(&other), ("receipt_invalid".into(), json!("#/audience")));
    }
    let posing = redeem_as(SHOP, &with(body.clone(), "audience", "crm")).await;
    assert_eq!(named(&posing), ("receipt_invalid".into(), json!("#/audience")));
    assert_eq!(redeem_as(SHOP, &body).await.status, 200);
}

#[actix_web::test]
async fn another_persons_session_does_not_take_it() {
    let app = TestApp::spawn().await;
    let receipt = receipt_for(&app, "+442079460243").await;
    let answer = redeem(&app, with(mine(&receipt), "nonce", "nonce-of-another")).await;
    assert_eq!(named(&answer), ("receipt_invalid".into(), json!("#/nonce")));
}

#[actix_web::test]
async fn a_stolen_id_is_no_place_to_guess_after_success() {
    let app = TestApp::spawn().await;
    let number = "+442079460244";
    let id = app.start(number).await.id();
    let (right, wrong) = (app.provider.code(number).await, app.wrong_code(number).await);
    assert_eq!(app.check(&id, &right).await.status, 200);
    // Four tries are left of five, for its holder and for a thief alike.
    for _ in 0..8 {
        let guess = app.check(&id, &wrong).await;
        assert_eq!(guess.problem(), (409, "already_verified".into()));
        assert_eq!(guess.json().get("receipt"), None);
    }
    let late = app.check(&id, &right).await;
    assert_eq!(late.problem(), (409, "already_verified".into()));
}

#[actix_web::test]
async fn a_wrong_code_after_a_lost_right_one_gets_nothing_and_the_right_one_all() {
    let app = TestApp::spawn().await;
    let number = "+442079460245";
    let body = json!({ "phone_number": number, "nonce": NONCE });
    let id = app.post("/verifications", body).await.id();
    let (right, wrong) = (app.provider.code(number).await, app.wrong_code(number).await);
    let lost = app.check(&id, &right).await;
    assert_eq!(app.check(&id, &wrong).await.problem(), (409, "already_verified".into()));
    app.clock.advance(std::time::Duration::from_secs(5));
    let again = app.check(&id, &right).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(
        part(&receipt(&again), 1),
        part(&receipt(&lost), 1),
        "the same claims, and one name"
    );
    assert_eq!(redeem(&app, mine(&receipt(&again))).await.status, 200);
    assert_eq!(redeem(&app, mine(&receipt(&lost))).await.problem().1, "receipt_redeemed");
}

/// An origin says for whom a receipt is, not where the code was typed: whoever writes a listed one by
/// hand gets a receipt for that site, for a number that he holds.
#[actix_web::test]
async fn a_listed_origin_from_curl_proves_ones_own_number_and_an_unlisted_one_nothing() {
    let app = TestApp::with(&[("HTTP_ALLOWED_ORIGINS", SITE)]).await;
    let listed = receipt(&prove_from(&app, SITE, "+442079460246").await);
    assert_eq!(part(&listed, 1)["aud"], SITE);
    assert_eq!(part(&listed, 1)["phone_number"], "+442079460246");
    let rings = app.provider.seen("create").await;
    let unlisted = prove_from(&app, "https://evil.example", "+442079460247").await;
    assert_eq!(unlisted.problem(), (403, "cross_site_request".into()));
    assert_eq!(app.provider.seen("create").await, rings);
    let without = receipt(&verified(&app, "+442079460247", json!({ "nonce": NONCE })).await);
    assert_eq!(part(&without, 1)["aud"], "ringproof", "without an origin it is for no site");
}
