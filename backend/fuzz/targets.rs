//! What must hold for whatever body a client sends. As a test each replays its corpus and tries for a
//! few seconds at random; `scripts/fuzz` lets coverage guide it.

use crate::http::dto::{self, CheckBody, ResendBody, StartBody};
use crate::http::problem::Problem;
use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::test::TestRequest;
use bolero::check;
use serde_json::Value;
use std::time::Duration;
use verification::{Channel, Client, Context, PhoneNumber};

/// How long the target tries as a plain test.
const SMOKE: Duration = Duration::from_secs(4);

#[test]
fn request_body() {
    check!().with_test_time(SMOKE).with_max_len(512).for_each(|bytes: &[u8]| {
        // `content/type`, an empty line, the body; JSON when there is no empty line.
        let cut = bytes.windows(2).position(|pair| pair == b"\n\n");
        let (kind, body) =
            cut.map_or((&b"application/json"[..], bytes), |cut| (&bytes[..cut], &bytes[cut + 2..]));
        let Ok(kind) = HeaderValue::from_bytes(kind) else {
            return;
        };
        let request = TestRequest::post().insert_header((CONTENT_TYPE, kind)).to_http_request();
        start(&request, body);
        resend(&request, body);
        match dto::read::<CheckBody>(&request, body) {
            Ok(_) => only_known(body, &["code"]),
            Err(problem) => is_harmless(&problem),
        }
    });
}

fn start(request: &HttpRequest, body: &[u8]) {
    let client = Client::V4([127, 0, 0, 1]);
    let from = Context { caller: Some("shop".into()), ..Context::default() };
    match dto::read::<StartBody>(request, body)
        .and_then(|wish| wish.into_request(client, from, Channel::Voice))
    {
        Ok(wish) => {
            only_known(
                body,
                &[
                    "phone_number",
                    "region",
                    "channel",
                    "locale",
                    "reference",
                    "nonce",
                    "client_address",
                ],
            );
            assert_eq!(PhoneNumber::parse(&wish.number.e164(), None), Ok(wish.number));
            let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            assert!(
                wish.context.reference.is_none_or(|it| (1..=64).contains(&it.len()) && plain(&it))
            );
        }
        Err(problem) => is_harmless(&problem),
    }
}

fn resend(request: &HttpRequest, body: &[u8]) {
    match ResendBody::read(request, body) {
        Ok(_) if body.is_empty() => {}
        Ok(_) => only_known(body, &["channel", "locale"]),
        Err(problem) => is_harmless(&problem),
    }
}

/// What was read is one JSON object with these members and no others, none of them twice.
fn only_known(body: &[u8], names: &[&str]) {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        panic!("read as an object, but it is none");
    };
    assert!(members.keys().all(|name| names.contains(&name.as_str())), "{members:?}");
}

/// A fault of the request, told without repeating what was sent: no run of digits is in it.
fn is_harmless(problem: &Problem) {
    assert!(matches!(problem.status().as_u16(), 400 | 415 | 422), "{problem}");
    let told: Value = serde_json::from_str(&problem.body("x")).unwrap_or_default();
    assert_eq!(told["code"], problem.kind.code());
    let digits = told.to_string();
    let runs = digits.split(|it: char| !it.is_ascii_digit());
    assert!(runs.into_iter().all(|run| run.len() < 6), "{told}");
}
