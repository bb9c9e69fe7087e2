//! What a test may tell MessageBird beside its wire: the next code, and a way that is not known.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use serde::Deserialize;

use super::MessageBird;
use crate::phone::http::{refuse, with_body};

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

/// The body of `PUT /phone/settings`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    deleted_readable: bool,
}

/// `PUT /phone/settings`: what MessageBird does here is not known, so both can be had.
pub(crate) async fn settings(account: Data<MessageBird>, body: Bytes) -> HttpResponse {
    with_body(&body, |settings: Settings| {
        account.lock().deleted_readable = settings.deleted_readable;
        HttpResponse::NoContent().finish()
    })
}
