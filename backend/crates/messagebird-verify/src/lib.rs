#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! | module | what lives there |
//! |---|---|
//! | `client` | [`Client`]: the five operations, in the order a reader expects them |
//! | `config` | [`ClientConfig`] |
//! | `answer` | which HTTP status belongs to which outcome class |
//! | `codes` | MessageBird's error codes and sentences → [`Refusal`] |
//! | `wire` | JSON out and in; tolerant of everything ever seen |
//! | `model` | the types callers hold: ids, requests, objects, states |
//! | `error` | [`Refusal`]: what MessageBird refuses with |

// Nothing that comes from outside may bring the service down by being too short.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod answer;
mod client;
mod codes;
mod config;
mod error;
#[cfg(test)]
#[path = "../fuzz/targets.rs"]
mod fuzz;
mod model;
mod wire;

pub use client::Client;
pub use config::ClientConfig;
pub use error::{Error, Refusal};
pub use model::{
    CreateVerify, Delivery, DeliveryState, InvalidId, Kind, MessageId, MessageRef, Status, Verify,
    VerifyId, Voice,
};
pub use provider_http::{
    BuildError, CertificateDer, Limits, Name, NotSent, Resolve, Resolver, Resolving, Source,
    Unknown, Unusable, Url,
};
pub use secrecy::SecretString;
