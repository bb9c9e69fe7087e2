//! Complete answers that say no.

use std::time::Duration;

use messagebird_verify::{Error, MessageRef, Refusal};

use crate::fake::{Act, Fake, json, with_headers};
use crate::*;

async fn create_refused(answer: Vec<u8>) -> Refusal {
    let fake = Fake::start([Act::Reply(answer)]).await;
    let refusal = refusal(client(&fake).create(&call()).await);
    assert_eq!(fake.requests().len(), 1, "a refusal is not asked for twice");
    refusal
}

async fn check_refused(answer: Vec<u8>) -> Refusal {
    let fake = Fake::start([Act::Reply(answer)]).await;
    refusal(client(&fake).check(&id(), TOKEN).await)
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_four_answers_about_a_code_are_told_apart() {
    for (description, meaning) in [
        ("The token is invalid.", Refusal::TokenIncorrect),
        ("Token should between 6 and 10 characters", Refusal::TokenMalformed),
        ("The token has expired.", Refusal::TokenExpired),
        ("The token has already been processed.", Refusal::AlreadyProcessed),
    ] {
        assert_eq!(check_refused(json(422, &fault(10, description, "token"))).await, meaning);
    }
}

#[tokio::test]
async fn f16_a_503_that_says_when_to_come_back_is_a_refusal() {
    for (written, seconds) in [("12", 12), ("0", 1), ("99999", 300)] {
        let headers = format!("Retry-After: {written}\r\n");
        let busy = Refusal::Busy { retry_after: Duration::from_secs(seconds) };
        assert_eq!(create_refused(with_headers(503, &headers, "<html>")).await, busy);
    }
}

#[tokio::test]
async fn f17_a_429_is_a_refusal_whatever_its_waiting_time_says() {
    let date =
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n";
    for (headers, seconds) in [
        ("", None),
        ("Retry-After: 7\r\n", Some(7)),
        (date, Some(60)),
        ("Retry-After: soon\r\n", None),
        ("Retry-After: 99999999999999999999999\r\n", Some(300)),
    ] {
        let retry_after = seconds.map(Duration::from_secs);
        // The body would say something else, and is not believed.
        let answer = with_headers(429, headers, &fault(25, "Not enough balance", "x"));
        assert_eq!(create_refused(answer).await, Refusal::RateLimited { retry_after }, "{headers}");
    }
}

#[tokio::test]
async fn f18_a_key_that_is_not_accepted_is_a_refusal() {
    let headers = "Www-Authenticate: Basic realm=\"REST API authentication\"\r\n";
    let body = fault(2, "Request not allowed (incorrect access_key)", "access_key");
    for status in [401, 403] {
        let refusal = create_refused(with_headers(status, headers, &body)).await;
        assert_eq!(refusal, Refusal::NotAuthorised);
        assert_eq!(check_refused(json(status, "")).await, Refusal::NotAuthorised);
    }
}

#[tokio::test]
async fn f19_an_empty_account_is_a_refusal() {
    let body = fault(25, "Not enough balance", "");
    for status in [402, 422] {
        assert_eq!(create_refused(json(status, &body)).await, Refusal::NoBalance);
    }
}

#[tokio::test]
async fn f20_a_number_that_is_not_accepted_is_a_refusal() {
    for (status, code, description, parameter, meaning) in [
        (422, 10, "?", "recipient", Refusal::RecipientRefused),
        (422, 9, "no (correct) recipients found", "recipients", Refusal::RecipientRefused),
        (400, 21, "Bad request", "phone_number", Refusal::RecipientRefused),
        (422, 12, "?", "recipient", Refusal::RecipientBlacklisted),
    ] {
        let refusal = create_refused(json(status, &fault(code, description, parameter))).await;
        assert_eq!(refusal, meaning);
    }
    let unknown = create_refused(json(422, &fault(4711, "?", "template"))).await;
    assert_eq!(
        unknown,
        Refusal::Other { status: 422, code: Some(4711), parameter: Some("template".to_owned()) }
    );
}

#[tokio::test]
async fn f21_what_messagebird_forgot_is_not_found() {
    let body = r#"{"errors":[{"code":20,"description":"Verify object could not be found","parameter":null}]}"#;
    let fake = Fake::start((0..4).map(|_| Act::Reply(json(404, body)))).await;
    let client = client(&fake);
    assert_eq!(refusal(client.check(&id(), TOKEN).await), Refusal::NotFound);
    assert_eq!(refusal(client.view(&id()).await), Refusal::NotFound);
    assert_eq!(refusal(client.delete(&id()).await), Refusal::NotFound);
    let message = MessageRef::Sms(message_id());
    assert_eq!(refusal(client.delivery(&message).await), Refusal::NotFound);
    assert_eq!(fake.connections(), 1, "a refusal is read whole, so the connection is used again");
}

#[tokio::test]
async fn a_probe_is_content_when_nothing_is_found_and_not_without_a_good_key() {
    let missing = r#"{"errors":[{"code":20,"description":"Verify object could not be found","parameter":null}]}"#;
    let wrong = fault(2, "Request not allowed (incorrect access_key)", "access_key");
    let fake = Fake::start([Act::Reply(json(404, missing)), Act::Reply(json(401, &wrong))]).await;
    let client = client(&fake);
    client.probe().await.unwrap();
    assert_eq!(refusal(client.probe().await), Refusal::NotAuthorised);
    assert!(fake.requests()[0].starts_with(&format!("GET /verify/{} HTTP/1.1", "0".repeat(32))));
}
