//! The paths of the API that Twilio made common: which operation a request is, who may do it, and what it
//! answers. What a call says is `twiml`'s business, wording that of `wire`; what rings is `phone`'s.

pub(crate) mod keys;
mod order;
mod twiml;
mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, RETRY_AFTER};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::answer::Answer;
use crate::phone::Phone;
use crate::phone::faults::{Fault, Kind as FaultKind, Operation};
use crate::phone::message::{Channel, Status};
use crate::phone::recent::Recent;
use crate::phone::scenarios::{self, Scenario};
use order::Order;
use twiml::Waiting;
use wire::{Form, WIRE, error};

/// What the carrier remembers.
#[derive(Default)]
pub(crate) struct Twilio(Mutex<Inner>);

/// Everything behind the lock.
#[derive(Default)]
pub(crate) struct Inner {
    resources: Recent<Resource>,
    /// Signs call-backs in place of the secret that placed the call.
    pub(crate) auth_token: Option<String>,
}

impl Twilio {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call or message as its account knows it; how it fares is known to the phone.
#[derive(Clone)]
struct Resource {
    sid: String,
    account: String,
    channel: Channel,
    to: String,
    from: String,
    /// A message's text.
    body: String,
    /// Whether it was to be found out who picks up.
    detects: bool,
    /// The secret of the credentials that placed it.
    secret: String,
    /// What happens to a key that is pressed.
    waiting: Option<Waiting>,
}

/// What the path of a request names.
#[derive(Deserialize)]
pub(crate) struct Named {
    account: String,
    sid: Option<String>,
}

/// Serves `…/Calls`.
pub(crate) async fn calls(
    request: HttpRequest,
    named: Path<Named>,
    body: Bytes,
    phone: Data<Phone>,
    carrier: Data<Twilio>,
) -> HttpResponse {
    serve(Channel::Voice, request, named.into_inner(), &body, &phone, &carrier).await
}

/// Serves `…/Messages`.
pub(crate) async fn messages(
    request: HttpRequest,
    named: Path<Named>,
    body: Bytes,
    phone: Data<Phone>,
    carrier: Data<Twilio>,
) -> HttpResponse {
    serve(Channel::Sms, request, named.into_inner(), &body, &phone, &carrier).await
}

/// Answers a path that this API does not have.
pub(crate) async fn unknown_route() -> HttpResponse {
    WIRE.sign(wire::not_found()).respond()
}

async fn serve(
    channel: Channel,
    request: HttpRequest,
    named: Named,
    body: &[u8],
    phone: &Phone,
    carrier: &Twilio,
) -> HttpResponse {
    let posts = request.method() == "POST";
    let operation = match (&named.sid, posts) {
        (None, true) => Operation::Create,
        (Some(_), true) => Operation::Delete,
        (Some(_), false) if request.method() == "GET" => Operation::View,
        _ => {
            let answer = error(StatusCode::METHOD_NOT_ALLOWED, 20004, "Method not allowed");
            return WIRE.sign(answer).respond();
        }
    };
    let perform = |fault: Option<&Fault>| match Caller::of(&request, named.account) {
        Some(caller) => {
            let desk = Desk { phone, carrier, caller, channel };
            let form = Form::read(body);
            match (named.sid, operation) {
                (None, _) => desk.create(&form, fault),
                (Some(sid), Operation::View) => (desk.view(&sid), None),
                (Some(sid), _) => (desk.end(&sid, &form), None),
            }
        }
        None => (wire::refusal(StatusCode::UNAUTHORIZED), None),
    };
    phone.serve(&WIRE, operation, &request, perform).await
}

/// Who asks.
struct Caller {
    account: String,
    secret: String,
    /// What a test key makes is never found again.
    test: bool,
}

impl Caller {
    /// Reads Basic credentials; none when they are missing or revoked.
    fn of(request: &HttpRequest, account: String) -> Option<Self> {
        let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let pair = STANDARD.decode(header.strip_prefix("Basic ")?.trim()).ok()?;
        let pair = String::from_utf8(pair).ok()?;
        let (name, secret) = pair.split_once(':')?;
        let either = |start: &str| name.starts_with(start) || secret.starts_with(start);
        let good = !name.is_empty() && !secret.is_empty() && !either("revoked_");
        good.then(|| Self { account, secret: secret.to_owned(), test: either("test_") })
    }
}

/// One request and all that it touches.
struct Desk<'a> {
    phone: &'a Phone,
    carrier: &'a Twilio,
    caller: Caller,
    channel: Channel,
}

impl Desk<'_> {
    /// Places a call or sends a message; the second part is how long a scenario holds the answer back.
    fn create(&self, form: &Form, fault: Option<&Fault>) -> (Answer, Option<Duration>) {
        let order = match Order::read(form, self.channel) {
            Ok(order) => order,
            Err(answer) => return (answer, None),
        };
        let mut ending = order.usual_ending();
        let mut held = None;
        let mut failed = fault.is_some_and(|fault| fault.fault == FaultKind::BornFailed);
        let bad = StatusCode::BAD_REQUEST;
        match scenarios::of(&order.recipient, self.channel) {
            _ if self.caller.test || failed => {}
            Scenario::Placed(other) => ending = order.within_ringing(other),
            Scenario::BornFailed => failed = true,
            Scenario::Held(duration) => held = Some(duration),
            Scenario::Refused => {
                // 21211 names the number, as the real one does.
                let text = format!("The 'To' number {} is not a valid phone number.", order.to);
                return (error(bad, 21211, &text), None);
            }
            Scenario::NoBalance => return (wire::refusal(StatusCode::PAYMENT_REQUIRED), None),
            Scenario::ServerError => {
                return (Answer::html(StatusCode::INTERNAL_SERVER_ERROR), None);
            }
            Scenario::TooMany { retry_after } => {
                let answer = wire::refusal(StatusCode::TOO_MANY_REQUESTS);
                return (answer.with(RETRY_AFTER, retry_after), None);
            }
        }
        let now = self.phone.clock.now();
        let (resource, message) = order.place(&self.caller, ending, failed, now);
        let status = if failed { "failed" } else { "queued" };
        let answer =
            Answer::json(StatusCode::CREATED, wire::object(&resource, &message, status, now));
        if !self.caller.test {
            self.carrier.lock().resources.insert(resource.sid.clone(), resource);
            self.phone.place(message);
        }
        (answer, held)
    }

    fn view(&self, sid: &str) -> Answer {
        let now = self.phone.clock.now();
        let Some(resource) = self.found(sid) else {
            return wire::not_found();
        };
        match self.phone.lock().message(sid) {
            Some(message) => {
                let status = wire::status(message, now);
                Answer::json(StatusCode::OK, wire::object(&resource, message, status, now))
            }
            None => wire::not_found(),
        }
    }

    /// Ends a call: `canceled` while it rings, `completed` also while it is being spoken to.
    fn end(&self, sid: &str, form: &Form) -> Answer {
        let bad = |code, text| error(StatusCode::BAD_REQUEST, code, text);
        let wanted = form.get("Status");
        if !matches!(wanted, Some("canceled" | "completed")) || self.channel != Channel::Voice {
            return bad(
                20001,
                "Only Status=canceled and Status=completed of a call are known here",
            );
        }
        if self.found(sid).is_none() {
            return wire::not_found();
        }
        let now = self.phone.clock.now();
        let ended = self.phone.update(sid, |message| match message.status(now) {
            (Status::Calling, _) => {
                message.decided = Some((Status::Canceled, now));
                true
            }
            (Status::Answered | Status::Machine, since)
                if wanted == Some("completed") && now < since + message.talk =>
            {
                message.talk = Duration::try_from(now - since).unwrap_or_default();
                message.keypad = None;
                true
            }
            _ => false,
        });
        match ended {
            Some(true) => self.view(sid),
            Some(false) => bad(21220, "Call is not in-progress. Cannot redirect."),
            None => wire::not_found(),
        }
    }

    /// The account's own resource of this kind.
    fn found(&self, sid: &str) -> Option<Resource> {
        let mut carrier = self.carrier.lock();
        let resource = carrier.resources.get(sid)?;
        let own = resource.account == self.caller.account && resource.channel == self.channel;
        (own && !self.caller.test).then(|| resource.clone())
    }
}
