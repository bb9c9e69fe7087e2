//! Clients that are slow, on purpose or not. Most run against a service in a hurry; one test holds
//! the times that are served with.

use crate::helpers::TestApp;
use crate::raw::{PATIENCE, Raw, parse};
use futures_util::future::join_all;
use ringproof::http::connection::Limits;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::time::interval;

const GET: &str = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
const HALF_A_HEAD: &str = "GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ";
const HALF_A_BODY: &str = "POST /verifications HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{\"phone";
const HALF_A_CHUNK: &str = "POST /verifications HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"phone";
const UNWANTED_BODY: &str =
    "POST /nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n";
/// The largest thing served; no socket's buffers hold all of it.
const LARGE: &str =
    "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Times that a test can wait for, and that a busy machine keeps.
fn hurried() -> Limits {
    Limits {
        request: Duration::from_millis(500),
        stall: Duration::from_millis(1500),
        idle: Duration::from_millis(1000),
        ..Limits::default()
    }
}

async fn app() -> TestApp {
    TestApp::within(hurried(), &[]).await
}

/// Sends a byte now and then, and returns what is heard until the server closes, and when that was.
/// The server's clock begins with a connection's first request, or with the first byte of a later one.
async fn drip(mut client: Raw, first: &str) -> (Vec<u8>, Duration) {
    let began = client.opened;
    client.send(first).await;
    let mut drops = interval(Duration::from_millis(50));
    let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        tokio::select! {
            read = client.socket.read(&mut buffer) => match read {
                Ok(count) if count > 0 => heard.extend_from_slice(&buffer[..count]),
                _ => return (heard, began.elapsed()),
            },
            _ = drops.tick() => client.send("a").await,
        }
        assert!(began.elapsed() < PATIENCE, "{first:?} is never cut");
    }
}

#[actix_web::test]
async fn f59_slow_headers_are_cut() {
    let app = app().await;
    let mut silent = Raw::open(&app.address).await;
    let (heard, took) = drip(Raw::open(&app.address).await, HALF_A_HEAD).await;
    parse(&heard).assert_unreadable(408);
    assert_eq!(parse(&heard).header("connection"), Some("close"));
    assert!(took >= hurried().request, "{took:?}");
    assert!(silent.is_closed().await, "a connection without a request is closed without a word");
}

#[actix_web::test]
async fn f59_later_requests_have_no_more_time_than_the_first() {
    let app = app().await;
    for with in [HALF_A_HEAD, "G"] {
        let mut client = Raw::open(&app.address).await;
        client.send(GET).await;
        assert_eq!(client.answer().await.status, 200);
        let (heard, _) = drip(client, with).await;
        parse(&heard).assert_unreadable(408);
    }
    // Here the first bytes of the second request came together with the first.
    let (heard, _) = drip(Raw::open(&app.address).await, &format!("{GET}{HALF_A_HEAD}")).await;
    let heard = String::from_utf8(heard).unwrap();
    assert!(heard.starts_with("HTTP/1.1 200") && heard.contains("HTTP/1.1 408"), "{heard}");
}

#[actix_web::test]
async fn f59_a_thousand_slow_clients_keep_nobody_waiting() {
    let app = TestApp::within(Limits { request: Duration::from_secs(5), ..hurried() }, &[]).await;
    let mut slow = Vec::new();
    for _ in 0..1000 {
        let mut client = Raw::open(&app.address).await;
        client.send(HALF_A_HEAD).await;
        slow.push(client);
    }
    let mut took = Vec::new();
    for _ in 0..21 {
        let began = Instant::now();
        assert_eq!(app.get("/livez").await.status, 200);
        took.push(began.elapsed());
    }
    took.sort_unstable();
    println!("median of 21 answers beside 1000 slow clients: {:?}", took[10]);
    assert!(took[10] < Duration::from_secs(1), "{took:?}");
    let heard = join_all(slow.iter_mut().map(Raw::until_closed)).await;
    let problems = heard.iter().filter(|heard| parse(heard).status == 408).count();
    assert_eq!(problems, 1000);
}

#[actix_web::test]
async fn f60_slow_bodies_are_cut_and_reach_nobody() {
    let app = app().await;
    for half in [HALF_A_BODY, HALF_A_CHUNK, UNWANTED_BODY] {
        let mut client = Raw::open(&app.address).await;
        client.send(half).await;
        let heard = parse(&client.until_closed().await);
        assert_eq!((heard.status, heard.problem().as_str()), (408, "request_timeout"), "{half}");
        assert_eq!(heard.header("connection"), Some("close"), "{half}");
    }
    // Every byte in time, the whole never.
    let (heard, took) = drip(
        Raw::open(&app.address).await,
        "POST /verifications HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n",
    )
    .await;
    assert_eq!(parse(&heard).problem(), "request_timeout");
    assert!(took >= hurried().request, "{took:?}");
    // A client that leaves half-way is not answered as if it had been slow.
    let mut client = Raw::open(&app.address).await;
    client.send(HALF_A_BODY).await;
    tokio::io::AsyncWriteExt::shutdown(&mut client.socket).await.unwrap();
    assert_eq!(parse(&client.until_closed().await).problem(), "malformed_request");
    assert_eq!(app.provider.seen_in_all().await, 0);
}

#[actix_web::test]
async fn f60_what_follows_a_refused_body_is_not_listened_to_for_long() {
    let app = app().await;
    let refused =
        "POST /verifications HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1400\r\n";
    let (heard, _) = drip(
        Raw::open(&app.address).await,
        &format!("{refused}{}\r\nffffff\r\n", " ".repeat(0x1400)),
    )
    .await;
    assert_eq!(parse(&heard).problem(), "body_too_large");
}

/// Asks for more than any socket's buffers hold, takes none of it until `then`, then reads what can
/// still be had. Returns how much that was, and how much it should have been.
async fn take_after(address: &str, then: impl AsyncFnOnce(&Raw)) -> (usize, usize) {
    const TIMES: usize = 8;
    let mut client = Raw::open(address).await;
    client.send(LARGE.repeat(TIMES)).await;
    then(&client).await;
    let heard = client.until_closed().await;
    let first = parse(&heard);
    let body: usize = first.header("content-length").unwrap().parse().unwrap();
    (heard.len(), TIMES * (first.head.len() + 4 + body))
}

#[actix_web::test]
async fn f60_slow_readers_are_cut() {
    let app = app().await;
    let (taken, whole) = take_after(&app.address, async |_| ()).await;
    assert_eq!(taken, whole, "a client that reads gets all of it");
    let (taken, whole) = take_after(&app.address, Raw::until_abandoned).await;
    println!("a client that waited was cut after {taken} of {whole} bytes");
    assert!(taken < whole, "{taken} of {whole}");
}

#[actix_web::test]
async fn b47_connections_rest_and_live_for_a_bounded_time() {
    let app = app().await;
    let began = Instant::now();
    let mut resting = Raw::open(&app.address).await;
    resting.send(GET).await;
    assert_eq!(resting.answer().await.header("connection"), None);
    assert!(resting.is_closed().await, "closed without a word");
    // The server keeps this time by a clock that ticks twice a second.
    assert!(began.elapsed() >= hurried().idle / 2, "{:?}", began.elapsed());

    let few = TestApp::within(Limits { requests: 3, ..Limits::default() }, &[]).await;
    let mut busy = Raw::open(&few.address).await;
    for last in [None, None, Some("close")] {
        busy.send(GET).await;
        assert_eq!(busy.answer().await.header("connection"), last);
    }
    assert!(busy.is_closed().await);

    let old = TestApp::within(Limits { lifetime: Duration::ZERO, ..Limits::default() }, &[]).await;
    let mut client = Raw::open(&old.address).await;
    client.send(GET).await;
    assert_eq!(client.answer().await.header("connection"), Some("close"));
    assert!(client.is_closed().await);
}

#[actix_web::test]
async fn f60_with_the_times_that_are_served_with() {
    let app = TestApp::spawn().await;
    // How long that is at most is the machine's doing, beyond the bound on everything here.
    let cut = async |half: &'static str| {
        let (heard, took) = drip(Raw::open(&app.address).await, half).await;
        assert!(took >= Limits::default().request, "{half:?}: {took:?}");
        parse(&heard)
    };
    let body = "POST /verifications HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n";
    let reader = take_after(&app.address, Raw::until_abandoned);
    let ((taken, whole), slow_head, slow_body) = tokio::join!(reader, cut(HALF_A_HEAD), cut(body));
    slow_head.assert_unreadable(408);
    slow_body.assert_refused(408, "request_timeout");
    assert!(taken < whole, "{taken} of {whole}");
    assert_eq!(app.provider.seen_in_all().await, 0);
}
