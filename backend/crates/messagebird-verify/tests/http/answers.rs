//! Answers that succeed, also the unusual ones.

use messagebird_verify::{DeliveryState, MessageRef, Status};

use crate::fake::{Act, Fake, json, with_headers};
use crate::*;

#[tokio::test]
async fn a_create_takes_201_and_200() {
    let fake = Fake::start([
        Act::Reply(json(201, &object("sent"))),
        Act::Reply(json(200, &object("sent"))),
    ])
    .await;
    let client = client(&fake);
    for _ in 0..2 {
        let verify = client.create(&call()).await.unwrap();
        assert_eq!(verify.id, id());
        assert_eq!(verify.status, Status::Sent);
        assert_eq!(verify.recipient.as_deref(), Some(RECIPIENT));
        assert_eq!(verify.message, Some(MessageRef::Voice(message_id())));
    }
}

#[tokio::test]
async fn f25_a_wrong_content_type_does_not_matter_when_the_body_is_right() {
    let answer = with_headers(201, "Content-Type: text/html\r\n", &object("sent"));
    let fake = Fake::start([Act::Reply(answer)]).await;
    assert_eq!(client(&fake).create(&call()).await.unwrap().id, id());
}

#[tokio::test]
async fn a_chunked_answer_and_a_declared_identity_encoding_are_read() {
    let body = object("verified");
    let (first, second) = body.split_at(10);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len()
    );
    let identity = with_headers(200, "Content-Encoding: Identity\r\n", &body);
    let fake = Fake::start([Act::Reply(chunked.into_bytes()), Act::Reply(identity)]).await;
    let client = client(&fake);
    for _ in 0..2 {
        assert_eq!(client.check(&id(), TOKEN).await.unwrap().status, Status::Verified);
    }
}

#[tokio::test]
async fn f34_f35_a_200_is_no_success_by_itself() {
    for (word, status) in [
        ("sent", Status::Sent),
        ("failed", Status::Failed),
        ("expired", Status::Expired),
        ("deleted", Status::Deleted),
        ("active", Status::Other("active".to_owned())),
        ("VERIFIED", Status::Other("VERIFIED".to_owned())),
    ] {
        let fake = Fake::start([Act::Reply(json(200, &object(word)))]).await;
        assert_eq!(client(&fake).check(&id(), TOKEN).await.unwrap().status, status);
    }
}

#[tokio::test]
async fn a_delete_is_content_with_any_2xx() {
    let fake = Fake::start([
        Act::Reply(json(200, &object("deleted"))),
        Act::Reply(json(202, "")),
        Act::ReplyAndClose(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
    ])
    .await;
    let client = client(&fake);
    for _ in 0..3 {
        client.delete(&id()).await.unwrap();
    }
}

#[tokio::test]
async fn the_progress_of_a_call_is_read() {
    let body = r#"{"body":"Uw code is 048291","recipients":{"items":[{"recipient":31600482913,"status":"answered","statusDatetime":"2026-11-02T09:15:20+00:00"}]}}"#;
    let fake = Fake::start([Act::Reply(json(200, body))]).await;
    let delivery = client(&fake).delivery(&MessageRef::Voice(message_id())).await.unwrap();
    assert_eq!(delivery.state, DeliveryState::Answered);
    assert_eq!(delivery.updated_at.as_deref(), Some("2026-11-02T09:15:20+00:00"));
}
