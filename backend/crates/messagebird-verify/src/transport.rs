//! One exchange with MessageBird: a free place, the request, the time limits, the capped body.
//! Knows statuses only through `answer`, and nothing of JSON.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderMap,
    HeaderValue, USER_AGENT,
};
use hyper::{Method, Request, Response, Uri};
use tokio::time::{Instant, timeout_at};

use crate::Source;
use crate::answer::{Operation, Reading, judge};
use crate::codes;
use crate::config::{BuildError, ClientConfig};
use crate::connect::Connector;
use crate::connection::{Connection, Lost};
use crate::error::{Error, NotSent, Unknown, Unusable};
use crate::places::Places;
use crate::pool::Pool;
use crate::retry_after::retry_after;

pub(crate) struct Transport {
    connector: Connector,
    pool: Pool,
    /// What every request has.
    headers: HeaderMap,
    /// The base address's path, without a slash at its end.
    prefix: String,
    pub(crate) request_timeout: Duration,
    first_byte_timeout: Duration,
    max_body_bytes: usize,
    places: Places,
}

/// What is asked.
pub(crate) struct Question {
    pub(crate) operation: Operation,
    pub(crate) method: Method,
    /// Below the base address, from its slash on: written by this crate, out of checked parts.
    pub(crate) path: String,
    /// JSON; empty for none.
    pub(crate) body: Vec<u8>,
}

impl Question {
    /// One without a body.
    pub(crate) fn of(operation: Operation, method: Method, path: String) -> Self {
        Self { operation, method, path, body: Vec::new() }
    }
}

impl Transport {
    pub(crate) fn new(config: &ClientConfig) -> Result<Self, BuildError> {
        let base_url = config.checked_base_url()?;
        if !(1..=Places::MOST).contains(&config.max_in_flight) {
            return Err(BuildError::MaxInFlight);
        }
        let host = base_url.authority().parse().map_err(|_invalid| BuildError::BaseUrl)?;
        let mut headers = HeaderMap::with_capacity(12);
        headers.extend([
            (HOST, host),
            (
                USER_AGENT,
                HeaderValue::from_static(concat!("ringproof/", env!("CARGO_PKG_VERSION"))),
            ),
            (AUTHORIZATION, config.authorization()?),
            (ACCEPT, HeaderValue::from_static("application/json")),
            // Without this header any encoding may be sent, and none would be undone here.
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ]);
        Ok(Self {
            connector: Connector::new(config, base_url)?,
            pool: Pool::default(),
            headers,
            prefix: base_url.path().trim_end_matches('/').to_owned(),
            request_timeout: config.request_timeout,
            first_byte_timeout: config.first_byte_timeout,
            max_body_bytes: config.max_body_bytes,
            places: Places::new(config.max_in_flight),
        })
    }

    /// Sends one request, once, and hands back the body of a yes. Notes the HTTP status for the log.
    pub(crate) async fn exchange(
        &self,
        question: Question,
        within: Duration,
        status: &mut Option<u16>,
    ) -> Result<Vec<u8>, Error> {
        let operation = question.operation;
        let request = self.request(question)?;
        let Some(_place) = self.places.take(operation).await else {
            return Err(Error::NotSent(NotSent::NoFreePlace));
        };

        let deadline = Instant::now() + within;
        let (mut connection, response) = self.ask(request, deadline).await?;
        let (head, mut body) = response.into_parts();
        let code = head.status.as_u16();
        *status = Some(code);

        let read = match judge(operation, code, retry_after(&head.headers))? {
            Reading::Done => Ok(Vec::new()),
            Reading::Object if is_encoded(&head.headers) => {
                return Err(Error::Unusable(Unusable::Encoded));
            }
            Reading::Object => {
                let body = self.body(&mut connection, &mut body, deadline).await?;
                Ok(body.ok_or(Error::Unusable(Unusable::TooLarge))?)
            }
            Reading::Refusal => {
                // A compressed body reads as no JSON, and the status alone then decides.
                let body = self.body(&mut connection, &mut body, deadline).await?;
                let body = body.ok_or(Error::Unknown(Unknown::Endless))?;
                Err(Error::Refused(codes::refusal(operation, code, &body)))
            }
        };
        self.pool.put(connection);
        read
    }

    fn request(&self, question: Question) -> Result<Request<Full<Bytes>>, Error> {
        let unusable = |error| Error::NotSent(NotSent::Request(Source::new(error)));
        let address =
            Uri::try_from(format!("{}{}", self.prefix, question.path)).map_err(unusable)?;
        let has_body = !question.body.is_empty();
        let mut request = Request::new(Full::from(question.body));
        *request.method_mut() = question.method;
        *request.uri_mut() = address;
        request.headers_mut().clone_from(&self.headers);
        if has_body {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(CONTENT_TYPE, json);
        }
        Ok(request)
    }

    /// Sends the request on a connection that rests or on a new one, and waits for the head of the answer.
    async fn ask(
        &self,
        mut request: Request<Full<Bytes>>,
        deadline: Instant,
    ) -> Result<(Connection, Response<Incoming>), Error> {
        let head_by = deadline.min(Instant::now() + self.first_byte_timeout);
        loop {
            let kept = self.pool.take();
            let is_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                // On the heap: it is seldom needed, and larger than all the rest.
                None => Box::pin(self.connect(deadline)).await?,
            };
            let answer = timeout_at(head_by, connection.send(request)).await.map_err(timed_out)?;
            match answer {
                Ok(response) => return Ok((connection, response)),
                Err(Lost { error, unsent: None }) => return Err(broken(error)),
                // It was closed while it rested, and that was seen before anything was written.
                Err(Lost { unsent: Some(unsent), .. }) if is_kept => request = unsent,
                Err(Lost { error, .. }) => {
                    return Err(Error::NotSent(NotSent::Connect(Source::new(error))));
                }
            }
        }
    }

    async fn connect(&self, deadline: Instant) -> Result<Connection, Error> {
        let left = deadline.saturating_duration_since(Instant::now());
        let wire = self.connector.connect(left).await.map_err(Error::NotSent)?;
        let opened = Connection::over(wire).await;
        opened.map_err(|error| Error::NotSent(NotSent::Connect(Source::new(error))))
    }

    /// Reads the body up to the limit; `None` when it goes on beyond. Counts what arrives, not what the head
    /// announced. The rest is not read: the connection is dropped.
    async fn body(
        &self,
        connection: &mut Connection,
        body: &mut Incoming,
        deadline: Instant,
    ) -> Result<Option<Vec<u8>>, Error> {
        let mut read = Vec::new();
        while let Some(chunk) =
            timeout_at(deadline, connection.chunk(body)).await.map_err(timed_out)?
        {
            let chunk = chunk.map_err(broken)?;
            if read.len() + chunk.len() > self.max_body_bytes {
                return Ok(None);
            }
            read.extend_from_slice(&chunk);
        }
        Ok(Some(read))
    }
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn timed_out(elapsed: tokio::time::error::Elapsed) -> Error {
    Error::Unknown(Unknown::TimedOut(Source::new(elapsed)))
}

/// Whatever happened after the request was handed over, a byte of it may have left.
fn broken(error: hyper::Error) -> Error {
    Error::Unknown(Unknown::Broken(Source::new(error)))
}
