//! Programmable faults: which is armed for which operation, and for how many requests. Doing them to
//! a connection is `sabotage`'s job.

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::phone::Provider;

/// The provider's operations as tests name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
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

/// The body of an answer given instead; what MessageBird sends with 429 and 503 is not known.
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
    /// Whose requests it strikes; everybody's without it.
    pub(crate) provider: Option<Provider>,
    pub(crate) fault: Kind,
    /// Requests it still strikes.
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// `slow`: how late on the simulator's clock (default 1000). `drip`: pause after each byte (default 1000).
    pub(crate) milliseconds: Option<u64>,
    /// `http_…`: seconds in `Retry-After`; no such header without it.
    pub(crate) retry_after: Option<u32>,
    /// `redirect`: where to.
    pub(crate) location: Option<String>,
    /// `http_…`: what the answer carries (default: HTML from 500 up, else the provider's JSON).
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

    /// The answer given instead of carrying out the operation, if this is such a fault; `json` is how the
    /// provider says that status.
    pub(crate) fn instead(&self, json: fn(StatusCode) -> Answer) -> Option<Answer> {
        let (status, usual) = match self.fault {
            Kind::Http401 => (StatusCode::UNAUTHORIZED, BodyKind::Json),
            Kind::Http402 => (StatusCode::PAYMENT_REQUIRED, BodyKind::Json),
            Kind::Http429 => (StatusCode::TOO_MANY_REQUESTS, BodyKind::Json),
            Kind::Http500 => (StatusCode::INTERNAL_SERVER_ERROR, BodyKind::Html),
            Kind::Http503 => (StatusCode::SERVICE_UNAVAILABLE, BodyKind::Html),
            // 307 is the dangerous one: a client that follows it repeats a paid POST.
            Kind::Redirect => (StatusCode::TEMPORARY_REDIRECT, BodyKind::Empty),
            _ => return None,
        };
        let mut answer = match self.body.unwrap_or(usual) {
            BodyKind::Json => json(status),
            BodyKind::Html => Answer::html(status),
            BodyKind::Empty => Answer::empty(status),
        };
        if let Some(location) = &self.location {
            answer = answer.with(LOCATION, location);
        }
        if let Some(seconds) = self.retry_after {
            answer = answer.with(RETRY_AFTER, seconds);
        }
        Some(answer)
    }
}

/// All armed faults: at most one per operation and provider.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Arms a fault in place of the one armed for the same operation and provider.
    pub(crate) fn arm(&mut self, fault: Fault) {
        self.0
            .retain(|armed| (armed.operation, armed.provider) != (fault.operation, fault.provider));
        self.0.push(fault);
    }

    /// Disarms everything, or what is aimed at one provider alone.
    pub(crate) fn clear(&mut self, provider: Option<Provider>) {
        self.0.retain(|armed| provider.is_some() && armed.provider != provider);
    }

    /// What is armed.
    pub(crate) fn armed(&self) -> &[Fault] {
        &self.0
    }

    /// Takes the fault that strikes this request: one for its operation before one for any, and among those
    /// one for its provider before one for all.
    pub(crate) fn strike(&mut self, provider: Provider, operation: Operation) -> Option<Fault> {
        let aims = [operation, Operation::Any]
            .into_iter()
            .flat_map(|operation| [(operation, Some(provider)), (operation, None)]);
        let at = aims
            .into_iter()
            .find_map(|aim| self.0.iter().position(|it| (it.operation, it.provider) == aim))?;
        let fault = self.0[at].clone();
        self.0[at].times -= 1;
        if self.0[at].times == 0 {
            self.0.remove(at);
        }
        Some(fault)
    }
}
