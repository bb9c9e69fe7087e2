//! Clients that mean harm, clients that are merely slow, and the end of the process, over raw
//! sockets. A test is named after the row of docs/FAULTS.md that it holds.

#![expect(unreachable_pub, reason = "a test binary has no outside")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod clocks;
mod crowd;
mod fleet;
#[path = "../api/helpers.rs"]
#[expect(dead_code, reason = "the tests of the API need more of it")]
mod helpers;
mod log_pipe;
mod panics;
mod paths;
#[path = "../api/process.rs"]
mod process;
mod raw;
mod requests;
#[path = "../store/servers.rs"]
#[expect(dead_code, reason = "the store's own tests need more of it")]
mod servers;
mod slow;
mod stopping;
mod upgrade;
