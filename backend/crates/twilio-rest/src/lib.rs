#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! | module | what lives there |
//! |---|---|
//! | `client` | [`Client`]: the operations, in the order a reader expects them |
//! | `config` | [`ClientConfig`] |
//! | `twiml` | [`Twiml`]: what a call says, as a document that runs everywhere |
//! | `languages` | [`Language`]: 34 languages, each with its attribute and its voice |
//! | `callback` | [`KeyPress`]: a carrier's call-back, its signature checked |
//! | `answer` | which HTTP status belongs to which outcome class |
//! | `codes` | error codes → [`Refusal`] |
//! | `wire` | forms out, JSON in; tolerant of everything known to differ |
//! | `model` | the types callers hold: ids, requests, states |
//! | `error` | [`Refusal`]: what a carrier refuses with |

// Nothing that comes from outside may bring the service down by being too short.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod answer;
mod callback;
mod client;
mod codes;
mod config;
mod error;
#[cfg(test)]
#[path = "../fuzz/targets.rs"]
mod fuzz;
mod languages;
mod model;
mod twiml;
mod wire;

pub use callback::{KeyPress, Unsigned};
pub use client::Client;
pub use config::ClientConfig;
pub use error::{Error, Refusal};
pub use languages::{LANGUAGES, Language};
pub use model::{
    AnsweredBy, Call, CallState, CallStatus, End, InvalidSid, Message, MessageState, MessageStatus,
    Sid,
};
pub use provider_http::{
    BuildError, CertificateDer, Limits, Name, NotSent, Resolve, Resolver, Resolving, Source,
    Unknown, Unusable, Url,
};
pub use secrecy::SecretString;
pub use twiml::{Speech, TooLong, Twiml};
