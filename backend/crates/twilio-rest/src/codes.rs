//! Error codes turned into meaning. Knows no HTTP beyond the status number, and never reads `message`, which
//! repeats the number that was called.

use serde::Deserialize;
use serde_json::Value;

use crate::error::Refusal;

/// What is being asked; also its name in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    View,
    End,
}

/// The one member of `{"code":21211,"message":"…","more_info":"…","status":400}` that is looked at: a number at
/// Twilio, a string at Somleng.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Fault {
    code: Value,
}

/// Says what a 4xx answer with this body means for this operation. A body that is no error object counts as
/// empty: the status alone then decides.
pub(crate) fn refusal(operation: Operation, status: u16, body: &[u8]) -> Refusal {
    let code = code(body);
    let known = code.as_deref().and_then(|code| meaning(operation, code));
    known.unwrap_or(match status {
        402 => Refusal::NoBalance,
        401 | 403 => Refusal::NotAuthorised,
        // A create names no object, so a 404 there means a wrong base address or account.
        404 if operation != Operation::Create => Refusal::NotFound,
        _ => Refusal::Other { status, code },
    })
}

fn meaning(operation: Operation, code: &str) -> Option<Refusal> {
    Some(match code {
        "20003" | "20008" => Refusal::NotAuthorised,
        "20005" => Refusal::NoBalance,
        // Malformed, unroutable, invalid test number; opted out, no mobile, a landline (messages).
        "13224" | "21211" | "21214" | "21217" | "21610" | "21614" | "21635" => Refusal::Recipient,
        // Closed by the account's permissions: calls, messages, and the same said by <Dial> and Somleng.
        "21215" | "21408" | "13225" | "13226" | "13227" | "S1005" | "S1007" => Refusal::Destination,
        "21216" | "60238" | "60410" | "60412" | "60413" => Refusal::Blocked,
        "10004" | "20429" | "22005" => Refusal::Busy { retry_after: None },
        "20404" if operation != Operation::Create => Refusal::NotFound,
        "21220" => Refusal::Over,
        _ => return None,
    })
}

/// The code as text; Somleng was seen to leave a comma behind it.
fn code(body: &[u8]) -> Option<String> {
    let fault: Fault = provider_http::object(body).ok()?;
    let code = match fault.code {
        Value::Number(number) => number.as_u64()?.to_string(),
        Value::String(text) => text.trim_end_matches(',').to_owned(),
        _ => return None,
    };
    let plain = (1..=10).contains(&code.len()) && code.bytes().all(|it| it.is_ascii_alphanumeric());
    plain.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(status: u16, body: &str) -> Refusal {
        refusal(Operation::Create, status, body.as_bytes())
    }

    #[test]
    fn a_code_means_the_same_as_a_number_and_as_a_string() {
        for (code, meaning) in [
            ("21211", Refusal::Recipient),
            ("21215", Refusal::Destination),
            ("21216", Refusal::Blocked),
            ("20003", Refusal::NotAuthorised),
            ("20005", Refusal::NoBalance),
            ("20429", Refusal::Busy { retry_after: None }),
        ] {
            for (status, body) in [
                (400, format!(r#"{{"code":{code},"message":"+31600482913 is not"}}"#)),
                (422, format!(r#"{{"code":"{code}"}}"#)),
                (422, format!(r#"{{"code":"{code},"}}"#)),
            ] {
                assert_eq!(create(status, &body), meaning, "{body}");
            }
        }
        assert_eq!(create(422, r#"{"code":"S1007"}"#), Refusal::Destination);
    }

    #[test]
    fn without_a_code_the_status_decides() {
        for body in ["", "<html>", "[1]", "{}", r#"{"code":null}"#, r#"{"code":-1}"#, r#"[21211]"#]
        {
            assert_eq!(create(401, body), Refusal::NotAuthorised, "{body}");
            assert_eq!(create(403, body), Refusal::NotAuthorised, "{body}");
            assert_eq!(create(402, body), Refusal::NoBalance, "{body}");
            assert_eq!(create(400, body), Refusal::Other { status: 400, code: None }, "{body}");
        }
        let view = |status| refusal(Operation::View, status, b"");
        assert_eq!(view(404), Refusal::NotFound);
        assert_eq!(create(404, ""), Refusal::Other { status: 404, code: None });
    }

    #[test]
    fn a_403_about_the_country_is_not_about_the_key() {
        assert_eq!(create(403, r#"{"code":21215}"#), Refusal::Destination);
    }

    #[test]
    fn a_code_that_could_be_something_else_is_not_kept() {
        for code in ["+31600482913", "31600482913", "a b", ""] {
            let body = format!(r#"{{"code":"{code}"}}"#);
            assert_eq!(create(400, &body), Refusal::Other { status: 400, code: None }, "{code}");
        }
        let kept = Refusal::Other { status: 422, code: Some("21210".to_owned()) };
        assert_eq!(create(422, r#"{"code":"21210"}"#), kept);
    }
}
