//! Log lines: their shape and how many.

use super::values::Values;
use serde::Deserialize;

/// How the service logs.
#[derive(Debug, Clone)]
pub struct Log {
    /// `LOG_FORMAT`: the shape of a line; by default for people on a terminal, else for machines.
    pub format: Option<Format>,
    /// `RUST_LOG`: what is logged, in the syntax of tracing-subscriber's `EnvFilter`.
    pub filter: String,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

#[derive(Deserialize, Default)]
struct Raw {
    log_format: Option<String>,
    rust_log: Option<String>,
}

impl Log {
    pub(super) fn read(values: &mut Values) -> Self {
        let raw: Raw = values.topic(&["LOG_FORMAT", "RUST_LOG"]);
        Self {
            format: values.parse(
                "LOG_FORMAT",
                raw.log_format,
                None,
                |text| match text {
                    "json" => Some(Some(Format::Json)),
                    "text" => Some(Some(Format::Text)),
                    _ => None,
                },
                "json or text",
            ),
            filter: raw.rust_log.unwrap_or_else(|| "info".into()),
        }
    }
}
