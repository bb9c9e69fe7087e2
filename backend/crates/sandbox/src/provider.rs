//! The HTTP side of MessageBird's own paths: which operation a request is, who may do it, and what it
//! answers. State changes live in `world` and `verify`, wording in `wire`.

use actix_web::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::create::Order;
use crate::faults::{self, BodyKind, Fault, Kind as FaultKind, Operation};
use crate::messages::Ending;
use crate::sabotage;
use crate::scenarios::{self, Scenario};
use crate::verify::{Kind, Refusal, legacy_id, random_id};
use crate::wire::{Answer, ErrorEntry, Params, message_object, verify_object};
use crate::world::World;

const NOT_FOUND: ErrorEntry = ErrorEntry::new(20, "Verify object could not be found", None);

/// What a request wants.
enum Call {
    Create(Params),
    Check { id: String, token: String },
    View { id: String },
    Delete { id: String },
    Delivery { id: String, kinds: &'static [Kind] },
}

impl Call {
    fn operation(&self) -> Operation {
        match self {
            Self::Create(_) => Operation::Create,
            Self::Check { .. } => Operation::Check,
            Self::View { .. } => Operation::View,
            Self::Delete { .. } => Operation::Delete,
            Self::Delivery { .. } => Operation::Delivery,
        }
    }

    /// Tells the operation from path, verb and query. The query's `_method` overrides the verb, for
    /// clients that can only GET; their parameters are then in the query as well.
    fn read(request: &HttpRequest, body: &[u8]) -> Result<Self, Answer> {
        let query = Params::from_pairs(request.query_string());
        let verb = match query.text("_method") {
            Some(other) => Method::from_bytes(other.to_ascii_uppercase().as_bytes()).ok(),
            None => Some(request.method().clone()),
        };
        let verb = verb.as_ref().map_or("", Method::as_str);
        let pattern = request.match_pattern().unwrap_or_default();
        let id = request.match_info().get("id").unwrap_or_default().to_owned();
        match (pattern.as_str(), verb) {
            ("/verify", "POST") => {
                let content_type = request.headers().get(CONTENT_TYPE);
                let content_type = content_type.and_then(|v| v.to_str().ok()).unwrap_or_default();
                let given = Params::from_body(content_type, body);
                Ok(Self::Create(if given.is_empty() { query } else { given }))
            }
            ("/verify/{id}", "GET") => Ok(match query.text("token") {
                // An empty token is a plain read: MessageBird answers 200 `sent` to it.
                None => Self::View { id },
                Some(token) => Self::Check { id, token: token.to_owned() },
            }),
            ("/verify/{id}", "DELETE") => Ok(Self::Delete { id }),
            ("/voicemessages/{id}", "GET") => Ok(Self::Delivery { id, kinds: &[Kind::Tts] }),
            ("/messages/{id}", "GET") => {
                Ok(Self::Delivery { id, kinds: &[Kind::Sms, Kind::Flash] })
            }
            ("/verify/messages/email/{id}", "GET") => {
                Ok(Self::Delivery { id, kinds: &[Kind::Email] })
            }
            (pattern, _) => Err(wrong_method(pattern)),
        }
    }
}

/// Serves every request on MessageBird's paths.
pub(crate) async fn serve(request: HttpRequest, body: Bytes, world: Data<World>) -> HttpResponse {
    let call = match Call::read(&request, &body) {
        Ok(call) => call,
        Err(answer) => return answer.respond(),
    };
    let fault = world.note(call.operation());
    if let Some(answer) = fault.as_ref().and_then(Fault::instead) {
        return answer.respond();
    }
    // Waits are counted from here: whoever sees the phone ring may move the clock at once.
    let began = world.clock.now();
    let (answer, held) = match key(&request) {
        Some(key) => perform(&world, call, &Caller::of(&request, &key), fault.as_ref()),
        None => (faults::unauthorized(), None),
    };
    if let Some(held) = held {
        world.clock.sleep_until(began + held).await;
    }
    if let Some(late) = fault.as_ref().and_then(sabotage::late) {
        world.clock.sleep_until(began + late).await;
    }
    sabotage::deliver(answer, fault.as_ref(), &request).await
}

/// Answers a path that MessageBird does not have.
pub(crate) async fn unknown_route() -> HttpResponse {
    Answer::errors(StatusCode::NOT_FOUND, &[ErrorEntry::new(98, "API not found", None)]).respond()
}

fn wrong_method(pattern: &str) -> Answer {
    let allow = match pattern {
        "/verify" => "POST",
        "/verify/{id}" => "GET, DELETE",
        _ => "GET",
    };
    let entry = ErrorEntry::new(98, "Method not allowed", None);
    Answer::errors(StatusCode::METHOD_NOT_ALLOWED, &[entry]).with(ALLOW, allow)
}

/// The key of a request, from the header or the query; none when it is missing or revoked.
fn key(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = match header {
        Some(header) => header.strip_prefix("AccessKey ")?.trim().to_owned(),
        None => Params::from_pairs(request.query_string()).text("access_key")?.to_owned(),
    };
    (!key.is_empty() && !key.starts_with("revoked_")).then_some(key)
}

/// Who asks, and under which address they know this server.
struct Caller {
    /// A test key's verifications are faked and never found again.
    test: bool,
    base: String,
}

impl Caller {
    fn of(request: &HttpRequest, key: &str) -> Self {
        let base = format!("http://{}", request.app_config().local_addr());
        let host = request.headers().get("host").and_then(|value| value.to_str().ok());
        Self {
            test: key.starts_with("test_"),
            base: host.map_or(base, |host| format!("http://{host}")),
        }
    }
}

/// Carries the operation out; the second part is how long a scenario holds the answer back.
fn perform(
    world: &World,
    call: Call,
    caller: &Caller,
    fault: Option<&Fault>,
) -> (Answer, Option<std::time::Duration>) {
    let answer = match call {
        Call::Create(params) => return create(world, &params, caller, fault),
        Call::Check { id, token } => check(world, &id, &token, caller),
        Call::View { id } => view(world, &id, caller),
        Call::Delete { id } => delete(world, &id, caller),
        Call::Delivery { id, kinds } => delivery(world, &id, kinds, caller),
    };
    (answer, None)
}

fn create(
    world: &World,
    params: &Params,
    caller: &Caller,
    fault: Option<&Fault>,
) -> (Answer, Option<std::time::Duration>) {
    let order = match Order::read(params) {
        Ok(order) => order,
        Err(entries) => {
            return (Answer::errors(StatusCode::UNPROCESSABLE_ENTITY, &entries), None);
        }
    };
    let is_fault = |kind| fault.is_some_and(|fault| fault.fault == kind);
    let id = if is_fault(FaultKind::LegacyId) { legacy_id() } else { random_id() };
    if caller.test {
        // Answered from a world of its own that is forgotten at once: no phone, no later reads.
        let elsewhere = World::new();
        elsewhere.place(&order, id.clone(), Ending::ordinary(order.kind), false);
        return (created(&elsewhere, &id, order.return_token, caller), None);
    }
    let scenario = match scenarios::of(&order.recipient, order.kind) {
        _ if is_fault(FaultKind::BornFailed) => Scenario::BornFailed,
        scenario => scenario,
    };
    let ordinary = Ending::ordinary(order.kind);
    let mut held = None;
    let (ending, born_failed) = match scenario {
        Scenario::Placed(ending) => (ending, false),
        Scenario::BornFailed => (ordinary, true),
        Scenario::Held(duration) => {
            held = Some(duration);
            (ordinary, false)
        }
        Scenario::Refused => {
            let entry = ErrorEntry::new(10, "recipient is invalid", Some("recipient"));
            return (Answer::errors(StatusCode::UNPROCESSABLE_ENTITY, &[entry]), None);
        }
        Scenario::NoBalance => return (faults::no_balance(StatusCode::UNPROCESSABLE_ENTITY), None),
        Scenario::ServerError => return (faults::server_error(), None),
        Scenario::TooMany { retry_after } => {
            let answer = faults::too_many(BodyKind::Json);
            return (answer.with(actix_web::http::header::RETRY_AFTER, retry_after), None);
        }
    };
    world.place(&order, id.clone(), ending, born_failed);
    tracing::debug!(kind = order.kind.as_str(), "placed");
    (created(world, &id, order.return_token, caller), held)
}

fn created(world: &World, id: &str, return_token: bool, caller: &Caller) -> Answer {
    let now = world.clock.now();
    let mut inner = world.lock();
    let Some(entry) = inner.by_verify(id) else {
        return not_found();
    };
    let mut object = verify_object(&entry.verify, &entry.message.id, &caller.base, now);
    if return_token {
        object["token"] = Value::from(entry.verify.token.as_str());
    }
    Answer::json(StatusCode::CREATED, object)
}

fn check(world: &World, id: &str, token: &str, caller: &Caller) -> Answer {
    let now = world.clock.now();
    let mut inner = world.lock();
    let entry = match inner.by_verify(id) {
        Some(entry) if !entry.verify.deleted && !caller.test => entry,
        _ => return not_found(),
    };
    let description = match entry.verify.check(token, now) {
        Ok(()) => {
            let object = verify_object(&entry.verify, &entry.message.id, &caller.base, now);
            return Answer::json(StatusCode::OK, object);
        }
        Err(Refusal::Used) => "The token has already been processed.",
        Err(Refusal::Expired) => "The token has expired.",
        Err(Refusal::Length) => "Token should between 6 and 10 characters",
        Err(Refusal::Wrong) => "The token is invalid.",
    };
    let entry = ErrorEntry::new(10, description, Some("token"));
    Answer::errors(StatusCode::UNPROCESSABLE_ENTITY, &[entry])
}

fn view(world: &World, id: &str, caller: &Caller) -> Answer {
    let now = world.clock.now();
    let mut inner = world.lock();
    let readable = inner.deleted_readable;
    match inner.by_verify(id) {
        Some(entry) if !caller.test && (readable || !entry.verify.deleted) => {
            let object = verify_object(&entry.verify, &entry.message.id, &caller.base, now);
            Answer::json(StatusCode::OK, object)
        }
        _ => not_found(),
    }
}

fn delete(world: &World, id: &str, caller: &Caller) -> Answer {
    match world.lock().by_verify(id) {
        Some(entry) if !caller.test && !entry.verify.deleted => {
            entry.verify.deleted = true;
            Answer::empty(StatusCode::NO_CONTENT)
        }
        _ => not_found(),
    }
}

fn delivery(world: &World, id: &str, kinds: &[Kind], caller: &Caller) -> Answer {
    let now = world.clock.now();
    match world.lock().by_message(id) {
        Some(entry) if !caller.test && kinds.contains(&entry.message.kind) => {
            let object = message_object(&entry.verify, &entry.message, &caller.base, now);
            Answer::json(StatusCode::OK, object)
        }
        _ if kinds.contains(&Kind::Email) => {
            let entry = ErrorEntry::new(20, "Entity not found", None);
            Answer::errors(StatusCode::NOT_FOUND, &[entry])
        }
        _ => {
            let entry = ErrorEntry::new(20, "message not found", None);
            Answer::errors(StatusCode::NOT_FOUND, &[entry])
        }
    }
}

fn not_found() -> Answer {
    Answer::errors(StatusCode::NOT_FOUND, &[NOT_FOUND])
}
