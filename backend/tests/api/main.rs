//! The service through its real port, against the simulator through its own. The path of a test
//! mirrors the URL it tests.

#![expect(clippy::print_stdout, reason = "measured numbers are printed beside what is asserted")]
#![expect(unreachable_pub, reason = "a test binary has no outside")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod audit;
mod callers;
mod carriers;
mod cli;
mod config;
mod cors;
mod docs;
mod edge;
#[path = "../../crates/messagebird-verify/tests/http/fake.rs"]
#[expect(dead_code, reason = "the client's own tests need more of it")]
mod fake;
mod field_cases;
mod guard;
mod health;
mod helpers;
mod idempotency;
mod levers;
mod metrics;
mod overview;
mod page;
mod press_key;
mod privacy;
mod problems;
mod process;
mod progress;
mod receipts;
mod scenarios;
#[path = "../store/servers.rs"]
#[expect(dead_code, reason = "the store's own tests need more of it")]
mod servers;
mod serving;
mod shared_store;
mod store_tls;
#[cfg(feature = "otel")]
mod traces;
mod verifications;
