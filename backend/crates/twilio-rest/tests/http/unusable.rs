//! A yes in a form that cannot be used: the call is probably on its way, its sid is lost.

use twilio_rest::{Error, Unusable};

use crate::fake::{Act, Fake, json, with_headers};
use crate::*;

async fn unusable(answer: Vec<u8>) -> Unusable {
    let fake = Fake::start([Act::Reply(answer.clone())]).await;
    let called = reason(client(&fake).call(&call()).await);
    assert_eq!(fake.requests().len(), 1);
    let fake = Fake::start([Act::Reply(answer)]).await;
    assert_eq!(reason(client(&fake).message(&message()).await), called);
    called
}

fn reason<T: std::fmt::Debug>(result: Result<T, Error>) -> Unusable {
    match result {
        Err(Error::Unusable(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_unusable() {
    let xml = "<?xml version='1.0'?><TwilioResponse><Call><Sid>CA1</Sid></Call></TwilioResponse>";
    let object = object("queued");
    let (cut, in_array) = (&object[..object.len() - 1], format!("[{object}]"));
    for body in ["", "null", "[]", "\"queued\"", xml, "<!doctype html>", cut, &in_array] {
        assert_eq!(unusable(json(201, body)).await, Unusable::NotAnObject, "{body}");
    }
}

#[tokio::test]
async fn a_missing_or_odd_sid_is_unusable() {
    let long = format!("\"{}\"", "a".repeat(65));
    for sid in ["null", "7", "\"\"", "\"../Calls\"", long.as_str()] {
        let body = format!(r#"{{"sid":{sid},"status":"queued"}}"#);
        assert_eq!(unusable(json(201, &body)).await, Unusable::Id, "{sid}");
    }
}

#[tokio::test]
async fn an_answer_about_another_call_is_unusable() {
    let other = object("completed").replace(CALL, "CA00000000000000000000000000000000");
    let fake = Fake::start([Act::Reply(json(200, &other)), Act::Reply(json(200, &other))]).await;
    let client = client(&fake);
    assert_eq!(reason(client.call_state(&id()).await), Unusable::OtherId);
    assert_eq!(reason(client.message_state(&id()).await), Unusable::OtherId);
}

#[tokio::test]
async fn the_limit_counts_the_bytes_that_came() {
    let object = object("queued");
    let fits = format!("{}{object}", " ".repeat(65_536 - object.len()));
    let fake = Fake::start([Act::Reply(json(201, &fits))]).await;
    assert_eq!(client(&fake).call(&call()).await.unwrap().id, id());
    assert_eq!(unusable(json(201, &format!(" {fits}"))).await, Unusable::TooLarge);
}

#[tokio::test]
async fn a_compressed_answer_is_not_unpacked() {
    let answer = with_headers(201, "Content-Encoding: gzip\r\n", &object("queued"));
    assert_eq!(unusable(answer).await, Unusable::Encoded);
}
