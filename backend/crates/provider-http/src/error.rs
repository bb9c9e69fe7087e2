//! What went wrong, sorted by the one question that costs money: may a second call be placed?
//! No variant and no message ever holds a URL, a code, a key, a number or a piece of a provider's prose.

use std::error::Error as StdError;
use std::fmt;

/// The outcome of an operation that did not succeed. `R` is what this provider refuses with.
#[derive(Debug)]
pub enum Error<R> {
    /// No byte of the request left this machine: trying again cannot place a second call.
    NotSent(NotSent),
    /// A complete answer that says no: nothing was placed, and asking again gets the same answer.
    Refused(R),
    /// At least a byte left and no complete answer came back: the call may be on its way.
    Unknown(Unknown),
    /// The provider said yes in a form that cannot be used: the call is probably on its way, its id is lost.
    Unusable(Unusable),
}

impl<R> Error<R> {
    /// The name of the outcome class, for logs and metrics.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::NotSent(_) => "not_sent",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
            Self::Unusable(_) => "unusable",
        }
    }
}

/// Why no byte of the request left.
#[derive(Debug)]
pub enum NotSent {
    /// The host's name could not be resolved.
    Dns(Source),
    /// Nothing listens at the address.
    Refused(Source),
    /// No connection (TCP and TLS together) within the connect timeout.
    ConnectTimeout(Source),
    /// The TLS handshake failed: a wrong certificate, name or version. A fault of configuration or an attack,
    /// so trying again is pointless.
    Tls(Source),
    /// Connecting failed in another way: no route, reset while connecting.
    Connect(Source),
    /// What was to be sent has a shape that the provider must never get.
    Malformed,
    /// The request could not be built.
    Request(Source),
}

impl NotSent {
    /// Whether the same request may fare better at once: the way there failed, not the request or our own house.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Dns(_) | Self::Refused(_) | Self::ConnectTimeout(_) | Self::Connect(_) => true,
            Self::Tls(_) | Self::Malformed | Self::Request(_) => false,
        }
    }
}

/// Why nobody knows what the provider did.
#[derive(Debug)]
pub enum Unknown {
    /// No complete answer in time.
    TimedOut(Source),
    /// The connection broke, or what came is not HTTP.
    Broken(Source),
    /// An HTTP status that does not say whether the request was acted on: 5xx, 3xx, an odd 2xx or 4xx.
    Status(u16),
    /// A 4xx whose body did not end within the limit, so it is no complete answer.
    Endless,
}

/// Why a yes cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// The body is longer than the limit.
    TooLarge,
    /// The body is compressed, though that was not asked for.
    Encoded,
    /// The body is not one JSON object: HTML, cut short, an array.
    NotAnObject,
    /// The id is missing or has an odd shape.
    Id,
    /// The answer is about another verification than the one asked for.
    OtherId,
    /// The message has no recipient with a state.
    State,
}

/// What a library said underneath, without the URL. Read it through [`source`](std::error::Error::source).
pub struct Source(Box<dyn StdError + Send + Sync>);

impl Source {
    pub(crate) fn new(error: impl StdError + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }

    /// The error itself.
    #[must_use]
    pub fn as_error(&self) -> &(dyn StdError + 'static) {
        &*self.0
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<R: fmt::Display> fmt::Display for Error<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(reason) => write!(f, "nothing was sent to the provider: {reason}"),
            Self::Refused(refusal) => write!(f, "the provider refused: {refusal}"),
            Self::Unknown(reason) => write!(f, "what the provider did is unknown: {reason}"),
            Self::Unusable(reason) => write!(f, "the provider's answer is unusable: {reason}"),
        }
    }
}

impl<R: fmt::Debug + fmt::Display> StdError for Error<R> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = match self {
            Self::NotSent(
                NotSent::Dns(source)
                | NotSent::Refused(source)
                | NotSent::ConnectTimeout(source)
                | NotSent::Tls(source)
                | NotSent::Connect(source)
                | NotSent::Request(source),
            )
            | Self::Unknown(Unknown::TimedOut(source) | Unknown::Broken(source)) => source,
            Self::NotSent(NotSent::Malformed)
            | Self::Refused(_)
            | Self::Unknown(Unknown::Status(_) | Unknown::Endless)
            | Self::Unusable(_) => return None,
        };
        Some(source.as_error())
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns(_) => "the host's name could not be resolved",
            Self::Refused(_) => "the connection was refused",
            Self::ConnectTimeout(_) => "no connection in time",
            Self::Tls(_) => "the TLS handshake failed",
            Self::Connect(_) => "connecting failed",
            Self::Malformed => "the request has a wrong shape",
            Self::Request(_) => "the request could not be built",
        })
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(_) => f.write_str("no complete answer in time"),
            Self::Broken(_) => f.write_str("the connection broke"),
            Self::Status(status) => write!(f, "status {status}"),
            Self::Endless => f.write_str("a refusal without an end"),
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "too large",
            Self::Encoded => "compressed without being asked",
            Self::NotAnObject => "not a JSON object",
            Self::Id => "the id is missing or odd",
            Self::OtherId => "about another verification",
            Self::State => "no state of a recipient",
        })
    }
}
