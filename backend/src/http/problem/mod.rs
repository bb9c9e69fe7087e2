//! Every answer that is not a success, and how it is written. Its status, title and words are in
//! `table`, what each domain error means in `meaning`; nothing else decides a status.

mod meaning;
mod page;
mod table;

pub use page::{ShownAsPage, list, nothing_here, page};
pub use table::{Kind, TABLE};

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;
use utoipa::ToSchema;

/// One faulty member of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Which member, as a JSON pointer in a URI fragment.
    #[schema(examples("#/phone_number"))]
    pub pointer: &'static str,
    /// What is wrong and what would be right.
    pub detail: Cow<'static, str>,
    /// What is wrong, for machines.
    #[schema(examples("too_short"))]
    pub code: &'static str,
    /// With `ambiguous`: the numbers that may be meant, E.164, the likelier one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub readings: Vec<String>,
}

/// The state of the number's own limit, for the `RateLimit` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Units that may be used now.
    pub remaining: u32,
    /// Until the next unit.
    pub reset: Duration,
}

/// An answer that is not a success.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What kind.
    pub kind: Kind,
    /// Another status than the table's: 504 instead of 502 when no answer came in time.
    pub status: Option<u16>,
    /// Better words than the table's.
    pub detail: Option<Cow<'static, str>>,
    /// The faulty members.
    pub errors: Vec<FieldError>,
    /// Codes that may still be tried.
    pub attempts_remaining: Option<u8>,
    /// Whose limit was met.
    pub scope: Option<&'static str>,
    /// When it is worth asking again.
    pub retry_after: Option<Duration>,
    /// Whether the wait is that of the number's own limit, which has headers of its own.
    pub rate_limit: bool,
    /// A header that tells what would be taken: `Allow`, `Accept-Encoding`. Its name in lower case.
    pub header: Option<(&'static str, &'static str)>,
}

/// The JSON of a problem (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body {
    /// A page about this kind of problem.
    #[serde(rename = "type")]
    #[schema(examples("/problems/code_incorrect"))]
    pub kind: String,
    /// A few words, the same for every problem of this kind.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// One sentence a person can act on.
    pub detail: Cow<'static, str>,
    /// The request, for support.
    #[schema(examples("urn:uuid:7f0c3c0e-5c8f-4b43-9a4e-2f1d2c3b4a59"))]
    pub instance: String,
    /// What to switch on.
    pub code: Kind,
    /// The faulty members.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// Codes that may still be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attempts_remaining: Option<u8>,
    /// Whose limit was met: `number`, or `caller`, the service whose key was sent (the wait is exact);
    /// or `client` (it is rounded up).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, examples("number"))]
    pub scope: Option<&'static str>,
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            status: None,
            detail: None,
            errors: Vec::new(),
            attempts_remaining: None,
            scope: None,
            retry_after: None,
            rate_limit: false,
            header: None,
        }
    }
}

impl Problem {
    /// The same problem with better words.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same problem with a faulty member.
    #[must_use]
    pub fn error(
        mut self,
        pointer: &'static str,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.errors.push(FieldError { pointer, detail: detail.into(), code, readings: Vec::new() });
        self
    }

    /// The same problem with a header that tells what would be taken.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    /// The same problem, curable by waiting.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    fn timed_out(mut self, timed_out: bool) -> Self {
        self.status = timed_out.then_some(504);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        let status = self.status.unwrap_or(self.kind.row().2);
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The headers that belong to it, names in lower case.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("content-type", "application/problem+json".to_owned())];
        headers.extend(self.retry_after.map(|wait| ("retry-after", seconds(wait).to_string())));
        if let (true, Some(reset)) = (self.rate_limit, self.retry_after) {
            headers.push(("ratelimit", RateLimit { remaining: 0, reset }.to_string()));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.push(("www-authenticate", "Bearer".to_owned()));
        }
        headers.extend(self.header.map(|(name, value)| (name, value.to_owned())));
        headers
    }

    /// The JSON, for the request with this id.
    #[must_use]
    pub fn body(&self, request_id: &str) -> String {
        let (kind, code, _, title, words) = *self.kind.row();
        let body = Body {
            kind: format!("/problems/{code}"),
            title,
            status: self.status().as_u16(),
            detail: self.detail.clone().unwrap_or(Cow::Borrowed(words)),
            instance: format!("urn:uuid:{request_id}"),
            code: kind,
            errors: self.errors.clone(),
            attempts_remaining: self.attempts_remaining,
            scope: self.scope,
        };
        // Strings and numbers only: there is nothing in it that JSON cannot say.
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// The problem that a plain error status of the framework stands for.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        Self::from(match status.as_u16() {
            404 => Kind::NotFound,
            405 => Kind::MethodNotAllowed,
            408 => Kind::RequestTimeout,
            413 => Kind::BodyTooLarge,
            414 => Kind::UriTooLong,
            415 => Kind::UnsupportedMediaType,
            431 => Kind::HeadersTooLarge,
            400..=499 => Kind::MalformedRequest,
            _ => Kind::InternalError,
        })
    }
}

/// Whole seconds, never less than the wait.
pub fn seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"number\";r={};t={}", self.remaining, seconds(self.reset))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.code())
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// Only the status: the outermost middleware knows the request's id and writes the rest.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status())
    }
}

/// Whether a header value says problem+json.
pub(super) fn is_problem(value: Option<&HeaderValue>) -> bool {
    value.is_some_and(|value| value.as_bytes().starts_with(b"application/problem+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_never_rounded_down() {
        assert_eq!(seconds(Duration::from_millis(1)), 1);
        assert_eq!(seconds(Duration::from_millis(47_001)), 48);
    }
}
