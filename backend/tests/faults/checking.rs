//! F21, F31–F36: calls that were placed, and codes that are checked.

use crate::fake::{Act, Fake, json};
use crate::helpers::TestApp;
use crate::world::{
    BOTH, Carrier, assert_kept, assert_told, hurried, metric, number, placed, service,
    service_with, verified, verify,
};
use serde_json::json as object;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const CODE: &str = "123456";

#[actix_web::test]
async fn f21_forgotten_by_the_provider() {
    let gone = json(404, r#"{"errors":[{"code":20,"description":"verify could not be found"}]}"#);
    let fake = Fake::start([placed(0), Act::Reply(gone), verified(0)]).await;
    let app = service(fake.url.as_str()).await;
    let id = app.start(&number(0)).await.id();
    assert_told(&app.check(&id, CODE).await, 410, "verification_expired", 0..=0);
    assert_eq!(fake.requests().len(), 2);
    // No code was compared, so no try is used up.
    assert_eq!(app.check(&id, CODE).await.json()["attempts_remaining"], 4);
}

#[actix_web::test]
async fn f31_clock_of_the_provider_is_wrong() {
    let moment =
        |text: &serde_json::Value| OffsetDateTime::parse(text.as_str().unwrap(), &Rfc3339).unwrap();
    for carrier in BOTH {
        for until in ["2001-01-01T00:00:00+00:00", "2099-12-31T23:59:59+00:00", "yesterday"] {
            let mut body: serde_json::Value = serde_json::from_str(&carrier.made(0)).unwrap();
            for date in ["validUntilDatetime", "date_created", "date_updated", "start_time"] {
                body[date] = until.into();
            }
            let answer = |status| Act::Reply(json(status, &body.to_string()));
            let fake = Fake::start([answer(201), answer(200)]).await;
            let app = carrier.service(fake.url.as_str()).await;
            let started = app.start(&number(0)).await;
            let id = started.id();
            let started = started.json();
            let lifetime = moment(&started["expires_at"]) - moment(&started["created_at"]);
            assert_eq!(lifetime.whole_seconds(), 600, "ours, whatever theirs says: {until}");
            app.clock.advance(Duration::from_secs(600));
            assert_told(&app.check(&id, CODE).await, 410, "verification_expired", 0..=0);
            // An expired one is not even asked about. Its call may wait yet, where one can be ended.
            let later = &fake.requests()[1..];
            match carrier {
                Carrier::MessageBird => assert!(later.is_empty(), "{later:?}"),
                Carrier::Twilio => {
                    assert_eq!(later.len(), 1);
                    assert!(later[0].ends_with("\r\n\r\nStatus=canceled"), "{later:?}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn f32_id_that_was_given_out_before() {
    let fake = Fake::start([placed(0), placed(0), verified(0)]).await;
    let app = service(fake.url.as_str()).await;
    let id = app.start(&number(0)).await.id();
    assert_told(&app.start(&number(1)).await, 502, "delivery_unknown", 60..=60);
    assert_kept(&app, &number(1)).await;
    assert_eq!(fake.requests().len(), 2);
    assert_eq!(app.check(&id, CODE).await.status, 200, "the first holder's is as good as before");
}

#[actix_web::test]
async fn f32_sid_that_was_given_out_before_harms_nobody() {
    let fake = Fake::start([Carrier::Twilio.placed(0), Carrier::Twilio.placed(0)]).await;
    let app = Carrier::Twilio.service(fake.url.as_str()).await;
    let (first, second) = (app.start(&number(0)).await.id(), app.start(&number(1)).await.id());
    let codes: Vec<_> = fake.requests().iter().map(|request| said(request)).collect();
    // The code is ours, and sealed with its own number: a sid proves nothing.
    for (id, own, other) in [(&first, &codes[0], &codes[1]), (&second, &codes[1], &codes[0])] {
        if own != other {
            assert_told(&app.check(id, other).await, 422, "code_incorrect", 0..=0);
        }
        assert_eq!(app.check(id, own).await.status, 200);
    }
}

/// The code in the text of a call, whose digits are parted by commas.
fn said(request: &str) -> String {
    let form = request.rsplit("\r\n\r\n").next().unwrap();
    let twiml = form.split('&').find_map(|field| field.strip_prefix("Twiml=")).unwrap();
    let text = twiml.replace("%2C+", "").replace("%2C", " ");
    let mut runs = text.split(|letter: char| !letter.is_ascii_digit());
    runs.rfind(|run| run.len() == CODE.len()).unwrap().to_owned()
}

#[actix_web::test]
async fn f33_answer_to_a_right_code_lost() {
    let app = TestApp::spawn().await;
    let id = app.start(&number(0)).await.id();
    let code = app.provider.code(&number(0)).await;
    app.provider.fault(object!({ "operation": "check", "fault": "reset" })).await;
    assert_eq!(app.check(&id, &code).await.status, 200, "found again by a plain read");
    assert_eq!((app.provider.seen("check").await, app.provider.seen("view").await), (1, 1));
    let ambiguous = "provider_ambiguous_total{provider=\"messagebird\",op=\"check\"}";
    assert_eq!(metric(&app, ambiguous).await, Some(1));
}

#[actix_web::test]
async fn f33_answer_to_the_check_and_to_the_read_lost() {
    let app = TestApp::spawn().await;
    let id = app.start(&number(0)).await.id();
    let wrong = app.wrong_code(&number(0)).await;
    for operation in ["check", "view"] {
        app.provider.fault(object!({ "operation": operation, "fault": "reset" })).await;
    }
    assert_told(&app.check(&id, &wrong).await, 502, "check_unknown", 2..=2);
    assert_eq!((app.provider.seen("check").await, app.provider.seen("view").await), (1, 1));
    // The try is kept: it may have been compared. The person goes on.
    let code = app.provider.code(&number(0)).await;
    assert_eq!(app.check(&id, &code).await.json()["attempts_remaining"], 3);
}

/// A verification whose right code was sent, and both answers lost.
async fn lost(app: &TestApp) -> (String, String, String) {
    let id = app.start(&number(0)).await.id();
    let (code, wrong) = (app.provider.code(&number(0)).await, app.wrong_code(&number(0)).await);
    for operation in ["check", "view"] {
        app.provider.fault(object!({ "operation": operation, "fault": "reset" })).await;
    }
    assert_told(&app.check(&id, &code).await, 502, "check_unknown", 2..=2);
    (id, code, wrong)
}

#[actix_web::test]
async fn f33_the_same_code_again_is_told_that_it_was_right() {
    let app = TestApp::spawn().await;
    let (id, code, wrong) = lost(&app).await;
    let first = app.check(&id, &code).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(app.check(&id, &code).await.unsigned()["receipt"], first.unsigned()["receipt"]);
    assert_told(&app.check(&id, &wrong).await, 409, "already_verified", 0..=0);
    assert_eq!(app.provider.seen("check").await, 1, "a read settled it");
}

#[actix_web::test]
async fn f33_another_code_is_never_told_that_the_lost_one_was_right() {
    let app = TestApp::spawn().await;
    let (id, code, wrong) = lost(&app).await;
    app.provider.fault(object!({ "operation": "check", "fault": "reset" })).await;
    assert_told(&app.check(&id, &wrong).await, 409, "already_verified", 0..=0);
    assert_eq!(app.provider.seen("check").await, 1, "it was not even sent");
    assert_eq!(app.check(&id, &code).await.status, 200, "and the right one is");
}

#[actix_web::test]
async fn f33_no_code_is_sent_while_a_lost_one_cannot_be_settled() {
    let app = TestApp::spawn().await;
    let (id, code, wrong) = lost(&app).await;
    let down = object!({ "operation": "view", "fault": "http_500", "times": 2 });
    app.provider.fault(down).await;
    assert_told(&app.check(&id, &wrong).await, 503, "temporarily_unavailable", 1..=1);
    assert_told(&app.check(&id, &code).await, 502, "check_unknown", 2..=2);
    assert_eq!(app.provider.seen("check").await, 1);
    assert_eq!(app.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn f33_a_code_lost_at_the_last_try_may_be_sent_again() {
    let app = TestApp::with(&[("VERIFY_MAX_ATTEMPTS", "1")]).await;
    let (id, code, _) = lost(&app).await;
    for _ in 0..2 {
        assert_eq!(app.check(&id, &code).await.status, 200);
    }
}

#[actix_web::test]
async fn f33_whoever_only_reads_settles_it_too() {
    let app = TestApp::spawn().await;
    let (id, code, wrong) = lost(&app).await;
    assert_eq!(app.get(&format!("/verifications/{id}")).await.json()["status"], "verified");
    app.provider.fault(object!({ "operation": "view", "fault": "http_500", "times": 9 })).await;
    assert_told(&app.check(&id, &wrong).await, 409, "already_verified", 0..=0);
    assert_eq!(app.check(&id, &code).await.status, 200, "without another read");
}

#[actix_web::test]
async fn f33_a_lost_code_can_be_settled_only_so_often() {
    let app = TestApp::spawn().await;
    let (id, _, wrong) = lost(&app).await;
    let views = app.provider.seen("view").await;
    app.provider.fault(object!({ "operation": "view", "fault": "http_500", "times": 99 })).await;
    for _ in 0..30 {
        assert_told(&app.check(&id, &wrong).await, 503, "temporarily_unavailable", 1..=1);
    }
    assert_eq!(app.provider.seen("view").await - views, 20);
}

#[actix_web::test]
async fn f33_polls_that_hang_do_not_starve_the_read_that_settles() {
    let wide = [("MESSAGEBIRD_VIEW_BUDGET", "50"), ("GUARD_PREFIX_LIMITS", "1000/1h")];
    let app = TestApp::with(&wide).await;
    let mut ids = Vec::new();
    for index in 0..12 {
        ids.push(app.start(&number(index)).await.id());
    }
    let code = app.provider.code(&number(0)).await;
    let hour = Duration::from_secs(3_600);
    let held =
        object!({ "operation": "view", "fault": "slow", "milliseconds": 3_600_000, "times": 4 });
    app.provider.fault(held).await;
    let polls = futures_util::future::join_all(ids[1..].iter().map(async |id| {
        assert_eq!(app.get(&format!("/verifications/{id}")).await.status, 200);
    }));
    let check = async {
        while app.provider.seen("view").await < 4 {}
        app.provider.fault(object!({ "operation": "check", "fault": "reset" })).await;
        let answer = app.check(&ids[0], &code).await;
        // Only now are the polls answered.
        app.provider.advance(hour).await;
        answer
    };
    let (_, answer) = futures_util::future::join(polls, check).await;
    assert_eq!(answer.status, 200, "a read that finds no slot leaves it unknown: {}", answer.text);
}

#[actix_web::test]
async fn f33_a_check_and_its_settling_read_have_ten_seconds_together() {
    let fake = Fake::start([placed(0), Act::Hold, Act::Hold]).await;
    let app = service(fake.url.as_str()).await;
    let id = app.start(&number(0)).await.id();
    let began = std::time::Instant::now();
    assert_told(&app.check(&id, CODE).await, 504, "check_unknown", 2..=2);
    let took = began.elapsed();
    assert_eq!(fake.requests().len(), 3, "asked, and read");
    assert!(took < Duration::from_secs(12), "{took:?}: the drain waits for 13");
}

#[actix_web::test]
async fn what_failed_at_the_provider_can_be_called_again() {
    let failed = || Act::Reply(json(200, &verify(0, "failed")));
    let fake = Fake::start([placed(0), failed(), failed(), placed(1)]).await;
    let app = service(fake.url.as_str()).await;
    let id = app.start(&number(0)).await.id();
    assert_told(&app.check(&id, CODE).await, 410, "attempts_exhausted", 0..=0);
    assert_eq!(app.get(&format!("/verifications/{id}")).await.json()["status"], "failed");
    app.clock.advance(Duration::from_secs(60));
    assert_ne!(app.resend(&id).await.id(), id);
    assert_eq!(fake.requests().len(), 4);
}

#[actix_web::test]
async fn f33_check_not_answered_in_time() {
    let pending = Act::Reply(json(200, &verify(0, "sent")));
    let still = Act::Reply(json(200, &verify(0, "sent")));
    let fake = Fake::start([placed(0), Act::Hold, pending, still, verified(0)]).await;
    let app = service_with(fake.url.as_str(), &[], hurried).await;
    let id = app.start(&number(0)).await.id();
    assert_told(&app.check(&id, CODE).await, 504, "check_unknown", 2..=2);
    assert_eq!(fake.requests().len(), 3, "asked once, read once");
    assert_eq!(app.check(&id, CODE).await.json()["attempts_remaining"], 3, "the same code again");
}

#[actix_web::test]
async fn f33_check_that_was_done_only_after_it_was_asked_about() {
    let pending = Act::Reply(json(200, &verify(0, "sent")));
    let fake = Fake::start([placed(0), Act::Hold, pending, verified(0)]).await;
    let app = service_with(fake.url.as_str(), &[], hurried).await;
    let id = app.start(&number(0)).await.id();
    assert_told(&app.check(&id, CODE).await, 504, "check_unknown", 2..=2);
    // What the provider made of it is told by a read, and the code is not given to it again.
    assert_eq!(app.check(&id, CODE).await.status, 200);
    let given = fake.requests().iter().filter(|request| request.contains("token=")).count();
    assert_eq!((fake.requests().len(), given), (4, 1));
}

#[actix_web::test]
async fn f34_check_answered_with_an_ending() {
    for (status, code) in [
        ("expired", "verification_expired"),
        ("failed", "attempts_exhausted"),
        ("deleted", "verification_expired"),
    ] {
        let ended = || Act::Reply(json(200, &verify(0, status)));
        let fake = Fake::start([placed(0), ended(), ended()]).await;
        let app = service(fake.url.as_str()).await;
        let id = app.start(&number(0)).await.id();
        assert_told(&app.check(&id, CODE).await, 410, code, 0..=0);
    }
}

#[actix_web::test]
async fn f35_only_verified_verifies() {
    for status in [
        r#""Verified""#,
        r#""VERIFIED""#,
        r#"" verified""#,
        r#""verified\n""#,
        r#""ok""#,
        r#""sent""#,
        r#""""#,
        "null",
        "true",
        "1",
        r#"["verified"]"#,
        r#"{"verified":true}"#,
    ] {
        let odd = || {
            let body = format!(r#"{{"id":"{:032x}","verified":true,"status":{status}}}"#, 0);
            Act::Reply(json(200, &body))
        };
        // Checked, read, and read once more before the code is sent again.
        let fake = Fake::start([placed(0), odd(), odd(), odd(), verified(0)]).await;
        let app = service(fake.url.as_str()).await;
        let id = app.start(&number(0)).await.id();
        assert_told(&app.check(&id, CODE).await, 502, "check_unknown", 2..=2);
        let shown = app.check(&id, CODE).await;
        assert_eq!(
            (shown.status, &shown.json()["attempts_remaining"]),
            (200, &3.into()),
            "{status}"
        );
    }
}

#[actix_web::test]
async fn f36_call_that_nobody_answers() {
    for carrier in BOTH {
        // A plain call cannot tell a machine from a person, unless it asks for a key.
        let machine = if carrier == Carrier::Twilio { "answered" } else { "voicemail" };
        for (number, state) in [("+442079460092", "no_answer"), ("+442079460093", machine)] {
            let app = TestApp::with(&[("PROVIDERS", carrier.name())]).await;
            let id = app.start(number).await.id();
            app.advance(60).await;
            let shown = app.get(&format!("/verifications/{id}")).await.json();
            assert_eq!(shown["delivery"]["state"], state);
            assert_ne!(
                app.resend(&id).await.id(),
                id,
                "after the cool-down the person may ask again"
            );
            assert_eq!(app.provider.rings(number).await, 2);
        }
    }
}
