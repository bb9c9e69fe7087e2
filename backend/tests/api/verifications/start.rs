//! `POST /verifications`

use crate::helpers::{SECRET, TestApp, send};
use reqwest::Method;
use serde_json::json;
use verification::{Context, Keyring, Timestamp, VerificationId};

const NUMBER: &str = "+442079460001";
/// For all that is known, of a mobile.
const MOBILE: &str = "+12025550101";

#[actix_web::test]
async fn rings_the_number_and_answers_with_the_verification() {
    let app = TestApp::spawn().await;
    let body = json!({
        "phone_number": "020 7946 0001", "region": "GB", "channel": "voice", "locale": "nl-BE",
        "reference": "order4711",
    });
    let answer = app.post("/verifications", body).await;
    let id = answer.id();
    assert_eq!(answer.header("location"), format!("/verifications/{id}"));
    assert_eq!(answer.header("ratelimit"), "\"number\";r=0;t=60");
    assert_eq!(answer.header("ratelimit-policy"), "\"number\";q=3;w=600");
    let shown = answer.json();
    assert_eq!(shown["phone_number"], NUMBER);
    assert_eq!(shown["status"], "pending");
    assert_eq!(shown["channel"], "voice");
    assert_eq!(shown["locale"], "nl-NL");
    assert_eq!(shown["reference"], "order4711");
    assert_eq!(shown["code_length"], 6);
    assert_eq!(shown["attempts_remaining"], 5);
    for moment in ["created_at", "expires_at", "resend_at"] {
        assert!(shown[moment].as_str().unwrap().ends_with('Z'), "{shown}");
    }
    let message = app.provider.message(NUMBER).await;
    assert_eq!(message["channel"], "voice");
    assert_eq!(message["language"], "nl-nl");
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("code") && !text.contains('%'), "{text}");
}

#[actix_web::test]
async fn sends_a_message_where_that_was_asked_for() {
    let app = TestApp::spawn().await;
    let body = json!({ "phone_number": MOBILE, "channel": "sms", "locale": "de" });
    let id = app.post("/verifications", body).await.id();
    let message = app.provider.message(MOBILE).await;
    assert_eq!(message["channel"], "sms");
    let code = app.provider.code(MOBILE).await;
    assert!(message["text"].as_str().unwrap().contains(&code), "{message}");
    assert_eq!(app.check(&id, &code).await.json()["status"], "verified");
}

#[actix_web::test]
async fn a_message_to_a_landline_is_refused_before_anything_is_spent() {
    let app = TestApp::spawn().await;
    let body = json!({ "phone_number": NUMBER, "channel": "sms" });
    let answer = app.post("/verifications", body).await;
    assert_eq!(answer.problem(), (422, "invalid_request".into()));
    let fault = &answer.json()["errors"][0];
    assert_eq!((&fault["pointer"], &fault["code"]), (&json!("#/channel"), &json!("landline")));
    assert_eq!(app.provider.seen_in_all().await, 0);
    let id = app.start(NUMBER).await.id();
    app.advance(60).await;
    let resend = format!("/verifications/{id}/resend");
    let instead = app.post(&resend, json!({ "channel": "sms" })).await;
    assert_eq!(instead.json()["errors"][0]["code"], "landline");
    app.resend(&id).await.id();
    assert_eq!(app.provider.rings(NUMBER).await, 2);
}

#[actix_web::test]
async fn digits_that_are_two_numbers_are_asked_about_with_both_spelled_out() {
    let app = TestApp::with(&[("GUARD_ALLOWED_REGIONS", "DE")]).await;
    let body = json!({ "phone_number": "4915123456789", "region": "DE" });
    let answer = app.post("/verifications", body).await;
    assert_eq!(answer.problem(), (422, "phone_number_invalid".into()));
    let fault = &answer.json()["errors"][0];
    assert_eq!(fault["code"], "ambiguous");
    assert_eq!(fault["readings"], json!(["+4915123456789", "+494915123456789"]));
    let detail = fault["detail"].as_str().unwrap();
    assert!(detail.contains("+49 1512 3456789 or +49 491 5123456789"), "{detail}");
    assert_eq!(answer.json()["detail"], detail);
    for reading in ["+4915123456789", "+494915123456789"] {
        app.start(reading).await.id();
    }
}

#[actix_web::test]
async fn the_usual_name_of_britain_is_its_region() {
    let app = TestApp::spawn().await;
    let body = json!({ "phone_number": "020 7946 0001", "region": "UK" });
    assert_eq!(app.post("/verifications", body).await.json()["phone_number"], NUMBER);
}

#[actix_web::test]
async fn every_way_of_writing_a_number_reaches_the_same_phone_and_the_same_limits() {
    let app = TestApp::spawn().await;
    app.start("+44 (0)20 7946-0001").await.id();
    for written in
        ["0044 20 7946 0001", "+44 020 79460001", "tel:+44-20-7946-0001", "+٤٤٢٠٧٩٤٦٠٠٠١"]
    {
        let answer = app.start(written).await;
        assert_eq!(answer.problem(), (429, "rate_limited".into()), "{written}");
    }
    assert_eq!(app.provider.rings(NUMBER).await, 1);
}

#[actix_web::test]
async fn faulty_members_are_all_named_and_nothing_is_sent() {
    let app = TestApp::spawn().await;
    let body = json!({
        "phone_number": "12", "region": "XX", "channel": "fax", "reference": "a b",
    });
    let answer = app.post("/verifications", body).await;
    assert_eq!(answer.problem(), (422, "invalid_request".into()));
    let errors = answer.json()["errors"].clone();
    let pointers: Vec<_> =
        errors.as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    for pointer in ["#/region", "#/channel", "#/reference"] {
        assert!(pointers.contains(&pointer), "{errors}");
    }
    for (body, code) in [
        (json!({}), "required"),
        (json!({ "phone_number": "" }), "required"),
        (json!({ "phone_number": "020 7946 0001" }), "region_required"),
        (json!({ "phone_number": "+4420" }), "too_short"),
        (json!({ "phone_number": "+44 20 7946 0001 0001" }), "too_long"),
        (json!({ "phone_number": "+44 20 7946 000x" }), "not_a_number"),
        (json!({ "phone_number": "+999 20 7946 0001" }), "unknown_calling_code"),
        (json!({ "phone_number": "+1 555 555 5555" }), "not_in_use"),
    ] {
        let answer = app.post("/verifications", body.clone()).await;
        assert_eq!(answer.problem(), (422, "phone_number_invalid".into()), "{body}");
        assert_eq!(answer.json()["errors"][0]["code"], code, "{body}");
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
}

#[actix_web::test]
async fn what_is_not_one_json_object_is_malformed() {
    let app = TestApp::spawn().await;
    for body in [
        "",
        "{",
        "[]",
        "[\"+442079460001\"]",
        "null",
        "\"+442079460001\"",
        "{\"phone_number\": 442079460001}",
        "{\"phone_number\": \"+442079460001\", \"text\": \"Say this\"}",
        "{\"phone_number\": \"+442079460001\", \"phone_number\": \"+442079460002\"}",
        "{\"phone_number\": \"+442079460001\"} {}",
    ] {
        let request = app.request(reqwest::Method::POST, "/verifications");
        let request = request.header("content-type", "application/json").body(body);
        let answer = crate::helpers::send(request).await;
        assert_eq!(answer.problem(), (400, "malformed_request".into()), "{body}");
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
}

#[actix_web::test]
async fn a_client_that_hangs_up_changes_nothing() {
    let app = TestApp::spawn().await;
    app.provider
        .fault(json!({ "operation": "create", "fault": "slow", "milliseconds": 300 }))
        .await;
    let request = app.request(reqwest::Method::POST, "/verifications");
    let request = request.header("idempotency-key", "hung-up");
    let impatient = request.try_clone().unwrap().timeout(std::time::Duration::from_millis(100));
    let body = json!({ "phone_number": NUMBER });
    assert!(impatient.json(&body).send().await.unwrap_err().is_timeout());
    // The same request again gets the answer that the first one did not wait for.
    let answer = loop {
        let answer = crate::helpers::send(request.try_clone().unwrap().json(&body)).await;
        if answer.status != 409 {
            break answer;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.header("idempotent-replayed"), "true");
    assert_eq!(app.provider.rings(NUMBER).await, 1);
    let code = app.provider.code(NUMBER).await;
    assert_eq!(app.check(&answer.id(), &code).await.status, 200);
}

fn context(id: &str) -> Context {
    let secret: Vec<_> = (0..32).map(|i| SECRET[2 * i..][..2].to_owned()).collect();
    let secret: Vec<_> = secret.iter().map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    let opened = VerificationId::open(id, &Keyring::new(&secret, None), Timestamp(0));
    opened.expect("an id of this secret").sealed.context
}

#[actix_web::test]
async fn a_nonce_and_the_site_travel_sealed_in_the_id_and_in_that_of_a_resend() {
    let listed = [
        ("HTTP_ALLOWED_ORIGINS", "https://Shop.example:443,http://127.0.0.1:8000"),
        ("PUBLIC_URL", "https://verify.example/"),
    ];
    let app = TestApp::with(&listed).await;
    for (last, origin, audience) in [
        (1, "https://shop.example", Some("https://shop.example")),
        (2, "http://127.0.0.1:8000", Some("http://127.0.0.1:8000")),
        (3, "https://verify.example", Some("https://verify.example")),
        // Curl, or a page that is not listed but sends to its own origin.
        (4, app.address.as_str(), None),
    ] {
        let number = format!("+44207946003{last}");
        let body = json!({ "phone_number": number, "nonce": "n-0S6_WzA2Mj", "reference": "r1" });
        let mut start = app.request(Method::POST, "/verifications").header("origin", origin);
        if last == 3 {
            start = start.header("host", "verify.example");
        }
        let started = send(start.json(&body)).await;
        let id = started.id();
        assert!(!started.text.contains("n-0S6_WzA2Mj"), "{}", started.text);
        app.advance(60).await;
        for id in [id.clone(), app.resend(&id).await.id()] {
            let context = context(&id);
            assert_eq!(context.nonce.as_deref(), Some("n-0S6_WzA2Mj"), "{origin}");
            assert_eq!(context.audience.as_deref(), audience, "{origin}");
            assert_eq!(context.reference.as_deref(), Some("r1"), "{origin}");
        }
    }
}

#[actix_web::test]
async fn a_nonce_of_another_shape_is_named() {
    let app = TestApp::spawn().await;
    for nonce in ["", "seven77", &"x".repeat(65), "with a blank", "ümläute12"] {
        let answer =
            app.post("/verifications", json!({ "phone_number": NUMBER, "nonce": nonce })).await;
        assert_eq!(answer.problem(), (422, "invalid_request".into()), "{nonce}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "#/nonce");
        assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 1);
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
}
