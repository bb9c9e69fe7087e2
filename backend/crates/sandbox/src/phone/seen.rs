//! How many requests were seen, per operation and provider, whatever they were answered.

use serde::Serialize;
use serde_json::{Value, json};

use super::Provider;
use super::faults::Operation;

/// Requests of one provider's clients.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    create: u64,
    check: u64,
    view: u64,
    delete: u64,
    delivery: u64,
}

impl Counts {
    fn add(&mut self, operation: Operation) {
        *match operation {
            Operation::Create => &mut self.create,
            Operation::Check => &mut self.check,
            Operation::View => &mut self.view,
            Operation::Delete => &mut self.delete,
            Operation::Delivery => &mut self.delivery,
            Operation::Any => return,
        } += 1;
    }
}

/// Requests of all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    all: Counts,
    messagebird: Counts,
    twilio: Counts,
}

impl Seen {
    /// Counts one.
    pub(crate) fn count(&mut self, provider: Provider, operation: Operation) {
        self.all.add(operation);
        match provider {
            Provider::Messagebird => self.messagebird.add(operation),
            Provider::Twilio => self.twilio.add(operation),
        }
    }

    /// The counts of all, and each provider's under its name.
    pub(crate) fn report(&self) -> Value {
        let mut report = json!(self.all);
        report["messagebird"] = json!(self.messagebird);
        report["twilio"] = json!(self.twilio);
        report
    }
}
