//! `POST /verifications/{id}/check`

use crate::helpers::TestApp;
use serde_json::json;
use std::time::Duration;

const NUMBER: &str = "+442079460002";

#[actix_web::test]
async fn the_right_code_verifies_and_leading_zeros_count() {
    let app = TestApp::spawn().await;
    app.provider.next_code("000042").await;
    let id = app.start(NUMBER).await.id();
    let answer = app.check(&id, "42").await;
    assert_eq!(answer.problem(), (422, "code_malformed".into()));
    let answer = app.check(&id, " 000-042 ").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let verification = answer.json();
    assert_eq!(verification["status"], "verified");
    assert_eq!(verification["phone_number"], "+442*******02");
    assert_eq!(verification["attempts_remaining"], 4);
}

#[actix_web::test]
async fn wrong_codes_count_down_and_then_it_is_over_even_for_the_right_one() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let (right, wrong) = (app.provider.code(NUMBER).await, app.wrong_code(NUMBER).await);
    for left in [4, 3, 2, 1, 0] {
        let answer = app.check(&id, &wrong).await;
        assert_eq!(answer.problem(), (422, "code_incorrect".into()));
        assert_eq!(answer.json()["attempts_remaining"], left);
    }
    assert_eq!(app.check(&id, &right).await.problem(), (410, "attempts_exhausted".into()));
    assert_eq!(app.provider.seen("check").await, 5);
    assert_eq!(app.get(&format!("/verifications/{id}")).await.json()["status"], "failed");
}

#[actix_web::test]
async fn two_hundred_guesses_at_once_reach_the_provider_five_times() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let wrong = app.wrong_code(NUMBER).await;
    let guesses = (0..200).map(|_| app.check(&id, &wrong));
    let answers = futures_util::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 422).count(), 5);
    assert_eq!(answers.iter().filter(|answer| answer.status == 410).count(), 195);
    assert_eq!(app.provider.seen("check").await, 5);
}

#[actix_web::test]
async fn codes_of_the_wrong_shape_cost_no_try_and_reach_nobody() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    for (code, fault) in [
        ("", "required"),
        ("12345", "too_short"),
        ("1234567", "too_long"),
        ("12345a", "not_digits"),
    ] {
        let answer = app.check(&id, code).await;
        assert_eq!(answer.problem(), (422, "code_malformed".into()));
        assert_eq!(answer.json()["errors"][0]["pointer"], "#/code");
        assert_eq!(answer.json()["errors"][0]["code"], fault);
    }
    assert_eq!(app.provider.seen("check").await, 0);
    let code = app.provider.code(NUMBER).await;
    assert_eq!(app.check(&id, &code).await.json()["attempts_remaining"], 4);
}

#[actix_web::test]
async fn a_code_works_until_its_time_and_not_a_second_longer() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let code = app.provider.code(NUMBER).await;
    app.advance(600).await;
    assert_eq!(app.check(&id, &code).await.problem(), (410, "verification_expired".into()));
    assert_eq!(app.provider.seen("check").await, 0);
    assert_eq!(app.get(&format!("/verifications/{id}")).await.json()["status"], "expired");
}

#[actix_web::test]
async fn an_expiry_that_only_the_provider_knows_of_is_the_same() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let code = app.provider.code(NUMBER).await;
    app.provider.advance(Duration::from_secs(601)).await;
    assert_eq!(app.check(&id, &code).await.problem(), (410, "verification_expired".into()));
}

#[actix_web::test]
async fn the_right_code_sent_again_gets_the_same_answer_and_no_other_does() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let (code, wrong) = (app.provider.code(NUMBER).await, app.wrong_code(NUMBER).await);
    let first = app.check(&id, &code).await;
    assert_eq!(first.status, 200, "{}", first.text);
    for _ in 0..6 {
        app.advance(1).await;
        let again = app.check(&id, &code).await;
        assert_eq!((again.status, again.unsigned()), (200, first.unsigned()));
    }
    assert_eq!(app.check(&id, &wrong).await.problem(), (409, "already_verified".into()));
    assert_eq!(app.check(&id, &code).await.status, 200, "a wrong code takes nothing away");
    assert_eq!(app.provider.seen("check").await, 1, "the provider was asked once");
    app.advance(600).await;
    assert_eq!(app.check(&id, &code).await.problem(), (410, "verification_expired".into()));
}

#[actix_web::test]
async fn what_is_verified_is_no_place_to_guess() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let (code, wrong) = (app.provider.code(NUMBER).await, app.wrong_code(NUMBER).await);
    assert_eq!(app.check(&id, &code).await.status, 200);
    for _ in 0..5 {
        assert_eq!(app.check(&id, &wrong).await.problem(), (409, "already_verified".into()));
    }
    // The tries are used up: also the right code is told no more.
    assert_eq!(app.check(&id, &code).await.problem(), (409, "already_verified".into()));
    assert_eq!(app.provider.seen("check").await, 1);
}

#[actix_web::test]
async fn a_code_that_was_right_at_the_last_try_may_be_sent_again() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let (code, wrong) = (app.provider.code(NUMBER).await, app.wrong_code(NUMBER).await);
    for _ in 0..4 {
        assert_eq!(app.check(&id, &wrong).await.problem(), (422, "code_incorrect".into()));
    }
    let first = app.check(&id, &code).await;
    assert_eq!(first.json()["attempts_remaining"], 0);
    for _ in 0..2 {
        assert_eq!(app.check(&id, &code).await.unsigned(), first.unsigned());
    }
    assert_eq!(app.check(&id, &wrong).await.problem(), (409, "already_verified".into()));
    assert_eq!(app.check(&id, &code).await.problem(), (409, "already_verified".into()));
}

#[actix_web::test]
async fn a_double_click_gets_two_equal_answers() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let code = app.provider.code(NUMBER).await;
    let slow = json!({ "operation": "check", "fault": "slow", "milliseconds": 300 });
    app.provider.fault(slow).await;
    let clicks = [app.check(&id, &code), app.check(&id, &code)];
    let answers = futures_util::future::join_all(clicks).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}

#[actix_web::test]
async fn while_one_code_is_under_way_no_other_is_sent() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let (code, wrong) = (app.provider.code(NUMBER).await, app.wrong_code(NUMBER).await);
    let held = json!({ "operation": "check", "fault": "slow", "milliseconds": 3_600_000 });
    app.provider.fault(held).await;
    let other = async {
        while app.provider.seen("check").await == 0 {}
        let other = app.check(&id, &wrong).await;
        // Only now is the first one answered.
        app.provider.advance(Duration::from_secs(3_600)).await;
        other
    };
    let (right, other) = futures_util::future::join(app.check(&id, &code), other).await;
    assert_eq!(other.problem(), (503, "temporarily_unavailable".into()));
    assert_eq!(other.header("retry-after"), "1");
    assert_eq!((right.status, app.provider.seen("check").await), (200, 1));
    // It was not sent, so it was not charged.
    assert_eq!(app.check(&id, &code).await.json()["attempts_remaining"], 4);
}

#[actix_web::test]
async fn a_code_works_once_even_when_the_counters_were_lost() {
    let mut app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let code = app.provider.code(NUMBER).await;
    assert_eq!(app.check(&id, &code).await.status, 200);
    app.reborn(&[]);
    assert_eq!(app.check(&id, &code).await.problem(), (409, "already_verified".into()));
    assert_eq!(app.get(&format!("/verifications/{id}")).await.json()["status"], "verified");
}

#[actix_web::test]
async fn a_restart_between_start_and_check_loses_nothing() {
    let mut app = TestApp::spawn().await;
    let body = json!({ "phone_number": NUMBER, "reference": "order4711" });
    let id = app.post("/verifications", body).await.id();
    let code = app.provider.code(NUMBER).await;
    app.reborn(&[]);
    let answer = app.check(&id, &code).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["reference"], "order4711");
}

#[actix_web::test]
async fn the_previous_secret_still_opens_ids_and_another_does_not() {
    let mut app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let code = app.provider.code(NUMBER).await;
    let other = "00".repeat(32);
    app.reborn(&[("SECRET_KEY", &other)]);
    let before = app.provider.seen_in_all().await;
    assert_eq!(app.check(&id, &code).await.problem(), (404, "verification_not_found".into()));
    assert_eq!(app.provider.seen_in_all().await, before);
    app.reborn(&[("SECRET_KEY_PREVIOUS", crate::helpers::SECRET)]);
    assert_eq!(app.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn a_lost_answer_to_the_right_code_is_found_again() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let code = app.provider.code(NUMBER).await;
    app.provider.fault(json!({ "operation": "check", "fault": "reset" })).await;
    let answer = app.check(&id, &code).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(app.provider.seen("check").await, 1);
}

#[actix_web::test]
async fn a_lost_answer_to_a_wrong_code_is_unknown_and_the_person_may_go_on() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    let wrong = app.wrong_code(NUMBER).await;
    app.provider.fault(json!({ "operation": "check", "fault": "reset" })).await;
    let answer = app.check(&id, &wrong).await;
    assert_eq!(answer.problem(), (502, "check_unknown".into()));
    assert_eq!(answer.header("retry-after"), "2");
    let code = app.provider.code(NUMBER).await;
    assert_eq!(app.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn a_check_that_never_left_gives_its_try_back() {
    let app = TestApp::spawn().await;
    let id = app.start(NUMBER).await.id();
    app.provider
        .fault(json!({ "operation": "check", "fault": "http_429", "retry_after": 7 }))
        .await;
    let code = app.provider.code(NUMBER).await;
    for _ in 0..9 {
        let answer = app.check(&id, &code).await;
        assert_eq!(answer.problem(), (503, "temporarily_unavailable".into()));
        assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 7);
    }
    assert_eq!(app.provider.seen("check").await, 1, "who asks to be left alone is");
    app.advance(7).await;
    assert_eq!(app.check(&id, &code).await.json()["attempts_remaining"], 4);
}
