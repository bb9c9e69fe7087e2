//! The `ringproof` command. Everything is in the library, where tests can reach it.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A request allocates a hundred times and more; the system's allocator takes twice as long for it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ringproof::cli::run()
}
