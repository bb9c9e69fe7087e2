//! How a log line is written for machines: one JSON object, in the shape that `docs/LOGGING.md`
//! promises. tracing-subscriber's own writer parses a span's fields anew for every line, which was
//! half the cost of logging; this one copies them.

use std::fmt::{self, Write};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes events and the fields of spans as members of JSON objects.
pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"level\":\"{}\"", event.metadata().level())?;
        let mut members = Members { writer: writer.by_ref(), first: false, result: Ok(()) };
        event.record(&mut members);
        members.member("target", |writer| quoted(writer, event.metadata().target()));
        members.result?;
        if let Some(span) = context.lookup_current() {
            writer.write_str(",\"span\":{")?;
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>()
                && !fields.fields.is_empty()
            {
                write!(writer, "{},", fields.fields)?;
            }
            write!(writer, "\"name\":\"{}\"}}", span.name())?;
        }
        writer.write_str("}\n")
    }
}

impl<'writer> FormatFields<'writer> for JsonLines {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut members = Members { writer, first: true, result: Ok(()) };
        fields.record(&mut members);
        members.result
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &tracing::span::Record<'_>,
    ) -> fmt::Result {
        let first = current.fields.is_empty();
        let mut members = Members { writer: current.as_writer(), first, result: Ok(()) };
        fields.record(&mut members);
        members.result
    }
}

/// Writes fields as they come, with commas between them.
struct Members<'a> {
    writer: Writer<'a>,
    first: bool,
    result: fmt::Result,
}

impl Members<'_> {
    fn member(&mut self, name: &str, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        // Where in its source an older crate wrote its line helps nobody here.
        if matches!(name, "log.module_path" | "log.file" | "log.line") {
            return;
        }
        let comma = if std::mem::take(&mut self.first) { "" } else { "," };
        let writer = &mut self.writer;
        self.result = self.result.and_then(|()| {
            // Names are identifiers of ours, or of crates: nothing to escape.
            write!(writer, "{comma}\"{name}\":")?;
            value(writer)
        });
    }
}

impl Visit for Members<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON knows neither infinities nor "not a number".
        self.member(field.name(), |writer| match value.is_finite() {
            true => write!(writer, "{value}"),
            false => writer.write_str("null"),
        });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field.name(), |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field.name(), |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field.name(), |writer| write!(writer, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field.name(), |writer| quoted(writer, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.member(field.name(), |writer| {
            writer.write_char('"')?;
            write!(Escaped(writer), "{value:?}")?;
            writer.write_char('"')
        });
    }
}

fn quoted(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    writer.write_char('"')?;
    Escaped(writer).write_str(text)?;
    writer.write_char('"')
}

/// Passes text on as the inside of a JSON string: no text can end the string or the line.
struct Escaped<'a, 'b>(&'a mut Writer<'b>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
            let (plain, from) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut characters = from.chars();
            match characters.next() {
                Some('"') => self.0.write_str("\\\"")?,
                Some('\\') => self.0.write_str("\\\\")?,
                Some('\n') => self.0.write_str("\\n")?,
                Some(control) => write!(self.0, "\\u{:04x}", u32::from(control))?,
                None => {}
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::SubscriberExt;

    /// What the lines say that `work` logs.
    fn lines(work: impl FnOnce()) -> Vec<Value> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = Shared(Arc::clone(&written));
        let layer = tracing_subscriber::fmt::layer()
            .event_format(JsonLines)
            .fmt_fields(JsonLines)
            .with_writer(move || sink.clone());
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
    fn writes_every_kind_of_field_and_the_span() {
        let mut lines = lines(|| {
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
        let lines = lines(|| tracing::info!(text = nasty, shown = %nasty, "{nasty}"));
        assert_eq!(lines.len(), 1);
        for member in ["text", "shown", "message"] {
            assert_eq!(lines[0][member], nasty, "{member}");
        }
        assert_eq!(lines[0]["span"], Value::Null);
    }
}
