//! `GET /verify/{id}` with and without a token, and `DELETE`: the life of a verification.

use reqwest::Method;
use serde_json::json;

use crate::support::{NUMBER, Simulator, not_found, token_error};

const USED: &str = "The token has already been processed.";

fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[actix_web::test]
async fn the_right_code_verifies_once() {
    let simulator = Simulator::start().await;
    let (id, code) = simulator.call().await;
    let answer = simulator.check(&id, &code).await;
    assert_eq!((answer.status, answer.text("status")), (200, "verified".to_owned()));
    assert_eq!(answer.text("id"), id);
    assert_eq!(simulator.check(&id, &code).await.error(), token_error(USED));
    assert_eq!(simulator.status(&id).await, "verified");
}

#[actix_web::test]
async fn by_default_one_wrong_code_fails_it() {
    let simulator = Simulator::start().await;
    let id = simulator.create(json!({ "recipient": NUMBER })).await.id();
    let code = simulator.newest(NUMBER).await["code"].as_str().unwrap().to_owned();
    let wrong = simulator.check(&id, other_than(&code)).await;
    assert_eq!(wrong.error(), token_error("The token is invalid."));
    assert_eq!(simulator.status(&id).await, "failed");
    assert_eq!(simulator.check(&id, &code).await.error(), token_error(USED));
}

#[actix_web::test]
async fn five_attempts_are_five_attempts() {
    let simulator = Simulator::start().await;
    let (id, code) = simulator.call().await;
    for attempt in 1..=5 {
        assert_eq!(simulator.status(&id).await, "sent", "before attempt {attempt}");
        let wrong = simulator.check(&id, other_than(&code)).await;
        assert_eq!(wrong.error(), token_error("The token is invalid."), "attempt {attempt}");
    }
    assert_eq!(simulator.status(&id).await, "failed");
    assert_eq!(simulator.check(&id, &code).await.error(), token_error(USED));
}

#[actix_web::test]
async fn a_code_of_impossible_length_is_told_apart_and_costs_nothing() {
    let simulator = Simulator::start().await;
    let id = simulator.create(json!({ "recipient": NUMBER })).await.id();
    let code = simulator.newest(NUMBER).await["code"].as_str().unwrap().to_owned();
    for token in ["1", "12345", "12345678901"] {
        let answer = simulator.check(&id, token).await;
        assert_eq!(answer.error(), token_error("Token should between 6 and 10 characters"));
    }
    assert_eq!(simulator.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn an_empty_token_is_a_plain_read() {
    let simulator = Simulator::start().await;
    let (id, _) = simulator.call().await;
    let answer = simulator.check(&id, "").await;
    assert_eq!((answer.status, answer.text("status")), (200, "sent".to_owned()));
    let counts = simulator.own(Method::GET, "/phone/requests", json!(null)).await.json();
    assert_eq!((&counts["check"], &counts["view"]), (&json!(0), &json!(1)));
}

#[actix_web::test]
async fn leading_zeros_count() {
    let simulator = Simulator::start().await;
    simulator.next_code("000042").await;
    let (id, code) = simulator.call().await;
    assert_eq!(code, "000042");
    assert_eq!(simulator.check(&id, "0000042").await.error(), token_error("The token is invalid."));
    assert_eq!(simulator.check(&id, "000042").await.status, 200);
}

#[actix_web::test]
async fn it_expires_when_its_time_is_over() {
    let simulator = Simulator::start().await;
    let (id, code) = simulator.call().await;
    simulator.advance(590).await;
    assert_eq!(simulator.status(&id).await, "sent");
    simulator.advance(10).await;
    assert_eq!(simulator.status(&id).await, "expired");
    let expired = token_error("The token has expired.");
    assert_eq!(simulator.check(&id, &code).await.error(), expired);
    assert_eq!(simulator.check(&id, "1").await.error(), expired, "before the length is looked at");
}

#[actix_web::test]
async fn used_is_said_before_expired() {
    let simulator = Simulator::start().await;
    let (id, code) = simulator.call().await;
    simulator.check(&id, &code).await;
    simulator.advance(601).await;
    assert_eq!(simulator.status(&id).await, "verified");
    assert_eq!(simulator.check(&id, "1").await.error(), token_error(USED));
}

#[actix_web::test]
async fn deleted_is_gone() {
    let simulator = Simulator::start().await;
    let (id, code) = simulator.call().await;
    let answer = simulator.delete(&format!("/verify/{id}")).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(answer.header("content-type"), Some("text/html; charset=UTF-8"));
    assert_eq!(simulator.view(&id).await.error(), not_found());
    assert_eq!(simulator.check(&id, &code).await.error(), not_found());
    assert_eq!(simulator.delete(&format!("/verify/{id}")).await.error(), not_found());
}

#[actix_web::test]
async fn a_deleted_one_may_be_made_readable() {
    let simulator = Simulator::start().await;
    let settings = json!({ "deleted_readable": true });
    assert_eq!(simulator.own(Method::PUT, "/phone/settings", settings).await.status, 204);
    let (id, code) = simulator.call().await;
    simulator.delete(&format!("/verify/{id}")).await;
    assert_eq!(simulator.status(&id).await, "deleted");
    assert_eq!(simulator.check(&id, &code).await.error(), not_found());
}

#[actix_web::test]
async fn an_unknown_id_is_not_found() {
    let simulator = Simulator::start().await;
    let unknown = "0123456789abcdef0123456789abcdef";
    assert_eq!(simulator.view(unknown).await.error(), not_found());
    assert_eq!(simulator.check(unknown, "123456").await.error(), not_found());
    assert_eq!(simulator.delete(&format!("/verify/{unknown}")).await.error(), not_found());
}

#[actix_web::test]
async fn what_a_test_key_makes_cannot_be_found_by_anyone() {
    let simulator = Simulator::start().await.with_key("test_key");
    let answer = simulator.create(json!({ "recipient": NUMBER, "type": "tts" })).await;
    let id = answer.id();
    assert_eq!(answer.text("status"), "sent");
    assert_eq!(simulator.view(&id).await.error(), not_found());
    assert_eq!(simulator.check(&id, "123456").await.error(), not_found());
    assert_eq!(simulator.delete(&format!("/verify/{id}")).await.error(), not_found());
    assert!(simulator.phone(NUMBER).await.is_empty(), "nothing rings");
    let simulator = simulator.with_key("live_key");
    assert_eq!(simulator.view(&id).await.error(), not_found());
}
