//! Numbers of fiction ranges, by their last two digits.

use serde_json::{Value, json};

use crate::support::{Answer, Simulator};

async fn start(simulator: &Simulator, number: &str, kind: &str) -> Answer {
    simulator.create(json!({ "recipient": number, "type": kind })).await
}

#[actix_web::test]
async fn scenario_90_is_accepted_but_born_failed() {
    let simulator = Simulator::start().await;
    let created = start(&simulator, "+12025550190", "tts").await;
    assert_eq!((created.status, created.text("status")), (201, "failed".to_owned()));
    assert_eq!(simulator.status(&created.id()).await, "failed");
    assert_eq!(simulator.delivery(&created).await, "failed");
    assert!(simulator.phone("12025550190").await.is_empty(), "nothing rings");
}

#[actix_web::test]
async fn scenarios_91_to_94_end_a_call_each_in_its_way() {
    let simulator = Simulator::start().await;
    // Number, then each point in time with the status at it.
    for (number, course) in [
        ("+442079460991", vec![(0, "calling"), (5, "busy")]),
        ("+442079460992", vec![(0, "calling"), (25, "calling"), (5, "failed")]),
        ("+33199001293", vec![(0, "calling"), (30, "machine")]),
        ("+12025550194", vec![(0, "calling"), (35, "calling"), (5, "answered")]),
    ] {
        let created = start(&simulator, number, "tts").await;
        for (later, status) in course {
            simulator.advance(later).await;
            assert_eq!(simulator.delivery(&created).await, status, "{number} after {later} s more");
        }
        assert_eq!(created.text("status"), "sent", "{number}");
    }
}

#[actix_web::test]
async fn scenario_95_refuses_the_recipient() {
    let simulator = Simulator::start().await;
    let refused = start(&simulator, "+12025550195", "tts").await;
    assert_eq!(refused.complaints(), [(10, "recipient".to_owned())]);
    assert!(simulator.phone("12025550195").await.is_empty());
}

#[actix_web::test]
async fn scenario_96_has_no_balance() {
    let simulator = Simulator::start().await;
    let refused = start(&simulator, "+12025550196", "tts").await;
    assert_eq!(refused.error(), (422, 25, "Not enough balance".to_owned(), None));
    assert!(simulator.phone("12025550196").await.is_empty());
}

#[actix_web::test]
async fn scenario_97_is_a_server_error_that_is_not_json() {
    let simulator = Simulator::start().await;
    let broken = start(&simulator, "+12025550197", "tts").await;
    assert_eq!(
        (broken.status, broken.header("content-type")),
        (500, Some("text/html; charset=UTF-8"))
    );
    assert!(broken.text.starts_with("<html>"));
    assert!(simulator.phone("12025550197").await.is_empty());
}

#[actix_web::test]
async fn scenario_98_rings_while_the_answer_is_held_back() {
    let simulator = Simulator::start().await;
    let mut answer = Box::pin(start(&simulator, "+12025550198", "tts"));
    tokio::select! {
        biased;
        answer = &mut answer => panic!("answered at once: {answer:?}"),
        call = simulator.rings("12025550198") => assert_eq!(call["status"], "calling"),
    }
    // Waited for in real time, or moved past.
    let (answer, ()) = tokio::join!(answer, simulator.advance(30));
    assert_eq!((answer.status, answer.text("status")), (201, "sent".to_owned()));
}

#[actix_web::test]
async fn scenario_99_asks_for_patience() {
    let simulator = Simulator::start().await;
    let limited = start(&simulator, "+12025550199", "sms").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("7")));
    assert!(simulator.phone("12025550199").await.is_empty());
}

#[actix_web::test]
async fn every_other_number_simply_answers() {
    let simulator = Simulator::start().await;
    for number in ["+12025550142", "+12025550291", "+31612345695", "+442079461096", "+33199011297"]
    {
        let created = start(&simulator, number, "tts").await;
        assert_eq!((created.status, created.text("status")), (201, "sent".to_owned()), "{number}");
        simulator.advance(6).await;
        assert_eq!(simulator.delivery(&created).await, "answered", "{number}");
    }
}

#[actix_web::test]
async fn a_text_to_a_busy_number_still_arrives_somewhere() {
    let simulator = Simulator::start().await;
    for (number, status) in [("+12025550192", "delivery_failed"), ("+12025550194", "delivered")] {
        let created = start(&simulator, number, "sms").await;
        assert_eq!(simulator.delivery(&created).await, "sent");
        simulator.advance(40).await;
        assert_eq!(simulator.delivery(&created).await, status, "{number}");
        assert_ne!(created.json()["messages"], Value::Null);
    }
}
