//! Every programmable fault, seen from the client's end of the connection.

use std::io::ErrorKind;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{NUMBER, Simulator, send};

async fn create(simulator: &Simulator) -> crate::support::Answer {
    simulator.create(json!({ "recipient": NUMBER, "type": "tts" })).await
}

/// The head and the body of raw bytes.
fn split(bytes: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    (head.to_ascii_lowercase(), body.to_owned())
}

#[actix_web::test]
async fn reset_ends_the_connection_with_rst_and_no_byte_though_the_phone_rings() {
    let simulator = Simulator::start().await;
    simulator.fault(json!({ "operation": "create", "fault": "reset" })).await;
    let (bytes, end) = simulator.create_over_socket().await;
    assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(&bytes));
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(simulator.phone(NUMBER).await.len(), 1);
    assert_eq!(create(&simulator).await.status, 201, "struck once");
}

#[actix_web::test]
async fn truncate_promises_more_than_it_sends() {
    let simulator = Simulator::start().await;
    simulator.fault(json!({ "operation": "create", "fault": "truncate" })).await;
    let (bytes, _) = simulator.create_over_socket().await;
    let (head, body) = split(&bytes);
    assert!(head.starts_with("http/1.1 201"), "{head}");
    let promised = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let promised: usize = promised.parse().unwrap();
    assert!(!body.is_empty() && body.len() < promised, "{} of {promised}", body.len());
    assert_eq!(simulator.phone(NUMBER).await.len(), 1);
}

#[actix_web::test]
async fn hang_gives_no_answer_though_the_phone_rings() {
    let simulator = Simulator::start().await;
    simulator.fault(json!({ "operation": "create", "fault": "hang" })).await;
    tokio::select! {
        answer = create(&simulator) => panic!("an answer came: {answer:?}"),
        call = simulator.rings(NUMBER) => assert_eq!(call["status"], "calling"),
    }
}

#[actix_web::test]
async fn slow_answers_after_the_phone_rang() {
    let simulator = Simulator::start().await;
    simulator
        .fault(json!({ "operation": "create", "fault": "slow", "milliseconds": 15_000 }))
        .await;
    let mut answer = Box::pin(create(&simulator));
    tokio::select! {
        biased;
        answer = &mut answer => panic!("an answer came first: {answer:?}"),
        _ = simulator.rings(NUMBER) => {}
    }
    let (answer, ()) = tokio::join!(answer, simulator.advance(15));
    assert_eq!(answer.status, 201);
}

#[actix_web::test]
async fn drip_sends_byte_by_byte() {
    let simulator = Simulator::start().await;
    simulator.fault(json!({ "operation": "create", "fault": "drip" })).await;
    let request = simulator.request(Method::POST, "/verify").json(&json!({ "recipient": NUMBER }));
    let mut response = request.send().await.unwrap();
    assert!(response.content_length().unwrap() > 100);
    let first = response.chunk().await.unwrap().unwrap();
    assert_eq!(first.as_ref(), b"{", "the next byte is a second away");
    assert_eq!(simulator.phone(NUMBER).await.len(), 1);
}

#[actix_web::test]
async fn garbage_is_html_where_json_was_due() {
    let simulator = Simulator::start().await;
    simulator.fault(json!({ "operation": "create", "fault": "garbage" })).await;
    let answer = create(&simulator).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/html; charset=UTF-8"))
    );
    assert!(answer.text.to_ascii_lowercase().starts_with("<!doctype html"));
    assert_eq!(simulator.phone(NUMBER).await.len(), 1);
}

#[actix_web::test]
async fn huge_goes_far_beyond_64_kib() {
    let simulator = Simulator::start().await;
    simulator.fault(json!({ "operation": "create", "fault": "huge" })).await;
    let request = simulator.request(Method::POST, "/verify").json(&json!({ "recipient": NUMBER }));
    let mut response = request.send().await.unwrap();
    assert_eq!(response.content_length(), None, "its length is not announced");
    let mut length = 0;
    while length < 1024 * 1024 {
        length += response.chunk().await.unwrap().expect("more").len();
    }
    assert_eq!(simulator.phone(NUMBER).await.len(), 1);
}

#[actix_web::test]
async fn odd_objects_differ_in_one_detail() {
    let simulator = Simulator::start().await;
    for (fault, odd) in [
        ("missing_id", (|o| o.get("id").is_none()) as fn(&Value) -> bool),
        ("string_recipient", |o| o["recipient"] == NUMBER),
        ("href_only_messages", |o| {
            o["messages"]["id"].is_null() && o["messages"]["href"].is_string()
        }),
        ("legacy_id", |o| o["id"].as_str().unwrap().find('v') == Some(23)),
        ("unknown_status", |o| {
            !["sent", "expired", "failed", "verified", "deleted"]
                .contains(&o["status"].as_str().unwrap())
        }),
    ] {
        simulator.fault(json!({ "operation": "create", "fault": fault })).await;
        let answer = create(&simulator).await;
        assert_eq!(answer.status, 201, "{fault}");
        assert!(odd(&answer.json()), "{fault}: {}", answer.text);
        assert!(!odd(&create(&simulator).await.json()), "{fault} struck twice");
    }
}

#[actix_web::test]
async fn a_legacy_id_can_be_used_like_any_other() {
    let simulator = Simulator::start().await;
    simulator.fault(json!({ "operation": "create", "fault": "legacy_id" })).await;
    let (id, code) = simulator.call().await;
    assert_eq!(simulator.check(&id, &code).await.text("status"), "verified");
}

#[actix_web::test]
async fn answers_given_instead_place_no_call() {
    let simulator = Simulator::start().await;
    for (fault, status) in [
        ("http_401", 401),
        ("http_402", 402),
        ("http_429", 429),
        ("http_500", 500),
        ("http_503", 503),
    ] {
        simulator.fault(json!({ "operation": "create", "fault": fault })).await;
        assert_eq!(create(&simulator).await.status, status, "{fault}");
    }
    assert!(simulator.phone(NUMBER).await.is_empty());
}

#[actix_web::test]
async fn http_401_looks_like_the_real_one() {
    let simulator = Simulator::start().await;
    simulator.fault(json!({ "operation": "any", "fault": "http_401" })).await;
    let answer = simulator.view("some-id").await;
    assert_eq!((answer.error().0, answer.error().1), (401, 2));
    assert!(answer.header("www-authenticate").is_some());
}

#[actix_web::test]
async fn http_429_carries_what_it_was_told_to() {
    let simulator = Simulator::start().await;
    let fault =
        json!({ "operation": "create", "fault": "http_429", "retry_after": 7, "body": "html" });
    simulator.fault(fault).await;
    let answer = create(&simulator).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    assert!(answer.text.starts_with("<html>"));
    simulator.fault(json!({ "operation": "create", "fault": "http_429", "body": "empty" })).await;
    let answer = create(&simulator).await;
    assert_eq!((answer.header("retry-after"), answer.text.as_str()), (None, ""));
}

#[actix_web::test]
async fn redirect_points_where_it_was_told_to() {
    let simulator = Simulator::start().await;
    let location = "http://127.0.0.1:9/elsewhere";
    simulator
        .fault(json!({ "operation": "create", "fault": "redirect", "location": location }))
        .await;
    let answer = create(&simulator).await;
    assert_eq!((answer.status / 100, answer.header("location")), (3, Some(location)));
    assert!(simulator.phone(NUMBER).await.is_empty());
}

#[actix_web::test]
async fn born_failed_is_accepted_and_nothing_rings() {
    let simulator = Simulator::start().await;
    simulator.fault(json!({ "operation": "create", "fault": "born_failed" })).await;
    let answer = create(&simulator).await;
    assert_eq!((answer.status, answer.text("status")), (201, "failed".to_owned()));
    assert!(simulator.phone(NUMBER).await.is_empty());
}

#[actix_web::test]
async fn a_fault_strikes_its_own_operation_as_often_as_told() {
    let simulator = Simulator::start().await;
    let (id, code) = simulator.call().await;
    simulator.fault(json!({ "operation": "check", "fault": "http_503", "times": 2 })).await;
    assert_eq!(simulator.view(&id).await.status, 200);
    for _ in 0..2 {
        assert_eq!(simulator.check(&id, &code).await.status, 503);
    }
    assert_eq!(simulator.check(&id, &code).await.text("status"), "verified");
}

#[actix_web::test]
async fn every_operation_can_be_struck() {
    let simulator = Simulator::start().await;
    let created = create(&simulator).await;
    let (id, message) =
        (created.id(), created.json()["messages"]["id"].as_str().unwrap().to_owned());
    for (operation, method, path) in [
        ("create", Method::POST, "/verify".to_owned()),
        ("check", Method::GET, format!("/verify/{id}?token=123456")),
        ("view", Method::GET, format!("/verify/{id}")),
        ("delivery", Method::GET, format!("/voicemessages/{message}")),
        ("delete", Method::DELETE, format!("/verify/{id}")),
    ] {
        simulator.fault(json!({ "operation": operation, "fault": "http_500" })).await;
        assert_eq!(send(simulator.request(method, &path)).await.status, 500, "{operation}");
    }
    assert_eq!(simulator.status(&id).await, "sent", "none of them was carried out");
}

#[actix_web::test]
async fn a_check_that_broke_on_its_way_back_has_verified_all_the_same() {
    let simulator = Simulator::start().await;
    let (id, code) = simulator.call().await;
    simulator.fault(json!({ "operation": "check", "fault": "reset" })).await;
    let request = simulator.request(Method::GET, &format!("/verify/{id}?token={code}"));
    assert!(request.send().await.is_err());
    assert_eq!(simulator.status(&id).await, "verified");
}

#[actix_web::test]
async fn faults_can_be_seen_replaced_and_cleared() {
    let simulator = Simulator::start().await;
    simulator.fault(json!({ "operation": "create", "fault": "reset" })).await;
    simulator.fault(json!({ "operation": "create", "fault": "http_500", "times": 3 })).await;
    let armed = simulator.own(Method::GET, "/phone/faults", Value::Null).await.json();
    assert_eq!(armed.as_array().unwrap().len(), 1);
    assert_eq!((&armed[0]["fault"], &armed[0]["times"]), (&json!("http_500"), &json!(3)));
    assert_eq!(simulator.own(Method::DELETE, "/phone/faults", Value::Null).await.status, 204);
    assert_eq!(create(&simulator).await.status, 201);
}

#[actix_web::test]
async fn a_fault_may_be_aimed_at_one_provider_and_cleared_for_it_alone() {
    let simulator = Simulator::start().await;
    let aimed = json!({ "operation": "create", "provider": "messagebird", "fault": "http_503" });
    simulator.fault(json!({ "operation": "create", "fault": "http_500" })).await;
    simulator.fault(aimed.clone()).await;
    assert_eq!(create(&simulator).await.status, 503, "the one for the provider goes first");
    assert_eq!(create(&simulator).await.status, 500, "the one for all strikes next");

    simulator.fault(json!({ "operation": "create", "fault": "http_500" })).await;
    simulator.fault(aimed).await;
    let path = "/phone/faults?provider=messagebird";
    assert_eq!(simulator.own(Method::DELETE, path, Value::Null).await.status, 204);
    let armed = simulator.own(Method::GET, "/phone/faults", Value::Null).await.json();
    assert_eq!(armed.as_array().unwrap().len(), 1, "{armed}");
    assert_eq!(armed[0]["provider"], Value::Null, "{armed}");
}

#[actix_web::test]
async fn an_order_that_makes_no_sense_is_refused() {
    let simulator = Simulator::start().await;
    for order in [
        json!({ "operation": "create", "fault": "flood" }),
        json!({ "operation": "sing", "fault": "reset" }),
        json!({ "operation": "any", "fault": "reset", "provider": "nobody" }),
        json!({ "operation": "create", "fault": "reset", "times": 0 }),
        json!({ "operation": "create", "fault": "reset", "colour": "red" }),
        json!({ "operation": "check", "fault": "born_failed" }),
        json!({ "fault": "reset" }),
    ] {
        let answer = simulator.own(Method::PUT, "/phone/faults", order.clone()).await;
        assert!((400..=422).contains(&answer.status), "{order}: {}", answer.status);
        assert!(answer.json()["error"].is_string(), "{order}");
    }
    assert_eq!(create(&simulator).await.status, 201);
}
