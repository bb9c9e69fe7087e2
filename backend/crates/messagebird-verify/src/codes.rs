//! MessageBird's error codes and sentences, turned into meaning. Knows no HTTP beyond the status number.
//!
//! The sentences matter: wrong, expired, used and malformed codes all come as 422 with code 10 about `token`,
//! and only the English text tells them apart. It is matched loosely, with "wrong code" as what remains.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::Refusal;

/// What is being asked; also its name in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    View,
    Check,
    Delete,
    Delivery,
}

const REQUEST_NOT_ALLOWED: i64 = 2;
const MISSING_PARAMS: i64 = 9;
const INVALID_PARAMS: i64 = 10;
const BLACKLISTED: i64 = 12;
const NOT_FOUND: i64 = 20;
const BAD_REQUEST: i64 = 21;
const NO_BALANCE: i64 = 25;

/// One entry of `{"errors":[{"code":…,"description":…,"parameter":…}]}`.
struct Fault {
    code: Option<i64>,
    description: String,
    parameter: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireFault {
    code: Value,
    description: Value,
    parameter: Value,
}

/// Says what a 4xx answer with this body means for this operation. A body that is no error envelope counts as
/// empty: the status alone then decides.
pub(crate) fn refusal(operation: Operation, status: u16, body: &[u8]) -> Refusal {
    let faults = faults(body);
    let has = |code| faults.iter().any(|fault| fault.code == Some(code));

    // Faults of the account come first: they are true for every request, whatever else is wrong with this one.
    if has(NO_BALANCE) || status == 402 {
        return Refusal::NoBalance;
    }
    if has(REQUEST_NOT_ALLOWED) || matches!(status, 401 | 403) {
        return Refusal::NotAuthorised;
    }
    let meaning = match operation {
        Operation::Check => faults.iter().find_map(token_meaning),
        Operation::Create if has(BLACKLISTED) => Some(Refusal::RecipientBlacklisted),
        Operation::Create if faults.iter().any(is_about_recipient) => {
            Some(Refusal::RecipientRefused)
        }
        Operation::Create | Operation::View | Operation::Delete | Operation::Delivery => None,
    };
    meaning
        .or_else(|| is_not_found(operation, status, &faults).then_some(Refusal::NotFound))
        .unwrap_or_else(|| other(status, faults))
}

fn token_meaning(fault: &Fault) -> Option<Refusal> {
    let text = fault.description.to_lowercase();
    let about_token = match fault.parameter.as_deref() {
        Some(parameter) => parameter == "token",
        None => text.contains("token"),
    };
    if fault.code != Some(INVALID_PARAMS) || !about_token {
        return None;
    }
    Some(if text.contains("already") {
        Refusal::AlreadyProcessed
    } else if text.contains("expired") {
        Refusal::TokenExpired
    } else if text.contains("between") {
        Refusal::TokenMalformed
    } else {
        Refusal::TokenIncorrect
    })
}

fn is_about_recipient(fault: &Fault) -> bool {
    let parameter =
        matches!(fault.parameter.as_deref(), Some("recipient" | "recipients" | "phone_number"));
    parameter && matches!(fault.code, Some(MISSING_PARAMS | INVALID_PARAMS | BAD_REQUEST))
}

/// A create names no object, so a 404 there means a wrong base address, as does code 98 anywhere.
fn is_not_found(operation: Operation, status: u16, faults: &[Fault]) -> bool {
    let said = faults.iter().any(|fault| fault.code == Some(NOT_FOUND));
    operation != Operation::Create && (said || (status == 404 && faults.is_empty()))
}

fn other(status: u16, faults: Vec<Fault>) -> Refusal {
    let first = faults.into_iter().next();
    let (code, parameter) =
        first.map_or((None, None), |fault| (fault.code, fault.parameter.filter(|it| is_name(it))));
    Refusal::Other { status, code, parameter }
}

/// Lets a field's name through, never a value that somebody echoed.
fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn faults(body: &[u8]) -> Vec<Fault> {
    let Ok(mut envelope) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return Vec::new();
    };
    let Some(Value::Array(entries)) = envelope.remove("errors") else {
        return Vec::new();
    };
    entries
        .into_iter()
        .filter(Value::is_object)
        .filter_map(|entry| serde_json::from_value::<WireFault>(entry).ok())
        .map(|fault| Fault {
            code: fault.code.as_i64().or_else(|| fault.code.as_str()?.parse().ok()),
            description: fault.description.as_str().unwrap_or_default().to_owned(),
            parameter: fault.parameter.as_str().map(str::to_owned),
        })
        .collect()
}

#[cfg(test)]
#[path = "codes_tests.rs"]
mod tests;
