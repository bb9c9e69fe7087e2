//! Failures after a byte may have left: nobody knows whether a phone rings, and nothing is sent again.

use twilio_rest::{Error, Limits, Unknown};

use crate::fake::{Act, Fake, json, with_headers};
use crate::*;

/// Plays one act to a call and to a message, and makes sure that each was sent exactly once. Of `is_silence`, an hour
/// goes by once the server has read the request: so it was sent, however busy the machine is.
async fn played(is_silence: bool, act: impl Fn() -> Act) -> Unknown {
    let limits = Limits { first_byte: HOUR, total: HOUR, ..Limits::default() };
    let passing = async |fake: &mut Fake| {
        fake.arrival().await;
        if is_silence {
            pass(HOUR).await;
        }
    };
    let client = |fake: &Fake| Client::new(ClientConfig { limits, ..config(&fake.url) }).unwrap();

    let mut fake = Fake::start([act()]).await;
    let (texting, message) = (client(&fake), message());
    let (texted, ()) = tokio::join!(texting.message(&message), passing(&mut fake));
    assert!(matches!(texted, Err(Error::Unknown(_))), "{texted:?}");
    assert_eq!((fake.requests().len(), fake.connections()), (1, 1));

    let mut fake = Fake::start([act()]).await;
    let (calling, call) = (client(&fake), call());
    let (called, ()) = tokio::join!(calling.call(&call), passing(&mut fake));
    assert_eq!((fake.requests().len(), fake.connections()), (1, 1));
    match called {
        Err(Error::Unknown(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

async fn unknown(act: impl Fn() -> Act) -> Unknown {
    played(false, act).await
}

async fn status(answer: Vec<u8>) -> u16 {
    match unknown(|| Act::Reply(answer.clone())).await {
        Unknown::Status(status) => status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn silence_is_unknown() {
    let reason = played(true, || Act::Hold).await;
    assert!(matches!(reason, Unknown::TimedOut(_)), "{reason:?}");
    let half = b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"sid\"".to_vec();
    let reason = played(true, || Act::ReplyAndHold(half.clone())).await;
    assert!(matches!(reason, Unknown::TimedOut(_)), "{reason:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_unknown() {
    for act in [|| Act::Reset, || Act::Close] {
        let reason = unknown(act).await;
        assert!(matches!(reason, Unknown::Broken(_)), "{reason:?}");
    }
    let body = object("queued");
    let short = format!("HTTP/1.1 201 X\r\nContent-Length: {}\r\n\r\n{body}", body.len() + 1);
    let refusal = "HTTP/1.1 400 X\r\nContent-Length: 100\r\n\r\n{\"code\":21211".to_owned();
    for cut in [short, refusal] {
        let reason = unknown(|| Act::ReplyAndClose(cut.clone().into_bytes())).await;
        assert!(matches!(reason, Unknown::Broken(_)), "{reason:?}");
    }
}

#[tokio::test]
async fn a_server_error_does_not_prove_that_no_call_was_placed() {
    for code in [500, 502, 503, 504] {
        // Not even with a body that looks like a refusal, or a word about coming back.
        assert_eq!(status(json(code, &fault(code, "21211"))).await, code);
        assert_eq!(status(with_headers(code, "Retry-After: 5\r\n", "")).await, code);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_number_goes_nowhere_else() {
    for code in [301, 302, 303, 307, 308] {
        let canary = Fake::start([]).await;
        let headers = format!("Location: {}Calls.json\r\n", canary.url);
        assert_eq!(status(with_headers(code, &headers, "")).await, code);
        assert_eq!(canary.connections(), 0);
    }
}

#[tokio::test]
async fn answers_nobody_promised_are_unknown() {
    for code in [202, 203, 206, 300, 408, 418, 425, 451, 499] {
        assert_eq!(status(json(code, &object("queued"))).await, code);
    }
}
