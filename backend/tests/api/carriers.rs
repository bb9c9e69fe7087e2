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
    let rows: [(Value, (u16, String), usize); 9] = [
        (json!({ "fault": "http_401" }), (502, "provider_error".to_owned()), 0),
        (json!({ "fault": "http_402" }), unavailable(), 0),
        (json!({ "fault": "http_429", "retry_after": 7 }), unavailable(), 0),
        (json!({ "fault": "http_500" }), unknown(), 0),
        (json!({ "fault": "born_failed" }), unavailable(), 0),
        (json!({ "fault": "reset" }), unknown(), 1),
        (json!({ "fault": "truncate" }), unknown(), 1),
        (json!({ "fault": "garbage" }), unknown(), 1),
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
