//! The operations. How bytes travel is in `provider-http`, what they mean in `wire` and `codes`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use provider_http::{BuildError, Exchange, HeaderValue, Method, NotSent, Request, Unusable};

use crate::codes::Operation;
use crate::config::ClientConfig;
use crate::error::{Error, Refusal};
use crate::model::{Call, CallState, End, Message, MessageState, Sid};
use crate::wire::{self, Form};

/// A sid that no carrier has given out.
const NOBODY: &str = "CA00000000000000000000000000000000";

/// Talks to Twilio, or to another carrier with the same API. Cheap to clone; clones share connections.
///
/// Every method sends at most one request and never repeats it. Dropping a method's future gives up on the
/// answer, not on the call that the carrier may be placing.
#[derive(Clone)]
pub struct Client {
    exchange: Arc<Exchange>,
    /// The account's own path: `/Accounts/{sid}`.
    account: Arc<str>,
    within: Duration,
}

impl Client {
    /// Builds a client. Opens no connection.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when the address, the account, the credentials or the limits cannot work.
    pub fn new(config: ClientConfig) -> Result<Self, BuildError> {
        let within = config.limits.total;
        let account = format!("/Accounts/{}", config.account()?.as_str()).into();
        Ok(Self { exchange: Arc::new(Exchange::new(config.settings()?)?), account, within })
    }

    /// The same client for whoever has less time left than [`Self::request_timeout`].
    #[must_use]
    pub fn within(&self, left: Duration) -> Self {
        Self { within: self.exchange.within(left), ..self.clone() }
    }

    /// How long one request may take from its start to the last byte of its answer.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        self.within
    }

    /// Asks the carrier to call a number: `POST …/Calls.json`.
    ///
    /// The answer may already have the status [`Failed`](crate::CallStatus::Failed): accepted, then not placed.
    ///
    /// # Errors
    ///
    /// [`Error`], by whether a second call may be placed.
    pub async fn call(&self, call: &Call) -> Result<CallState, Error> {
        self.post(Operation::Create, "/Calls.json", wire::call_form(call), wire::call).await
    }

    /// Asks how far a call came: `GET …/Calls/{sid}.json`.
    ///
    /// # Errors
    ///
    /// [`Error`]. Reading has no effect, so it may be repeated whatever the error.
    pub async fn call_state(&self, id: &Sid) -> Result<CallState, Error> {
        let read = |body: &[u8]| wire::call(body).and_then(|call| about(id, call.id.clone(), call));
        self.get(&format!("/Calls/{}.json", id.as_str()), read).await
    }

    /// Ends a call that is under way: `POST …/Calls/{sid}.json`. One that is over already is no error.
    ///
    /// # Errors
    ///
    /// [`Error`]. Ending twice does no harm.
    pub async fn end_call(&self, id: &Sid, end: End) -> Result<(), Error> {
        let path = format!("/Calls/{}.json", id.as_str());
        match self.post(Operation::End, &path, wire::end_form(end), |_empty| Ok(())).await {
            Err(Error::Refused(Refusal::Over)) => Ok(()),
            result => result,
        }
    }

    /// Asks the carrier to write to a number: `POST …/Messages.json`.
    ///
    /// # Errors
    ///
    /// [`Error`], by whether a second message may be sent.
    pub async fn message(&self, message: &Message) -> Result<MessageState, Error> {
        let form = wire::message_form(message);
        self.post(Operation::Create, "/Messages.json", form, wire::message).await
    }

    /// Asks how far a text message came: `GET …/Messages/{sid}.json`.
    ///
    /// # Errors
    ///
    /// [`Error`]. Reading has no effect, so it may be repeated whatever the error.
    pub async fn message_state(&self, id: &Sid) -> Result<MessageState, Error> {
        let read =
            |body: &[u8]| wire::message(body).and_then(|text| about(id, text.id.clone(), text));
        self.get(&format!("/Messages/{}.json", id.as_str()), read).await
    }

    /// Finds out whether account and credentials are good, without ringing anybody: reads a call that does not
    /// exist, because every carrier has that path, and none answers it to a stranger.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotAuthorised`] and whatever else can go wrong with a read.
    pub async fn probe(&self) -> Result<(), Error> {
        match self.get(&format!("/Calls/{NOBODY}.json"), wire::call).await {
            Ok(_) | Err(Error::Refused(Refusal::NotFound)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn get<T>(
        &self,
        path: &str,
        read: impl FnOnce(&[u8]) -> Result<T, Unusable>,
    ) -> Result<T, Error> {
        let request = Request::of(Method::GET, format!("{}{path}", self.account));
        self.run(Operation::View, request, read).await
    }

    async fn post<T>(
        &self,
        operation: Operation,
        path: &str,
        form: Form,
        read: impl FnOnce(&[u8]) -> Result<T, Unusable>,
    ) -> Result<T, Error> {
        let body = serde_urlencoded::to_string(form)
            .map_err(|_pairs_of_text_only| Error::NotSent(NotSent::Malformed))?;
        let media_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = Request {
            method: Method::POST,
            path: format!("{}{path}", self.account),
            body: Some((media_type, body.into_bytes())),
        };
        self.run(operation, request, read).await
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

/// An answer about another call proves nothing about this one.
fn about<T>(asked: &Sid, told: Sid, state: T) -> Result<T, Unusable> {
    if told == *asked { Ok(state) } else { Err(Unusable::OtherId) }
}
