//! One exchange with MessageBird: a free place, the request, the time limits, the capped body.
//! Knows statuses only through `answer`, and nothing of JSON.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderValue,
};
use reqwest::{RequestBuilder, Response, Url};
use tokio::time::timeout;

use crate::answer::{Operation, Reading, judge};
use crate::codes;
use crate::config::{BuildError, ClientConfig, Resolver};
use crate::error::{Error, NotSent, Unknown, Unusable};
use crate::places::Places;
use crate::retry_after::retry_after;

/// Below every keep-alive seen at the other end, so that we are the ones who close an idle connection.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);

pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    base_url: Url,
    pub(crate) request_timeout: Duration,
    first_byte_timeout: Duration,
    max_body_bytes: usize,
    places: Places,
}

impl Transport {
    pub(crate) fn new(config: &ClientConfig) -> Result<Self, BuildError> {
        let base_url = config.checked_base_url()?.clone();
        if !(1..=Places::MOST).contains(&config.max_in_flight) {
            return Err(BuildError::MaxInFlight);
        }
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, config.authorization()?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        // Without this header any encoding may be sent, and none would be undone here.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));

        let mut http = reqwest::Client::builder()
            .user_agent(concat!("ringproof/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .https_only(base_url.scheme() == "https")
            // A followed 307 would send the phone number to another host, and place a second call.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .connect_timeout(config.connect_timeout)
            .timeout(config.request_timeout)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .tls_certs_merge(config.extra_roots.iter().cloned());
        if let Some(Resolver(resolver)) = &config.resolver {
            http = http.dns_resolver(Arc::clone(resolver));
        }

        Ok(Self {
            http: http.build().map_err(|error| BuildError::Http(error.into()))?,
            base_url,
            request_timeout: config.request_timeout,
            first_byte_timeout: config.first_byte_timeout,
            max_body_bytes: config.max_body_bytes,
            places: Places::new(config.max_in_flight),
        })
    }

    /// The base address, then these segments, each encoded on its own.
    pub(crate) fn address(&self, segments: &[&str]) -> Url {
        let mut url = self.base_url.clone();
        // Fails only for addresses such as `mailto:`, which `checked_base_url` turned away.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Sends one request, once, and hands back the body of a yes. Notes the HTTP status for the log.
    pub(crate) async fn exchange(
        &self,
        operation: Operation,
        request: RequestBuilder,
        within: Duration,
        status: &mut Option<u16>,
    ) -> Result<Vec<u8>, Error> {
        let request = request
            .timeout(within)
            .build()
            .map_err(|error| Error::NotSent(NotSent::Request(error.into())))?;
        let Some(_place) = self.places.take(operation).await else {
            return Err(Error::NotSent(NotSent::NoFreePlace));
        };

        let response = timeout(self.first_byte_timeout, self.http.execute(request))
            .await
            .map_err(|elapsed| Error::Unknown(Unknown::TimedOut(crate::Source::new(elapsed))))?
            .map_err(failure)?;
        let code = response.status().as_u16();
        *status = Some(code);

        match judge(operation, code, retry_after(response.headers()))? {
            Reading::Done => Ok(Vec::new()),
            Reading::Object if is_encoded(&response) => Err(Error::Unusable(Unusable::Encoded)),
            Reading::Object => {
                self.body(response).await?.ok_or(Error::Unusable(Unusable::TooLarge))
            }
            Reading::Refusal => {
                // A compressed body reads as no JSON, and the status alone then decides.
                let body = self.body(response).await?.ok_or(Error::Unknown(Unknown::Endless))?;
                Err(Error::Refused(codes::refusal(operation, code, &body)))
            }
        }
    }

    /// Reads the body up to the limit; `None` when it goes on beyond. Counts what arrives, not what the head
    /// announced. The rest is not read: the connection is dropped with the response.
    async fn body(&self, mut response: Response) -> Result<Option<Vec<u8>>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > self.max_body_bytes {
                return Ok(None);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(body))
    }
}

fn is_encoded(response: &Response) -> bool {
    response
        .headers()
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Sorts what the HTTP library reports. Only a failure of its *connector* proves that nothing left; whatever
/// else happened, a byte may have.
fn failure(error: reqwest::Error) -> Error {
    if error.is_builder() {
        return Error::NotSent(NotSent::Request(error.into()));
    }
    if error.is_connect() {
        return Error::NotSent(connect_failure(error));
    }
    if error.is_timeout() {
        return Error::Unknown(Unknown::TimedOut(error.into()));
    }
    Error::Unknown(Unknown::Broken(error.into()))
}

fn connect_failure(error: reqwest::Error) -> NotSent {
    let of = if error.is_dns() {
        NotSent::Dns
    } else if error.is_timeout() {
        NotSent::ConnectTimeout
    } else if has_io_kind(&error, io::ErrorKind::InvalidData) {
        // How rustls reports a certificate, name or version it does not accept, and an alert of the other side.
        NotSent::Tls
    } else if has_io_kind(&error, io::ErrorKind::ConnectionRefused) {
        NotSent::Refused
    } else {
        NotSent::Connect
    };
    of(error.into())
}

/// Looks for an I/O error of this kind anywhere underneath. `source()` of an I/O error skips the error it
/// wraps, so those are unwrapped by hand.
fn has_io_kind(error: &(dyn StdError + 'static), kind: io::ErrorKind) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let mut io = error.downcast_ref::<io::Error>();
        while let Some(inner) = io {
            if inner.kind() == kind {
                return true;
            }
            io = inner.get_ref().and_then(|wrapped| wrapped.downcast_ref());
        }
        next = error.source();
    }
    false
}
