//! What a carrier refuses with. The outcome classes around it are those of `provider-http`.

use std::time::Duration;

/// The outcome of an operation that did not succeed: may a second call be placed?
pub type Error = provider_http::Error<Refusal>;

/// A complete answer that says no. Told by status and code alone: the sentence beside them repeats the number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The number cannot be called or written to (21211, 21214, 21217, 21610, 21614 …).
    #[error("the number is not accepted")]
    Recipient,
    /// The account does not call or write there (21215, 21408, 13225 to 13227, Somleng's S1005 and S1007).
    #[error("the account does not call there")]
    Destination,
    /// The carrier blocks this number or its prefix, as for fraud (21216, 60238, 60410, 60412, 60413).
    #[error("the number is blocked")]
    Blocked,
    /// The credentials are wrong, revoked or not allowed this (401, 403, 20003, 20008).
    #[error("the credentials are not accepted")]
    NotAuthorised,
    /// The account has no money left, or was suspended (402, 20005).
    #[error("the account has no balance")]
    NoBalance,
    /// Too many requests or calls at once (429, 20429, 10004, 22005); nothing was done.
    #[error("busy for now")]
    Busy {
        /// From `Retry-After`, clamped to 1–300 s; `None` when absent or unreadable.
        retry_after: Option<Duration>,
    },
    /// No such call or message, for this account (404, 20404).
    #[error("no such call or message")]
    NotFound,
    /// The call is over, so it can neither be cancelled nor ended (21220).
    #[error("the call is over")]
    Over,
    /// Another no: a fault in our request or in the account's set-up (21205, 21210, 21212, 21219, 21606 …).
    #[error("status {status}{}", code.as_ref().map(|code| format!(", code {code}")).unwrap_or_default())]
    Other {
        /// The HTTP status.
        status: u16,
        /// The carrier's error code: digits and letters, 10 at most.
        code: Option<String>,
    },
}
