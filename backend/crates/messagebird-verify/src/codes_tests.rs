//! Every envelope in `fixtures/errors/`, and bodies that are none.

use super::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../fixtures/errors/", $name, ".json")).as_slice()
    };
}

fn other(status: u16, code: Option<i64>, parameter: Option<&str>) -> Refusal {
    Refusal::Other { status, code, parameter: parameter.map(str::to_owned) }
}

#[test]
fn the_four_sentences_about_a_code_are_told_apart() {
    for (body, meaning) in [
        (fixture!("token_invalid"), Refusal::TokenIncorrect),
        (fixture!("token_length"), Refusal::TokenMalformed),
        (fixture!("token_expired"), Refusal::TokenExpired),
        (fixture!("token_used"), Refusal::AlreadyProcessed),
    ] {
        assert_eq!(refusal(Operation::Check, 422, body), meaning);
    }
}

#[test]
fn a_reworded_sentence_about_a_code_still_means_wrong_code() {
    assert_eq!(refusal(Operation::Check, 422, fixture!("token_reworded")), Refusal::TokenIncorrect);
    assert_eq!(refusal(Operation::Check, 422, fixture!("token_shouting")), Refusal::TokenExpired);
}

#[test]
fn a_sentence_about_a_code_means_nothing_to_another_operation() {
    for operation in [Operation::Create, Operation::View, Operation::Delete, Operation::Delivery] {
        let meaning = refusal(operation, 422, fixture!("token_invalid"));
        assert_eq!(meaning, other(422, Some(10), Some("token")));
    }
}

#[test]
fn code_10_about_another_field_is_no_wrong_code() {
    let meaning = refusal(Operation::Check, 422, fixture!("originator"));
    assert_eq!(meaning, other(422, Some(10), Some("originator")));
}

#[test]
fn f21_what_does_not_exist_is_not_found() {
    for operation in [Operation::View, Operation::Check, Operation::Delete] {
        assert_eq!(refusal(operation, 404, fixture!("object_not_found")), Refusal::NotFound);
        assert_eq!(refusal(operation, 404, b""), Refusal::NotFound, "the status alone says it");
    }
    let meaning = refusal(Operation::Delivery, 404, fixture!("message_not_found"));
    assert_eq!(meaning, Refusal::NotFound);
}

#[test]
fn a_route_that_does_not_exist_is_our_mistake_and_no_missing_object() {
    let meaning = refusal(Operation::Check, 404, fixture!("route_not_found"));
    assert_eq!(meaning, other(404, Some(98), None));
    assert_eq!(refusal(Operation::Create, 404, b"<html>"), other(404, None, None));
    let meaning = refusal(Operation::Create, 404, fixture!("object_not_found"));
    assert_eq!(meaning, other(404, Some(20), None));
}

#[test]
fn f18_a_key_that_is_not_accepted_is_seen_by_status_or_by_code() {
    assert_eq!(refusal(Operation::Create, 401, fixture!("key_wrong")), Refusal::NotAuthorised);
    assert_eq!(refusal(Operation::Check, 401, fixture!("key_absent")), Refusal::NotAuthorised);
    assert_eq!(refusal(Operation::Check, 422, fixture!("key_wrong")), Refusal::NotAuthorised);
    assert_eq!(refusal(Operation::View, 403, b"<html>no</html>"), Refusal::NotAuthorised);
}

#[test]
fn f19_an_empty_account_is_seen_by_status_or_by_code() {
    assert_eq!(refusal(Operation::Create, 422, fixture!("balance")), Refusal::NoBalance);
    assert_eq!(refusal(Operation::Create, 403, fixture!("balance")), Refusal::NoBalance);
    assert_eq!(refusal(Operation::Create, 402, b""), Refusal::NoBalance);
}

#[test]
fn f20_a_number_that_is_not_accepted_is_seen_by_code_and_field() {
    for (status, body) in [
        (422, fixture!("recipient_invalid")),
        (422, fixture!("recipient_none")),
        (422, fixture!("recipient_trial")),
        (400, fixture!("recipient_format")),
        (422, fixture!("two_faults")),
    ] {
        assert_eq!(refusal(Operation::Create, status, body), Refusal::RecipientRefused);
    }
    let meaning = refusal(Operation::Create, 422, fixture!("recipient_blacklisted"));
    assert_eq!(meaning, Refusal::RecipientBlacklisted);
}

#[test]
fn what_is_not_known_is_kept_by_status_code_and_field() {
    let originator = refusal(Operation::Create, 422, fixture!("originator"));
    assert_eq!(originator, other(422, Some(10), Some("originator")));
    assert_eq!(refusal(Operation::Create, 409, fixture!("duplicate")), other(409, Some(101), None));
    assert_eq!(refusal(Operation::Create, 422, fixture!("voice_host")), other(422, Some(13), None));
}

#[test]
fn a_field_name_that_echoes_a_value_is_dropped() {
    let meaning = refusal(Operation::Create, 422, fixture!("echoing_parameter"));
    assert_eq!(meaning, other(422, Some(77), None));
}

#[test]
fn a_body_that_is_no_envelope_leaves_the_status() {
    for body in [
        "",
        "<html>",
        "[]",
        "null",
        "{}",
        r#"{"errors":{}}"#,
        r#"{"errors":[]}"#,
        r#"{"errors":[[10,"x","token"]]}"#,
        "{\"errors\":[",
    ] {
        assert_eq!(
            refusal(Operation::Check, 422, body.as_bytes()),
            other(422, None, None),
            "{body}"
        );
    }
}
