//! The simulator as a client meets it: over HTTP, on a free port, its clock moved by request.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod check;
mod create;
mod delivery;
mod fault_proxy;
mod faults;
mod phone;
mod scenarios;
mod server;
mod support;
mod transport;
mod twilio;
