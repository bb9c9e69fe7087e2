//! What went wrong, sorted by the one question that costs money: may a second call be placed?
//! No variant and no message ever holds a URL, a code, a key, a number or a piece of a provider's prose.

use std::error::Error as StdError;

/// What a library said underneath, without the URL.
pub type Source = Box<dyn StdError + Send + Sync>;

/// The outcome of an operation that did not succeed. `R` is what this provider refuses with.
#[derive(Debug, thiserror::Error)]
pub enum Error<R> {
    /// No byte of the request left this machine: trying again cannot place a second call.
    #[error("nothing was sent to the provider: {0}")]
    NotSent(#[source] NotSent),
    /// A complete answer that says no: nothing was placed, and asking again gets the same answer.
    #[error("the provider refused: {0}")]
    Refused(R),
    /// At least a byte left and no complete answer came back: the call may be on its way.
    #[error("what the provider did is unknown: {0}")]
    Unknown(#[source] Unknown),
    /// The provider said yes in a form that cannot be used: the call is probably on its way, its id is lost.
    #[error("the provider's answer is unusable: {0}")]
    Unusable(#[source] Unusable),
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
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The host's name could not be resolved.
    #[error("the host's name could not be resolved")]
    Dns(#[source] Source),
    /// Nothing listens at the address.
    #[error("the connection was refused")]
    Refused(#[source] Source),
    /// No connection (TCP and TLS together) within the connect timeout.
    #[error("no connection in time")]
    ConnectTimeout(#[source] Source),
    /// The TLS handshake failed: a wrong certificate, name or version. A fault of configuration or an attack,
    /// so trying again is pointless.
    #[error("the TLS handshake failed")]
    Tls(#[source] Source),
    /// Connecting failed in another way: no route, reset while connecting.
    #[error("connecting failed")]
    Connect(#[source] Source),
    /// What was to be sent has a shape that the provider must never get.
    #[error("the request has a wrong shape")]
    Malformed,
    /// The request could not be built.
    #[error("the request could not be built")]
    Request(#[source] Source),
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
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// No complete answer in time.
    #[error("no complete answer in time")]
    TimedOut(#[source] Source),
    /// The connection broke, or what came is not HTTP.
    #[error("the connection broke")]
    Broken(#[source] Source),
    /// An HTTP status that does not say whether the request was acted on: 5xx, 3xx, an odd 2xx or 4xx.
    #[error("status {0}")]
    Status(u16),
    /// A 4xx whose body did not end within the limit, so it is no complete answer.
    #[error("a refusal without an end")]
    Endless,
}

/// Why a yes cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The body is longer than the limit.
    #[error("too large")]
    TooLarge,
    /// The body is compressed, though that was not asked for.
    #[error("compressed without being asked")]
    Encoded,
    /// The body is not one JSON object: HTML, cut short, an array.
    #[error("not a JSON object")]
    NotAnObject,
    /// The id is missing or has an odd shape.
    #[error("the id is missing or odd")]
    Id,
    /// The answer is about another verification than the one asked for.
    #[error("about another verification")]
    OtherId,
    /// The message has no recipient with a state.
    #[error("no state of a recipient")]
    State,
}
