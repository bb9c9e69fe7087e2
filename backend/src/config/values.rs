//! How variables become values: files, blanks, faults. Which variables exist is in the topics.

use messagebird_verify::Url;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;
use verification::Window;

/// The environment, and the faults found in it so far.
pub(super) struct Values {
    /// By name; nothing where the value is not UTF-8.
    vars: BTreeMap<String, Option<String>>,
    /// Variables whose value has blanks around it; only keys must not.
    padded: BTreeSet<&'static str>,
    faults: Vec<Fault>,
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong, without the value.
    pub problem: String,
}

/// Everything that is wrong with the configuration.
#[derive(Debug)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The configuration cannot be used:")?;
        self.0.iter().try_for_each(|fault| writeln!(f, "  {} {}", fault.variable, fault.problem))
    }
}

impl std::error::Error for Faults {}

impl Values {
    /// Takes the environment. An empty value is none.
    pub(super) fn collect(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let text = |(name, value): (OsString, OsString)| {
            let value = value.into_string().ok();
            let empty = value.as_ref().is_some_and(|value| value.trim().is_empty());
            // A name that is not UTF-8 cannot be ours.
            name.into_string().ok().filter(|_| !empty).map(|name| (name, value))
        };
        let vars = vars.into_iter().filter_map(text).collect();
        Self { vars, padded: BTreeSet::new(), faults: Vec::new() }
    }

    /// The raw texts of one topic: a struct of `Option<String>`, one field per variable.
    pub(super) fn topic<T: DeserializeOwned + Default>(&mut self, names: &[&'static str]) -> T {
        let mut pairs = Vec::new();
        for name in names {
            pairs.extend(self.text(name).map(|value| ((*name).to_owned(), value)));
        }
        // Cannot fail for optional strings; envy's own words would show the value.
        envy::from_iter(pairs).unwrap_or_default()
    }

    /// The first of two variables that is set, or else the second, with its raw text.
    pub(super) fn first_of(
        &mut self,
        first: &'static str,
        second: &'static str,
    ) -> (&'static str, Option<String>) {
        match self.text(first) {
            None => (second, self.text(second)),
            text => (first, text),
        }
    }

    /// The raw text of a variable.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let file = format!("{name}_FILE");
        let value = match (self.vars.get(name), self.vars.get(&file)) {
            (None, None) => return None,
            (Some(_), Some(_)) => {
                self.fault(name, format!("and {file} are both set; keep one"));
                return None;
            }
            (Some(value), None) => value.clone().ok_or("is not UTF-8".to_owned()),
            (None, Some(path)) => match path.as_ref().map(std::fs::read_to_string) {
                None => Err(format!("cannot be read: {file} is not UTF-8")),
                Some(Err(error)) => Err(format!("cannot be read from {file}: {}", why(&error))),
                Some(Ok(text)) => Ok(text),
            },
        };
        let value = value.map_err(|problem| self.fault(name, problem)).ok()?;
        let text = value.trim();
        // Every editor ends a file with a line feed.
        if value.trim_end_matches(['\r', '\n']) != text {
            self.padded.insert(name);
        }
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }

    /// A key that somebody else issued. Quotes or blanks around it are a fault: they would be sent along.
    pub(super) fn key(
        &mut self,
        variable: &'static str,
        raw: Option<String>,
    ) -> Option<SecretString> {
        let quoted = |text: &str| text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']);
        let bare = |text: &str| text.bytes().all(|b| b.is_ascii_graphic()) && !quoted(text);
        let text = raw?;
        if bare(&text) && !self.padded.contains(variable) {
            return Some(SecretString::from(text));
        }
        self.fault(
            variable,
            "must be the bare key: without quotes, blanks, line feeds or invisible characters around or in it",
        );
        None
    }

    /// Parses a value, or notes the fault and goes on with the default.
    pub(super) fn parse<T>(
        &mut self,
        variable: &'static str,
        raw: Option<String>,
        default: T,
        parse: impl FnOnce(&str) -> Option<T>,
        expected: &str,
    ) -> T {
        self.optional(variable, raw, parse, expected).unwrap_or(default)
    }

    /// Parses a value, or notes the fault and goes on as if there were none.
    pub(super) fn optional<T>(
        &mut self,
        variable: &'static str,
        raw: Option<String>,
        parse: impl FnOnce(&str) -> Option<T>,
        expected: &str,
    ) -> Option<T> {
        let value = parse(&raw?);
        if value.is_none() {
            self.fault(variable, format!("must be {expected}"));
        }
        value
    }

    /// `true` or `false`, which is meant by nothing.
    pub(super) fn flag(&mut self, variable: &'static str, raw: Option<String>) -> bool {
        self.parse(variable, raw, false, |text| text.parse().ok(), "true or false")
    }

    /// A whole number within bounds.
    pub(super) fn number<T: FromStr + PartialOrd + fmt::Display>(
        &mut self,
        variable: &'static str,
        raw: Option<String>,
        bounds: RangeInclusive<T>,
    ) -> Option<T> {
        let expected = format!("a number from {} to {}", bounds.start(), bounds.end());
        self.optional(variable, raw, |text| within(text, bounds), &expected)
    }

    /// A span in seconds within bounds.
    pub(super) fn seconds(
        &mut self,
        variable: &'static str,
        raw: Option<String>,
        default: u64,
        bounds: RangeInclusive<u64>,
    ) -> Duration {
        let expected = format!("a number of seconds from {} to {}", bounds.start(), bounds.end());
        let seconds = self.parse(variable, raw, default, |text| within(text, bounds), &expected);
        Duration::from_secs(seconds)
    }

    /// The address of a provider's API, which is `live` when there is none.
    #[expect(clippy::expect_used, reason = "constants, covered by every test of a configuration")]
    pub(super) fn base_url(
        &mut self,
        variable: &'static str,
        raw: Option<String>,
        live: &str,
    ) -> Url {
        let live = Url::parse(live).expect("a valid address");
        let expected = "an address such as https://…, without credentials, query or fragment";
        self.parse(variable, raw, live, base_url, expected)
    }

    /// Notes that a value is missing, unless more is known of why.
    pub(super) fn missing(&mut self, variable: &'static str, problem: impl Into<String>) {
        if self.faults.iter().all(|fault| fault.variable != variable) {
            self.fault(variable, problem);
        }
    }

    pub(super) fn fault(&mut self, variable: &'static str, problem: impl Into<String>) {
        self.faults.push(Fault { variable, problem: problem.into() });
    }

    pub(super) fn finish(self) -> Result<(), Faults> {
        if self.faults.is_empty() { Ok(()) } else { Err(Faults(self.faults)) }
    }
}

/// Why a file cannot be read, without its name.
pub(super) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "the service's user may not read it".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        kind => kind.to_string(),
    }
}

/// Comma-separated parts, each parsed; at least one.
pub(super) fn list<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(|part| parse(part.trim())).collect()
}

/// A span such as `60s`, `10m` or `24h`.
pub(super) fn span(text: &str) -> Option<Duration> {
    humantime::parse_duration(text).ok().filter(|span| !span.is_zero())
}

/// The largest quota: more than anybody calls, and small enough to be counted exactly.
pub(super) const LARGEST_QUOTA: u32 = 1_000_000_000;

/// A window such as `3/10m`.
pub(super) fn window(text: &str) -> Option<Window> {
    let (quota, per) = text.split_once('/')?;
    let quota = within(quota.trim(), 1..=LARGEST_QUOTA)?;
    Some(Window { quota, per: span(per.trim())? })
}

/// A whole number within bounds.
pub(super) fn within<T: FromStr + PartialOrd>(text: &str, bounds: RangeInclusive<T>) -> Option<T> {
    text.parse().ok().filter(|number| bounds.contains(number))
}

/// 32 bytes as 64 hex digits.
pub(super) fn hex32(text: &str) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    pairs.iter().map(byte).collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// The address of another service: without credentials, query or fragment.
pub(super) fn base_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    })
}
