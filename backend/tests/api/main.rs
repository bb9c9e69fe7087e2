//! The service through its real port, against the simulator through its own. The path of a test
//! mirrors the URL it tests.

#![expect(unreachable_pub, reason = "a test binary has no outside")]

mod cli;
mod config;
mod docs;
mod edge;
mod guard;
mod health;
mod helpers;
mod idempotency;
mod page;
mod privacy;
mod problems;
mod scenarios;
mod verifications;
