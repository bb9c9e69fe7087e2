//! MessageBird's own paths: who may call, what is called, and the five operations behind it.
//! Everything that is not under `/phone` ends up here.

use std::time::Duration;

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, rt, web};
use serde_json::{Map, Value};

use crate::breakage;
use crate::clock::Millis;
use crate::faults::{self, Fault, Kind, LimitBody, Operation};
use crate::messages::Channel;
use crate::params::Params;
use crate::scenarios::Scenario;
use crate::verify::Verify;
use crate::wire::{self, Answer, Fault as Entry};
use crate::world::World;

/// How long the number ending in 98 holds the HTTP answer, in real time.
const HELD: Duration = Duration::from_secs(30);

/// A request, taken apart.
struct Call {
    method: String,
    path: Vec<String>,
    token: String,
    key: Option<String>,
    /// `None` when it was neither JSON nor a form.
    body: Option<Map<String, Value>>,
    /// The address the client used, so that every `href` leads back here.
    base: String,
}

/// Answers a request to the provider, with whatever fault was ordered for it.
pub(crate) async fn handle(
    request: HttpRequest,
    body: web::Bytes,
    world: web::Data<World>,
) -> HttpResponse {
    let call = Call::read(&request, &body);
    let Some(operation) = call.operation() else {
        return match call.key.as_deref() {
            Some(key) if !is_revoked(key) => call.unknown().respond(),
            _ => faults::unauthorised().respond(),
        };
    };
    world.lock().count(operation);
    let Some(key) = call.key.clone().filter(|key| !is_revoked(key)) else {
        return faults::unauthorised().respond();
    };
    let fault = world.lock().faults.take(operation);
    if let Some(answer) = fault.as_ref().and_then(Fault::instead) {
        return answer.respond();
    }
    let (mut answer, held) = call.perform(operation, &key, fault.as_ref(), &world);
    if held {
        rt::time::sleep(HELD).await;
    }
    match fault {
        None => answer.respond(),
        Some(fault) => {
            fault.reshape(&mut answer);
            breakage::send(&fault, &request, &answer).await
        }
    }
}

/// Keys of this prefix play the key that was revoked.
fn is_revoked(key: &str) -> bool {
    key.starts_with("revoked_")
}

impl Call {
    fn read(request: &HttpRequest, body: &[u8]) -> Self {
        let query = wire::read_query(request.query_string());
        let of = |name: &str| {
            query
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        let header = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let key = header(AUTHORIZATION)
            .and_then(|value| value.strip_prefix("AccessKey "))
            .or(of("access_key").map(String::as_str))
            .map(str::trim)
            .filter(|key| !key.is_empty());
        let path = request.path().split('/').filter(|part| !part.is_empty());
        Self {
            // For clients that can send neither POST nor DELETE.
            method: of("_method")
                .map_or(request.method().as_str(), |verb| verb)
                .to_uppercase(),
            path: path.map(str::to_owned).collect(),
            token: of("token").cloned().unwrap_or_default(),
            key: key.map(str::to_owned),
            body: wire::read_body(header(CONTENT_TYPE).unwrap_or_default(), body),
            base: format!("http://{}", request.connection_info().host()),
        }
    }

    fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    fn operation(&self) -> Option<Operation> {
        match (self.method.as_str(), self.path().as_slice()) {
            ("POST", ["verify"]) => Some(Operation::Create),
            // An empty token is a plain read: seen, and a trap for callers.
            ("GET", ["verify", _]) if self.token.is_empty() => Some(Operation::View),
            ("GET", ["verify", _]) => Some(Operation::Check),
            ("DELETE", ["verify", _]) => Some(Operation::Delete),
            ("GET", ["voicemessages" | "messages", _]) => Some(Operation::Delivery),
            _ => None,
        }
    }

    /// The answer to a call that is none of the five.
    fn unknown(&self) -> Answer {
        let allow = match self.path().as_slice() {
            ["verify"] => "POST",
            ["verify", _] => "GET, DELETE",
            ["voicemessages" | "messages", _] => "GET",
            ["verify", "messages", "email", _] => {
                return Answer::errors(404, &[Entry::new(20, "Entity not found", None)]);
            }
            _ => return Answer::errors(404, &[Entry::new(98, "API not found", None)]),
        };
        Answer::errors(405, &[Entry::new(2, "Request not allowed (method)", None)])
            .header("Allow", allow)
    }

    /// Does what is asked. The flag says whether the answer is to be held back.
    fn perform(
        &self,
        operation: Operation,
        key: &str,
        fault: Option<&Fault>,
        world: &World,
    ) -> (Answer, bool) {
        let path = self.path();
        let id = path.last().copied().unwrap_or_default();
        match operation {
            Operation::Create => self.create(key, fault, world),
            Operation::Check => (self.check(id, world), false),
            Operation::View | Operation::Any => (self.view(id, world), false),
            Operation::Delete => (delete(id, world), false),
            Operation::Delivery => {
                let channel = if path[0] == "messages" {
                    Channel::Sms
                } else {
                    Channel::Voice
                };
                (self.delivery(id, channel, world), false)
            }
        }
    }

    fn create(&self, key: &str, fault: Option<&Fault>, world: &World) -> (Answer, bool) {
        let Some(body) = &self.body else {
            let broken = Entry::new(21, "Bad request (body could not be read)", None);
            return (Answer::errors(422, &[broken]), false);
        };
        let params = match Params::read(body) {
            Ok(params) => params,
            Err(faults) => return (Answer::errors(422, &faults), false),
        };
        let scenario = if fault.is_some_and(|fault| fault.kind == Kind::BornFailed) {
            Some(Scenario::BornFailed)
        } else {
            Scenario::of(params.recipient)
        };
        let refusal = match scenario {
            Some(Scenario::Refused) => Some(Answer::errors(
                422,
                &[Entry::new(10, "recipient is invalid", "recipient")],
            )),
            Some(Scenario::NoBalance) => Some(faults::no_balance(422)),
            Some(Scenario::ServerError) => Some(Answer::html(
                500,
                "<html><body><h1>Server Error</h1></body></html>",
            )),
            Some(Scenario::RateLimited) => {
                Some(faults::rate_limited(LimitBody::Empty).header("Retry-After", "7"))
            }
            _ => None,
        };
        if let Some(refusal) = refusal {
            return (refusal, false);
        }
        let with_token = params.return_token;
        let mut state = world.lock();
        let now = state.clock.now();
        let object = if key.starts_with("test_") {
            // A test key gets an object like any other, but nothing rings and nothing is kept.
            let (id, message_id) = (crate::world::new_id(), crate::world::new_id());
            let code = crate::world::random_digits(params.token_length);
            self.object(
                &Verify::new(id, message_id, code, params, now),
                with_token,
                now,
            )
        } else {
            let legacy = fault.is_some_and(|fault| fault.kind == Kind::LegacyId);
            self.object(state.create(params, scenario, legacy), with_token, now)
        };
        (
            Answer::json(201, object),
            scenario == Some(Scenario::SlowAnswer),
        )
    }

    fn object(&self, verify: &Verify, with_token: bool, now: Millis) -> Value {
        let mut object = verify.to_json(&self.base, now);
        if with_token {
            object["token"] = verify.code.clone().into();
        }
        object
    }

    fn view(&self, id: &str, world: &World) -> Answer {
        let mut state = world.lock();
        let now = state.clock.now();
        match state.verify(id) {
            Some(verify) => Answer::json(200, verify.to_json(&self.base, now)),
            None => no_verify(),
        }
    }

    fn check(&self, id: &str, world: &World) -> Answer {
        let mut state = world.lock();
        let now = state.clock.now();
        let Some(verify) = state.verify(id) else {
            return no_verify();
        };
        match verify.check(&self.token, now) {
            Ok(()) => Answer::json(200, verify.to_json(&self.base, now)),
            Err(refused) => Answer::errors(422, &[refused.fault()]),
        }
    }

    fn delivery(&self, id: &str, channel: Channel, world: &World) -> Answer {
        let state = world.lock();
        match state
            .message(id)
            .filter(|message| message.channel() == channel)
        {
            Some(message) => Answer::json(200, message.to_json(&self.base, state.clock.now())),
            None => Answer::errors(404, &[Entry::new(20, "message not found", None)]),
        }
    }
}

fn delete(id: &str, world: &World) -> Answer {
    match world.lock().verify(id) {
        Some(verify) => {
            verify.delete();
            Answer::empty(204)
        }
        None => no_verify(),
    }
}

/// Unknown, deleted, or made with a test key: one answer.
fn no_verify() -> Answer {
    Answer::errors(
        404,
        &[Entry::new(20, "Verify object could not be found", None)],
    )
}
