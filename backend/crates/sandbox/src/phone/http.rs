//! The phone's own endpoints and the levers beside it. They need no key: the simulator is a tool on a
//! developer's machine. Live news is in `events`.

use std::time::Duration;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpResponse, http::StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::phone::clock::wire_date;
use crate::phone::faults::Fault;
use crate::phone::message::Status;
use crate::phone::{Phone, Provider};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /`: whoever opens the address in a browser wants the phone.
pub(crate) async fn front_door() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, "/phone")).finish()
}

/// `GET /phone`
pub(crate) async fn page() -> HttpResponse {
    asset("text/html; charset=utf-8", include_str!("page/phone.html"))
}

/// The files of the page.
const FILES: [(&str, &str, &str); 5] = [
    ("phone.css", "text/css; charset=utf-8", include_str!("page/phone.css")),
    ("phone.js", SCRIPT, include_str!("page/phone.js")),
    ("carriers.js", SCRIPT, include_str!("page/carriers.js")),
    ("sound.js", SCRIPT, include_str!("page/sound.js")),
    ("words.js", SCRIPT, include_str!("page/words.js")),
];
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// `GET /phone/phone.js` and the like
pub(crate) async fn file(name: Path<String>) -> HttpResponse {
    match FILES.iter().find(|(known, ..)| *known == name.as_str()) {
        Some((_, content_type, text)) => asset(content_type, text),
        None => refuse(StatusCode::NOT_FOUND, "no such file"),
    }
}

/// Where the page is that has this phone called.
pub(crate) struct LinkedPage(pub(crate) Option<String>);

/// `GET /phone/about`
pub(crate) async fn about(page: Data<LinkedPage>) -> HttpResponse {
    fresh(json!({ "page": page.0 }))
}

fn asset(content_type: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text)
}

/// Which messages to list.
#[derive(Deserialize)]
pub(crate) struct Filter {
    recipient: Option<String>,
}

/// Whose faults to disarm.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Aimed {
    provider: Option<Provider>,
}

/// `GET /phone/messages`, newest first.
pub(crate) async fn list(phone: Data<Phone>, filter: Query<Filter>) -> HttpResponse {
    // A `+` that was not percent-encoded arrives as a space.
    let recipient = filter.recipient.as_deref().map(|r| r.trim_start_matches(['+', ' ']));
    fresh(phone.list(recipient))
}

/// `DELETE /phone/messages`
pub(crate) async fn clear(phone: Data<Phone>) -> HttpResponse {
    phone.empty();
    HttpResponse::NoContent().finish()
}

/// `POST /phone/messages/{id}/answer`
pub(crate) async fn answer(phone: Data<Phone>, id: Path<String>) -> HttpResponse {
    decide(&phone, &id, Status::Answered)
}

/// `POST /phone/messages/{id}/decline`: a declined call is `busy` to the caller.
pub(crate) async fn decline(phone: Data<Phone>, id: Path<String>) -> HttpResponse {
    decide(&phone, &id, Status::Busy)
}

fn decide(phone: &Phone, id: &str, status: Status) -> HttpResponse {
    match phone.decide(id, status) {
        Some(true) => HttpResponse::NoContent().finish(),
        Some(false) => refuse(StatusCode::CONFLICT, "it no longer rings"),
        None => refuse(StatusCode::NOT_FOUND, "no such call"),
    }
}

/// `GET /phone/faults`: what is armed.
pub(crate) async fn faults(phone: Data<Phone>) -> HttpResponse {
    fresh(phone.lock().faults.armed())
}

/// `PUT /phone/faults` arms one, in place of the one armed for the same operation and provider.
pub(crate) async fn arm_fault(phone: Data<Phone>, body: Bytes) -> HttpResponse {
    with_body(&body, |fault: Fault| match fault.complaint() {
        Some(complaint) => refuse(StatusCode::UNPROCESSABLE_ENTITY, complaint),
        None => {
            phone.lock().faults.arm(fault);
            HttpResponse::NoContent().finish()
        }
    })
}

/// `DELETE /phone/faults`: all, or with `?provider=` those aimed at that one alone.
pub(crate) async fn clear_faults(phone: Data<Phone>, aimed: Query<Aimed>) -> HttpResponse {
    phone.lock().faults.clear(aimed.provider);
    HttpResponse::NoContent().finish()
}

/// `GET /phone/requests`: requests seen, per operation, in all and per provider, whatever they were answered.
pub(crate) async fn requests(phone: Data<Phone>) -> HttpResponse {
    fresh(phone.lock().seen.report())
}

/// `DELETE /phone/requests` starts counting anew.
pub(crate) async fn clear_requests(phone: Data<Phone>) -> HttpResponse {
    phone.lock().seen = Default::default();
    HttpResponse::NoContent().finish()
}

/// `GET /phone/clock`
pub(crate) async fn clock(phone: Data<Phone>) -> HttpResponse {
    fresh(json!({ "now": wire_date(phone.clock.now()) }))
}

/// The body of `POST /phone/clock`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

/// `POST /phone/clock`
pub(crate) async fn advance_clock(phone: Data<Phone>, body: Bytes) -> HttpResponse {
    with_body(&body, |advance: Advance| {
        if !phone.clock.advance(Duration::from_secs(advance.advance_seconds)) {
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, "ten years in total at most");
        }
        phone.announce();
        fresh(json!({ "now": wire_date(phone.clock.now()) }))
    })
}

/// JSON that no cache may keep.
pub(crate) fn fresh(body: impl serde::Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body)
}

/// Reads JSON whatever its declared type is, so that a bare `curl -d` works.
pub(crate) fn with_body<T: DeserializeOwned>(
    body: &[u8],
    then: impl FnOnce(T) -> HttpResponse,
) -> HttpResponse {
    match serde_json::from_slice(body) {
        Ok(value) => then(value),
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

pub(crate) fn refuse(status: StatusCode, why: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": why }))
}
