//! The service while something around it breaks. A test's name begins with the row of
//! `docs/FAULTS.md` that it holds: `f12_…` is row F12.

#![expect(unreachable_pub, reason = "a test binary has no outside")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod answering;
mod bodies;
mod breaker;
mod checking;
mod connecting;
mod documented;
mod failover;
#[path = "../../crates/messagebird-verify/tests/http/fake.rs"]
#[expect(dead_code, reason = "the client's own tests need more of it")]
mod fake;
#[path = "../api/helpers.rs"]
#[expect(dead_code, reason = "the API's own tests need more of it")]
mod helpers;
mod killing;
mod refusing;
mod tls;
mod world;
