//! What MessageBird refuses with. The outcome classes around it are those of `provider-http`.

use std::time::Duration;

/// The outcome of an operation that did not succeed: may a second call be placed?
pub type Error = provider_http::Error<Refusal>;

/// A complete answer that says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The code is wrong; an attempt is used (422, code 10, `token`: "The token is invalid.").
    #[error("the code is wrong")]
    TokenIncorrect,
    /// The code has a wrong length (422, code 10, `token`: "Token should between 6 and 10 characters").
    #[error("the code has a wrong length")]
    TokenMalformed,
    /// The verification's time is over (422, code 10, `token`: "The token has expired.").
    #[error("the code has expired")]
    TokenExpired,
    /// Verified before, or all attempts used: MessageBird does not say which
    /// (422, code 10, `token`: "The token has already been processed.").
    #[error("the verification is used up")]
    AlreadyProcessed,
    /// No such verification or message, for this key (404, code 20).
    #[error("no such object")]
    NotFound,
    /// The number is not accepted (code 9, 10 or 21 about the recipient).
    #[error("the number is not accepted")]
    RecipientRefused,
    /// The number is on MessageBird's blacklist (code 12).
    #[error("the number is blacklisted")]
    RecipientBlacklisted,
    /// The key is wrong, revoked or not allowed this (401, 403, or code 2).
    #[error("the key is not accepted")]
    NotAuthorised,
    /// The account has no money left (402, or code 25).
    #[error("the account has no balance")]
    NoBalance,
    /// Too many requests (429). It is the account's quota, not the person's.
    #[error("too many requests")]
    RateLimited {
        /// From `Retry-After`, clamped to 1–300 s; `None` when absent or unreadable.
        retry_after: Option<Duration>,
    },
    /// Overloaded, and says when to come back (503 **with** a readable `Retry-After`).
    #[error("busy for now")]
    Busy {
        /// From `Retry-After`, clamped to 1–300 s.
        retry_after: Duration,
    },
    /// Another no.
    #[error("status {status}{}", code.map(|code| format!(", code {code}")).unwrap_or_default())]
    Other {
        /// The HTTP status.
        status: u16,
        /// MessageBird's error code, when the body could be read.
        code: Option<i64>,
        /// The request field it is about, when named by letters, digits and `_` alone (32 at most).
        parameter: Option<String>,
    },
}
