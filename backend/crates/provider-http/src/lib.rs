#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! | module | what lives there |
//! |---|---|
//! | `exchange` | [`Exchange`]: one request, its two clocks, the capped body |
//! | `client` | how reqwest is set up; one client for each thread |
//! | `body` | what is exactly one JSON object, and what may stand in a log line |
//! | `failure` | what an error of reqwest proves about what was sent |
//! | `retry_after` | the `Retry-After` header, clamped |
//! | `error` | [`Error`]: the outcome classes |

// Nothing that comes from outside may bring the service down by being too short.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod body;
mod client;
mod error;
mod exchange;
mod failure;
mod retry_after;

pub use body::{object, printable};
pub use client::{BuildError, Limits, Resolver, Settings, authorization, trusting};
pub use error::{Error, NotSent, Source, Unknown, Unusable};
pub use exchange::{Answers, Exchange, Reading, Request};
pub use reqwest::Method;
pub use reqwest::Url;
pub use reqwest::dns::{Name, Resolve, Resolving};
pub use reqwest::header::{HeaderMap, HeaderValue};
pub use retry_after::retry_after;
pub use rustls::pki_types::CertificateDer;
