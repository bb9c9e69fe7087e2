//! How many requests were seen, per operation and provider, whatever they were answered.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::Provider;
use super::faults::Operation;

const OPERATIONS: [Operation; 5] =
    [Operation::Create, Operation::Check, Operation::View, Operation::Delete, Operation::Delivery];

/// Requests of each provider's clients.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<(Provider, Operation), u64>);

impl Seen {
    /// Counts one.
    pub(crate) fn count(&mut self, provider: Provider, operation: Operation) {
        *self.0.entry((provider, operation)).or_default() += 1;
    }

    /// The counts of all, and each provider's under its name.
    pub(crate) fn report(&self) -> Value {
        let counts = |of: &[Provider]| -> Map<String, Value> {
            let seen = |it| of.iter().filter_map(|of| self.0.get(&(*of, it))).sum::<u64>();
            let name = |it| json!(it).as_str().unwrap_or_default().to_owned();
            OPERATIONS.iter().map(|it| (name(it), seen(*it).into())).collect()
        };
        let mut report = counts(&[Provider::Messagebird, Provider::Twilio]);
        report.insert("messagebird".to_owned(), counts(&[Provider::Messagebird]).into());
        report.insert("twilio".to_owned(), counts(&[Provider::Twilio]).into());
        report.into()
    }
}
