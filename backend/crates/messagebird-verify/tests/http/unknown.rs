//! Failures after a byte may have left: nobody knows whether a phone rings, and nothing is sent again.

use std::error::Error as _;
use std::time::Duration;

use messagebird_verify::{Client, Error, Limits, Unknown};
use tokio::time::{Instant, sleep};

use crate::fake::{Act, Fake, json, with_headers};
use crate::*;

/// Plays one act to a create, and makes sure that it was sent exactly once. No time ends it.
async fn create_unknown(act: Act) -> Unknown {
    let fake = Fake::start([act]).await;
    let mut config = config(&fake.url);
    config.limits = Limits { first_byte: HOUR, total: HOUR, ..config.limits };
    let reason = unknown(Client::new(config).unwrap().create(&call()).await);
    assert_eq!(fake.requests().len(), 1);
    assert_eq!(fake.connections(), 1);
    reason
}

/// The same for an act that time ends: the answer's head has an hour and the whole exchange `total`. The hour passes
/// once the server has read the request, so it was sent, however busy the machine is.
async fn assert_timed_out_after_an_hour(act: Act, total: Duration) {
    let mut fake = Fake::start([act]).await;
    let mut config = config(&fake.url);
    config.limits = Limits { first_byte: HOUR, total, ..config.limits };
    let (client, call, began) = (Client::new(config).unwrap(), call(), Instant::now());
    let asked = async { (unknown(client.create(&call).await), began.elapsed()) };
    let passing = async {
        fake.arrival().await;
        pass(HOUR).await;
        // Timers end in their order; whoever still waits after this one is found out.
        sleep(Duration::from_millis(1)).await;
        pass(total).await;
    };
    let ((reason, took), ()) = tokio::join!(asked, passing);
    assert!(matches!(reason, Unknown::TimedOut(_)), "{reason:?}");
    assert!((HOUR..2 * HOUR).contains(&took), "{took:?}");
    assert_eq!((fake.connections(), fake.requests().len()), (1, 1));
}

fn unknown<T: std::fmt::Debug>(result: Result<T, Error>) -> Unknown {
    match result {
        Err(error @ Error::Unknown(Unknown::TimedOut(_) | Unknown::Broken(_))) => {
            assert!(error.source().is_some(), "the cause is kept");
            match error {
                Error::Unknown(reason) => reason,
                _ => unreachable!(),
            }
        }
        Err(Error::Unknown(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

async fn status(answer: Vec<u8>) -> u16 {
    match create_unknown(Act::Reply(answer)).await {
        Unknown::Status(status) => status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn f10_silence_is_given_up_long_before_the_whole_request_is() {
    assert_timed_out_after_an_hour(Act::Hold, 3 * HOUR).await;
}

#[tokio::test]
async fn f11_an_answer_that_drips_is_cut_by_the_limit_on_the_whole_request() {
    let act = Act::Drip {
        head: b"HTTP/1.1 201 Created\r\nContent-Length: 1000000\r\n\r\n".to_vec(),
        piece: b" ".to_vec(),
        pause: HOUR / 100,
    };
    assert_timed_out_after_an_hour(act, HOUR).await;
}

#[tokio::test]
async fn f11_a_body_that_stops_half_way_is_cut_by_the_limit_on_the_whole_request() {
    let act =
        Act::ReplyAndHold(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"id\"".to_vec());
    assert_timed_out_after_an_hour(act, HOUR).await;
}

#[tokio::test]
async fn f12_reset_before_any_answer_byte_is_unknown() {
    let reason = create_unknown(Act::Reset).await;
    assert!(matches!(reason, Unknown::Broken(_)), "{reason:?}");
    let reason = create_unknown(Act::Close).await;
    assert!(matches!(reason, Unknown::Broken(_)), "{reason:?}");
}

#[tokio::test]
async fn f13_a_body_cut_short_is_unknown_even_when_it_could_be_read() {
    let body = object("sent");
    let short = format!("HTTP/1.1 201 X\r\nContent-Length: {}\r\n\r\n{body}", body.len() + 1);
    let cut = format!(
        "HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
        body.len()
    );
    // A no that did not arrive whole is no no.
    let refusal = "HTTP/1.1 422 X\r\nContent-Length: 100\r\n\r\n{\"errors\":[".to_owned();
    for answer in [short, cut, refusal] {
        let act = Act::ReplyAndClose(answer.into_bytes());
        let reason = create_unknown(act).await;
        assert!(matches!(reason, Unknown::Broken(_)), "{reason:?}");
    }
}

#[tokio::test]
async fn f14_a_kept_connection_that_dies_after_the_request_is_unknown_and_not_sent_again() {
    for last in [Act::Close, Act::Reset] {
        let fake = Fake::start([Act::Reply(json(201, &object("sent"))), last]).await;
        let client = client(&fake);
        client.create(&call()).await.unwrap();
        let reason = unknown(client.create(&call()).await);
        assert!(matches!(reason, Unknown::Broken(_)), "{reason:?}");
        assert_eq!((fake.connections(), fake.requests().len()), (1, 2));
    }
}

#[tokio::test]
async fn f14_a_connection_closed_while_idle_never_doubles_a_request() {
    const CALLS: usize = 40;
    // Each connection is closed behind its answer without a warning, so that the next request races the close.
    let fake =
        Fake::start((0..CALLS).map(|_| Act::ReplyAndClose(json(201, &object("sent"))))).await;
    let client = client(&fake);
    let mut answered = 0;
    for _ in 0..CALLS {
        match client.create(&call()).await {
            Ok(_) => answered += 1,
            Err(Error::Unknown(Unknown::Broken(_))) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(fake.requests().len(), answered, "every request that was read was answered, once");
    assert!(answered > 0);
}

#[tokio::test]
async fn f15_f16_a_server_error_does_not_prove_that_no_call_was_placed() {
    for code in [500, 502, 503, 504, 507] {
        // Not even with a body that looks like a refusal.
        let body = fault(10, "recipient is invalid", "recipient");
        assert_eq!(status(json(code, &body)).await, code);
    }
    for code in [500, 502, 504] {
        assert_eq!(status(with_headers(code, "Retry-After: 5\r\n", "")).await, code);
    }
    assert_eq!(status(with_headers(503, "Retry-After: soon\r\n", "")).await, 503);
}

#[tokio::test]
async fn f28_a_redirect_is_not_followed_and_the_number_goes_nowhere_else() {
    for code in [301, 302, 303, 307, 308] {
        let canary = Fake::start([]).await;
        let headers = format!("Location: {}verify\r\n", canary.url);
        assert_eq!(status(with_headers(code, &headers, "")).await, code);
        assert_eq!(canary.connections(), 0);
    }
}

#[tokio::test]
async fn f28_the_host_of_a_message_is_not_followed_either() {
    let canary = Fake::start([]).await;
    let body = object("sent").replace("https://rest.messagebird.com/", canary.url.as_str());
    let delivery = r#"{"recipients":{"items":[{"status":"calling"}]}}"#;
    let fake = Fake::start([Act::Reply(json(201, &body)), Act::Reply(json(200, delivery))]).await;
    let client = client(&fake);
    let message = client.create(&call()).await.unwrap().message.unwrap();
    client.delivery(&message).await.unwrap();
    assert_eq!((canary.connections(), fake.requests().len()), (0, 2));
}

#[tokio::test]
async fn f29_answers_nobody_promised_are_unknown() {
    for code in [202, 203, 206, 226, 300, 304, 408, 418, 421, 425, 451, 499, 599] {
        let body = if code == 304 { String::new() } else { object("sent") };
        assert_eq!(status(json(code, &body)).await, code);
    }
    assert_eq!(status(b"HTTP/1.1 204 X\r\n\r\n".to_vec()).await, 204);
}

#[tokio::test]
async fn f29_a_flood_of_interim_answers_is_no_answer() {
    let flood = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(500);
    let act = Act::ReplyAndHold(flood);
    assert_timed_out_after_an_hour(act, 3 * HOUR).await;
}

#[tokio::test]
async fn f30_what_is_not_http_is_unknown() {
    let headers = format!("HTTP/1.1 201 X\r\n{}\r\n", "A: b\r\n".repeat(5_000));
    let line = format!("HTTP/1.1 201 X\r\nA: {}\r\n\r\n", "b".repeat(2_000_000));
    for answer in
        [headers.as_bytes(), line.as_bytes(), b"SSH-2.0-server\r\n\r\n", b"\0\x01\x02\r\n\r\n"]
    {
        let reason = create_unknown(Act::ReplyAndClose(answer.to_vec())).await;
        assert!(matches!(reason, Unknown::Broken(_)), "{reason:?}");
    }
}

#[tokio::test]
async fn a_refusal_without_an_end_is_unknown() {
    let act = Act::Endless {
        head: b"HTTP/1.1 422 X\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
        piece: b"4\r\n    \r\n".to_vec(),
    };
    let reason = create_unknown(act).await;
    assert!(matches!(reason, Unknown::Endless), "{reason:?}");
}

#[tokio::test]
async fn f33_a_check_without_an_answer_is_unknown_and_tried_once() {
    let fake = Fake::start([Act::Reset]).await;
    let reason = unknown(client(&fake).check(&id(), TOKEN).await);
    assert!(matches!(reason, Unknown::Broken(_)), "{reason:?}");
    assert_eq!(fake.requests().len(), 1);
}
