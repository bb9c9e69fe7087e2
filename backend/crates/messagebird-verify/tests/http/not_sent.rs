//! Failures before a byte of the request left: trying again cannot place a second call.

use std::error::Error as _;

use messagebird_verify::{Client, ClientConfig, Error, Limits, NotSent, Url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::*;

async fn not_sent(config: ClientConfig) -> NotSent {
    let error = Client::new(config).unwrap().create(&call()).await.unwrap_err();
    assert!(error.source().is_some(), "the cause is kept");
    match error {
        Error::NotSent(reason) => reason,
        other => panic!("{other:?}"),
    }
}

/// Accepts one TLS connection attempt, answers its first bytes with these and keeps the connection.
async fn answer_hello_with(bytes: &'static [u8]) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let (mut stream, _peer) = listener.accept().await.unwrap();
        let mut hello = [0; 4096];
        assert!(stream.read(&mut hello).await.unwrap() > 0);
        stream.write_all(bytes).await.unwrap();
        while stream.read(&mut hello).await.is_ok_and(|read| read > 0) {}
    });
    url
}

#[tokio::test]
async fn f01_a_refused_connection_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    assert!(matches!(not_sent(config(&url)).await, NotSent::Refused(_)));
}

#[tokio::test]
async fn f02_a_name_that_cannot_be_resolved_is_not_sent() {
    // A label of 64 letters cannot be asked for, so the resolver fails without a network.
    let url: Url = format!("http://{}.invalid", "a".repeat(64)).parse().unwrap();
    assert!(matches!(not_sent(config(&url)).await, NotSent::Dns(_)));
}

#[tokio::test]
async fn f04_a_connection_that_is_never_accepted_is_not_sent() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Fill the queue of connections nobody accepts, until one more is left hanging.
    let mut queue = Vec::new();
    while let Ok(connected) = tokio::time::timeout(2 * SHORT, TcpStream::connect(address)).await {
        queue.push(connected.unwrap());
        assert!(queue.len() < 100, "the queue has no end");
    }
    let url: Url = format!("http://{address}").parse().unwrap();
    let reason = not_sent(ClientConfig {
        limits: Limits { connect: SHORT, ..Limits::default() },
        ..config(&url)
    })
    .await;
    assert!(matches!(reason, NotSent::ConnectTimeout(_)), "{reason:?}");
}

#[tokio::test]
async fn f06_an_alert_in_the_tls_handshake_is_told_apart() {
    // Fatal alert 70: protocol_version.
    let url = answer_hello_with(&[0x15, 3, 3, 0, 2, 2, 70]).await;
    let reason = not_sent(config(&url)).await;
    assert!(matches!(reason, NotSent::Tls(_)), "{reason:?}");
}

#[tokio::test]
async fn f06_a_server_that_does_not_speak_tls_is_told_apart() {
    let url = answer_hello_with(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let reason = not_sent(config(&url)).await;
    assert!(matches!(reason, NotSent::Tls(_)), "{reason:?}");
}

#[tokio::test]
async fn f07_a_tls_handshake_that_stalls_is_a_connect_timeout() {
    let url = answer_hello_with(b"").await;
    let reason = not_sent(ClientConfig {
        limits: Limits { connect: SHORT, ..Limits::default() },
        ..config(&url)
    })
    .await;
    assert!(matches!(reason, NotSent::ConnectTimeout(_)), "{reason:?}");
}
