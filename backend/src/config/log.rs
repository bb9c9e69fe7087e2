//! Log lines: their shape and how many.

use super::values::Values;
use serde::Deserialize;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};

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
        let format = |text: &str| match text {
            "json" => Some(Format::Json),
            "text" => Some(Format::Text),
            _ => None,
        };
        Self {
            format: values.optional("LOG_FORMAT", raw.log_format, format, "json or text"),
            filter: values.parse(
                "RUST_LOG",
                raw.rust_log,
                "info".to_owned(),
                |text| is_filter(text).then(|| text.to_owned()),
                "a level (error, warn, info, debug, trace), or parts such as ringproof=debug",
            ),
        }
    }
}

/// Whether a text is a filter, and not a misspelt level: alone, that would be the name of a crate that
/// nobody has, and everything else would be silent.
fn is_filter(text: &str) -> bool {
    let word = |part: &str| part.bytes().all(|b| b.is_ascii_alphabetic());
    let alone = |part: &&str| word(part) && !part.is_empty();
    let mut words = text.split(',').map(str::trim).filter(alone);
    words.all(|word| word == "ringproof" || word.parse::<LevelFilter>().is_ok())
        && EnvFilter::try_new(text).is_ok()
}
