//! The names of the counters, and which of them a start is charged to.

use super::Guard;
use super::own_code::names_of_number;
use super::steps::Steps;
use super::tries::ENDING_KEPT;
use crate::channel::Channel;
use crate::context::Context;
use crate::id::{Sealed, VerificationId};
use crate::keys::Names;
use crate::limits::{Client, Rule, Window};
use crate::phone::PhoneNumber;
use crate::ports::{CounterKind, Key, Step};
use crate::region::Region;
use crate::timestamp::Timestamp;
use std::sync::Arc;

/// A start, as far as limits care.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// Who is called.
    pub number: &'a PhoneNumber,
    /// How.
    pub channel: Channel,
    /// Where the request came from.
    pub client: &'a Client,
    /// Whose request it is.
    pub context: &'a Context,
}

impl<'a> From<&'a Sealed> for Start<'a> {
    fn from(sealed: &'a Sealed) -> Self {
        let Sealed { number, channel, client, context, .. } = sealed;
        Self { number, channel: *channel, client, context }
    }
}

/// One limit that a start is charged to.
pub(super) struct Bucket {
    pub(super) kind: CounterKind,
    names: Names,
    rule: Arc<Rule>,
    /// For a budget, where its verified starts are counted.
    verified: Option<Names>,
}

impl Bucket {
    pub(super) fn charge(&self, steps: &mut Steps) {
        let rule = || Arc::clone(&self.rule);
        match &self.verified {
            None => steps.push(self.names, |key| Step::Charge(key, rule())),
            Some(verified) => steps.push_pair((&self.names, verified), |key, verified| {
                Step::ChargeBudget(key, rule(), verified)
            }),
        };
    }

    pub(super) fn give_back(&self, steps: &mut Steps, at: Timestamp) {
        steps.push(self.names, |key| Step::GiveBack(key, Arc::clone(&self.rule), at));
    }

    /// Gives back what a start charged that is verified now, where a limit is for those that are not.
    pub(super) fn verify(&self, steps: &mut Steps, at: Timestamp) {
        if self.verified.is_some() || self.kind == CounterKind::Region {
            self.give_back(steps, at);
        }
        if let Some((names, rule)) = self.verified.zip(self.rule.verified()) {
            steps.push(names, |key| Step::Record(key, Arc::clone(rule), at));
        }
    }

    /// Whether asking is what it counts, whatever becomes of it.
    fn counts_asking(&self) -> bool {
        matches!(self.kind, CounterKind::Client | CounterKind::Caller | CounterKind::CallerClient)
    }
}

fn plain(kind: CounterKind, names: Names, rule: &Arc<Rule>) -> Bucket {
    Bucket { kind, names, rule: Arc::clone(rule), verified: None }
}

impl Guard {
    pub(super) fn withdrawal(&self, start: &Start<'_>, at: Timestamp) -> Steps {
        let mut steps = Steps::default();
        for bucket in self.buckets(start).iter().filter(|bucket| !bucket.counts_asking()) {
            bucket.give_back(&mut steps, at);
        }
        if let Some(watched) = self.watched(start) {
            steps.push(watched.started, |key| Step::GiveBack(key, Arc::clone(&watched.rule), at));
        }
        steps
    }

    /// Every limit that a start is charged to. The number comes first: [`Guard::admit`] reads it.
    pub(super) fn buckets(&self, start: &Start<'_>) -> Vec<Bucket> {
        let number = self.number_names(start.number);
        let mut buckets = vec![plain(CounterKind::Number, number, &self.limits.number)];
        buckets.extend(self.shared_buckets(start));
        buckets
    }

    /// Adds the steps that note a start as verified. Honest traffic of any size flows: client, prefix and
    /// region get their charge back, the number and the caps do not.
    pub(super) fn verify_buckets(&self, steps: &mut Steps, start: &Start<'_>, at: Timestamp) {
        for bucket in self.shared_buckets(start) {
            bucket.verify(steps, at);
        }
    }

    /// The limits that other numbers are charged to as well.
    fn shared_buckets(&self, start: &Start<'_>) -> Vec<Bucket> {
        use CounterKind as Kind;
        let (limits, number) = (&self.limits, start.number);
        let budget = |kind, verified, parts: &[&[u8]], rule: &Arc<Rule>| {
            let names = self.keys.names(kind, parts);
            let verified = rule.verified().map(|_| names.of(verified));
            Bucket { verified, ..plain(kind, names, rule) }
        };
        let mut buckets = Vec::with_capacity(6);
        if let Some(caller) = &start.context.caller {
            let key = Key::of(Kind::Caller, &[caller.as_bytes()]);
            buckets.push(plain(Kind::Caller, key.into(), &limits.caller));
            if let Some(address) = start.context.start_address {
                // Apart from browsers, and from what other callers say of the same address.
                let client = Client::from(address);
                let parts = [caller.as_bytes(), client.bytes()];
                let (kind, verified) = (Kind::CallerClient, Kind::CallerClientVerified);
                buckets.push(budget(kind, verified, &parts, &limits.client));
            }
        } else {
            let parts = [start.client.bytes()];
            buckets.push(budget(Kind::Client, Kind::ClientVerified, &parts, &limits.client));
        }
        let prefix = number.prefix().to_be_bytes();
        buckets.extend([
            budget(Kind::Prefix, Kind::PrefixVerified, &[&prefix], &limits.prefix),
            plain(Kind::Region, self.region_key(number.region()).into(), &limits.region),
            plain(Kind::Hour, self.hour_key().into(), &limits.hour),
            plain(Kind::Day, self.day_key().into(), &limits.day),
        ]);
        buckets
    }

    /// The key of a region's daily limit.
    #[must_use]
    pub fn region_key(&self, region: Region) -> Key {
        Key::numbered(CounterKind::Region, region.number())
    }

    /// The key of the hourly cap.
    #[must_use]
    pub fn hour_key(&self) -> Key {
        Key::numbered(CounterKind::Hour, 0)
    }

    /// The key of the daily cap.
    #[must_use]
    pub fn day_key(&self) -> Key {
        Key::numbered(CounterKind::Day, 0)
    }

    pub(super) fn number_names(&self, number: &PhoneNumber) -> Names {
        names_of_number(&self.keys, number.digits())
    }

    pub(super) fn tries(&self, id: &VerificationId, sealed: &Sealed) -> (Key, Arc<Rule>) {
        let window = Window { quota: sealed.max_attempts.into(), per: sealed.ttl + ENDING_KEPT };
        (id.key(CounterKind::Tries), Arc::new(Rule::new(vec![window])))
    }
}
