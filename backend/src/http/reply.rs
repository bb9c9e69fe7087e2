//! An answer as plain data, so that it can leave a task, be kept for a replay and be sent; and what
//! the log line tells about a request beyond its path.

use super::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use verification::{Channel, PhoneNumber, Region};

/// A status, headers and a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// The problem's code, for the log.
    pub code: Option<String>,
    /// Who placed the call that it tells of, for the log.
    #[serde(skip)]
    pub provider: Option<&'static str>,
}

impl Reply {
    /// A JSON answer.
    #[must_use]
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self {
            status: status.as_u16(),
            headers: vec![("content-type".into(), "application/json".into())],
            // Our own types: strings and numbers only.
            body: serde_json::to_string(body).unwrap_or_default(),
            code: None,
            provider: None,
        }
    }

    /// A problem: the only place where one is written down.
    #[must_use]
    pub fn problem(problem: &Problem, request_id: &str) -> Self {
        let header = |(name, value): (&str, String)| (name.to_owned(), value);
        Self {
            status: problem.status().as_u16(),
            headers: problem.headers().into_iter().map(header).collect(),
            body: problem.body(request_id),
            code: Some(problem.kind.code().to_owned()),
            provider: None,
        }
    }

    /// The same reply, which tells of a call that this provider placed.
    #[must_use]
    pub fn by(self, provider: &'static str) -> Self {
        Self { provider: Some(provider), ..self }
    }

    /// The same reply with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sends it, and tells the log line what it is to know of it.
    #[must_use]
    pub fn respond(self, request: &HttpRequest) -> HttpResponse {
        let code = self.code.as_deref().and_then(known_code);
        if code.is_some() || self.provider.is_some() {
            Subject::note(request, |subject| {
                subject.code = code;
                subject.provider = self.provider;
            });
        }
        self.into_response()
    }

    /// The finished answer.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        self.instead_of(HttpResponse::new(StatusCode::OK))
    }

    /// The finished answer in place of another, of which only headers of other names stay.
    #[must_use]
    pub fn instead_of(self, other: HttpResponse) -> HttpResponse {
        let mut response = other.set_body(BoxBody::new(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The answer of the operators' listener to what it refuses. Its requests have no lines in the log, so the name is
/// that of this answer alone.
#[must_use]
pub fn refused(problem: &Problem) -> HttpResponse {
    Reply::problem(problem, &Uuid::new_v4().to_string()).into_response()
}

fn known_code(code: &str) -> Option<&'static str> {
    super::problem::TABLE.iter().map(|row| row.1).find(|known| *known == code)
}

/// What a request is about, as far as the log may know.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// The number, masked.
    pub number: Option<String>,
    /// The number's region.
    pub region: Option<Region>,
    /// How the code travels.
    pub channel: Option<&'static str>,
    /// The problem's code.
    pub code: Option<&'static str>,
    /// Who placed the call.
    pub provider: Option<&'static str>,
}

impl Subject {
    /// Notes the number and channel that a request is about.
    pub fn number(request: &HttpRequest, number: &PhoneNumber, channel: Channel) {
        Self::note(request, |subject| {
            subject.number = Some(number.to_string());
            subject.region = Some(number.region());
            subject.channel = Some(channel.as_str());
        });
    }

    fn note(request: &HttpRequest, change: impl FnOnce(&mut Self)) {
        let mut extensions = request.extensions_mut();
        let mut subject = extensions.remove::<Self>().unwrap_or_default();
        change(&mut subject);
        extensions.insert(subject);
    }
}
