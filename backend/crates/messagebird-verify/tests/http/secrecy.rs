//! No error and no log line shows the code, the key, the number, an id or an address, whatever goes wrong.

use std::cell::RefCell;
use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::sync::Once;

use messagebird_verify::{Client, ClientConfig, Error};
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

use crate::fake::{Act, Fake, json, with_headers};
use crate::*;

/// Keeps every event and span at every level as text, `LEVEL target field=value …`, per thread.
///
/// It is the one subscriber of the whole test process: a subscriber per test would race for the process-wide
/// memory of which log lines anybody wants. A test runs on one thread, and so do its client and its server.
struct Capture;

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Capture).unwrap());
    LINES.take();
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

fn keep(start: &str, record: impl FnOnce(&mut Line)) {
    let mut line = Line(start.to_owned());
    record(&mut line);
    LINES.with_borrow_mut(|lines| lines.push(line.0));
}

fn start(metadata: &Metadata<'_>) -> String {
    format!("{} {}", metadata.level(), metadata.target())
}

impl Subscriber for Capture {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        keep(&start(attributes.metadata()), |line| attributes.record(line));
        span::Id::from_u64(1)
    }

    fn record(&self, _span: &span::Id, values: &span::Record<'_>) {
        keep("record", |line| values.record(line));
    }

    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        keep(&start(event.metadata()), |line| event.record(line));
    }

    fn enter(&self, _span: &span::Id) {}

    fn exit(&self, _span: &span::Id) {}
}

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
    for canary in [KEY, RECIPIENT, TOKEN, ID, MESSAGE_ID, "canaryreference", "http://", "token="] {
        assert!(!text.contains(canary), "{canary} in: {text}");
    }
}

/// One of every way to fail, each echoing back as much as it can.
fn failures() -> Vec<Act> {
    let echo = format!("{KEY} {RECIPIENT} {TOKEN} http://x/verify/{ID}?token={TOKEN}");
    let quoted = format!("\"{echo}\"");
    let odd_status = object(&echo.replace(|letter: char| letter.is_ascii_digit(), "-"));
    vec![
        Act::Reset,
        Act::Close,
        Act::ReplyAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec()),
        Act::Hold,
        Act::ReplyAndHold(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec()),
        Act::ReplyAndClose(echo.clone().into_bytes()),
        Act::Reply(json(200, &echo)),
        Act::Reply(json(200, &quoted)),
        Act::Reply(json(200, &format!(r#"{{"id":{quoted}}}"#))),
        Act::Reply(json(422, &fault(10, &echo, "token"))),
        Act::Reply(json(422, &fault(10, &echo, &echo))),
        Act::Reply(json(400, &fault(77, &echo, RECIPIENT))),
        Act::Reply(json(404, &echo)),
        Act::Reply(json(500, &echo)),
        Act::Reply(with_headers(302, &format!("Location: http://x/?token={TOKEN}\r\n"), &echo)),
        Act::Reply(with_headers(429, &format!("Retry-After: {echo}\r\n"), &echo)),
        Act::Reply(with_headers(200, &format!("Content-Encoding: {echo}\r\n"), &echo)),
        Act::Reply(json(202, &odd_status)),
    ]
}

#[tokio::test]
async fn no_error_and_no_log_line_gives_anything_away() {
    capture();
    let count = failures().len();
    for operation in ["check", "create"] {
        let fake = Fake::start(failures()).await;
        let short =
            ClientConfig { first_byte_timeout: SHORT, request_timeout: SHORT, ..config(&fake.url) };
        let client = Client::new(short).unwrap();
        for _ in 0..count {
            let error = match operation {
                "check" => client.check(&id(), TOKEN).await.unwrap_err(),
                _ => client.create(&call()).await.unwrap_err(),
            };
            assert_silent(&everything(&error));
        }
        assert_eq!(fake.requests().len(), count);
    }
    // Not sent: nothing listens there.
    let gone = Client::new(config(&"http://127.0.0.1:1".parse().unwrap())).unwrap();
    assert_silent(&everything(&gone.check(&id(), TOKEN).await.unwrap_err()));
    assert_silent(&everything(&gone.check(&id(), "048291x").await.unwrap_err()));

    let lines = LINES.take();
    lines.iter().for_each(|line| assert_silent(line));
    let own = lines.iter().filter(|line| line.contains("messagebird_verify")).count();
    assert_eq!(own, 2 * count + 1, "one line for each exchange: {lines:#?}");
}

#[tokio::test]
async fn a_log_line_has_four_fields_at_debug() {
    capture();
    let fake = Fake::start([Act::Reply(json(201, &object("sent")))]).await;
    client(&fake).create(&call()).await.unwrap();

    let lines = LINES.take();
    let line = lines.iter().find(|line| line.contains("messagebird_verify")).unwrap();
    let (before, milliseconds) = line.split_once(" milliseconds=").unwrap();
    assert!(before.starts_with("DEBUG messagebird_verify::client "), "{line}");
    assert!(before.ends_with(r#" operation="create" status=201 outcome="success""#), "{line}");
    assert!(milliseconds.bytes().all(|byte| byte.is_ascii_digit()), "{line}");
}

#[test]
fn debug_of_every_value_a_caller_holds_is_silent() {
    let config = config(&"https://rest.messagebird.com".parse().unwrap());
    let client = Client::new(config.clone()).unwrap();
    let config = format!("{config:?}");
    assert!(!config.contains(KEY), "{config}");
    let request = call();
    assert_silent(&format!("{client:?} {request:?} {:?} {:?}", id(), message_id()));
}

#[tokio::test]
async fn debug_of_an_answer_is_silent() {
    let fake = Fake::start([Act::Reply(json(200, &object("sent")))]).await;
    let verify = client(&fake).view(&id()).await.unwrap();
    assert_silent(&format!("{verify:?}"));
}
