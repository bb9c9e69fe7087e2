//! For whom a number is proven. What of it a receipt says, and whose limits a start is charged to,
//! is decided elsewhere.

use std::fmt;
use std::net::IpAddr;

/// For whom a number is to be proven: what is sealed into the id only to be handed on, and what a
/// resend inherits.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The site's own reference.
    pub reference: Option<String>,
    /// The name of the service that asks with a key of its own.
    pub caller: Option<String>,
    /// For whom a receipt is, where that is neither the caller nor the issuer.
    pub audience: Option<String>,
    /// What the site's server made for one person's session.
    pub nonce: Option<String>,
    /// The address of the person, as the caller told it.
    pub start_address: Option<IpAddr>,
}

impl fmt::Debug for Context {
    /// Shows whose it is and nothing else.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("caller", &self.caller).finish_non_exhaustive()
    }
}
