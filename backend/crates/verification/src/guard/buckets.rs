//! The names of the counters, and which of them a start is charged to.

use super::Guard;
use super::tries::ENDING_KEPT;
use crate::channel::Channel;
use crate::id::{Sealed, VerificationId};
use crate::limits::{Client, Rule, Window};
use crate::phone::PhoneNumber;
use crate::ports::{CounterKind, Key, Step};
use crate::region::Region;
use crate::timestamp::Timestamp;
use std::sync::Arc;

pub(super) struct Start<'a> {
    pub(super) number: &'a PhoneNumber,
    pub(super) channel: Channel,
    pub(super) client: &'a Client,
}

pub(super) struct Bucket {
    pub(super) key: Key,
    pub(super) rule: Arc<Rule>,
    /// Whether a verified code gives the charge back.
    pub(super) refunded: bool,
}

impl Guard {
    pub(super) fn withdrawal(&self, start: &Start<'_>, at: Timestamp) -> Vec<Step> {
        let kept = |bucket: &Bucket| bucket.key.kind != CounterKind::Client;
        let give_back = |bucket: Bucket| Step::GiveBack(bucket.key, bucket.rule, at);
        let mut steps: Vec<_> = self.buckets(start).filter(kept).map(give_back).collect();
        if let Some(watched) = self.watched(start) {
            steps.push(Step::GiveBack(watched.started, watched.rule, at));
        }
        steps
    }

    /// Every limit that a start is charged to. The number comes first: [`Guard::admit`] reads it.
    pub(super) fn buckets(&self, start: &Start<'_>) -> impl Iterator<Item = Bucket> {
        let (limits, number) = (&self.limits, start.number);
        let bucket = |key, rule: &Arc<Rule>, refunded| Bucket { key, rule: rule.clone(), refunded };
        let fingerprint = |kind, part: &[u8]| self.keys.fingerprint(kind, &[part]);
        let prefix = fingerprint(CounterKind::Prefix, &number.prefix().to_be_bytes());
        [
            bucket(self.number_key(number), &limits.number, false),
            bucket(fingerprint(CounterKind::Client, start.client.bytes()), &limits.client, true),
            bucket(prefix, &limits.prefix, true),
            bucket(self.region_key(number.region()), &limits.region, true),
            bucket(self.hour_key(), &limits.hour, false),
            bucket(self.day_key(), &limits.day, false),
        ]
        .into_iter()
    }

    /// The key of a region's daily limit.
    #[must_use]
    pub fn region_key(&self, region: Region) -> Key {
        self.keys.common_fingerprint(CounterKind::Region, Some(region))
    }

    /// The key of the hourly cap.
    #[must_use]
    pub fn hour_key(&self) -> Key {
        self.keys.common_fingerprint(CounterKind::Hour, None)
    }

    /// The key of the daily cap.
    #[must_use]
    pub fn day_key(&self) -> Key {
        self.keys.common_fingerprint(CounterKind::Day, None)
    }

    pub(super) fn number_key(&self, number: &PhoneNumber) -> Key {
        self.keys.fingerprint(CounterKind::Number, &[&number.digits().to_be_bytes()])
    }

    pub(super) fn codes_key(&self, sealed: &Sealed) -> Key {
        self.keys.fingerprint(CounterKind::Codes, &[&sealed.number.digits().to_be_bytes()])
    }

    pub(super) fn ending_key(&self, id: &VerificationId) -> Key {
        self.keys.fingerprint(CounterKind::Ending, &[id.as_str().as_bytes()])
    }

    pub(super) fn tries(&self, id: &VerificationId, sealed: &Sealed) -> (Key, Arc<Rule>) {
        let window = Window { quota: sealed.max_attempts.into(), per: sealed.ttl + ENDING_KEPT };
        let key = self.keys.fingerprint(CounterKind::Tries, &[id.as_str().as_bytes()]);
        (key, Arc::new(Rule::new(vec![window])))
    }
}
