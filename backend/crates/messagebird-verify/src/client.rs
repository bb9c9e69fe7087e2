//! The five operations. How bytes travel is in `provider-http`, what they mean in `wire` and `codes`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use provider_http::{BuildError, Exchange, HeaderValue, Method, NotSent, Request, Unusable};

use crate::codes::Operation;
use crate::config::ClientConfig;
use crate::error::{Error, Refusal};
use crate::model::{CreateVerify, Delivery, MessageRef, Verify, VerifyId};
use crate::wire;

/// Talks to MessageBird Verify. Cheap to clone; clones share connections.
///
/// Every method sends at most one request and never repeats it. Dropping a method's future gives up on the
/// answer, not on the call that MessageBird may be placing.
#[derive(Clone)]
pub struct Client {
    exchange: Arc<Exchange>,
    within: Duration,
}

impl Client {
    /// Builds a client. Opens no connection.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when the address, the key or the limits cannot work.
    pub fn new(config: ClientConfig) -> Result<Self, BuildError> {
        let within = config.limits.total;
        Ok(Self { exchange: Arc::new(Exchange::new(config.settings()?)?), within })
    }

    /// The same client for whoever has less time left than [`Self::request_timeout`].
    #[must_use]
    pub fn within(&self, left: Duration) -> Self {
        Self { exchange: Arc::clone(&self.exchange), within: self.exchange.within(left) }
    }

    /// How long one request may take from its start to the last byte of its answer.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        self.within
    }

    /// Asks MessageBird to call or write to a number: `POST /verify`.
    ///
    /// The answer may already have the status [`Failed`](crate::Status::Failed): accepted, then not sent.
    ///
    /// # Errors
    ///
    /// [`Error`], by whether a second call may be placed.
    pub async fn create(&self, request: &CreateVerify) -> Result<Verify, Error> {
        // Our own type: strings and numbers only.
        let body = serde_json::to_vec(&wire::CreateBody::from(request)).unwrap_or_default();
        let request = Request {
            method: Method::POST,
            path: "/verify".to_owned(),
            body: Some((HeaderValue::from_static("application/json"), body)),
        };
        self.run(Operation::Create, request, wire::verify).await
    }

    /// Reads a verification without touching it: `GET /verify/{id}`.
    ///
    /// # Errors
    ///
    /// [`Error`]. Reading has no effect, so it may be repeated whatever the error.
    pub async fn view(&self, id: &VerifyId) -> Result<Verify, Error> {
        let path = format!("/verify/{}", id.as_str());
        let request = Request::of(Method::GET, path);
        self.run(Operation::View, request, |body| about(id, wire::verify(body)?)).await
    }

    /// Tries a code: `GET /verify/{id}?token=…`. Uses up one of the verification's attempts.
    ///
    /// Success is the status [`Verified`](crate::Status::Verified) and nothing else.
    ///
    /// # Errors
    ///
    /// [`NotSent::Malformed`] when the code is not 1 to 10 ASCII digits: nothing was sent, no attempt used.
    /// MessageBird answers an *empty* token with a plain 200, so it must never get one.
    /// Otherwise [`Error`]; after an [`Unknown`](Error::Unknown) the attempt may be used and the code may have
    /// been right: [`view`](Self::view) tells.
    pub async fn check(&self, id: &VerifyId, token: &str) -> Result<Verify, Error> {
        let plausible =
            (1..=10).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_digit());
        if !plausible {
            return Err(Error::NotSent(NotSent::Malformed));
        }
        let path = format!("/verify/{}?token={token}", id.as_str());
        let request = Request::of(Method::GET, path);
        self.run(Operation::Check, request, |body| about(id, wire::verify(body)?)).await
    }

    /// Cancels a verification: `DELETE /verify/{id}`. Any 2xx will do; MessageBird answers 204.
    ///
    /// # Errors
    ///
    /// [`Error`]. Deleting twice does no harm: the second time is
    /// [`NotFound`](crate::Refusal::NotFound).
    pub async fn delete(&self, id: &VerifyId) -> Result<(), Error> {
        let path = format!("/verify/{}", id.as_str());
        let request = Request::of(Method::DELETE, path);
        self.run(Operation::Delete, request, |_empty| Ok(())).await
    }

    /// Finds out whether the key is good, without ringing anybody: reads a verification that does not exist.
    ///
    /// # Errors
    ///
    /// [`NotAuthorised`](crate::Refusal::NotAuthorised) and whatever else can go wrong with a read.
    pub async fn probe(&self) -> Result<(), Error> {
        let request = Request::of(Method::GET, format!("/verify/{}", "0".repeat(32)));
        match self.run(Operation::View, request, wire::verify).await {
            Ok(_) | Err(Error::Refused(Refusal::NotFound)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Asks how far the call or message came: `GET /voicemessages/{id}` or `GET /messages/{id}`.
    ///
    /// # Errors
    ///
    /// [`Error`]. Reading has no effect, so it may be repeated whatever the error.
    pub async fn delivery(&self, message: &MessageRef) -> Result<Delivery, Error> {
        let (kind, id) = match message {
            MessageRef::Voice(id) => ("voicemessages", id),
            MessageRef::Sms(id) => ("messages", id),
        };
        let path = format!("/{kind}/{}", id.as_str());
        let request = Request::of(Method::GET, path);
        self.run(Operation::Delivery, request, wire::delivery).await
    }

    async fn run<T>(
        &self,
        operation: Operation,
        request: Request,
        read: impl FnOnce(&[u8]) -> Result<T, Unusable>,
    ) -> Result<T, Error> {
        self.exchange.send(request, self.within, &operation, read).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// An answer about another verification proves nothing about this one.
fn about(id: &VerifyId, verify: Verify) -> Result<Verify, Unusable> {
    if verify.id == *id { Ok(verify) } else { Err(Unusable::OtherId) }
}
