//! MessageBird's own paths: which operation a request is, who may do it, and what it answers. One
//! verification is `verify`'s business, wording that of `wire`; what rings is `phone`'s.

mod call;
mod create;
mod languages;
mod verify;
mod wire;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::answer::Answer;
use crate::phone::Phone;
use crate::phone::faults::{Fault, Kind as FaultKind};
use crate::phone::message::Ending;
use crate::phone::recent::Recent;
use crate::phone::scenarios::{self, Scenario};
use call::{Call, Caller, key};
use create::Order;
use verify::{Kind, Refusal, Verify, legacy_id, random_code, random_id};
use wire::{ErrorEntry, Params, WIRE, errors, message_object, verify_object};

/// What MessageBird remembers.
#[derive(Default)]
pub(crate) struct MessageBird(Mutex<Inner>);

/// Everything behind the lock.
#[derive(Default)]
pub(crate) struct Inner {
    verifies: Recent<Verify>,
    pub(crate) next_codes: VecDeque<String>,
    /// Whether a deleted verification still reads as 200 `deleted`; MessageBird's way is not known.
    pub(crate) deleted_readable: bool,
}

impl MessageBird {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn draw_code(&mut self, length: usize) -> String {
        let forced = self.next_codes.iter().position(|code| code.len() == length);
        forced.and_then(|at| self.next_codes.remove(at)).unwrap_or_else(|| random_code(length))
    }
}

/// Serves every request on MessageBird's paths.
pub(crate) async fn serve(
    request: HttpRequest,
    body: Bytes,
    phone: Data<Phone>,
    account: Data<MessageBird>,
) -> HttpResponse {
    let call = match Call::read(&request, &body) {
        Ok(call) => call,
        Err(answer) => return WIRE.sign(answer).respond(),
    };
    let perform = |fault: Option<&Fault>| match key(&request) {
        Some(key) => {
            let desk =
                Desk { phone: &phone, account: &account, caller: Caller::of(&request, &key) };
            desk.perform(&call, fault)
        }
        None => (wire::refusal(StatusCode::UNAUTHORIZED), None),
    };
    phone.serve(&WIRE, call.operation(), &request, perform).await
}

/// Answers a path that MessageBird does not have.
pub(crate) async fn unknown_route() -> HttpResponse {
    let entry = ErrorEntry::new(98, "API not found", None);
    WIRE.sign(errors(StatusCode::NOT_FOUND, &[entry])).respond()
}

/// One request and all that it touches.
struct Desk<'a> {
    phone: &'a Phone,
    account: &'a MessageBird,
    caller: Caller,
}

impl Desk<'_> {
    /// Carries the operation out; the second part is how long a scenario holds the answer back.
    fn perform(&self, call: &Call, fault: Option<&Fault>) -> (Answer, Option<Duration>) {
        let answer = match call {
            Call::Create(params) => return self.create(params, fault),
            Call::Check { id, token } => self.check(id, token),
            Call::View { id } => self.view(id),
            Call::Delete { id } => self.delete(id),
            Call::Delivery { id, kinds } => self.delivery(id, kinds),
        };
        (answer, None)
    }

    fn create(&self, params: &Params, fault: Option<&Fault>) -> (Answer, Option<Duration>) {
        let order = match Order::read(params) {
            Ok(order) => order,
            Err(entries) => return (errors(StatusCode::UNPROCESSABLE_ENTITY, &entries), None),
        };
        let is_fault = |kind| fault.is_some_and(|fault| fault.fault == kind);
        let scenario = match scenarios::of(&order.recipient, order.kind.channel()) {
            // A test key's order rings nowhere.
            _ if self.caller.test => Scenario::Placed(Ending::ordinary(order.kind.channel())),
            _ if is_fault(FaultKind::BornFailed) => Scenario::BornFailed,
            scenario => scenario,
        };
        let mut ending = Ending::ordinary(order.kind.channel());
        let mut held = None;
        let refused = |status, entry| (errors(status, &[entry]), None);
        match scenario {
            Scenario::Placed(other) => ending = other,
            Scenario::BornFailed => {}
            Scenario::Held(duration) => held = Some(duration),
            Scenario::Refused => {
                let entry = ErrorEntry::new(10, "recipient is invalid", Some("recipient"));
                return refused(StatusCode::UNPROCESSABLE_ENTITY, entry);
            }
            Scenario::NoBalance => return (wire::refusal(StatusCode::UNPROCESSABLE_ENTITY), None),
            Scenario::ServerError => {
                return (Answer::html(StatusCode::INTERNAL_SERVER_ERROR), None);
            }
            Scenario::TooMany { retry_after } => {
                let answer = wire::refusal(StatusCode::TOO_MANY_REQUESTS);
                return (answer.with(RETRY_AFTER, retry_after), None);
            }
        }
        let id = if is_fault(FaultKind::LegacyId) { legacy_id() } else { random_id() };
        let failed = scenario == Scenario::BornFailed;
        (self.place(&order, id, ending, failed), held)
    }

    fn place(&self, order: &Order, id: String, ending: Ending, failed: bool) -> Answer {
        let now = self.phone.clock.now();
        let mut account = self.account.lock();
        let verify = order.verify(id, account.draw_code(order.token_length), now, failed);
        let mut object = verify_object(&verify, &self.caller.base, now);
        if order.return_token {
            object["token"] = Value::from(verify.token.as_str());
        }
        // What a test key makes is never found again.
        if !self.caller.test {
            let message = order.message(&verify, ending);
            account.verifies.insert(verify.id.clone(), verify);
            drop(account);
            self.phone.place(message);
        }
        Answer::json(StatusCode::CREATED, object)
    }

    fn check(&self, id: &str, token: &str) -> Answer {
        self.found(id, false, |verify| {
            let description = match verify.check(token, self.phone.clock.now()) {
                Ok(()) => return self.object(verify),
                Err(Refusal::Used) => "The token has already been processed.",
                Err(Refusal::Expired) => "The token has expired.",
                Err(Refusal::Length) => "Token should between 6 and 10 characters",
                Err(Refusal::Wrong) => "The token is invalid.",
            };
            let entry = ErrorEntry::new(10, description, Some("token"));
            errors(StatusCode::UNPROCESSABLE_ENTITY, &[entry])
        })
    }

    fn view(&self, id: &str) -> Answer {
        let deleted_too = self.account.lock().deleted_readable;
        self.found(id, deleted_too, |verify| self.object(verify))
    }

    fn delete(&self, id: &str) -> Answer {
        self.found(id, false, |verify| {
            verify.deleted = true;
            Answer::empty(StatusCode::NO_CONTENT)
        })
    }

    fn object(&self, verify: &Verify) -> Answer {
        let object = verify_object(verify, &self.caller.base, self.phone.clock.now());
        Answer::json(StatusCode::OK, object)
    }

    /// Does something with a verification, or answers that there is none.
    fn found(
        &self,
        id: &str,
        deleted_too: bool,
        act: impl FnOnce(&mut Verify) -> Answer,
    ) -> Answer {
        match self.account.lock().verifies.get(id) {
            Some(verify) if !self.caller.test && (deleted_too || !verify.deleted) => act(verify),
            _ => {
                let entry = ErrorEntry::new(20, "Verify object could not be found", None);
                errors(StatusCode::NOT_FOUND, &[entry])
            }
        }
    }

    fn delivery(&self, id: &str, kinds: &[Kind]) -> Answer {
        let now = self.phone.clock.now();
        let mut account = self.account.lock();
        let mut phone = self.phone.lock();
        let message = phone.message(id).filter(|_| !self.caller.test);
        let found = message
            .and_then(|message| Some((&*account.verifies.get(&message.verify_id)?, message)))
            .filter(|(verify, _)| kinds.contains(&verify.kind));
        if let Some((verify, message)) = found {
            let object = message_object(verify, message, &self.caller.base, now);
            return Answer::json(StatusCode::OK, object);
        }
        let email = kinds.contains(&Kind::Email);
        let description = if email { "Entity not found" } else { "message not found" };
        errors(StatusCode::NOT_FOUND, &[ErrorEntry::new(20, description, None)])
    }
}
