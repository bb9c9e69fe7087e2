//! What a test may tell the providers beside their wires: the next code, and ways that are not known.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use serde::Deserialize;

use crate::messagebird::MessageBird;
use crate::phone::http::{refuse, with_body};
use crate::twilio::Twilio;

/// The body of `PUT /phone/next-code`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NextCode {
    code: String,
}

/// `PUT /phone/next-code`: the next verification whose `tokenLength` fits uses this code.
pub(crate) async fn next_code(account: Data<MessageBird>, body: Bytes) -> HttpResponse {
    with_body(&body, |NextCode { code }| {
        if !(6..=10).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_digit()) {
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, "a code is 6 to 10 digits, as text");
        }
        account.lock().next_codes.push_back(code);
        HttpResponse::NoContent().finish()
    })
}

/// The body of `PUT /phone/settings`; what is not given stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// What MessageBird does here is not known, so both can be had.
    deleted_readable: Option<bool>,
    /// Signs Twilio's call-backs, for whoever has an API key whose secret is another.
    twilio_auth_token: Option<String>,
}

/// `PUT /phone/settings`
pub(crate) async fn settings(
    messagebird: Data<MessageBird>,
    twilio: Data<Twilio>,
    body: Bytes,
) -> HttpResponse {
    with_body(&body, |settings: Settings| {
        if let Some(readable) = settings.deleted_readable {
            messagebird.lock().deleted_readable = readable;
        }
        if let Some(token) = settings.twilio_auth_token {
            twilio.lock().auth_token = Some(token);
        }
        HttpResponse::NoContent().finish()
    })
}
