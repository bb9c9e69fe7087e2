//! What a person sees when the phone network behaves as it does: the simulator's scenario numbers
//! and its faults.

use crate::helpers::TestApp;
use serde_json::json;

#[actix_web::test]
async fn numbers_that_nobody_answers_tell_so() {
    let app = TestApp::spawn().await;
    for (number, state) in
        [("+442079460091", "busy"), ("+442079460092", "no_answer"), ("+442079460093", "voicemail")]
    {
        let path = format!("/verifications/{}", app.start(number).await.id());
        app.advance(60).await;
        let shown = app.get(&path).await.json();
        assert_eq!(shown["delivery"]["state"], state, "{number}");
        assert_eq!(shown["status"], "pending", "{number}");
    }
}

#[actix_web::test]
async fn a_call_that_is_answered_late_still_verifies() {
    let app = TestApp::spawn().await;
    let number = "+442079460094";
    let id = app.start(number).await.id();
    app.advance(30).await;
    let state = app.get(&format!("/verifications/{id}")).await.json()["delivery"]["state"].clone();
    assert_eq!(state, "ringing");
    app.advance(11).await;
    let state = app.get(&format!("/verifications/{id}")).await.json()["delivery"]["state"].clone();
    assert_eq!(state, "answered");
    let code = app.provider.code(number).await;
    assert_eq!(app.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn calls_that_the_provider_refuses_are_refused_with_a_way_on() {
    let app = TestApp::spawn().await;
    for (number, status, code, retry_after) in [
        ("+442079460099", 503, "temporarily_unavailable", "7"),
        ("+442079460090", 503, "temporarily_unavailable", "5"),
        ("+442079460095", 422, "phone_number_invalid", ""),
        ("+442079460096", 503, "temporarily_unavailable", "300"),
    ] {
        app.advance(7).await;
        let answer = app.start(number).await;
        assert_eq!(answer.problem(), (status, code.into()), "{number}");
        assert_eq!(answer.header("retry-after"), retry_after, "{number}");
        // Nothing was placed, so the number's cool-down does not run.
        assert_eq!(app.start(number).await.problem(), (status, code.into()), "{number}");
    }
}

#[actix_web::test]
async fn a_provider_fault_after_the_request_left_places_no_second_call() {
    let app = TestApp::spawn().await;
    let answer = app.start("+442079460097").await;
    assert_eq!(answer.problem(), (502, "delivery_unknown".into()));
    assert_eq!(answer.header("retry-after"), "60");
    assert_eq!(app.provider.seen("create").await, 1);
    assert_eq!(app.start("+442079460097").await.problem(), (429, "rate_limited".into()));
    assert_eq!(app.provider.seen("create").await, 1);
}

#[actix_web::test]
async fn a_provider_that_does_not_answer_is_given_up_on_in_time() {
    let app = TestApp::spawn().await;
    let answer = app.start("+442079460098").await;
    assert_eq!(answer.problem(), (504, "delivery_unknown".into()));
    assert_eq!(app.provider.rings("+442079460098").await, 1, "the phone rings all the same");
    assert_eq!(app.provider.seen("create").await, 1);
}

#[actix_web::test]
async fn whatever_breaks_after_the_phone_rings_it_rings_once() {
    let app = TestApp::spawn().await;
    for (index, fault) in
        ["reset", "truncate", "garbage", "huge", "missing_id"].into_iter().enumerate()
    {
        let number = format!("+44207946004{index}");
        app.provider.fault(json!({ "operation": "create", "fault": fault })).await;
        let answer = app.start(&number).await;
        assert_eq!(answer.problem(), (502, "delivery_unknown".into()), "{fault}");
        assert_eq!(app.provider.rings(&number).await, 1, "{fault}");
        assert_eq!(app.provider.seen("create").await, index as u64 + 1, "{fault}");
    }
}

#[actix_web::test]
async fn what_the_provider_refuses_us_is_never_explained_to_the_public() {
    let app = TestApp::spawn().await;
    let faults = ["redirect", "http_500", "http_503", "http_401"];
    for (index, fault) in faults.into_iter().enumerate() {
        let body =
            json!({ "operation": "create", "fault": fault, "location": "http://127.0.0.1:1/" });
        app.provider.fault(body).await;
        let answer = app.start(&format!("+44207946005{index}")).await;
        assert_eq!(answer.status, 502, "{fault}: {}", answer.text);
        let text = answer.text.to_lowercase();
        for word in ["messagebird", "access_key", "127.0.0.1", "http_"] {
            assert!(!text.contains(word), "{fault}: {text}");
        }
    }
}

#[actix_web::test]
async fn a_provider_that_is_not_there_costs_the_number_nothing() {
    let mut app = TestApp::spawn().await;
    let there = app.provider.address.clone();
    app.reborn(&[("MESSAGEBIRD_BASE_URL", "http://127.0.0.1:1")]);
    for _ in 0..3 {
        let answer = app.start("+442079460060").await;
        assert_eq!(answer.problem(), (503, "temporarily_unavailable".into()));
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((5..=7).contains(&wait), "{wait}");
    }
    assert_eq!(app.get("/readyz").await.status, 200, "a provider outage makes nobody unready");
    app.reborn(&[("MESSAGEBIRD_BASE_URL", &there)]);
    assert_eq!(app.start("+442079460060").await.status, 201);
}
