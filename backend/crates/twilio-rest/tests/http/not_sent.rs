//! Failures before a byte of the request left: trying again cannot place a second call. How each is told apart is
//! `provider-http`'s, and tried with every kind of it by the tests of `messagebird-verify`.

use std::error::Error as _;

use tokio::net::TcpListener;
use twilio_rest::{ClientConfig, End, Error, NotSent, Url};

use crate::*;

async fn not_sent(config: ClientConfig) -> NotSent {
    let error = Client::new(config).unwrap().call(&call()).await.unwrap_err();
    assert!(error.source().is_some(), "the cause is kept");
    match error {
        Error::NotSent(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    assert!(matches!(not_sent(config(&url)).await, NotSent::Refused(_)));
    let client = Client::new(config(&url)).unwrap();
    assert!(matches!(client.message(&message()).await, Err(Error::NotSent(_))));
    assert!(matches!(client.end_call(&id(), End::Always).await, Err(Error::NotSent(_))));
}

#[tokio::test]
async fn a_name_that_cannot_be_resolved_is_not_sent() {
    // A label of 64 letters cannot be asked for, so the resolver fails without a network.
    let url: Url = format!("http://{}.invalid", "a".repeat(64)).parse().unwrap();
    assert!(matches!(not_sent(config(&url)).await, NotSent::Dns(_)));
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let (mut stream, _peer) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        let mut rest = Vec::new();
        let _hung_up = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await;
    });
    let reason = not_sent(config(&url)).await;
    assert!(matches!(reason, NotSent::Tls(_)), "{reason:?}");
}
