//! No error and no log line shows the code, the credentials, the number, a sid or an address, whatever goes wrong.

use std::error::Error as StdError;
use std::fmt::Write as _;

use twilio_rest::{Client, ClientConfig, Error, Limits};

use crate::capture::{capture, captured};
use crate::fake::{Act, Fake, json, with_headers};
use crate::*;

/// An error and everything underneath, the way a careless caller might print it.
fn everything(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut next = error.source();
    while let Some(source) = next {
        write!(text, " {source} {source:?}").unwrap();
        next = source.source();
    }
    text
}

fn assert_silent(text: &str) {
    let digits = &NUMBER[1..];
    for canary in [KEY, SECRET, ACCOUNT, digits, CODE, SPOKEN, CALL, "http://", "<Say"] {
        assert!(!text.contains(canary), "{canary} in: {text}");
    }
}

/// One of every way to fail, each echoing back as much as it can.
fn failures() -> Vec<Act> {
    let echo = format!("{KEY} {SECRET} {NUMBER} {CODE} http://x/Accounts/{ACCOUNT}/Calls/{CALL}");
    let quoted = format!("\"{echo}\"");
    vec![
        Act::Reset,
        Act::Close,
        Act::ReplyAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec()),
        Act::Hold,
        Act::ReplyAndClose(echo.clone().into_bytes()),
        Act::Reply(json(201, &echo)),
        Act::Reply(json(201, &quoted)),
        Act::Reply(json(201, &format!(r#"{{"sid":{quoted}}}"#))),
        Act::Reply(json(400, &fault(400, "21211"))),
        Act::Reply(json(400, &fault(400, &quoted))),
        Act::Reply(json(400, &fault(400, &format!("\"{NUMBER}\"")))),
        Act::Reply(json(404, &echo)),
        Act::Reply(json(500, &echo)),
        Act::Reply(with_headers(302, &format!("Location: http://x/{CALL}\r\n"), &echo)),
        Act::Reply(with_headers(429, &format!("Retry-After: {echo}\r\n"), &echo)),
        Act::Reply(json(202, &object("queued"))),
    ]
}

#[tokio::test]
async fn no_error_and_no_log_line_gives_anything_away() {
    capture();
    let count = failures().len();
    for operation in ["call", "message"] {
        let mut fake = Fake::start(failures()).await;
        let limits = Limits { first_byte: HOUR, total: HOUR, ..Limits::default() };
        let client = Client::new(ClientConfig { limits, ..config(&fake.url) }).unwrap();
        for act in failures() {
            let asked = async {
                match operation {
                    "call" => client.call(&call()).await.unwrap_err(),
                    _ => client.message(&message()).await.unwrap_err(),
                }
            };
            let passing = async {
                fake.arrival().await;
                // Only silence is given up on: the others are answered, however busy the machine is.
                if matches!(act, Act::Hold) {
                    pass(HOUR).await;
                }
            };
            let (error, ()) = tokio::join!(asked, passing);
            assert_silent(&everything(&error));
        }
        assert_eq!(fake.requests().len(), count);
    }
    // Not sent: nothing listens there.
    let gone = Client::new(config(&"http://127.0.0.1:1".parse().unwrap())).unwrap();
    assert_silent(&everything(&gone.call(&call()).await.unwrap_err()));

    let lines = captured();
    lines.iter().for_each(|line| assert_silent(line));
    let own = lines.iter().filter(|line| line.contains("provider_http")).count();
    assert_eq!(own, 2 * count + 1, "one line for each exchange: {lines:#?}");
}

#[tokio::test]
async fn a_log_line_has_four_fields_at_debug() {
    capture();
    let fake = Fake::start([Act::Reply(json(201, &object("queued")))]).await;
    client(&fake).call(&call()).await.unwrap();

    let lines = captured();
    let line = lines.iter().find(|line| line.contains("provider_http")).unwrap();
    let (before, milliseconds) = line.split_once(" milliseconds=").unwrap();
    assert!(before.starts_with("DEBUG provider_http::exchange "), "{line}");
    assert!(before.ends_with(r#" operation="create" status=201 outcome="success""#), "{line}");
    assert!(milliseconds.bytes().all(|byte| byte.is_ascii_digit()), "{line}");
}

#[tokio::test]
async fn debug_of_every_value_a_caller_holds_is_silent() {
    let fake = Fake::start([Act::Reply(json(200, &object("queued")))]).await;
    let config = config(&fake.url);
    let client = Client::new(config.clone()).unwrap();
    let (call, message) = (call(), message());
    let state = client.call_state(&id()).await.unwrap();
    assert_silent(&format!("{client:?} {call:?} {message:?} {state:?} {:?}", id()));
    assert!(!format!("{config:?}").contains(SECRET));
}
