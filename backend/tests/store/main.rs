//! The stores against their one contract: in memory, on a real Redis, on a real cluster; and the
//! shared one against everything that happens to servers. Needs `redis-server` on the path.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "measured numbers are printed, not asserted")]
#![expect(unreachable_pub, reason = "a test binary has no outside")]

mod caps;
mod cluster;
mod contents;
mod contract;
mod cost;
mod failures;
mod helpers;
mod late;
mod memory_loss;
mod model;
mod servers;
mod warnings;
