//! What happens to every request, whatever its path: its id and log line, the limits on its size,
//! who may send it, and the one shape of every failure.

use super::body;
use super::caller;
use super::connection::Connection;
use super::origin::Source;
use super::problem::{Kind, Problem, ShownAsPage, is_problem};
use super::reply::{Reply, Subject};
use super::security_headers::{self, Content};
use super::state::State;
use crate::telemetry::traces::{self, Answer, Ids};
use actix_cors::Cors;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use futures_util::FutureExt;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tracing::{Instrument, Span};
use uuid::Uuid;
use verification::Region;

const MAX_TARGET: usize = 2 * 1024;
const MAX_HEADERS: usize = 64;
const MAX_HEADER_BYTES: usize = 16 * 1024;
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of one request, in its answer, its problem and its log line.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    /// The id that [`answer`] gave the request.
    #[must_use]
    pub fn of(request: &HttpRequest) -> String {
        request.extensions().get::<Self>().map(|id| id.0.clone()).unwrap_or_default()
    }
}

/// The outermost layer: names the request, survives a panic, turns every failure into a problem,
/// adds the headers that all answers carry, and writes the one log line.
pub async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = Uuid::new_v4().to_string();
    let method = request.method().clone();
    request.extensions_mut().insert(RequestId(id.clone()));
    let state = request.app_data::<Data<State>>().cloned();
    let connection = request.conn_data::<Rc<Connection>>().cloned();
    // An offer of another protocol is not taken, and actix-http serves no request after one.
    let offered = request.head().upgrade() || body::is_unbounded(request.headers());
    let (traced, ids) = traced(&request, state.as_ref());
    let (trace_id, span_id) = (ids.as_ref().map(|it| &*it.trace), ids.as_ref().map(|it| &*it.span));
    let caller_request_id = caller_request_id(&request, state.as_ref());
    let span = tracing::info_span!("request", request_id = id.as_str(), trace_id, span_id);

    let call = AssertUnwindSafe(next.call(request)).catch_unwind().instrument(span);
    let call = call.instrument(traced.clone()).await;
    // The connection's own end, or that of this replica: a balancer goes elsewhere.
    let last = offered
        | connection.is_some_and(|connection| connection.answered())
        | state.as_ref().is_some_and(|state| state.draining.load(Ordering::Acquire));
    let Ok(Ok(response)) = call else {
        tracing::error!(request_id = %id, method = %method, status = 500, trace_id, span_id, "request failed");
        Answer { status: 500, ..Answer::default() }.note(&traced, &method);
        if let Some(state) = state {
            state.metrics.request(&method, "lost", 500, started.elapsed());
        }
        return Err(Lost { request_id: id }.into());
    };
    let mut response = response.map_into_boxed_body();
    let code = if failed(response.status()) { as_problem(&mut response, &id) } else { None };
    let content = Content::of(response.status(), response.headers());
    let headers = response.headers_mut();
    security_headers::set(headers, content);
    // What is kept for good is read again by other requests.
    if content != Content::Kept
        && let Ok(value) = HeaderValue::from_str(&id)
    {
        headers.insert(REQUEST_ID, value);
    }
    if last {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }

    let route = match response.request().match_pattern().filter(|pattern| !pattern.is_empty()) {
        Some(pattern) => pattern,
        None if failed(response.status()) => "unmatched".to_owned(),
        None => "page".to_owned(),
    };
    let (status, took) = (response.status().as_u16(), started.elapsed());
    let subject = response.request().extensions_mut().remove::<Subject>().unwrap_or_default();
    let code = code.or(subject.code);
    let caller = caller::name(response.request());
    let answer = Answer {
        route: (route != "unmatched").then_some(&route),
        status,
        problem: code,
        region: subject.region.as_ref().map(Region::as_str),
        channel: subject.channel,
        caller: caller.as_deref(),
    };
    answer.note(&traced, &method);
    // Outside of the span: the writer of lines would read its fields again for each. A message that is a field
    // is written as it is; any other goes through a formatter.
    tracing::info!(
        message = "request",
        request_id = id.as_str(),
        method = method.as_str(),
        route,
        status,
        duration_ms = took.as_secs_f64() * 1e3,
        code,
        number = subject.number,
        region = subject.region.as_ref().map(Region::as_str),
        channel = subject.channel,
        provider = subject.provider,
        caller,
        caller_request_id,
        trace_id,
        span_id,
    );
    if let Some(state) = state {
        state.metrics.request(&method, route, status, took);
    }
    Ok(response)
}

/// The span of a request in its trace, where one is made: not for the probes of orchestrators.
pub(super) struct Traced(pub(super) Span);

fn traced(request: &ServiceRequest, state: Option<&Data<State>>) -> (Span, Option<Ids>) {
    if matches!(request.path(), "/livez" | "/readyz") {
        return (Span::none(), None);
    }
    let span = traces::request(request.method());
    if span.is_disabled() {
        return (span, None);
    }
    // Anybody else could choose which of their requests are sent to the collector, and pretend to be part
    // of a trace that they know of.
    let parent = request.headers().get("traceparent").and_then(|parent| parent.to_str().ok());
    if let (Some(parent), Some(state)) = (parent, state)
        && state.config.traces.as_ref().is_some_and(|traces| traces.continues)
        && caller::is_known(request, &state.config)
    {
        traces::continue_trace(&span, parent);
    }
    request.extensions_mut().insert(Traced(span.clone()));
    let ids = traces::ids(&span);
    (span, ids)
}

/// What a service with a key calls its request, if that can be a name of one. From anybody else it could be
/// anything, such as a number.
fn caller_request_id(request: &ServiceRequest, state: Option<&Data<State>>) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = (1..=64).contains(&id.len())
        && id.bytes().all(fits)
        && id.bytes().any(|byte| byte.is_ascii_alphabetic());
    (is_name && caller::is_known(request, &state?.config)).then(|| id.to_owned())
}

fn failed(status: StatusCode) -> bool {
    !status.is_success() && status != StatusCode::NOT_MODIFIED
}

/// Gives a failed response the body and headers of its problem; one that has them keeps them.
fn as_problem(response: &mut ServiceResponse, request_id: &str) -> Option<&'static str> {
    if is_problem(response.headers().get(CONTENT_TYPE)) {
        return None;
    }
    if response.response().extensions().get::<ShownAsPage>().is_some() {
        return Some(Kind::NotFound.code());
    }
    let error = response.response().error();
    let problem = error.and_then(|error| error.as_error::<Problem>().cloned());
    let problem = problem.unwrap_or_else(|| Problem::of_status(response.status()));
    response.headers_mut().remove(CONTENT_ENCODING);
    let failed = std::mem::replace(response.response_mut(), HttpResponse::new(problem.status()));
    *response.response_mut() = Reply::problem(&problem, request_id).instead_of(failed);
    Some(problem.kind.code())
}

/// A request whose handler panicked: nothing of it is left but its id.
#[derive(Debug)]
struct Lost {
    request_id: String,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was lost")
    }
}

impl ResponseError for Lost {
    fn error_response(&self) -> HttpResponse {
        let problem = Problem::from(Kind::InternalError);
        let mut response = Reply::problem(&problem, &self.request_id).into_response();
        security_headers::set(response.headers_mut(), Content::Data);
        if let Ok(id) = HeaderValue::from_str(&self.request_id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
}

/// Lets a request in, or says why not: its size, and who may send it.
///
/// # Errors
/// Those of the inner service.
pub async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match objection(&request) {
        None => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
        Some(problem) => Ok(request.error_response(problem)),
    }
}

fn objection(request: &ServiceRequest) -> Option<Problem> {
    // Without a path only CONNECT makes sense, and this is no proxy.
    let Some(target) = request.uri().path_and_query() else {
        return Some(Kind::MalformedRequest.into());
    };
    if target.as_str().len() > MAX_TARGET {
        return Some(Kind::UriTooLong.into());
    }
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES {
        return Some(Kind::HeadersTooLarge.into());
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let state = request.app_data::<Data<State>>()?;
    if let Err(problem) = caller::identify(request, &state.config) {
        return Some(problem);
    }
    let source = Source::of(headers, &state.config);
    (!safe && source == Source::Foreign).then_some(Kind::CrossSiteRequest.into())
}

/// CORS for the listed origins only: no credentials, JSON, the headers a page can use.
pub fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "POST", "DELETE"])
        .allowed_headers(["content-type", "idempotency-key"])
        .expose_headers([
            "date",
            "location",
            "retry-after",
            "ratelimit",
            "ratelimit-policy",
            "idempotent-replayed",
            REQUEST_ID.as_str(),
        ])
        .block_on_origin_mismatch(false)
        .max_age(600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
