//! Every shape in `fixtures/` and a few that only a broken server would send.

use super::*;

const ID: &str = "2cec4f4195e74d8c8f2b7a4d1e1f43a6";
const MESSAGE_ID: &str = "7b1f4598c0ffee42b7d1a2e3f4056172";

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../fixtures/", $name, ".json")).as_slice()
    };
}

fn message_id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

fn read(body: &str) -> Result<Verify, Unusable> {
    verify(body.as_bytes())
}

#[test]
fn a_call_is_read_with_its_number_recipient_and_voice_message() {
    let verify = verify(fixture!("verify_created_voice")).unwrap();
    assert_eq!(verify.id.as_str(), ID);
    assert_eq!(verify.status, Status::Sent);
    assert_eq!(verify.message, Some(MessageRef::Voice(message_id(MESSAGE_ID))));
    assert_eq!(verify.recipient.as_deref(), Some("31612345678"));
    assert_eq!(verify.valid_until.as_deref(), Some("2026-11-02T09:25:00+00:00"));
}

#[test]
fn a_text_message_is_read_with_href_before_id() {
    let verify = verify(fixture!("verify_created_sms")).unwrap();
    assert_eq!(verify.message, Some(MessageRef::Sms(message_id(MESSAGE_ID))));
}

#[test]
fn the_old_id_shape_and_a_message_with_href_only_are_read() {
    let verify = verify(fixture!("verify_legacy")).unwrap();
    assert_eq!(verify.id.as_str(), "4e213b01155d1e35a9d9571v00162985");
    let message = message_id("63b168423592d681641eb07b76226648");
    assert_eq!(verify.message, Some(MessageRef::Sms(message)));
}

#[test]
fn a_string_recipient_and_a_relative_href_are_read() {
    let verify = verify(fixture!("verify_string_recipient")).unwrap();
    assert_eq!(verify.recipient.as_deref(), Some("31612345678"));
    assert_eq!(verify.status, Status::Verified);
    assert_eq!(verify.message, Some(MessageRef::Voice(message_id(MESSAGE_ID))));
}

#[test]
fn without_href_the_type_says_what_the_message_is() {
    let verify = verify(fixture!("verify_id_without_href")).unwrap();
    assert_eq!(verify.message, Some(MessageRef::Sms(message_id(MESSAGE_ID))));
}

#[test]
fn a_mail_is_read_but_has_no_call_or_text_message() {
    let verify = verify(fixture!("verify_email")).unwrap();
    assert_eq!(verify.recipient.as_deref(), Some("someone@example.org"));
    assert_eq!(verify.message, None);
}

#[test]
fn an_accepted_request_may_have_failed_already() {
    let verify = verify(fixture!("verify_failed_at_once")).unwrap();
    assert_eq!(verify.status, Status::Failed);
    assert_eq!(verify.message, None);
}

#[test]
fn f35_only_the_exact_word_verified_verifies() {
    let verify = verify(fixture!("verify_unknown_status")).unwrap();
    assert_eq!(verify.status, Status::Other("Verified".to_owned()));
    for odd in [
        "\"VERIFIED\"",
        "\" verified\"",
        "\"verified \"",
        "\"\"",
        "true",
        "1",
        "null",
        "[\"verified\"]",
    ] {
        let verify = read(&format!(r#"{{"id":"{ID}","status":{odd}}}"#)).unwrap();
        assert!(matches!(verify.status, Status::Other(_)), "{odd}");
    }
    for (word, status) in [
        ("sent", Status::Sent),
        ("verified", Status::Verified),
        ("expired", Status::Expired),
        ("failed", Status::Failed),
        ("deleted", Status::Deleted),
    ] {
        assert_eq!(read(&format!(r#"{{"id":"{ID}","status":"{word}"}}"#)).unwrap().status, status);
    }
}

#[test]
fn an_object_with_nothing_but_an_id_is_usable_and_not_verified() {
    let verify = verify(fixture!("verify_bare")).unwrap();
    assert_eq!(verify.status, Status::Other(String::new()));
    assert_eq!((verify.message, verify.recipient, verify.valid_until), (None, None, None));
}

#[test]
fn f28_of_a_foreign_href_only_the_last_segment_is_taken() {
    let verify = verify(fixture!("verify_foreign_href")).unwrap();
    assert_eq!(verify.message, Some(MessageRef::Voice(message_id(MESSAGE_ID))));
}

#[test]
fn an_odd_message_never_loses_the_id() {
    for messages in [
        "17",
        "\"x\"",
        r#"{"href":17,"id":[]}"#,
        r#"{"href":"https://rest.messagebird.com/voicemessages/../../balance"}"#,
        r#"{"href":"https://rest.messagebird.com/messages/"}"#,
        r#"{"href":"/messages/a%2Fb%2Fc%2Fd%2Fe%2Ff%2Fg"}"#,
        r#"{"href":""}"#,
    ] {
        let verify = read(&format!(r#"{{"id":"{ID}","messages":{messages}}}"#)).unwrap();
        assert_eq!(verify.message, None, "{messages}");
    }
}

#[test]
fn f24_an_id_that_is_missing_or_odd_makes_the_answer_unusable() {
    let long = format!("\"{}\"", "a".repeat(10_000));
    for id in [
        "null",
        "\"\"",
        "42",
        "{}",
        "\"../../../../etc/passwd/aaaaaaaaaaaaa\"",
        "\"2CEC4F4195E74D8C8F2B7A4D1E1F43A6\"",
        "\"2cec4f4195e74d8c8f2b7a4d1e1f43a\"",
        "\"2cec4f4195e74d8c8f2b7a4d1e1f43a66\"",
        "\"2cec4f4195e74d8c8f2b7a4d1e1f43a?\"",
        "\"2cec4f4195e74d8c8f2b7a4d1e1f43\u{e9}\"",
        long.as_str(),
    ] {
        assert_eq!(read(&format!(r#"{{"id":{id},"status":"sent"}}"#)), Err(Unusable::Id), "{id}");
    }
    assert_eq!(read("{}"), Err(Unusable::Id));
}

#[test]
fn f22_f23_whatever_is_not_one_json_object_is_unusable() {
    let in_array = format!(r#"["{ID}",1,"tts",{{}},"verified","x"]"#);
    let trailing = format!(r#"{{"id":"{ID}"}}{{}}"#);
    let cut = format!(r#"{{"id":"{ID}","#);
    let deep = "[".repeat(50_000);
    for body in
        ["", "null", "true", "\"text\"", "<html>", "[]", "{", &in_array, &trailing, &cut, &deep]
    {
        assert_eq!(read(body), Err(Unusable::NotAnObject));
    }
    assert_eq!(verify(b"{\"id\":\"\xff\"}"), Err(Unusable::NotAnObject));
}

#[test]
fn a_word_of_theirs_is_cut_and_cleaned_before_anybody_may_print_it() {
    let verify = read(&format!(r#"{{"id":"{ID}","status":"a\r\nb{}"}}"#, "c".repeat(90))).unwrap();
    assert_eq!(verify.status, Status::Other(format!("a??b{}", "c".repeat(28))));
}

#[test]
fn the_progress_of_a_call_and_of_a_text_message_is_read() {
    let call = delivery(fixture!("voicemessage_calling")).unwrap();
    assert_eq!(call.state, DeliveryState::Calling);
    assert_eq!(call.updated_at.as_deref(), Some("2026-11-02T09:15:02+00:00"));
    let message = delivery(fixture!("message_delivered")).unwrap();
    assert_eq!(message.state, DeliveryState::Delivered);
}

#[test]
fn every_known_state_has_a_name_and_any_other_is_kept() {
    for (word, state) in [
        ("scheduled", DeliveryState::Scheduled),
        ("calling", DeliveryState::Calling),
        ("answered", DeliveryState::Answered),
        ("busy", DeliveryState::Busy),
        ("machine", DeliveryState::Machine),
        ("failed", DeliveryState::Failed),
        ("sent", DeliveryState::Sent),
        ("buffered", DeliveryState::Buffered),
        ("delivered", DeliveryState::Delivered),
        ("expired", DeliveryState::Expired),
        ("delivery_failed", DeliveryState::DeliveryFailed),
        ("no_answer", DeliveryState::Other("no_answer".to_owned())),
    ] {
        let body = format!(r#"{{"recipients":{{"items":[{{"status":"{word}"}}]}}}}"#);
        assert_eq!(delivery(body.as_bytes()), Ok(Delivery { state, updated_at: None }));
    }
}

#[test]
fn a_message_without_a_recipient_or_state_is_unusable() {
    assert_eq!(delivery(fixture!("message_without_recipients")), Err(Unusable::State));
    for body in [
        "{}",
        r#"{"recipients":[]}"#,
        r#"{"recipients":{"items":[{}]}}"#,
        r#"{"recipients":{"items":[["sent"]]}}"#,
    ] {
        assert_eq!(delivery(body.as_bytes()), Err(Unusable::State), "{body}");
    }
}

#[test]
fn a_call_is_asked_for_with_every_field_said_out_loud() {
    let request = CreateVerify {
        recipient: "31612345678".to_owned(),
        kind: Kind::Tts,
        originator: None,
        reference: None,
        template: "Uw code is %token".to_owned(),
        timeout_seconds: 600,
        token_length: 6,
        max_attempts: 5,
        language: "nl-nl".to_owned(),
        voice: Voice::Female,
    };
    assert_eq!(
        serde_json::to_value(CreateBody::from(&request)).unwrap(),
        serde_json::json!({
            "recipient": "31612345678", "type": "tts", "template": "Uw code is %token", "timeout": 600,
            "tokenLength": 6, "maxAttempts": 5, "language": "nl-nl", "voice": "female",
        })
    );
    let text = CreateVerify {
        kind: Kind::Sms,
        originator: Some("Shop".to_owned()),
        reference: Some("order42".to_owned()),
        voice: Voice::Male,
        ..request
    };
    assert_eq!(
        serde_json::to_value(CreateBody::from(&text)).unwrap(),
        serde_json::json!({
            "recipient": "31612345678", "originator": "Shop", "reference": "order42", "type": "sms",
            "template": "Uw code is %token", "datacoding": "auto", "timeout": 600, "tokenLength": 6,
            "maxAttempts": 5, "language": "nl-nl", "voice": "male",
        })
    );
}
