//! Ringproof, the service: everything around the domain that touches the world.
//!
//! | question | module |
//! |---|---|
//! | what is wired to what? | [`startup`] |
//! | which paths are there? | [`http`] |
//! | what does a problem mean? | [`http::problem`] |
//! | which variable sets what? | [`config`] |
//! | who does what the domain asks for? | [`adapters`] |
//! | what is logged and counted? | [`telemetry`], [`http::edge`] |
//! | what do the commands do? | [`cli`] |

// Nothing that comes from outside may bring the service down by being too short.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

pub mod adapters;
pub mod cli;
pub mod config;
pub mod demo;
#[cfg(test)]
#[path = "../fuzz/targets.rs"]
mod fuzz;
pub mod http;
pub mod startup;
pub mod telemetry;
