//! The guard under attack and under honest load, by simulation: the real service with its real
//! counters and default limits, a clock that is moved, a provider double that counts calls. Whole
//! days and a hundred thousand people fit in seconds, so the tables here are measurements:
//! `cargo test -p ringproof --test guard -- --nocapture --test-threads 1` shows them.

#![expect(unreachable_pub, reason = "a test binary has no outside")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "the tables are half of the purpose")]

mod conversion;
mod guessing;
mod harassment;
mod levers;
mod own_code;
mod pumping;
mod rotation;
mod traffic;
mod world;
