//! Panics as log lines, wherever they happen. What becomes of a request whose handler panicked is in
//! `http::edge`.

use prometheus_client::metrics::counter::Counter;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{Location, set_hook};
use std::sync::LazyLock;
use std::thread;

pub(super) static COUNT: LazyLock<Counter> = LazyLock::new(Counter::default);

/// From now on each panic of this process is counted and is one line at `error`, with its place, its
/// thread and, under `RUST_BACKTRACE`, the way there. What it says is left out: it may show a value.
pub fn log_panics() {
    set_hook(Box::new(|panic| {
        COUNT.inc();
        let place = panic.location().map(Location::to_string);
        let way = Backtrace::capture();
        let way = (way.status() == BacktraceStatus::Captured).then(|| way.to_string());
        tracing::error!(place, thread = thread::current().name(), backtrace = way, "panicked");
    }));
}
