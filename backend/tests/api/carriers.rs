//! One contract for every provider: whoever calls, a client sees the same. What each provider's own words come to
//! is tried with the clients; who is asked after whom, with the faults.

use crate::helpers::TestApp;
use serde_json::{Value, json};

const ALL: [&str; 2] = ["messagebird", "twilio"];

async fn service(provider: &str) -> TestApp {
    TestApp::with(&[("PROVIDERS", provider)]).await
}

/// The state of the call or message, read when it may be read again.
async fn delivery(app: &TestApp, id: &str) -> String {
    let shown = app.get(&format!("/verifications/{id}")).await.json();
    shown["delivery"]["state"].as_str().unwrap_or_else(|| panic!("{shown}")).to_owned()
}

#[actix_web::test]
async fn a_code_that_was_told_verifies_once_and_a_wrong_one_costs_a_try() {
    for provider in ALL {
        let app = service(provider).await;
        for (channel, number) in [("voice", "+442079460001"), ("sms", "+12025550101")] {
            let body = json!({ "phone_number": number, "channel": channel, "locale": "nl-NL" });
            let started = app.post("/verifications", body).await;
            let id = started.id();
            for word in ALL {
                assert!(!started.text.contains(word), "{provider}: {}", started.text);
            }
            let told = app.provider.message(number).await;
            assert_eq!(told["provider"], provider);
            assert_eq!(told["channel"], channel);
            assert_eq!(told["code"].as_str().unwrap().len(), 6, "{provider}: {told}");
            let wrong = app.wrong_code(number).await;
            let refused = app.check(&id, &wrong).await;
            assert_eq!(refused.problem(), (422, "code_incorrect".into()), "{provider}");
            assert_eq!(refused.json()["attempts_remaining"], 4, "{provider}");
            let code = app.provider.code(number).await;
            let right = app.check(&id, &code).await;
            assert_eq!(right.json()["status"], "verified", "{provider} {channel}");
            assert_eq!(app.check(&id, &code).await.unsigned(), right.unsigned(), "{provider}");
            assert_eq!(app.check(&id, &wrong).await.problem(), (409, "already_verified".into()));
            assert_eq!(app.provider.rings(number).await, 1, "{provider}");
        }
    }
}

#[actix_web::test]
async fn tries_lifetime_and_cancelling_end_a_code() {
    for provider in ALL {
        let app = service(provider).await;
        let id = app.start("+442079460002").await.id();
        let (code, wrong) =
            (app.provider.code("+442079460002").await, app.wrong_code("+442079460002").await);
        for left in [4, 3, 2, 1, 0] {
            assert_eq!(app.check(&id, &wrong).await.json()["attempts_remaining"], left);
        }
        for attempt in [&wrong, &code] {
            let over = app.check(&id, attempt).await.problem();
            assert_eq!(over, (410, "attempts_exhausted".into()), "{provider}");
        }

        let id = app.start("+442079460003").await.id();
        assert_eq!(app.cancel(&id).await.status, 204, "{provider}");
        let code = app.provider.code("+442079460003").await;
        let canceled = (410, "verification_canceled".into());
        assert_eq!(app.check(&id, &code).await.problem(), canceled, "{provider}");

        let id = app.start("+442079460004").await.id();
        let code = app.provider.code("+442079460004").await;
        app.advance(601).await;
        let expired = (410, "verification_expired".into());
        assert_eq!(app.check(&id, &code).await.problem(), expired, "{provider}");
    }
}

#[actix_web::test]
async fn a_new_code_replaces_the_old_one() {
    for provider in ALL {
        let app = service(provider).await;
        let old = app.start("+442079460005").await.id();
        let old_code = app.provider.code("+442079460005").await;
        app.advance(61).await;
        let new = app.resend(&old).await.id();
        assert_ne!(old, new);
        let new_code = app.provider.code("+442079460005").await;
        assert_eq!(app.check(&old, &old_code).await.status, 410, "{provider}");
        assert_eq!(app.check(&new, &new_code).await.status, 200, "{provider}");
        assert_eq!(app.provider.rings("+442079460005").await, 2, "{provider}");
    }
}

#[actix_web::test]
async fn how_a_call_fares_is_told_alike() {
    for provider in ALL {
        let app = service(provider).await;
        // A plain call cannot tell a voicemail from a person.
        let machine = if provider == "twilio" { "answered" } else { "voicemail" };
        for (number, state) in [
            ("+442079460006", "answered"),
            ("+442079460091", "busy"),
            ("+442079460092", "no_answer"),
            ("+442079460093", machine),
            ("+442079460094", "answered"),
        ] {
            let id = app.start(number).await.id();
            assert_eq!(delivery(&app, &id).await, "ringing", "{provider} {number}");
            app.advance(90).await;
            assert_eq!(delivery(&app, &id).await, state, "{provider} {number}");
        }
    }
}

#[actix_web::test]
async fn what_goes_wrong_is_told_alike_and_rings_alike() {
    let unknown = || (502, "delivery_unknown".to_owned());
    let unavailable = || (503, "temporarily_unavailable".to_owned());
    let elsewhere = "http://127.0.0.1:1/";
    let rows: [(Value, (u16, String), usize); 12] = [
        (json!({ "fault": "http_401" }), (502, "provider_error".to_owned()), 0),
        (json!({ "fault": "http_402" }), unavailable(), 0),
        (json!({ "fault": "http_429", "retry_after": 7 }), unavailable(), 0),
        (json!({ "fault": "http_500" }), unknown(), 0),
        (json!({ "fault": "http_503" }), unknown(), 0),
        (json!({ "fault": "redirect", "location": elsewhere }), unknown(), 0),
        (json!({ "fault": "born_failed" }), unavailable(), 0),
        (json!({ "fault": "reset" }), unknown(), 1),
        (json!({ "fault": "truncate" }), unknown(), 1),
        (json!({ "fault": "garbage" }), unknown(), 1),
        (json!({ "fault": "huge" }), unknown(), 1),
        (json!({ "fault": "missing_id" }), unknown(), 1),
    ];
    for provider in ALL {
        for (index, (fault, told, rings)) in rows.iter().enumerate() {
            // One each: a busy provider is left alone for a while.
            let app = service(provider).await;
            let mut fault = fault.clone();
            fault["operation"] = json!("create");
            fault["provider"] = json!(provider);
            app.provider.fault(fault.clone()).await;
            let number = format!("+4420794600{}", 60 + index);
            assert_eq!(app.start(&number).await.problem(), *told, "{provider} {fault}");
            assert_eq!(app.provider.rings(&number).await, *rings, "{provider} {fault}");
            assert_eq!(app.provider.seen("create").await, 1, "{provider} {fault}");
        }
        let app = service(provider).await;
        let refused = app.start("+442079460095").await.problem();
        assert_eq!(refused, (422, "phone_number_invalid".into()), "{provider}");
    }
}

#[actix_web::test]
async fn every_answer_has_the_same_shape_whoever_calls() {
    let mut shapes = Vec::new();
    for provider in ALL {
        let app = service(provider).await;
        let mut shape = Vec::new();
        let mut note = |body: &Value| {
            shape.push(body.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
        };
        for (channel, number, amr) in
            [("voice", "+442079460007", "tel"), ("sms", "+12025550107", "sms")]
        {
            let body = json!({ "phone_number": number, "channel": channel, "locale": "nl-BE",
                "reference": "order4711", "nonce": "n-0S6_WzA2Mj" });
            let started = app.post("/verifications", body).await;
            let (id, created) = (started.id(), started.json());
            assert_eq!(started.header("location"), format!("/verifications/{id}"), "{provider}");
            assert_eq!(created["locale"], "nl-NL", "{provider}");
            assert_eq!(created["phone_number"], number, "{provider}");
            note(&created);
            let shown = app.get(&format!("/verifications/{id}")).await.json();
            assert!(shown["phone_number"].as_str().unwrap().contains('*'), "{provider}: {shown}");
            note(&shown);
            note(&shown["delivery"]);
            let code = app.provider.code(number).await;
            let checked = app.check(&id, &code).await.json();
            note(&checked);
            let receipt = checked["receipt"].as_str().unwrap();
            let claims = crate::receipts::part(receipt, 1);
            assert_eq!(claims["amr"], json!([amr]), "{provider}");
            assert_eq!(claims["nonce"], "n-0S6_WzA2Mj", "{provider}");
            assert_eq!(claims["reference"], "order4711", "{provider}");
            note(&claims);
        }
        shapes.push(shape);
    }
    assert_eq!(shapes[0], shapes[1]);
}

#[actix_web::test]
async fn how_a_phone_behaves_is_told_alike_on_both_channels() {
    for provider in ALL {
        for (ending, told, wait) in [
            ("90", (503, "temporarily_unavailable"), 5..=7),
            ("95", (422, "phone_number_invalid"), 0..=0),
            ("96", (503, "temporarily_unavailable"), 300..=375),
            ("97", (502, "delivery_unknown"), 60..=60),
            ("99", (503, "temporarily_unavailable"), 7..=9),
        ] {
            for (channel, start) in [("voice", "+4420794600"), ("sms", "+120255501")] {
                let (app, number) = (service(provider).await, format!("{start}{ending}"));
                let body = json!({ "phone_number": number, "channel": channel });
                let answer = app.post("/verifications", body).await;
                let what = format!("{provider} {channel} {ending}: {}", answer.text);
                assert_eq!(answer.problem(), (told.0, told.1.to_owned()), "{what}");
                let told = answer.header("retry-after").parse().unwrap_or(0);
                assert!(wait.contains(&told), "{what}, {told} s");
                assert_eq!(app.provider.rings(&number).await, 0, "{what}");
            }
        }
        let app = service(provider).await;
        for (number, state) in [
            ("+12025550108", "delivered"),
            ("+12025550192", "failed"),
            ("+12025550194", "delivered"),
        ] {
            let body = json!({ "phone_number": number, "channel": "sms" });
            let id = app.post("/verifications", body).await.id();
            assert_eq!(delivery(&app, &id).await, "sent", "{provider} {number}");
            app.advance(90).await;
            assert_eq!(delivery(&app, &id).await, state, "{provider} {number}");
        }
    }
}

#[actix_web::test]
async fn a_call_is_ended_once_and_a_message_where_that_can_be() {
    for provider in ALL {
        let app = service(provider).await;
        // A message that is on its way cannot be called back; only MessageBird has something else to end.
        let ended = if provider == "twilio" { 1 } else { 2 };
        for (channel, number) in [("voice", "+442079460009"), ("sms", "+12025550109")] {
            let body = json!({ "phone_number": number, "channel": channel });
            let id = app.post("/verifications", body).await.id();
            for _ in 0..3 {
                assert_eq!(app.cancel(&id).await.status, 204, "{provider} {channel}");
            }
        }
        assert_eq!(app.provider.seen("delete").await, ended, "{provider}");
        if provider == "twilio" {
            let call = app.provider.message("+442079460009").await;
            assert_eq!(call["status"], "canceled", "its phone no longer rings");
        }
    }
}

#[actix_web::test]
async fn a_call_that_waits_for_a_code_out_of_tries_is_ended_once() {
    for provider in ALL {
        let app = service(provider).await;
        let number = "+442079460011";
        let id = app.start(number).await.id();
        let wrong = app.wrong_code(number).await;
        for left in [4, 3, 2, 1, 0] {
            assert_eq!(app.provider.seen("delete").await, 0, "{provider}: {left} left");
            assert_eq!(app.check(&id, &wrong).await.json()["attempts_remaining"], left);
        }
        // MessageBird counts the tries, too, and has nothing to end.
        let (ended, state) = if provider == "twilio" { (1, "canceled") } else { (0, "calling") };
        assert_eq!(app.provider.seen("delete").await, ended, "{provider}");
        assert_eq!(app.provider.message(number).await["status"], state, "{provider}");
        assert_eq!(app.check(&id, &wrong).await.problem(), (410, "attempts_exhausted".into()));
        assert_eq!(app.get(&format!("/verifications/{id}")).await.json()["status"], "failed");
        // Whoever cancels it or calls again is answered as before, and the carrier not asked again.
        assert_eq!(app.cancel(&id).await.status, 204, "{provider}");
        app.advance(61).await;
        assert_eq!(app.resend(&id).await.problem(), (410, "verification_canceled".into()));
        assert_eq!(app.provider.seen("delete").await, 1, "{provider}");
    }
}

#[actix_web::test]
async fn a_call_that_is_known_to_be_over_is_not_ended() {
    let app = service("twilio").await;
    let number = "+442079460012";
    let id = app.start(number).await.id();
    app.advance(90).await;
    assert_eq!(delivery(&app, &id).await, "answered");
    let wrong = app.wrong_code(number).await;
    for left in [4, 3, 2, 1, 0] {
        assert_eq!(app.check(&id, &wrong).await.json()["attempts_remaining"], left);
    }
    assert_eq!(app.cancel(&id).await.status, 204);
    assert_eq!(app.provider.seen("delete").await, 0);
}

#[actix_web::test]
async fn a_reading_that_fails_takes_nothing_from_a_verification() {
    for provider in ALL {
        for fault in ["reset", "http_500", "garbage", "truncate", "unknown_status"] {
            let app = service(provider).await;
            let id = app.start("+442079460010").await.id();
            app.provider.fault(json!({ "operation": "view", "fault": fault, "times": 9 })).await;
            let shown = app.get(&format!("/verifications/{id}")).await;
            assert_eq!(
                (shown.status, &shown.json()["status"]),
                (200, &"pending".into()),
                "{fault}"
            );
            let code = app.provider.code("+442079460010").await;
            assert_eq!(app.check(&id, &code).await.status, 200, "{provider} {fault}");
        }
    }
}
