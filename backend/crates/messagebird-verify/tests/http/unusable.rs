//! A yes in a form that cannot be used: the call is probably on its way, its id is lost.

use messagebird_verify::{Error, MessageRef, Unusable};

use crate::fake::{Act, Fake, json, with_headers};
use crate::*;

async fn create_unusable(answer: Vec<u8>) -> Unusable {
    let fake = Fake::start([Act::Reply(answer)]).await;
    let reason = unusable(client(&fake).create(&call()).await);
    assert_eq!(fake.requests().len(), 1);
    reason
}

fn unusable<T: std::fmt::Debug>(result: Result<T, Error>) -> Unusable {
    match result {
        Err(Error::Unusable(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn f22_html_is_unusable() {
    for status in [200, 201] {
        let page = "<!doctype html><title>Please wait</title>";
        let answer = with_headers(status, "Content-Type: text/html\r\n", page);
        assert_eq!(create_unusable(answer).await, Unusable::NotAnObject);
    }
}

#[tokio::test]
async fn f23_broken_json_and_json_that_is_no_object_are_unusable() {
    let object = object("sent");
    let cut = &object[..object.len() - 1];
    let in_array = format!("[{object}]");
    for body in ["", "null", "[]", "\"sent\"", "{'id':1}", cut, &in_array] {
        assert_eq!(create_unusable(json(201, body)).await, Unusable::NotAnObject, "{body}");
    }
}

#[tokio::test]
async fn f24_a_missing_or_odd_id_is_unusable() {
    let long = format!("\"{}\"", "a".repeat(10_000));
    for id in ["null", "7", "\"\"", "\"../verify\"", long.as_str()] {
        let body = format!(r#"{{"id":{id},"status":"sent"}}"#);
        assert_eq!(create_unusable(json(201, &body)).await, Unusable::Id);
    }
}

#[tokio::test]
async fn an_answer_about_another_verification_is_unusable() {
    let other = object("verified").replace(ID, "00000000000000000000000000000000");
    let fake = Fake::start([Act::Reply(json(200, &other)), Act::Reply(json(200, &other))]).await;
    let client = client(&fake);
    assert_eq!(unusable(client.check(&id(), TOKEN).await), Unusable::OtherId);
    assert_eq!(unusable(client.view(&id()).await), Unusable::OtherId);
}

#[tokio::test]
async fn f26_a_body_without_an_end_is_left_at_the_limit() {
    for head in [
        "HTTP/1.1 201 X\r\nContent-Length: 1000000000\r\n\r\n",
        "HTTP/1.1 201 X\r\nConnection: close\r\n\r\n",
    ] {
        let act = Act::Endless { head: head.into(), piece: vec![b' '; 16 * 1024] };
        let mut fake = Fake::start([act]).await;
        let client = client(&fake);
        assert_eq!(unusable(client.create(&call()).await), Unusable::TooLarge);
        let sent = fake.departure().await;
        // What the kernel's buffers on both sides took; far from the gigabyte that was announced.
        assert!(sent < 32 * 1024 * 1024, "{sent}");
    }
}

#[tokio::test]
async fn f26_the_limit_counts_the_bytes_that_came() {
    let fits = format!("{}{}", " ".repeat(65_536 - object("sent").len()), object("sent"));
    let fake = Fake::start([Act::Reply(json(201, &fits))]).await;
    assert_eq!(client(&fake).create(&call()).await.unwrap().id, id());
    assert_eq!(create_unusable(json(201, &format!(" {fits}"))).await, Unusable::TooLarge);
}

#[tokio::test]
async fn f27_a_compressed_answer_is_not_unpacked() {
    for encoding in ["gzip", "br", "zstd", "deflate", "gzip, identity"] {
        let headers = format!("Content-Encoding: {encoding}\r\n");
        let answer = with_headers(201, &headers, &object("sent"));
        assert_eq!(create_unusable(answer).await, Unusable::Encoded, "{encoding}");
    }
}

#[tokio::test]
async fn a_delivery_without_a_state_is_unusable() {
    let fake = Fake::start([Act::Reply(json(200, r#"{"recipients":{"items":[]}}"#))]).await;
    let message = MessageRef::Voice(message_id());
    assert_eq!(unusable(client(&fake).delivery(&message).await), Unusable::State);
}
