//! Complete answers that say no.

use std::time::Duration;

use twilio_rest::{End, Error, Refusal};

use crate::fake::{Act, Fake, json, with_headers};
use crate::*;

async fn refused(answer: Vec<u8>) -> Refusal {
    let fake = Fake::start([Act::Reply(answer)]).await;
    let refusal = refusal(client(&fake).call(&call()).await);
    assert_eq!(fake.requests().len(), 1, "a refusal is not asked for twice");
    refusal
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn numbers_countries_and_blocks_are_told_apart() {
    for (status, code, meaning) in [
        (400, "21211", Refusal::Recipient),
        (400, "21217", Refusal::Recipient),
        (400, "21214", Refusal::Recipient),
        (400, "21215", Refusal::Destination),
        (403, "21215", Refusal::Destination),
        (422, "21215", Refusal::Destination),
        (400, "21216", Refusal::Blocked),
        // Somleng: 422 and strings.
        (422, r#""13224""#, Refusal::Recipient),
        (422, r#""13225""#, Refusal::Destination),
        (422, r#""S1005""#, Refusal::Destination),
    ] {
        assert_eq!(refused(json(status, &fault(status, code))).await, meaning, "{status} {code}");
    }
}

#[tokio::test]
async fn a_message_is_refused_by_the_same_codes_and_its_own() {
    for (code, meaning) in [
        ("21211", Refusal::Recipient),
        ("21610", Refusal::Recipient),
        ("21614", Refusal::Recipient),
        ("21408", Refusal::Destination),
    ] {
        let fake = Fake::start([Act::Reply(json(400, &fault(400, code)))]).await;
        assert_eq!(refusal(client(&fake).message(&message()).await), meaning, "{code}");
    }
}

#[tokio::test]
async fn credentials_that_are_not_accepted_are_a_refusal() {
    for (status, body) in [
        (401, fault(401, "20003")),
        (401, fault(401, r#""20003""#)),
        (403, fault(403, "20008")),
        (401, String::new()),
        (403, "<html>".to_owned()),
    ] {
        assert_eq!(refused(json(status, &body)).await, Refusal::NotAuthorised);
        let fake = Fake::start([Act::Reply(json(status, &body))]).await;
        assert_eq!(refusal(client(&fake).probe().await), Refusal::NotAuthorised);
    }
}

#[tokio::test]
async fn an_empty_account_is_a_refusal() {
    assert_eq!(refused(json(402, "")).await, Refusal::NoBalance);
    assert_eq!(refused(json(403, &fault(403, "20005"))).await, Refusal::NoBalance);
}

#[tokio::test]
async fn too_much_at_once_is_a_refusal_with_its_waiting_time() {
    for (headers, seconds) in
        [("", None), ("Retry-After: 7\r\n", Some(7)), ("Retry-After: 99999\r\n", Some(300))]
    {
        let retry_after = seconds.map(Duration::from_secs);
        // The body would say something else, and is not believed.
        let answer = with_headers(429, headers, &fault(429, "21211"));
        assert_eq!(refused(answer).await, Refusal::Busy { retry_after }, "{headers}");
    }
    for code in ["10004", "22005", "20429"] {
        let busy = Refusal::Busy { retry_after: None };
        assert_eq!(refused(json(400, &fault(400, code))).await, busy, "{code}");
    }
}

#[tokio::test]
async fn what_the_carrier_forgot_is_not_found() {
    let body = fault(404, "20404");
    let fake = Fake::start((0..3).map(|_| Act::Reply(json(404, &body)))).await;
    let client = client(&fake);
    assert_eq!(refusal(client.call_state(&id()).await), Refusal::NotFound);
    assert_eq!(refusal(client.message_state(&id()).await), Refusal::NotFound);
    assert_eq!(refusal(client.end_call(&id(), End::Always).await), Refusal::NotFound);
    assert_eq!(fake.connections(), 1, "a refusal is read whole, so the connection is used again");
    // A create names nothing that could be missing: the address or the account is wrong.
    let wrong = Refusal::Other { status: 404, code: Some("20404".to_owned()) };
    assert_eq!(refused(json(404, &body)).await, wrong);
}

#[tokio::test]
async fn a_fault_of_ours_keeps_its_code() {
    for code in ["21205", "21210", "21212", "21219", "21609"] {
        let expected = Refusal::Other { status: 400, code: Some(code.to_owned()) };
        assert_eq!(refused(json(400, &fault(400, code))).await, expected);
    }
}
