//! How variables become values: files, blanks, faults. Which variables exist is in the topics.

use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::time::Duration;
use verification::Window;

/// The environment, and the faults found in it so far.
pub(super) struct Values {
    vars: BTreeMap<String, String>,
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
    /// Takes the environment. Names and values that are not UTF-8 cannot be ours.
    pub(super) fn collect(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let text = |(name, value): (OsString, OsString)| {
            let value = value.into_string().ok()?.trim().to_owned();
            Some((name.into_string().ok()?, value)).filter(|(_, value)| !value.is_empty())
        };
        Self { vars: vars.into_iter().filter_map(text).collect(), faults: Vec::new() }
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

    fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.vars.get(name).cloned();
        let Some(path) = self.vars.get(&format!("{name}_FILE")) else {
            return value;
        };
        if value.is_some() {
            self.fault(name, format!("and {name}_FILE are both set; keep one"));
            return None;
        }
        match std::fs::read_to_string(path) {
            Ok(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Err(error) => {
                self.fault(name, format!("cannot be read from {name}_FILE: {}", error.kind()));
                None
            }
        }
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
        match raw.as_deref().map(parse) {
            None => default,
            Some(Some(value)) => value,
            Some(None) => {
                self.fault(variable, format!("must be {expected}"));
                default
            }
        }
    }

    pub(super) fn fault(&mut self, variable: &'static str, problem: impl Into<String>) {
        self.faults.push(Fault { variable, problem: problem.into() });
    }

    pub(super) fn finish(self) -> Result<(), Faults> {
        if self.faults.is_empty() { Ok(()) } else { Err(Faults(self.faults)) }
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

/// The largest quota: beyond every traffic, and far from where counts would no longer be exact.
pub(super) const LARGEST_QUOTA: u32 = 1_000_000_000;

/// A window such as `3/10m`.
pub(super) fn window(text: &str) -> Option<Window> {
    let (quota, per) = text.split_once('/')?;
    let quota = within(quota.trim(), 1..=LARGEST_QUOTA)?;
    Some(Window { quota, per: span(per.trim())? })
}

/// A whole number within bounds.
pub(super) fn within<T: std::str::FromStr + PartialOrd>(
    text: &str,
    bounds: std::ops::RangeInclusive<T>,
) -> Option<T> {
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
