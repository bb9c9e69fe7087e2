//! `/receipts`, `/.well-known/jwks.json`, and the receipt in the answer to a check.

mod attackers;
mod redeem;
mod rotation;

use crate::helpers::{Answer, PATIENT, TestApp, send};
use crate::servers::Server;
use crate::shared_store::becomes_ready;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use ringproof::config::Config;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::time::Duration;

/// The nonce of a session at a site's server.
pub const NONCE: &str = "n-0S6_WzA2Mj";

/// The answer to a right code for a number that was started with these members.
pub async fn verified(app: &TestApp, number: &str, more: Value) -> Answer {
    let mut body = json!({ "phone_number": number });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let id = app.post("/verifications", body).await.id();
    let answer = app.check(&id, &app.provider.code(number).await).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

/// A service on a shared store that may take its time.
pub async fn sharing(server: &Server, vars: &[(&str, &str)]) -> TestApp {
    let url = server.url();
    let shared = [("REDIS_URL", url.expose_secret()), PATIENT];
    // What a replica tells the others is not asked for by a request.
    let adjust = |config: &mut Config| config.told_every = Duration::MAX;
    let app = TestApp::adjusted(&[vars, &shared].concat(), adjust).await;
    becomes_ready(&app).await;
    app
}

/// The receipt in an answer.
pub fn receipt(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["receipt"].as_str().expect("a receipt").to_owned()
}

/// A receipt for a number, in a session of its own.
pub async fn receipt_for(app: &TestApp, number: &str) -> String {
    receipt(&verified(app, number, json!({ "nonce": NONCE })).await)
}

/// A part of a receipt: 0 is the header, 1 the claims.
pub fn part(receipt: &str, index: usize) -> Value {
    let part = receipt.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// What the site's own server would ask for this receipt.
pub fn mine(receipt: &str) -> Value {
    json!({ "receipt": receipt, "audience": "ringproof", "nonce": NONCE })
}

/// The same with one member more, or another one.
pub fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

/// Redeems as a server does, which sends no `Origin`.
pub async fn redeem(app: &TestApp, body: Value) -> Answer {
    app.post("/receipts/redeem", body).await
}

/// Redeems under a key, so that it may be asked again.
pub async fn redeem_under(app: &TestApp, key: &str, body: Value) -> Answer {
    let request = app.request(Method::POST, "/receipts/redeem").header("idempotency-key", key);
    send(request.json(&body)).await
}

#[actix_web::test]
async fn a_right_code_is_answered_with_a_receipt_and_nothing_else_is() {
    let app = TestApp::spawn().await;
    let number = "+442079460201";
    let body = json!({ "phone_number": number, "nonce": NONCE, "reference": "order4711" });
    let started = app.post("/verifications", body).await;
    let id = started.id();
    let wrong = app.check(&id, &app.wrong_code(number).await).await;
    let answer = app.check(&id, &app.provider.code(number).await).await;
    let read = app.get(&format!("/verifications/{id}")).await;
    for other in [&started, &wrong, &read] {
        assert_eq!(other.json().get("receipt"), None, "{}", other.text);
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.json()["phone_number"], "+442*******01");
    let receipt = receipt(&answer);
    assert_eq!(part(&receipt, 0)["typ"], "receipt+jwt");
    let claims = part(&receipt, 1);
    assert_eq!(claims["phone_number"], number);
    assert_eq!(claims["nonce"], NONCE);
    assert_eq!(claims["reference"], "order4711");
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("ringproof"), &json!("ringproof")));
    let now = verification::Clock::now(&*app.clock).0 / 1000;
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 1800)));
}

#[actix_web::test]
async fn it_says_how_it_was_proven_by_whom_and_for_how_long() {
    let public = [("PUBLIC_URL", "https://verify.example/"), ("RECEIPT_TTL_SECONDS", "90")];
    let app = TestApp::with(&public).await;
    let answer = verified(&app, "+12025550156", json!({ "channel": "sms" })).await;
    let claims = part(&receipt(&answer), 1);
    assert_eq!(claims["amr"], json!(["sms"]));
    assert_eq!(claims["iss"], "https://verify.example/");
    assert_eq!(claims["aud"], claims["iss"]);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 90);
    assert_eq!((claims.get("nonce"), claims.get("reference")), (None, None));
}

#[actix_web::test]
async fn the_key_set_has_what_a_receipt_names() {
    let app = TestApp::spawn().await;
    let keys = app.get("/.well-known/jwks.json").await;
    assert_eq!(keys.status, 200);
    assert_eq!(keys.header("content-type"), "application/jwk-set+json");
    assert_eq!(keys.header("cache-control"), "public, max-age=3600");
    let keys = keys.json();
    let [key] = keys["keys"].as_array().unwrap().as_slice() else { panic!("{keys}") };
    let names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"], "and nothing private");
    let receipt = receipt_for(&app, "+442079460202").await;
    assert_eq!(part(&receipt, 0)["kid"], key["kid"]);
    let head = send(app.request(Method::HEAD, "/.well-known/jwks.json")).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    let post = send(app.request(Method::POST, "/.well-known/jwks.json")).await;
    assert_eq!((post.problem().0, post.header("allow")), (405, "GET, HEAD"));
}
