//! Log lines on standard output: which are written, in which shape, and by which thread. Which
//! fields the line of a request has is in `http::edge`. Traces are switched on beside them.

#[cfg(feature = "otel")]
use super::traces::{Export, layer};
use crate::config::{Format, Log, Traces};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::{Level, Subscriber};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::Layer;
#[cfg(feature = "otel")]
use tracing_subscriber::filter::FilterExt;
use tracing_subscriber::filter::{EnvFilter, Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer as Line;
#[cfg(feature = "otel")]
use tracing_subscriber::layer::Filter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Our own crates. Others may say what is wrong, but no more: at their most talkative they print
/// numbers (libphonenumber) and addresses (the HTTP client), and ours never do.
const OWN: [&str; 6] =
    ["ringproof", "verification", "provider_http", "messagebird_verify", "twilio_rest", "sandbox"];

/// The target of lines that tell the life of a verification.
const AUDIT: &str = "audit";

/// What is not HTTP is an error to its parser, and to nobody else: anyone could fill the log with it.
const UNREADABLE_REQUESTS: &str = "actix_http::h1::dispatcher";

/// Lines that may wait for the thread that writes them, about 3 MB. Further ones are lost.
const MAX_WAITING: usize = 8192;

/// How long the end of the process waits for the last lines to be written.
const FLUSH_WITHIN: Duration = Duration::from_secs(2);

/// Lines that found no place among those that wait.
static NOT_TAKEN: OnceLock<ErrorCounter> = OnceLock::new();
/// Lines that could not be written: the disk is full, say.
static NOT_WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Logging and traces under way. Dropped, it sends the spans and writes the lines that still wait, for at
/// most two seconds each.
#[derive(Debug)]
#[must_use = "what still waits is written when it is dropped"]
pub struct Logging {
    lines: Option<WorkerGuard>,
    #[cfg(feature = "otel")]
    traces: Option<Export>,
}

/// Starts logging to standard output, from a thread of its own: a pipe that nobody reads costs
/// lines, not answers. Starts sending traces, if they are wanted. Does nothing when logging has started
/// before, or when nobody could read it.
pub fn start_logging(log: &Log, traces: Option<&Traces>) -> Logging {
    let stdout = std::io::stdout();
    let terminal = stdout.is_terminal();
    let mut logging = Logging {
        lines: None,
        #[cfg(feature = "otel")]
        traces: None,
    };
    let Ok(out) = stdout.as_fd().try_clone_to_owned().map(File::from) else {
        return logging;
    };
    let (out, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(MAX_WAITING)
        .finish(Counted(BufWriter::new(out)));
    logging.lines = Some(guard);
    let not_taken = out.error_counter();
    let by_default = if terminal { Format::Text } else { Format::Json };
    let lines = lines(log.format.unwrap_or(by_default), terminal, out);
    let own = filter_fn(|metadata| {
        let own = metadata.target().split("::").next();
        let own = own.is_some_and(|own| own == AUDIT || OWN.contains(&own));
        let unreadable = metadata.target().starts_with(UNREADABLE_REQUESTS);
        own || (*metadata.level() <= Level::WARN && !unreadable)
    });
    let registry = tracing_subscriber::registry();
    // For everything that is logged.
    let asked_for = || -> Box<dyn Layer<_> + Send + Sync> {
        asked(&log.filter, |simple| Box::new(simple), |rich| Box::new(rich))
    };
    #[cfg(feature = "otel")]
    let begun = match traces.map(layer) {
        // What is asked of the log says nothing of traces, so each has a filter of its own.
        Some(Ok((layer, export))) => {
            logging.traces = Some(export);
            let asked: Box<dyn Filter<_> + Send + Sync> =
                asked(&log.filter, |simple| Box::new(simple), |rich| Box::new(rich));
            let lines = lines.with_filter(own.and(asked));
            registry.with(lines).with(layer).try_init()
        }
        Some(Err(error)) => {
            let begun = registry.with(lines).with(own).with(asked_for()).try_init();
            tracing::error!(%error, "there are no traces");
            begun
        }
        None => registry.with(lines).with(own).with(asked_for()).try_init(),
    };
    #[cfg(not(feature = "otel"))]
    let begun = {
        let begun = registry.with(lines).with(own).with(asked_for()).try_init();
        if traces.is_some() {
            tracing::warn!("this build has no traces: build it with the feature otel");
        }
        begun
    };
    if begun.is_ok() {
        NOT_TAKEN.get_or_init(|| not_taken);
    }
    logging
}

/// Writes lines in the shape that `docs/LOGGING.md` promises.
fn lines<S, W>(format: Format, colours: bool, out: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(out);
    let lines = lines.with_timer(write_time as fn(&mut Line<'_>) -> fmt::Result);
    match format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    }
}

/// The time of a line, as one text: the timers at hand write it in a dozen pieces, each through the formatter.
fn write_time(line: &mut Line<'_>) -> fmt::Result {
    #[expect(
        clippy::disallowed_methods,
        reason = "when a line was written is true of no other clock"
    )]
    let now = UtcDateTime::now();
    line.write_str(&now.format(&Rfc3339).map_err(|_| fmt::Error)?)
}

/// The filter that `RUST_LOG` asks for, made into what is wanted. The richer kind looks at every span each
/// time it is entered, so it is used only for what the simpler one cannot say.
fn asked<T>(filter: &str, simple: fn(Targets) -> T, rich: fn(EnvFilter) -> T) -> T {
    match filter.parse() {
        Ok(targets) => simple(targets),
        Err(_) => rich(EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"))),
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        #[cfg(feature = "otel")]
        drop(self.traces.take());
        let Some(guard) = self.lines.take() else { return };
        let (done, flushed) = mpsc::channel();
        // The guard has a time limit of its own, but prints to standard output when the queue is
        // full. Where nobody reads that, it would wait for ever.
        let flush = move || {
            drop(guard);
            // An error means that the process has stopped waiting.
            let _ = done.send(());
        };
        if thread::Builder::new().spawn(flush).is_ok() {
            let _ = flushed.recv_timeout(FLUSH_WITHIN);
        }
    }
}

/// Counts the lines that its writer refuses. A buffer keeps what it has when it cannot be emptied, so
/// each refusal is one line.
struct Counted<W>(W);

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        let count = |_: &io::Error| _ = NOT_WRITTEN.fetch_add(1, Ordering::Relaxed);
        self.0.write_all(line).inspect_err(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// How many lines were lost: nobody took them in time, or they could not be written.
#[derive(Debug)]
pub(super) struct LostLines;

impl Collector for LostLines {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let not_taken = NOT_TAKEN.get().map_or(0, ErrorCounter::dropped_lines);
        let not_taken = u64::try_from(not_taken).unwrap_or(u64::MAX);
        let lost = not_taken.saturating_add(NOT_WRITTEN.load(Ordering::Relaxed));
        let lost = ConstCounter::new(lost);
        let help = "Log lines that nobody took in time, or that could not be written";
        let metric = encoder.encode_descriptor("log_lines_lost", help, None, lost.metric_type())?;
        lost.encode(metric)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    /// What the lines say that `work` logs.
    fn written(work: impl FnOnce()) -> Vec<Value> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = Shared(Arc::clone(&written));
        let layer = lines(Format::Json, false, move || sink.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    #[derive(Clone)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_crate_of_ours_may_log() {
        let crates = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/crates")).unwrap();
        let crates = crates.map(|of| of.unwrap().file_name().into_string().unwrap());
        let mut crates: BTreeSet<_> = crates.map(|name| name.replace('-', "_")).collect();
        crates.insert("ringproof".into());
        assert_eq!(crates, OWN.map(str::to_owned).into());
    }

    #[test]
    fn writes_every_kind_of_field_and_the_span() {
        let mut lines = written(|| {
            let span =
                tracing::info_span!("request", request_id = %"a-b", late = tracing::field::Empty);
            span.record("late", 7);
            span.in_scope(|| {
                tracing::warn!(
                    count = 1_u64,
                    below = -1_i64,
                    took = 0.25,
                    endless = f64::NAN,
                    yes = true,
                    absent = None::<&str>,
                    shown = ?Some("x"),
                    "said"
                );
            });
        });
        let mut line = lines.remove(0);
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
        line["timestamp"].take();
        assert_eq!(
            line,
            json!({
                "timestamp": null, "level": "WARN", "message": "said", "count": 1, "below": -1,
                "took": 0.25, "endless": null, "yes": true, "shown": "Some(\"x\")",
                "target": module_path!(),
                "span": { "request_id": "a-b", "late": 7, "name": "request" },
            })
        );
    }

    #[test]
    fn no_text_can_end_a_string_or_a_line() {
        let nasty = "\"}\n{\"level\":\"ERROR\"}\r\u{0}\u{1f}\\ é \u{2028}";
        let lines = written(|| tracing::info!(text = nasty, shown = %nasty, "{nasty}"));
        assert_eq!(lines.len(), 1);
        for member in ["text", "shown", "message"] {
            assert_eq!(lines[0][member], nasty, "{member}");
        }
        assert_eq!(lines[0]["span"], Value::Null);
    }
}
