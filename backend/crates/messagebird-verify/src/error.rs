//! What MessageBird refuses with. The outcome classes around it are those of `provider-http`.

use std::fmt;
use std::time::Duration;

/// The outcome of an operation that did not succeed: may a second call be placed?
pub type Error = provider_http::Error<Refusal>;

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
