//! One exchange with a provider: the request, its two clocks, the capped body. Knows no provider: which status
//! and which body mean what is told by [`Answers`].

use std::time::Duration;

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Response};
use tokio::time::{Instant, timeout_at};

use crate::client::{BuildError, Clients, Settings};
use crate::error::{Error, NotSent, Unknown, Unusable};
use crate::failure::failure;
use crate::retry_after::retry_after;

/// How much longer than connecting an exchange may take at least: whoever has less time than a connect takes
/// would otherwise give up while connecting, and could not know that nothing was sent.
const AFTER_CONNECT: Duration = Duration::from_millis(100);

/// What is asked.
#[derive(Debug)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Below the base address, from its slash on: written by a provider's client, out of checked parts.
    pub path: String,
    /// The body and its media type.
    pub body: Option<(HeaderValue, Vec<u8>)>,
}

impl Request {
    /// One without a body.
    #[must_use]
    pub fn of(method: Method, path: String) -> Self {
        Self { method, path, body: None }
    }
}

/// What to do with an answer once its head is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A yes without a body worth reading.
    Done,
    /// A yes: the body is the object asked for.
    Object,
    /// A no: the body may say why.
    Refusal,
}

/// What a provider's answers to one operation mean.
pub trait Answers {
    /// What this provider refuses with.
    type Refusal;

    /// The operation's name in the log.
    fn name(&self) -> &'static str;

    /// Judges an answer by its head.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when the head alone says no, [`Error::Unknown`] when the status says nothing sure.
    fn judge(
        &self,
        status: u16,
        retry_after: Option<Duration>,
    ) -> Result<Reading, Error<Self::Refusal>>;

    /// Says what a refusal with this body means.
    fn refusal(&self, status: u16, body: &[u8]) -> Self::Refusal;
}

/// The way to one provider.
pub struct Exchange {
    clients: Clients,
    /// The path of the base address, without a slash at its end.
    base: String,
}

impl Exchange {
    /// Prepares the way. Opens no connection.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when the address or TLS cannot work.
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        let base = settings.base_url.path().trim_end_matches('/').to_owned();
        Ok(Self { clients: Clients::new(settings)?, base })
    }

    /// How long one exchange may take: `left`, but no longer than the total, and never less than it takes to
    /// know whether a connection came about.
    #[must_use]
    pub fn within(&self, left: Duration) -> Duration {
        let limits = &self.clients.settings().limits;
        left.max(limits.connect + AFTER_CONNECT).min(limits.total)
    }

    /// Sends a request, once, and reads the body of a yes.
    ///
    /// # Errors
    ///
    /// [`Error`], by whether a second call may be placed.
    pub async fn send<A: Answers, T>(
        &self,
        request: Request,
        within: Duration,
        answers: &A,
        read: impl FnOnce(&[u8]) -> Result<T, Unusable>,
    ) -> Result<T, Error<A::Refusal>> {
        let (began, mut status) = (Instant::now(), None);
        let method = request.method.clone();
        let body = self.answer(request, within, answers, &mut status).await;
        let result = body.and_then(|body| read(&body).map_err(Error::Unusable));
        if tracing::span_enabled!(target: "trace", tracing::Level::INFO) {
            self.note(&tracing::Span::current(), &method, status);
        }
        // These four fields and no others: addresses and bodies hold codes and numbers.
        tracing::debug!(
            operation = answers.name(),
            status,
            outcome = result.as_ref().err().map_or("success", Error::class),
            milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "a provider answered or did not"
        );
        result
    }

    /// Tells the span of the exchange, if there is one, what a trace may know of it: no path and no query.
    fn note(&self, span: &tracing::Span, method: &Method, status: Option<u16>) {
        let url = &self.clients.settings().base_url;
        span.record("http.request.method", method.as_str());
        span.record("http.response.status_code", status);
        span.record("server.address", url.host_str());
        span.record("server.port", url.port_or_known_default());
    }

    /// The body of a yes. Notes the HTTP status for the log.
    async fn answer<A: Answers>(
        &self,
        request: Request,
        within: Duration,
        answers: &A,
        status: &mut Option<u16>,
    ) -> Result<Vec<u8>, Error<A::Refusal>> {
        let client = self.clients.own();
        let client = client.map_err(|error| Error::NotSent(NotSent::Request(error.into())))?;
        let request = self.request(request)?;
        let started = Instant::now();
        let deadline = started + within;
        let head_by = deadline.min(started + self.clients.settings().limits.first_byte);

        let response = timeout_at(head_by, client.execute(request))
            .await
            .map_err(timed_out)?
            .map_err(failure)?;
        let code = response.status().as_u16();
        *status = Some(code);

        match answers.judge(code, retry_after(response.headers()))? {
            Reading::Done => Ok(Vec::new()),
            Reading::Object if is_encoded(response.headers()) => {
                Err(Error::Unusable(Unusable::Encoded))
            }
            Reading::Object => {
                let body = self.body(response, deadline).await?;
                body.ok_or(Error::Unusable(Unusable::TooLarge))
            }
            Reading::Refusal => {
                // A compressed body reads as no JSON, and the status alone then decides.
                let body = self.body(response, deadline).await?;
                let body = body.ok_or(Error::Unknown(Unknown::Endless))?;
                Err(Error::Refused(answers.refusal(code, &body)))
            }
        }
    }

    fn request<R>(&self, request: Request) -> Result<reqwest::Request, Error<R>> {
        let Request { method, path, body } = request;
        let base = &self.clients.settings().base_url;
        let address = base
            .join(&format!("{}{path}", self.base))
            .map_err(|_invalid| Error::NotSent(NotSent::Malformed))?;
        let mut request = reqwest::Request::new(method, address);
        if let Some((media_type, body)) = body {
            request.headers_mut().insert(CONTENT_TYPE, media_type);
            *request.body_mut() = Some(body.into());
        }
        Ok(request)
    }

    /// Reads the body up to the limit; `None` when it goes on beyond. Counts what arrives, not what the head
    /// announced. The rest is not read: the connection is dropped with the response.
    async fn body<R>(
        &self,
        mut response: Response,
        deadline: Instant,
    ) -> Result<Option<Vec<u8>>, Error<R>> {
        let limit = self.clients.settings().limits.body;
        let mut body = Vec::new();
        while let Some(chunk) =
            timeout_at(deadline, response.chunk()).await.map_err(timed_out)?.map_err(failure)?
        {
            if body.len() + chunk.len() > limit {
                return Ok(None);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(body))
    }
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Connecting has a shorter clock of its own, so whatever runs out here had a connection.
fn timed_out<R>(elapsed: tokio::time::error::Elapsed) -> Error<R> {
    Error::Unknown(Unknown::TimedOut(elapsed.into()))
}
