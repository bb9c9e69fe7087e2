//! Every answer that is not a success: one table from code to status, title and words, and how a
//! problem is written. What each domain error means is in `meaning`; nothing else decides a status.

mod meaning;
mod page;

pub use page::page;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;
use utoipa::ToSchema;

/// What kind of problem. The name in snake case is the `code` of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the table below says what each means")]
pub enum Kind {
    MalformedRequest,
    IdempotencyKeyInvalid,
    DestinationNotAllowed,
    CrossSiteRequest,
    NotFound,
    VerificationNotFound,
    MethodNotAllowed,
    RequestTimeout,
    BodyTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    HeadersTooLarge,
    AlreadyVerified,
    IdempotencyKeyInUse,
    VerificationExpired,
    AttemptsExhausted,
    VerificationCanceled,
    InvalidRequest,
    PhoneNumberInvalid,
    CodeMalformed,
    CodeIncorrect,
    IdempotencyKeyReused,
    RateLimited,
    InternalError,
    ProviderError,
    DeliveryUnknown,
    CheckUnknown,
    TemporarilyUnavailable,
    CapacityReached,
}

/// One row: kind, code, usual status, title, and what a person can do now.
type Row = (Kind, &'static str, u16, &'static str, &'static str);

/// The whole table. Codes are the contract; titles and words are not.
#[rustfmt::skip]
pub const TABLE: [Row; 29] = [
    (Kind::MalformedRequest, "malformed_request", 400, "The request cannot be read", "Send one JSON object with only the members that openapi.yaml lists."),
    (Kind::IdempotencyKeyInvalid, "idempotency_key_invalid", 400, "The Idempotency-Key cannot be used", "Use 1 to 128 letters, digits, dashes or underscores."),
    (Kind::DestinationNotAllowed, "destination_not_allowed", 403, "This number cannot be called", "Numbers of this country or kind are not called from here. Use another phone number."),
    (Kind::CrossSiteRequest, "cross_site_request", 403, "Another site sent this request", "Open this service's own page and try there."),
    (Kind::NotFound, "not_found", 404, "There is nothing here", "Check the address. openapi.yaml lists every path."),
    (Kind::VerificationNotFound, "verification_not_found", 404, "This verification is not known", "Start again with your phone number."),
    (Kind::MethodNotAllowed, "method_not_allowed", 405, "This method is not for this path", "Use one of the methods in the Allow header."),
    (Kind::RequestTimeout, "request_timeout", 408, "The request came too slowly", "Send the whole request within 5 seconds."),
    (Kind::BodyTooLarge, "body_too_large", 413, "The request is too large", "Send at most 4 KiB."),
    (Kind::UriTooLong, "uri_too_long", 414, "The address is too long", "Use an address of at most 2 KiB."),
    (Kind::UnsupportedMediaType, "unsupported_media_type", 415, "The request is not JSON", "Send the header Content-Type: application/json."),
    (Kind::HeadersTooLarge, "headers_too_large", 431, "The headers are too large", "Send at most 64 headers and 16 KiB of them."),
    (Kind::AlreadyVerified, "already_verified", 409, "This number is verified already", "You are done; there is no need for another code."),
    (Kind::IdempotencyKeyInUse, "idempotency_key_in_use", 409, "The same request is still running", "Wait a second and send it again to get its answer."),
    (Kind::VerificationExpired, "verification_expired", 410, "The code has expired", "Ask for a new call; the old code no longer works."),
    (Kind::AttemptsExhausted, "attempts_exhausted", 410, "Too many wrong codes", "Ask for a new call; the old code no longer works."),
    (Kind::VerificationCanceled, "verification_canceled", 410, "This verification was cancelled", "Use the newest code you were given, or start again."),
    (Kind::InvalidRequest, "invalid_request", 422, "Something in the request is not right", "Correct the members listed under errors."),
    (Kind::PhoneNumberInvalid, "phone_number_invalid", 422, "The phone number is not right", "Check the number and its country."),
    (Kind::CodeMalformed, "code_malformed", 422, "The code is incomplete", "Enter all the digits you heard, and only digits."),
    (Kind::CodeIncorrect, "code_incorrect", 422, "The code is not right", "Check the code and enter it again."),
    (Kind::IdempotencyKeyReused, "idempotency_key_reused", 422, "The Idempotency-Key was used for another request", "Use a new key for a new request."),
    (Kind::RateLimited, "rate_limited", 429, "Too many tries", "Wait a while, then try again."),
    (Kind::InternalError, "internal_error", 500, "Something went wrong here", "Try again. If it happens again, report the instance of this problem."),
    (Kind::ProviderError, "provider_error", 502, "Calls cannot be placed right now", "Nothing was sent. The operator of this service must mend something; try again later."),
    (Kind::DeliveryUnknown, "delivery_unknown", 502, "We could not confirm the call", "If your phone rings now, that code will not work here. Ask for a new call when the wait is over."),
    (Kind::CheckUnknown, "check_unknown", 502, "We could not confirm the code", "Send the same code again."),
    (Kind::TemporarilyUnavailable, "temporarily_unavailable", 503, "This does not work right now", "Nothing was sent. Try again in a moment."),
    (Kind::CapacityReached, "capacity_reached", 503, "No more calls can be placed right now", "Nothing was sent. Try again later."),
];

impl Kind {
    fn row(self) -> &'static Row {
        #[expect(
            clippy::indexing_slicing,
            reason = "a row for each kind, in this order: see the test"
        )]
        &TABLE[self as usize]
    }

    /// The `code` of the contract.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().1
    }
}

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
    /// The methods of this path.
    pub allow: Option<&'static str>,
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
    /// Whose limit was met: `number` (the wait is exact) or `client` (it is rounded up).
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
            allow: None,
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
        self.errors.push(FieldError { pointer, detail: detail.into(), code });
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
        headers.extend(self.allow.map(|allow| ("allow", allow.to_owned())));
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

    /// The finished answer.
    #[must_use]
    pub fn respond(&self, request_id: &str) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status());
        for header in self.headers() {
            response.insert_header(header);
        }
        response.body(self.body(request_id))
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
    fn every_kind_has_its_row() {
        for (index, (kind, code, ..)) in TABLE.iter().enumerate() {
            assert_eq!(*kind as usize, index, "{code}");
            assert_eq!(serde_json::to_value(kind).unwrap(), **code);
        }
    }

    #[test]
    fn waits_are_never_rounded_down() {
        assert_eq!(seconds(Duration::from_millis(1)), 1);
        assert_eq!(seconds(Duration::from_millis(47_001)), 48);
    }
}
