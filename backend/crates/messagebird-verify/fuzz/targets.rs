//! What must hold for whatever the provider answers. As a test each replays its corpus and tries for a
//! few seconds at random; `scripts/fuzz` lets coverage guide it.

use std::time::Duration;

use bolero::check;
use provider_http::{Answers, HeaderMap, HeaderValue, retry_after};
use serde_json::Value;

use crate::codes::{self, Operation};
use crate::error::Refusal;
use crate::model::{MessageRef, Status, VerifyId};
use crate::wire;

/// How long each target tries as a plain test.
const SMOKE: Duration = Duration::from_secs(4);

const OPERATIONS: [Operation; 5] =
    [Operation::Create, Operation::View, Operation::Check, Operation::Delete, Operation::Delivery];

#[test]
fn provider_body() {
    check!().with_test_time(SMOKE).with_max_len(1024).for_each(|body: &[u8]| {
        // What it says, read independently of the client's own types.
        let said: Option<Value> = serde_json::from_slice(body).ok().filter(Value::is_object);
        let member = |name: &str| said.as_ref().and_then(|object| object[name].as_str());

        if let Ok(verify) = wire::verify(body) {
            assert_eq!(Some(verify.id.as_str()), member("id"));
            assert!(VerifyId::parse(verify.id.as_str()).is_ok());
            assert_eq!(verify.status == Status::Verified, member("status") == Some("verified"));
            if let Status::Other(word) = &verify.status {
                assert!(plain(word), "{word}");
            }
            if let Some(MessageRef::Voice(id) | MessageRef::Sms(id)) = &verify.message {
                assert!(id.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
            }
        }
        if let Ok(delivery) = wire::delivery(body) {
            assert!(delivery.updated_at.is_none_or(|at| at.len() <= 40));
        }
        // A refusal is never taken for a wrong code, or a used-up one, unless it is about a check.
        for operation in OPERATIONS {
            for status in [400, 401, 402, 404, 422] {
                let refusal = codes::refusal(operation, status, body);
                let about_code = matches!(
                    refusal,
                    Refusal::TokenIncorrect
                        | Refusal::TokenMalformed
                        | Refusal::TokenExpired
                        | Refusal::AlreadyProcessed
                );
                assert!(!about_code || operation == Operation::Check, "{operation:?} {refusal:?}");
                if let Refusal::Other { parameter: Some(name), .. } = &refusal {
                    assert!(plain(name), "{name}");
                }
            }
        }
    });
}

/// Whether a word of theirs may stand in a log line.
fn plain(word: &str) -> bool {
    word.chars().count() <= 32
        && word.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '?'))
}

#[test]
fn provider_head() {
    check!().with_test_time(SMOKE).with_max_len(128).for_each(|head: &[u8]| {
        // Two bytes of status, then the lines of Retry-After and Date.
        let (status, lines) = head.split_first_chunk::<2>().unwrap_or((&[0, 0], head));
        let status = u16::from_be_bytes(*status) % 1000;
        let mut lines = lines.splitn(2, |byte| *byte == b'\n');
        let mut headers = HeaderMap::new();
        for name in ["retry-after", "date"] {
            if let Some(Ok(value)) = lines.next().map(HeaderValue::from_bytes) {
                headers.insert(name, value);
            }
        }
        let wait = retry_after(&headers);
        assert!(wait.is_none_or(|wait| (1..=300).contains(&wait.as_secs())));
        let seconds = headers.get("retry-after").and_then(|value| value.to_str().ok());
        if let Some(seconds) = seconds.and_then(|text| text.trim().parse::<u32>().ok())
            && !seconds_are_signed(&headers)
        {
            assert_eq!(wait, Some(Duration::from_secs(u64::from(seconds.clamp(1, 300)))));
        }
        for operation in OPERATIONS {
            let said_yes = operation.judge(status, wait).is_ok_and(|reading| {
                matches!(reading, provider_http::Reading::Object | provider_http::Reading::Done)
            });
            assert!(!said_yes || (200..300).contains(&status), "{operation:?} {status}");
        }
    });
}

/// Rust reads `+3` as a number; the header's grammar does not.
fn seconds_are_signed(headers: &HeaderMap) -> bool {
    headers.get("retry-after").is_some_and(|value| value.as_bytes().contains(&b'+'))
}
