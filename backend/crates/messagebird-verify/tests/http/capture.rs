//! What a test's own thread logs, as text. For the tests of every client.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

/// Keeps every event and span at every level as text, `LEVEL target field=value …`, per thread.
///
/// It is the one subscriber of the whole test process: a subscriber per test would race for the process-wide
/// memory of which log lines anybody wants. A test runs on one thread, and so do its client and its server.
struct Capture;

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Begins anew for this thread.
pub(crate) fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Capture).unwrap());
    LINES.take();
}

/// What was logged by this thread since.
pub(crate) fn captured() -> Vec<String> {
    LINES.take()
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

fn keep(start: &str, record: impl FnOnce(&mut Line)) {
    let mut line = Line(start.to_owned());
    record(&mut line);
    LINES.with_borrow_mut(|lines| lines.push(line.0));
}

fn start(metadata: &Metadata<'_>) -> String {
    format!("{} {}", metadata.level(), metadata.target())
}

impl Subscriber for Capture {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        keep(&start(attributes.metadata()), |line| attributes.record(line));
        span::Id::from_u64(1)
    }

    fn record(&self, _span: &span::Id, values: &span::Record<'_>) {
        keep("record", |line| values.record(line));
    }

    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        keep(&start(event.metadata()), |line| event.record(line));
    }

    fn enter(&self, _span: &span::Id) {}

    fn exit(&self, _span: &span::Id) {}
}
