//! Programmable faults: which is armed for which operation, and for how many requests. Doing them to
//! a connection is `sabotage`'s job.

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use serde::{Deserialize, Serialize};

use crate::wire::{Answer, ErrorEntry};

/// The provider's operations as tests name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Create,
    Check,
    View,
    Delete,
    /// Reading a call's or message's own resource.
    Delivery,
    /// Any of them (only in a fault).
    Any,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    // After the operation took effect.
    Hang,
    Slow,
    Drip,
    Reset,
    Truncate,
    Garbage,
    Huge,
    MissingId,
    StringRecipient,
    HrefOnlyMessages,
    LegacyId,
    UnknownStatus,
    // Instead of the operation.
    #[serde(rename = "http_401")]
    Http401,
    #[serde(rename = "http_402")]
    Http402,
    #[serde(rename = "http_429")]
    Http429,
    #[serde(rename = "http_500")]
    Http500,
    #[serde(rename = "http_503")]
    Http503,
    Redirect,
    BornFailed,
}

/// The body of an invented 429 or 503; what MessageBird sends is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BodyKind {
    Json,
    Html,
    Empty,
}

/// One armed fault, as `PUT /phone/faults` gives it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) operation: Operation,
    pub(crate) fault: Kind,
    /// Requests it still strikes.
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// `slow`: how late on the simulator's clock (default 1000). `drip`: pause after each byte (default 1000).
    pub(crate) milliseconds: Option<u64>,
    /// `http_429`, `http_503`: seconds in `Retry-After`; no such header without it.
    pub(crate) retry_after: Option<u32>,
    /// `redirect`: where to.
    pub(crate) location: Option<String>,
    /// `http_429`, `http_503`: what the answer carries (default json, html).
    pub(crate) body: Option<BodyKind>,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// What cannot work, said to whoever arms it.
    pub(crate) fn complaint(&self) -> Option<&'static str> {
        match self.fault {
            _ if self.times == 0 => Some("times must be at least 1"),
            Kind::Redirect if self.location.is_none() => Some("redirect needs a location"),
            Kind::BornFailed | Kind::LegacyId
                if !matches!(self.operation, Operation::Create | Operation::Any) =>
            {
                Some("this fault strikes create only")
            }
            _ => None,
        }
    }

    /// The answer given instead of carrying out the operation, if this is such a fault.
    pub(crate) fn instead(&self) -> Option<Answer> {
        let retry = |answer: Answer| match self.retry_after {
            Some(seconds) => answer.with(RETRY_AFTER, seconds),
            None => answer,
        };
        match self.fault {
            Kind::Http401 => Some(unauthorized()),
            Kind::Http402 => Some(no_balance(StatusCode::PAYMENT_REQUIRED)),
            Kind::Http429 => Some(retry(too_many(self.body.unwrap_or(BodyKind::Json)))),
            Kind::Http500 => Some(server_error()),
            Kind::Http503 => Some(retry(unavailable(self.body.unwrap_or(BodyKind::Html)))),
            // 307 is the dangerous one: a client that follows it repeats a paid POST.
            Kind::Redirect => Some(
                Answer::empty(StatusCode::TEMPORARY_REDIRECT)
                    .with(LOCATION, self.location.as_deref().unwrap_or_default()),
            ),
            _ => None,
        }
    }
}

/// All armed faults: at most one per operation.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Arms a fault in place of the one armed for the same operation.
    pub(crate) fn arm(&mut self, fault: Fault) {
        self.0.retain(|armed| armed.operation != fault.operation);
        self.0.push(fault);
    }

    /// Disarms everything.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// What is armed.
    pub(crate) fn armed(&self) -> &[Fault] {
        &self.0
    }

    /// Takes the fault that strikes this request: one armed for its operation before one for any.
    pub(crate) fn strike(&mut self, operation: Operation) -> Option<Fault> {
        let aimed = |wanted| self.0.iter().position(|fault| fault.operation == wanted);
        let at = aimed(operation).or_else(|| aimed(Operation::Any))?;
        let fault = self.0[at].clone();
        self.0[at].times -= 1;
        if self.0[at].times == 0 {
            self.0.remove(at);
        }
        Some(fault)
    }
}

/// MessageBird's answer to a missing or wrong key.
pub(crate) fn unauthorized() -> Answer {
    let entry =
        ErrorEntry::new(2, "Request not allowed (incorrect access_key)", Some("access_key"));
    Answer::errors(StatusCode::UNAUTHORIZED, &[entry])
        .with(actix_web::http::header::WWW_AUTHENTICATE, "Basic realm=\"REST API authentication\"")
}

/// The account is empty. The triple was seen; its status was not.
pub(crate) fn no_balance(status: StatusCode) -> Answer {
    Answer::errors(status, &[ErrorEntry::new(25, "Not enough balance", None)])
}

/// Too many requests.
pub(crate) fn too_many(body: BodyKind) -> Answer {
    let status = StatusCode::TOO_MANY_REQUESTS;
    match body {
        BodyKind::Json => Answer::errors(status, &[ErrorEntry::new(2, "Too many requests", None)]),
        BodyKind::Html => Answer::html(status, "<html><h1>429 Too Many Requests</h1></html>"),
        BodyKind::Empty => Answer::empty(status),
    }
}

/// A server that fell over, with a page instead of JSON.
pub(crate) fn server_error() -> Answer {
    Answer::html(
        StatusCode::INTERNAL_SERVER_ERROR,
        "<html><head><title>500 Internal Server Error</title></head><body></body></html>",
    )
}

fn unavailable(body: BodyKind) -> Answer {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    match body {
        BodyKind::Json => Answer::errors(status, &[ErrorEntry::new(99, "Internal error", None)]),
        BodyKind::Html => Answer::html(status, "<html><h1>503 Service Unavailable</h1></html>"),
        BodyKind::Empty => Answer::empty(status),
    }
}
