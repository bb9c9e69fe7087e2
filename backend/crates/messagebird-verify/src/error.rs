//! What went wrong, sorted by the one question that costs money: may a second call be placed?
//! No variant and no message ever holds a URL, a code, the key, a number or a piece of MessageBird's prose.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// The outcome of an operation that did not succeed.
#[derive(Debug)]
pub enum Error {
    /// No byte of the request left this machine: trying again cannot place a second call.
    NotSent(NotSent),
    /// A complete answer that says no: nothing was placed, and asking again gets the same answer.
    Refused(Refusal),
    /// At least a byte left and no complete answer came back: the call may be on its way.
    Unknown(Unknown),
    /// MessageBird said yes in a form that cannot be used: the call is probably on its way, its id is lost.
    Unusable(Unusable),
}

impl Error {
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
    /// As many requests as allowed are under way, and none ended in time.
    NoFreePlace,
    /// The code to check is not 1 to 10 digits. MessageBird answers an *empty* token with a plain 200, so it
    /// must never get one; the others would be a wasted attempt.
    Token,
    /// The request could not be built.
    Request(Source),
}

impl NotSent {
    /// Whether the same request may fare better at once: the way there failed, not the request or our own house.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Dns(_) | Self::Refused(_) | Self::ConnectTimeout(_) | Self::Connect(_) => true,
            Self::Tls(_) | Self::NoFreePlace | Self::Token | Self::Request(_) => false,
        }
    }
}

/// A complete answer that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The code is wrong; an attempt is used (422, code 10, `token`: "The token is invalid.").
    TokenIncorrect,
    /// The code has a wrong length (422, code 10, `token`: "Token should between 6 and 10 characters").
    TokenMalformed,
    /// The verification's time is over (422, code 10, `token`: "The token has expired.").
    TokenExpired,
    /// Verified before, or all attempts used: MessageBird does not say which
    /// (422, code 10, `token`: "The token has already been processed.").
    AlreadyProcessed,
    /// No such verification or message, for this key (404, code 20).
    NotFound,
    /// The number is not accepted (code 9, 10 or 21 about the recipient).
    RecipientRefused,
    /// The number is on MessageBird's blacklist (code 12).
    RecipientBlacklisted,
    /// The key is wrong, revoked or not allowed this (401, 403, or code 2).
    NotAuthorised,
    /// The account has no money left (402, or code 25).
    NoBalance,
    /// Too many requests (429). It is the account's quota, not the person's.
    RateLimited {
        /// From `Retry-After`, clamped to 1–300 s; `None` when absent or unreadable.
        retry_after: Option<Duration>,
    },
    /// Overloaded, and says when to come back (503 **with** a readable `Retry-After`).
    Busy {
        /// From `Retry-After`, clamped to 1–300 s.
        retry_after: Duration,
    },
    /// Another no.
    Other {
        /// The HTTP status.
        status: u16,
        /// MessageBird's error code, when the body could be read.
        code: Option<i64>,
        /// The request field it is about, when named by letters, digits and `_` alone (32 at most).
        parameter: Option<String>,
    },
}

/// Why nobody knows what MessageBird did.
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

/// What was said underneath; no library there is told the URL. Read it through
/// [`source`](std::error::Error::source).
pub struct Source(Box<dyn StdError + Send + Sync>);

impl Source {
    pub(crate) fn new(error: impl StdError + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }

    pub(crate) fn as_error(&self) -> &(dyn StdError + 'static) {
        &*self.0
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(reason) => write!(f, "nothing was sent to MessageBird: {reason}"),
            Self::Refused(refusal) => write!(f, "MessageBird refused: {refusal}"),
            Self::Unknown(reason) => write!(f, "what MessageBird did is unknown: {reason}"),
            Self::Unusable(reason) => write!(f, "MessageBird's answer is unusable: {reason}"),
        }
    }
}

impl StdError for Error {
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
            Self::NotSent(NotSent::NoFreePlace | NotSent::Token)
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
            Self::NoFreePlace => "too many requests are under way",
            Self::Token => "the code is not 1 to 10 digits",
            Self::Request(_) => "the request could not be built",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TokenIncorrect => "the code is wrong",
            Self::TokenMalformed => "the code has a wrong length",
            Self::TokenExpired => "the code has expired",
            Self::AlreadyProcessed => "the verification is used up",
            Self::NotFound => "no such object",
            Self::RecipientRefused => "the number is not accepted",
            Self::RecipientBlacklisted => "the number is blacklisted",
            Self::NotAuthorised => "the key is not accepted",
            Self::NoBalance => "the account has no balance",
            Self::RateLimited { .. } => "too many requests",
            Self::Busy { .. } => "busy for now",
            Self::Other { status, code, .. } => {
                write!(f, "status {status}")?;
                return match code {
                    Some(code) => write!(f, ", code {code}"),
                    None => Ok(()),
                };
            }
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
