//! `/voicemessages/{id}` and `/messages/{id}`: how a call or message fares as time passes.

use serde_json::{Value, json};

use crate::support::{NUMBER, Simulator};

#[actix_web::test]
async fn a_call_rings_and_is_answered_after_six_seconds() {
    let simulator = Simulator::start().await;
    let created = simulator.create(json!({ "recipient": NUMBER, "type": "tts" })).await;
    assert_eq!(simulator.delivery(&created).await, "calling");
    simulator.advance(6).await;
    assert_eq!(simulator.delivery(&created).await, "answered");
    assert_eq!(simulator.newest(NUMBER).await["status"], "answered");
}

#[actix_web::test]
async fn a_text_message_is_sent_and_delivered() {
    let simulator = Simulator::start().await;
    let created = simulator.create(json!({ "recipient": NUMBER })).await;
    assert!(created.json()["messages"]["href"].as_str().unwrap().contains("/messages/"));
    assert_eq!(simulator.delivery(&created).await, "sent");
    simulator.advance(2).await;
    assert_eq!(simulator.delivery(&created).await, "delivered");
}

#[actix_web::test]
async fn the_call_has_the_captured_shape() {
    let simulator = Simulator::start().await;
    let body = json!({ "recipient": NUMBER, "type": "tts", "language": "nl-nl", "voice": "male" });
    let created = simulator.create(body).await.json();
    let id = created["messages"]["id"].as_str().unwrap();
    let call = simulator.get(&format!("/voicemessages/{id}")).await.json();
    assert_eq!(call["id"], id);
    assert_eq!(call["href"], created["messages"]["href"]);
    assert_eq!((&call["language"], &call["voice"]), (&json!("nl-nl"), &json!("male")));
    for name in ["body", "reference", "repeat", "ifMachine", "machineTimeout", "scheduledDatetime"]
    {
        assert!(call.get(name).is_some(), "{name}");
    }
    let recipients = &call["recipients"];
    assert_eq!(recipients["totalCount"], 1);
    assert_eq!(recipients["totalDeliveredCount"], 0);
    let one = &recipients["items"][0];
    assert_eq!(one["recipient"], 31_612_345_678_u64);
    assert_eq!(one["originator"], Value::Null);
    assert!(one["statusDatetime"].as_str().unwrap().ends_with("+00:00"));
}

#[actix_web::test]
async fn each_resource_knows_only_its_own_kind() {
    let simulator = Simulator::start().await;
    let created = simulator.create(json!({ "recipient": NUMBER, "type": "tts" })).await.json();
    let id = created["messages"]["id"].as_str().unwrap();
    let verify = created["id"].as_str().unwrap();
    let none = (404, 20, "message not found".to_owned(), None);
    assert_eq!(simulator.get(&format!("/messages/{id}")).await.error(), none);
    assert_eq!(simulator.get(&format!("/voicemessages/{verify}")).await.error(), none);
    let none = (404, 20, "Entity not found".to_owned(), None);
    assert_eq!(simulator.get(&format!("/verify/messages/email/{id}")).await.error(), none);
}

#[actix_web::test]
async fn the_report_outlives_an_emptied_phone_and_a_deleted_verification() {
    let simulator = Simulator::start().await;
    let created = simulator.create(json!({ "recipient": NUMBER, "type": "tts" })).await;
    simulator.own(reqwest::Method::DELETE, "/phone/messages", Value::Null).await;
    simulator.delete(&format!("/verify/{}", created.id())).await;
    simulator.advance(6).await;
    assert_eq!(simulator.delivery(&created).await, "answered");
}
