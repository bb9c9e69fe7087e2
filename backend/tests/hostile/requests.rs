//! Requests that are not HTTP, or too much of it. Each is refused, with a problem where the request
//! could be read and a bare status where not, and the connection closed where more might follow; none
//! reaches the provider.

use crate::helpers::TestApp;
use crate::raw::{Heard, Raw, exchange, parse};

const JSON: &str = "{\"phone_number\":\"+442079460200\"}";

/// A start with further header lines, each ended by the caller.
fn start(lines: &str, body: &str) -> String {
    format!(
        "POST /verifications HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{lines}\r\n{body}"
    )
}

/// Sends each request on a connection of its own. Each must be refused with the problem of that status
/// and code, be the connection's last, and reach nobody.
async fn refused(app: &TestApp, status: u16, code: &str, requests: &[(&str, Vec<u8>)]) {
    for (what, request) in requests {
        let heard = last_answer(app, what, request).await;
        heard.assert_refused(status, code);
        assert_eq!(heard.header("x-content-type-options"), Some("nosniff"), "{what}: {heard:?}");
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
}

/// The same for bytes that no request can be read from: they are answered with a bare status.
async fn unreadable(app: &TestApp, status: u16, requests: &[(&str, Vec<u8>)]) {
    for (what, request) in requests {
        last_answer(app, what, request).await.assert_unreadable(status);
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
}

async fn last_answer(app: &TestApp, what: &str, request: &[u8]) -> Heard {
    let heard = parse(&exchange(&app.address, request).await);
    assert_eq!(heard.header("connection"), Some("close"), "{what}: {heard:?}");
    assert!(heard.header("date").is_some() && heard.header("server").is_none(), "{what}");
    assert!(!heard.body.contains("HTTP/1.1"), "{what}: one answer only: {heard:?}");
    heard
}

#[actix_web::test]
async fn b43_what_two_servers_could_read_differently_is_refused() {
    let app = TestApp::spawn().await;
    let length = JSON.len();
    let chunked = format!("{length:x}\r\n{JSON}\r\n0\r\n\r\n");
    let lines = |what: &'static str, lines: &str| (what, start(lines, JSON).into_bytes());
    let chunks = |what: &'static str, lines: &str| (what, start(lines, &chunked).into_bytes());
    let raw = |what: &'static str, text: &str| (what, text.as_bytes().to_vec());
    unreadable(
        &app,
        400,
        &[
            chunks(
                "length and chunks",
                &format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
            ),
            chunks("chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
            lines(
                "two equal lengths",
                &format!("Content-Length: {length}\r\nContent-Length: {length}\r\n"),
            ),
            lines("two lengths", &format!("Content-Length: {length}\r\nContent-Length: 0\r\n")),
            lines("a list of lengths", &format!("Content-Length: {length}, {length}\r\n")),
            lines("a signed length", &format!("Content-Length: +{length}\r\n")),
            lines("a negative length", "Content-Length: -1\r\n"),
            lines("a hexadecimal length", "Content-Length: 0x20\r\n"),
            lines("a length beyond 64 bits", "Content-Length: 18446744073709551616\r\n"),
            lines("an empty length", "Content-Length:\r\n"),
            chunks("xchunked", "Transfer-Encoding: xchunked\r\n"),
            chunks("a list of codings", "Transfer-Encoding: gzip, chunked\r\n"),
            chunks("codings twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            chunks("identity", "Transfer-Encoding: identity\r\n"),
            lines("a space before the colon", &format!("Content-Length : {length}\r\n")),
            lines(
                "a folded line",
                &format!("X-Folded: one\r\n two\r\nContent-Length: {length}\r\n"),
            ),
            lines("a NUL in a value", &format!("X-Nul: a\0b\r\nContent-Length: {length}\r\n")),
            lines(
                "a carriage return in a value",
                &format!("X-Cr: a\rb\r\nContent-Length: {length}\r\n"),
            ),
            raw(
                "chunks in HTTP/1.0",
                "POST /verifications HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            ),
        ],
    )
    .await;
    // Here the head could be read.
    refused(
        &app,
        400,
        "malformed_request",
        &[
            (
                "a chunk size that is none",
                start("Transfer-Encoding: chunked\r\n", "zz\r\n").into_bytes(),
            ),
            (
                "a chunk size beyond 64 bits",
                start("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n").into_bytes(),
            ),
            (
                "a chunk without its end",
                start("Transfer-Encoding: chunked\r\n", "2\r\n{}x").into_bytes(),
            ),
        ],
    )
    .await;
}

#[actix_web::test]
async fn b43_a_request_hidden_behind_a_broken_one_is_never_read() {
    let app = TestApp::spawn().await;
    let hidden = start(&format!("Content-Length: {}\r\n", JSON.len()), JSON);
    for broken in [
        "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST /verifications HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "nonsense\r\n\r\n",
    ] {
        let heard = exchange(&app.address, format!("{broken}{hidden}")).await;
        assert_eq!(parse(&heard).status, 400, "{broken}");
        let answers = String::from_utf8_lossy(&heard).matches("HTTP/1.1 ").count();
        assert_eq!(answers, 1, "{broken}");
    }
    // Behind a sound one the refusal comes second.
    let heard =
        exchange(&app.address, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n").await;
    let text = String::from_utf8_lossy(&heard);
    let second = text.rfind("HTTP/1.1 ").unwrap();
    parse(text[second..].as_bytes()).assert_unreadable(400);
    assert_eq!(app.provider.seen_in_all().await, 0);
}

#[actix_web::test]
async fn b44_a_request_needs_exactly_one_host() {
    let app = TestApp::spawn().await;
    let raw = |what: &'static str, text: &str| (what, text.as_bytes().to_vec());
    unreadable(
        &app,
        400,
        &[
            raw("no host", "GET /livez HTTP/1.1\r\n\r\n"),
            raw("two hosts", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
            raw("the same host twice", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        ],
    )
    .await;
    // Which host it is decides nothing here, and is not said back.
    let asked = "GET /livez HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    let heard = String::from_utf8(exchange(&app.address, asked).await).unwrap();
    assert!(heard.starts_with("HTTP/1.1 200 ") && !heard.contains("evil.example"), "{heard}");
}

#[actix_web::test]
async fn b44_bare_line_feeds_end_lines_and_never_requests() {
    // RFC 9112 section 2.2 lets a server take a bare LF for the end of a line. What matters is that
    // it cannot be made to see two requests where there is one.
    let app = TestApp::spawn().await;
    let asked = "GET /livez HTTP/1.1\nHost: a\nX-A: b\n c: d\nConnection: close\n\n";
    parse(&exchange(&app.address, asked).await).assert_unreadable(400);
    let asked = "GET /livez HTTP/1.1\nHost: a\nConnection: close\n\n";
    let heard = String::from_utf8(exchange(&app.address, asked).await).unwrap();
    assert_eq!(heard.matches("HTTP/1.1 ").count(), 1, "{heard}");
    let chunks = start("Transfer-Encoding: chunked\r\n", "2\n{}\n0\n\n");
    parse(&exchange(&app.address, chunks).await).assert_refused(400, "malformed_request");
    assert_eq!(app.provider.seen_in_all().await, 0);
}

#[actix_web::test]
async fn b42_headers_and_targets_are_bounded() {
    let app = TestApp::spawn().await;
    let get = |target: &str, lines: &str| {
        format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n").into_bytes()
    };
    let many = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let long = |count: usize| format!("x-long: {}\r\n", "a".repeat(count));
    for (lines, status) in [(many(62), 200), (long(16_000), 200)] {
        assert_eq!(parse(&exchange(&app.address, get("/livez", &lines)).await).status, status);
    }
    refused(
        &app,
        431,
        "headers_too_large",
        &[
            ("65 headers", get("/livez", &many(63))),
            ("16 KiB of headers", get("/livez", &long(16 * 1024))),
            ("127 KiB of headers", get("/livez", &long(127 * 1024))),
        ],
    )
    .await;
    refused(
        &app,
        414,
        "uri_too_long",
        &[
            ("a target over 2 KiB", get(&format!("/{}", "a".repeat(2048)), "")),
            ("a query over 2 KiB", get(&format!("/livez?{}", "a".repeat(2048)), "")),
            ("a target of 60 KiB", get(&format!("/{}", "a".repeat(60_000)), "")),
        ],
    )
    .await;
    // More than the parser keeps. The second is refused before it ends.
    unreadable(
        &app,
        431,
        &[
            ("100 headers", get("/livez", &many(98))),
            ("200 KB of headers", get("/livez", &long(200_000))),
        ],
    )
    .await;
}

#[actix_web::test]
async fn b41_bodies_are_small_flat_and_say_each_thing_once() {
    let app = TestApp::spawn().await;
    let sized = |body: &str| {
        start(&format!("Connection: close\r\nContent-Length: {}\r\n", body.len()), body)
            .into_bytes()
    };
    let chunked = |chunk: &str, times: usize| {
        let chunk = format!("{:x}\r\n{chunk}\r\n", chunk.len());
        let chunks = format!("{}0\r\n\r\n", chunk.repeat(times));
        start("Connection: close\r\nTransfer-Encoding: chunked\r\n", &chunks).into_bytes()
    };
    refused(
        &app,
        413,
        "body_too_large",
        &[
            ("5 KiB", sized(&" ".repeat(5 * 1024))),
            ("one byte too many", sized(&" ".repeat(4097))),
            (
                "an announcement of 10 GB",
                start("Connection: close\r\nContent-Length: 10000000000\r\n", "").into_bytes(),
            ),
            ("5 KiB in chunks", chunked(&" ".repeat(1024), 5)),
            ("5 KiB in bytes", chunked(" ", 5 * 1024)),
        ],
    )
    .await;
    let deep = |open: &str, close: &str| {
        format!("{{\"phone_number\":{}{}}}", open.repeat(600), close.repeat(600))
    };
    refused(
        &app,
        400,
        "malformed_request",
        &[
            ("deep arrays", sized(&deep("[", "]"))),
            ("deep objects", sized(&deep("{\"a\":", "}"))),
            ("unknown members", sized("{\"phone_number\":\"+442079460200\",\"admin\":true}")),
            (
                "a member twice",
                sized("{\"phone_number\":\"+442079460200\",\"phone_number\":\"+442079460201\"}"),
            ),
            ("an array", sized("[]")),
            ("two objects", sized(&format!("{JSON}{JSON}"))),
            ("half an object", sized("{\"phone_number\":")),
            (
                "not UTF-8",
                [
                    sized("{\"phone_number\":\"??\"}").split(|b| *b == b'?').next().unwrap(),
                    b"\xff\xfe\"}",
                ]
                .concat(),
            ),
        ],
    )
    .await;
}

#[actix_web::test]
async fn b39_methods_that_are_not_listed_are_refused_whatever_they_are() {
    let app = TestApp::spawn().await;
    for method in ["TRACE", "PUT", "PATCH", "BREW", "get", "PROPFIND", "OPTIONS"] {
        let asked = format!("{method} /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let heard = parse(&exchange(&app.address, asked).await);
        assert_eq!(
            (heard.status, heard.problem().as_str()),
            (405, "method_not_allowed"),
            "{method}"
        );
        assert_eq!(heard.header("allow"), Some("GET, HEAD"), "{method}");
    }
    // Neither a proxy nor a tunnel, and no other protocol.
    for (asked, status, code) in [
        ("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org", 400, "malformed_request"),
        ("GET http://example.org/secret HTTP/1.1\r\nHost: example.org", 404, "not_found"),
        ("OPTIONS * HTTP/1.1\r\nHost: a", 404, "not_found"),
    ] {
        let asked = format!("{asked}\r\nConnection: close\r\n\r\n");
        parse(&exchange(&app.address, asked).await).assert_refused(status, code);
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
}

#[actix_web::test]
async fn f66_http_2_is_not_spoken() {
    let app = TestApp::spawn().await;
    let raw = |what: &'static str, text: &str| (what, text.as_bytes().to_vec());
    unreadable(
        &app,
        400,
        &[
            raw("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            raw("HTTP/3.0", "GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
            ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec()),
        ],
    )
    .await;
    let upgrade = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n";
    let mut client = Raw::open(&app.address).await;
    client.send(upgrade).await;
    assert_eq!(client.answer().await.status, 200, "the upgrade is not taken");
}
