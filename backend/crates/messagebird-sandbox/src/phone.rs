//! The phone that rings, and the knobs beside it: everything under `/phone`. No key is asked for.
//! None of it exists at MessageBird.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, rt, web};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::faults::Fault;
use crate::world::{Event, World};

const HEARTBEAT: Duration = Duration::from_secs(15);
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'";

/// Adds every path under `/phone`.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route(
            "/phone",
            web::get().to(|| asset(include_str!("phone.html"), "text/html")),
        )
        .route(
            "/phone/phone.js",
            web::get().to(|| asset(include_str!("phone.js"), "text/javascript")),
        )
        .route(
            "/phone/phone.css",
            web::get().to(|| asset(include_str!("phone.css"), "text/css")),
        )
        .route("/phone/messages", web::get().to(list))
        .route("/phone/messages", web::delete().to(clear))
        .route("/phone/messages/{id}/answer", web::post().to(answer))
        .route("/phone/messages/{id}/decline", web::post().to(decline))
        .route("/phone/events", web::get().to(events))
        .route("/phone/faults", web::get().to(list_faults))
        .route("/phone/faults", web::put().to(put_fault))
        .route("/phone/faults", web::delete().to(clear_faults))
        .route("/phone/clock", web::post().to(advance))
        .route("/phone/next-code", web::put().to(next_code))
        .route("/phone/requests", web::get().to(requests))
        .route("/phone/requests", web::delete().to(clear_requests));
}

/// A file of the page. It runs scripts of this origin only and talks to this origin only.
async fn asset(text: &'static str, kind: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("Content-Type", format!("{kind}; charset=utf-8")))
        .insert_header(("Content-Security-Policy", POLICY))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .insert_header(("Cache-Control", "no-cache"))
        .body(text)
}

#[derive(Deserialize)]
struct ListQuery {
    recipient: Option<String>,
}

async fn list(world: web::Data<World>, query: web::Query<ListQuery>) -> HttpResponse {
    // In a query an unescaped plus is a space; either way it is not one of the digits.
    let recipient = query
        .recipient
        .as_deref()
        .map(|text| text.trim_start_matches(['+', ' ']));
    HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .json(world.lock().phone_messages(recipient))
}

async fn clear(world: web::Data<World>) -> HttpResponse {
    world.lock().clear_phone();
    HttpResponse::NoContent().finish()
}

async fn answer(world: web::Data<World>, id: web::Path<String>) -> HttpResponse {
    picked_up(world.lock().pick_up(&id, true))
}

async fn decline(world: web::Data<World>, id: web::Path<String>) -> HttpResponse {
    picked_up(world.lock().pick_up(&id, false))
}

fn picked_up(done: Option<bool>) -> HttpResponse {
    match done {
        Some(true) => HttpResponse::NoContent().finish(),
        Some(false) => refuse(StatusCode::CONFLICT, "it does not ring any more"),
        None => refuse(StatusCode::NOT_FOUND, "there is no such call"),
    }
}

async fn events(world: web::Data<World>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("Content-Type", "text/event-stream"))
        .insert_header(("Cache-Control", "no-store"))
        .streaming(event_stream(world.subscribe()))
}

/// Events as they come; a comment every 15 s keeps proxies from closing the line.
fn event_stream(
    receiver: broadcast::Receiver<Event>,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    // The first chunk tells the page that it is connected and how soon to come back.
    let hello = stream::iter([Ok(Bytes::from_static(b"retry: 1000\n\n"))]);
    let rest = stream::unfold(receiver, |mut receiver| async move {
        let chunk = match rt::time::timeout(HEARTBEAT, receiver.recv()).await {
            Err(_) => ": still here\n\n".to_owned(),
            Ok(Ok(Event::Message(message))) => format!("event: message\ndata: {message}\n\n"),
            Ok(Ok(Event::Cleared)) => "event: cleared\ndata: {}\n\n".to_owned(),
            Ok(Err(RecvError::Lagged(_))) => "event: missed\ndata: {}\n\n".to_owned(),
            Ok(Err(RecvError::Closed)) => return None,
        };
        Some((Ok(Bytes::from(chunk)), receiver))
    });
    futures_util::StreamExt::chain(hello, rest)
}

async fn list_faults(world: web::Data<World>) -> HttpResponse {
    HttpResponse::Ok().json(world.lock().faults.list())
}

async fn put_fault(world: web::Data<World>, body: Bytes) -> HttpResponse {
    with_json(&body, |fault: Fault| {
        if let Err(reason) = fault.validate() {
            return refuse(StatusCode::BAD_REQUEST, reason);
        }
        world.lock().faults.put(fault);
        HttpResponse::NoContent().finish()
    })
}

async fn clear_faults(world: web::Data<World>) -> HttpResponse {
    world.lock().faults.clear();
    HttpResponse::NoContent().finish()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u32,
}

async fn advance(world: web::Data<World>, body: Bytes) -> HttpResponse {
    with_json(&body, |order: Advance| {
        let mut state = world.lock();
        state.clock.advance(order.advance_seconds);
        state.settle();
        HttpResponse::Ok().json(json!({ "now": crate::wire::date(state.clock.now()) }))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NextCode {
    code: String,
}

async fn next_code(world: web::Data<World>, body: Bytes) -> HttpResponse {
    with_json(&body, |order: NextCode| {
        let digits = order.code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(6..=10).contains(&order.code.len()) {
            return refuse(StatusCode::BAD_REQUEST, "code must be 6 to 10 digits");
        }
        world.lock().next_code = Some(order.code);
        HttpResponse::NoContent().finish()
    })
}

async fn requests(world: web::Data<World>) -> HttpResponse {
    HttpResponse::Ok().json(world.lock().counts())
}

async fn clear_requests(world: web::Data<World>) -> HttpResponse {
    world.lock().requests.clear();
    HttpResponse::NoContent().finish()
}

/// Reads an order as JSON whatever the content type says, so that a bare `curl -d` works.
fn with_json<T: serde::de::DeserializeOwned>(
    body: &[u8],
    act: impl FnOnce(T) -> HttpResponse,
) -> HttpResponse {
    match serde_json::from_slice(body) {
        Ok(order) => act(order),
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

fn refuse(status: StatusCode, reason: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": reason }))
}
