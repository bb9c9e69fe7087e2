//! `GET /config`

use crate::helpers::TestApp;
use serde_json::json;

#[actix_web::test]
async fn tells_the_page_what_is_offered() {
    let app =
        TestApp::with(&[("GUARD_ALLOWED_REGIONS", "NL,US:sms"), ("VERIFY_BRAND", "Example")]).await;
    let config = app.get("/config").await.json();
    assert_eq!(config["channels"], json!(["voice", "sms"]));
    assert_eq!(
        config["regions"],
        json!([
            { "region": "NL", "calling_code": "+31", "channels": ["voice", "sms"] },
            { "region": "US", "calling_code": "+1", "channels": ["sms"] },
        ])
    );
    assert_eq!(config["locales"].as_array().unwrap().len(), 34);
    assert_eq!(config["default_locale"], "en-GB");
    assert_eq!(config["code_length"], 6);
    assert_eq!(config["default_region"], json!(null));
    assert_eq!(config["brand"], "Example");
    assert_eq!(config.get("caller"), None);
    let app = TestApp::with(&[("GUARD_ALLOWED_REGIONS", "NL"), ("VERIFY_CHANNELS", "sms")]).await;
    let config = app.get("/config").await.json();
    assert_eq!(config["default_region"], "NL");
    assert_eq!(config["regions"][0]["channels"], json!(["sms"]));
    let body = json!({ "phone_number": "+31612345678", "channel": "voice" });
    let answer = app.post("/verifications", body).await;
    assert_eq!(answer.problem(), (422, "invalid_request".into()));
    assert_eq!(answer.json()["errors"][0]["pointer"], "#/channel");
}

#[actix_web::test]
async fn tells_which_number_will_be_seen_calling() {
    for (originator, caller) in [
        ("+31201234567", json!("+31 20 123 4567")),
        ("442079460006", json!("+44 20 7946 0006")),
        ("Example", json!(null)),
        // Digits that are nobody's number are a name.
        ("1234567", json!(null)),
    ] {
        let app = TestApp::with(&[("MESSAGEBIRD_ORIGINATOR", originator)]).await;
        let config = app.get("/config").await.json();
        assert_eq!(config["caller"], caller, "{originator}");
    }
}

#[actix_web::test]
async fn a_message_ends_with_the_domain_that_may_read_it() {
    let app = TestApp::with(&[("SMS_ORIGIN_DOMAIN", "shop.example")]).await;
    assert_eq!(app.get("/config").await.json()["sms_origin_domain"], "shop.example");
    let (number, body) =
        ("+12025550107", json!({ "phone_number": "+12025550107", "channel": "sms" }));
    app.post("/verifications", body).await.id();
    let text = app.provider.message(number).await["text"].as_str().unwrap().to_owned();
    let code = app.provider.code(number).await;
    assert!(text.ends_with(&format!("\n\n@shop.example #{code}")), "{text}");
    assert!(text.starts_with(&code) && text.len() <= 140, "{text}");
    assert_eq!(TestApp::spawn().await.get("/config").await.json().get("sms_origin_domain"), None);
}

#[actix_web::test]
async fn the_first_channel_is_the_default_and_no_cool_down_may_be_wished() {
    let vars = [("VERIFY_CHANNELS", "sms"), ("GUARD_COOLDOWNS", "0s")];
    let app = TestApp::with(&vars).await;
    let number = "+12025550121";
    assert_eq!(app.start(number).await.json()["channel"], "sms");
    assert_eq!(app.provider.message(number).await["channel"], "sms");
    let again = app.start(number).await;
    assert_eq!(again.json()["resend_at"], again.json()["created_at"], "{}", again.text);
}
