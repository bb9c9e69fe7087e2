//! Everything under `/phone`: the list, the live events, the page, the knobs.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{NUMBER, Simulator};

#[actix_web::test]
async fn an_entry_has_exactly_the_promised_members() {
    let simulator = Simulator::start().await;
    let created = simulator.create(json!({ "recipient": "+31612345678", "type": "tts" })).await;
    let entry = simulator.newest(NUMBER).await;
    let mut members: Vec<_> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "channel",
            "code",
            "created_at",
            "id",
            "keypad",
            "language",
            "provider",
            "recipient",
            "status",
            "text",
            "verify_id",
            "voice",
        ]
    );
    assert_eq!(entry["id"], created.json()["messages"]["id"]);
    assert_eq!(entry["verify_id"], created.json()["id"]);
    assert_eq!(entry["provider"], "messagebird");
    assert_eq!(entry["recipient"], NUMBER, "digits in a string");
    assert_eq!((&entry["channel"], &entry["status"]), (&json!("voice"), &json!("calling")));
    assert_eq!((&entry["language"], &entry["voice"]), (&json!("en-gb"), &json!("female")));
    assert_eq!(entry["created_at"], created.json()["createdDatetime"]);
}

#[actix_web::test]
async fn every_kind_of_text_message_is_on_the_sms_channel() {
    let simulator = Simulator::start().await;
    for kind in ["sms", "flash"] {
        simulator.create(json!({ "recipient": NUMBER, "type": kind })).await.id();
        let entry = simulator.newest(NUMBER).await;
        assert_eq!(
            (&entry["channel"], &entry["status"]),
            (&json!("sms"), &json!("sent")),
            "{kind}"
        );
    }
}

#[actix_web::test]
async fn the_list_is_newest_first_and_may_be_of_one_number() {
    let simulator = Simulator::start().await;
    let mut ids = Vec::new();
    for number in [NUMBER, "31687654321", NUMBER] {
        ids.push(simulator.create(json!({ "recipient": number })).await.id());
    }
    let order = |list: Vec<Value>| -> Vec<String> {
        list.iter().map(|entry| entry["verify_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(order(simulator.phone(NUMBER).await), [ids[2].clone(), ids[0].clone()]);
    assert_eq!(order(simulator.phone("%2B31687654321").await), [ids[1].clone()]);
    let all = simulator.own(Method::GET, "/phone/messages", Value::Null).await;
    ids.reverse();
    assert_eq!(order(all.json().as_array().unwrap().clone()), ids);
    assert_eq!(all.header("cache-control"), Some("no-store"));
}

#[actix_web::test]
async fn emptying_the_list_leaves_the_verifications() {
    let simulator = Simulator::start().await;
    let (id, code) = simulator.call().await;
    assert_eq!(simulator.own(Method::DELETE, "/phone/messages", Value::Null).await.status, 204);
    assert!(simulator.phone(NUMBER).await.is_empty());
    assert_eq!(simulator.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn a_person_may_answer_or_decline_while_it_rings_and_no_longer() {
    let simulator = Simulator::start().await;
    for (act, status) in [("answer", "answered"), ("decline", "busy")] {
        let created = simulator.create(json!({ "recipient": NUMBER, "type": "tts" })).await;
        let id = created.json()["messages"]["id"].as_str().unwrap().to_owned();
        let path = format!("/phone/messages/{id}/{act}");
        assert_eq!(simulator.own(Method::POST, &path, Value::Null).await.status, 204);
        assert_eq!(simulator.delivery(&created).await, status);
        simulator.advance(600).await;
        assert_eq!(simulator.delivery(&created).await, status, "for good");
        assert_eq!(simulator.own(Method::POST, &path, Value::Null).await.status, 409);
    }
    let nobody = simulator.own(Method::POST, "/phone/messages/unknown/answer", Value::Null).await;
    assert_eq!(nobody.status, 404);
}

/// Server-sent events, read one by one.
struct Events {
    response: reqwest::Response,
    buffer: String,
}

impl Events {
    async fn open(simulator: &Simulator) -> Self {
        let response = simulator.http.get(simulator.url("/phone/events")).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut events = Self { response, buffer: String::new() };
        let hello = events.block().await;
        assert!(hello.starts_with("retry: "), "{hello}");
        events
    }

    async fn block(&mut self) -> String {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let block = block.to_owned();
                self.buffer = rest.to_owned();
                return block;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.response.chunk()).await;
            let chunk = chunk.expect("an event").unwrap().expect("an open stream");
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event: its name and its data.
    async fn next(&mut self) -> (String, Value) {
        let block = self.block().await;
        let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        (line("event: ").to_owned(), serde_json::from_str(line("data: ")).unwrap())
    }
}

#[actix_web::test]
async fn a_new_call_and_every_change_of_it_are_told_live() {
    let simulator = Simulator::start().await;
    let mut events = Events::open(&simulator).await;
    let (id, _) = simulator.call().await;
    let (name, call) = events.next().await;
    assert_eq!((name.as_str(), &call["verify_id"]), ("message", &json!(id)));
    assert_eq!(call, simulator.newest(NUMBER).await, "the same as in the list");
    simulator.advance(6).await;
    let (name, call) = events.next().await;
    assert_eq!((name.as_str(), &call["status"]), ("status", &json!("answered")));
    simulator.own(Method::DELETE, "/phone/messages", Value::Null).await;
    assert_eq!(events.next().await.0, "cleared");
}

#[actix_web::test]
async fn a_change_comes_by_itself_when_its_time_comes() {
    let simulator = Simulator::start().await;
    let mut events = Events::open(&simulator).await;
    let created = simulator.create(json!({ "recipient": NUMBER, "type": "tts" })).await;
    events.next().await;
    // To one second before the answer: the rest is real time, and nothing is asked meanwhile.
    simulator.advance(5).await;
    let (name, call) = events.next().await;
    assert_eq!((name.as_str(), &call["status"]), ("status", &json!("answered")));
    assert_eq!(call["verify_id"], created.json()["id"]);
}

#[actix_web::test]
async fn what_a_person_does_is_told_live_as_well() {
    let simulator = Simulator::start().await;
    let mut events = Events::open(&simulator).await;
    simulator.call().await;
    let (_, call) = events.next().await;
    let path = format!("/phone/messages/{}/decline", call["id"].as_str().unwrap());
    simulator.own(Method::POST, &path, Value::Null).await;
    assert_eq!(events.next().await.1["status"], "busy");
}

#[actix_web::test]
async fn the_page_and_its_files_run_nothing_that_is_not_theirs() {
    let simulator = Simulator::start().await;
    for (path, kind, part) in [
        ("/phone", "text/html; charset=utf-8", "/phone/phone.js"),
        ("/phone", "text/html; charset=utf-8", "<title>Ringproof phone</title>"),
        ("/phone/phone.js", "text/javascript; charset=utf-8", "EventSource"),
        ("/phone/carriers.js", "text/javascript; charset=utf-8", "drawCarriers"),
        ("/phone/sound.js", "text/javascript; charset=utf-8", "SpeechSynthesisUtterance"),
        ("/phone/words.js", "text/javascript; charset=utf-8", "export function grouped"),
        ("/phone/phone.css", "text/css; charset=utf-8", "prefers-reduced-motion"),
    ] {
        let answer = simulator.own(Method::GET, path, Value::Null).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{path}");
        assert!(answer.text.contains(part), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        let expected =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'";
        assert!(policy.starts_with(expected), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
}

#[actix_web::test]
async fn the_page_links_to_the_one_that_calls_when_there_is_one() {
    let simulator = Simulator::start().await;
    let about = simulator.own(Method::GET, "/phone/about", Value::Null).await.json();
    assert_eq!(about, json!({ "page": null }));
    let linked = Simulator::start_with(|it| it.linked_to("http://127.0.0.1:1/".into())).await;
    let about = linked.own(Method::GET, "/phone/about", Value::Null).await.json();
    assert_eq!(about, json!({ "page": "http://127.0.0.1:1/" }));
    let none = simulator.own(Method::GET, "/phone/other.js", Value::Null).await;
    assert_eq!(none.status, 404);
}

#[actix_web::test]
async fn the_clock_only_goes_forward_and_says_what_time_it_is() {
    let simulator = Simulator::start().await;
    let path = "/phone/clock";
    let moved = simulator.own(Method::POST, path, json!({ "advance_seconds": 86_400 })).await;
    assert!(moved.text("now").ends_with("+00:00"));
    let created = simulator.create(json!({ "recipient": NUMBER })).await.text("createdDatetime");
    assert!(created >= moved.text("now"));
    for bad in [
        json!({ "advance_seconds": -1 }),
        json!({ "seconds": 1 }),
        json!({ "advance_seconds": u64::MAX }),
    ] {
        let refused = simulator.own(Method::POST, path, bad.clone()).await;
        assert!((400..=422).contains(&refused.status), "{bad}: {}", refused.status);
    }
}

#[actix_web::test]
async fn a_forced_code_must_be_one_and_is_used_once() {
    let simulator = Simulator::start().await;
    for bad in ["12345", "12345678901", "12a456", ""] {
        let refused = simulator.own(Method::PUT, "/phone/next-code", json!({ "code": bad })).await;
        assert!((400..=422).contains(&refused.status), "{bad}");
    }
    simulator.next_code("000042").await;
    assert_eq!(simulator.call().await.1, "000042");
    let later = [simulator.call().await.1, simulator.call().await.1];
    assert_ne!(later, ["000042", "000042"]);
}

#[actix_web::test]
async fn requests_are_counted_by_operation_until_cleared() {
    let simulator = Simulator::start().await;
    let created = simulator.create(json!({ "recipient": NUMBER, "type": "tts" })).await;
    let id = created.id();
    simulator.create(json!({})).await;
    simulator.view(&id).await;
    simulator.check(&id, "123456").await;
    simulator.delivery(&created).await;
    simulator.delete(&format!("/verify/{id}")).await;
    let counts = simulator.own(Method::GET, "/phone/requests", Value::Null).await.json();
    let mut none = json!({ "create": 0, "check": 0, "view": 0, "delete": 0, "delivery": 0 });
    let mut expected = json!({ "create": 2, "check": 1, "view": 1, "delete": 1, "delivery": 1 });
    expected["messagebird"] = expected.clone();
    expected["twilio"] = none.clone();
    assert_eq!(counts, expected);
    simulator.own(Method::DELETE, "/phone/requests", Value::Null).await;
    let counts = simulator.own(Method::GET, "/phone/requests", Value::Null).await.json();
    let each = none.clone();
    none["messagebird"] = each.clone();
    none["twilio"] = each;
    assert_eq!(counts, none);
}
