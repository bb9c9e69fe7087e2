#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! | module | what lives there |
//! |---|---|
//! | `client` | [`Client`]: the five operations, in the order a reader expects them |
//! | `config` | [`ClientConfig`] and everything that can be wrong with it |
//! | `transport` | one exchange: a free place, the request, the time limits, the capped body |
//! | `connect` | the way to the host: its addresses, TCP, TLS |
//! | `connection` | one HTTP/1.1 connection, driven by whoever waits for its answer |
//! | `pool` | connections that rest until the next request |
//! | `places` | how many requests may be under way, so that none of a kind starves the others |
//! | `answer` | which HTTP status belongs to which outcome class |
//! | `codes` | MessageBird's error codes and sentences → [`Refusal`] |
//! | `retry_after` | the `Retry-After` header, clamped |
//! | `wire` | JSON out and in; tolerant of everything ever seen |
//! | `model` | the types callers hold: ids, requests, objects, states |
//! | `error` | [`Error`] by meaning: may a second call be placed? |

// Nothing that comes from outside may bring the service down by being too short.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod answer;
mod client;
mod codes;
mod config;
mod connect;
mod connection;
mod error;
#[cfg(test)]
#[path = "../fuzz/targets.rs"]
mod fuzz;
mod model;
mod places;
mod pool;
mod retry_after;
mod transport;
mod wire;

pub use client::Client;
pub use config::{BuildError, ClientConfig, Resolver};
pub use connect::{Name, Resolve, Resolving};
pub use error::{Error, NotSent, Refusal, Source, Unknown, Unusable};
pub use model::{
    CreateVerify, Delivery, DeliveryState, InvalidId, Kind, MessageId, MessageRef, Status, Verify,
    VerifyId, Voice,
};
pub use secrecy::SecretString;
pub use tokio_rustls::rustls::pki_types::CertificateDer;
pub use url::Url;
