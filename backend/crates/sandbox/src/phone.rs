//! The phone's own endpoints and the levers beside it. They need no key: the simulator is a tool on a
//! developer's machine. Live news is in `events`.

use std::time::Duration;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpResponse, http::StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::clock::wire_date;
use crate::faults::Fault;
use crate::messages::Status;
use crate::world::World;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /phone`
pub(crate) async fn page() -> HttpResponse {
    asset("text/html; charset=utf-8", include_str!("phone.html"))
}

/// `GET /phone/phone.js`
pub(crate) async fn script() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("phone.js"))
}

/// `GET /phone/phone.css`
pub(crate) async fn style() -> HttpResponse {
    asset("text/css; charset=utf-8", include_str!("phone.css"))
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

/// `GET /phone/messages`, newest first.
pub(crate) async fn list(world: Data<World>, filter: Query<Filter>) -> HttpResponse {
    // A `+` that was not percent-encoded arrives as a space.
    let recipient = filter.recipient.as_deref().map(|r| r.trim_start_matches(['+', ' ']));
    fresh(world.phone_list(recipient))
}

/// `DELETE /phone/messages`
pub(crate) async fn clear(world: Data<World>) -> HttpResponse {
    world.clear_phone();
    HttpResponse::NoContent().finish()
}

/// `POST /phone/messages/{id}/answer`
pub(crate) async fn answer(world: Data<World>, id: Path<String>) -> HttpResponse {
    decide(&world, &id, Status::Answered)
}

/// `POST /phone/messages/{id}/decline`: a declined call is `busy` to the caller.
pub(crate) async fn decline(world: Data<World>, id: Path<String>) -> HttpResponse {
    decide(&world, &id, Status::Busy)
}

fn decide(world: &World, id: &str, status: Status) -> HttpResponse {
    match world.decide(id, status) {
        Some(true) => HttpResponse::NoContent().finish(),
        Some(false) => refuse(StatusCode::CONFLICT, "it no longer rings"),
        None => refuse(StatusCode::NOT_FOUND, "no such call"),
    }
}

/// `GET /phone/faults`: what is armed.
pub(crate) async fn faults(world: Data<World>) -> HttpResponse {
    fresh(world.lock().faults.armed())
}

/// `PUT /phone/faults` arms one, in place of the one armed for the same operation.
pub(crate) async fn arm_fault(world: Data<World>, body: Bytes) -> HttpResponse {
    with_body(&body, |fault: Fault| match fault.complaint() {
        Some(complaint) => refuse(StatusCode::UNPROCESSABLE_ENTITY, complaint),
        None => {
            world.lock().faults.arm(fault);
            HttpResponse::NoContent().finish()
        }
    })
}

/// `DELETE /phone/faults`
pub(crate) async fn clear_faults(world: Data<World>) -> HttpResponse {
    world.lock().faults.clear();
    HttpResponse::NoContent().finish()
}

/// `GET /phone/requests`: provider calls seen, per operation, whatever they were answered.
pub(crate) async fn requests(world: Data<World>) -> HttpResponse {
    fresh(world.lock().seen)
}

/// `DELETE /phone/requests` starts counting anew.
pub(crate) async fn clear_requests(world: Data<World>) -> HttpResponse {
    world.lock().seen = Default::default();
    HttpResponse::NoContent().finish()
}

/// `GET /phone/clock`
pub(crate) async fn clock(world: Data<World>) -> HttpResponse {
    fresh(json!({ "now": wire_date(world.clock.now()) }))
}

/// The body of `POST /phone/clock`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

/// `POST /phone/clock`
pub(crate) async fn advance_clock(world: Data<World>, body: Bytes) -> HttpResponse {
    with_body(&body, |advance: Advance| {
        if !world.clock.advance(Duration::from_secs(advance.advance_seconds)) {
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, "ten years in total at most");
        }
        world.announce();
        fresh(json!({ "now": wire_date(world.clock.now()) }))
    })
}

/// The body of `PUT /phone/next-code`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NextCode {
    code: String,
}

/// `PUT /phone/next-code`: the next verification whose `tokenLength` fits uses this code.
pub(crate) async fn next_code(world: Data<World>, body: Bytes) -> HttpResponse {
    with_body(&body, |NextCode { code }| {
        if !(6..=10).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_digit()) {
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, "a code is 6 to 10 digits, as text");
        }
        world.lock().force_code(code);
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
pub(crate) async fn settings(world: Data<World>, body: Bytes) -> HttpResponse {
    with_body(&body, |settings: Settings| {
        world.lock().deleted_readable = settings.deleted_readable;
        HttpResponse::NoContent().finish()
    })
}

/// JSON that no cache may keep.
fn fresh(body: impl serde::Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body)
}

/// Reads JSON whatever its declared type is, so that a bare `curl -d` works.
fn with_body<T: DeserializeOwned>(
    body: &[u8],
    then: impl FnOnce(T) -> HttpResponse,
) -> HttpResponse {
    match serde_json::from_slice(body) {
        Ok(value) => then(value),
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

fn refuse(status: StatusCode, why: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": why }))
}
