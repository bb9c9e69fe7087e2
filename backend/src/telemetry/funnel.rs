//! What became of those who wanted to prove a number: called, verified, and with what receipt. Why
//! starts and checks came to nothing is counted beside it, in `telemetry`.

use super::RegionLabel;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;
use verification::Channel;

/// Up to the ten minutes that a code is good for at most.
const BUCKETS: [f64; 8] = [5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 600.0];

/// Counts of verifications on their way.
pub struct Funnel {
    placed: Family<Way, Counter>,
    answered: Family<Way, Counter>,
    verified: Family<Way, Counter>,
    deliveries: Family<DeliveryLabels, Counter>,
    time_to_verified: Family<ChannelLabels, Histogram, fn() -> Histogram>,
    receipts: Family<OutcomeLabels, Counter>,
    replays: Counter,
}

/// Which way a code travelled.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Way {
    /// `voice` or `sms`.
    pub channel: &'static str,
    /// Where to, ISO 3166-1.
    pub region: RegionLabel,
    /// By whom.
    pub provider: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DeliveryLabels {
    channel: &'static str,
    region: RegionLabel,
    provider: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ChannelLabels {
    channel: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

impl Funnel {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let funnel = Self {
            placed: Family::default(),
            answered: Family::default(),
            verified: Family::default(),
            deliveries: Family::default(),
            time_to_verified: Family::new_with_constructor(histogram),
            receipts: Family::default(),
            replays: Counter::default(),
        };
        registry.register(
            "verify_placed",
            "Calls and messages that a provider accepted",
            funnel.placed.clone(),
        );
        registry.register(
            "provider_deliveries",
            "States that calls and messages were found in, each once",
            funnel.deliveries.clone(),
        );
        registry.register(
            "verify_answered",
            "Calls that were taken and messages that arrived, each once over all replicas",
            funnel.answered.clone(),
        );
        registry.register(
            "verify_verified",
            "Numbers that were proven, each verification once",
            funnel.verified.clone(),
        );
        registry.register(
            "verify_time_to_verified_seconds",
            "Time from a start to its right code",
            funnel.time_to_verified.clone(),
        );
        registry.register(
            "receipts",
            "Receipts issued and redeemed, and why some were refused",
            funnel.receipts.clone(),
        );
        registry.register(
            "idempotent_replays",
            "Requests that got the answer to an earlier one with the same key",
            funnel.replays.clone(),
        );
        for channel in Channel::ALL {
            let labels = ChannelLabels { channel: channel.as_str() };
            drop(funnel.time_to_verified.get_or_create(&labels));
        }
        for outcome in ["issued", "redeemed"] {
            drop(funnel.receipts.get_or_create(&OutcomeLabels { outcome }));
        }
        funnel
    }

    /// Counts a call or message that was placed.
    pub fn placed(&self, way: &Way) {
        self.placed.get_or_create(way).inc();
        // There from the first start on: a rate needs a zero to begin with.
        drop(self.answered.get_or_create(way));
        drop(self.verified.get_or_create(way));
    }

    /// Counts a state that a call or message was found in.
    pub fn delivery(&self, way: &Way, state: &'static str) {
        let Way { channel, region, provider } = way.clone();
        self.deliveries.get_or_create(&DeliveryLabels { channel, region, provider, state }).inc();
    }

    /// Counts a call that was taken, or a message that arrived.
    pub fn answered(&self, way: &Way) {
        self.answered.get_or_create(way).inc();
    }

    /// Counts a number that was proven, so long after its start.
    pub fn verified(&self, way: &Way, after: Duration) {
        self.verified.get_or_create(way).inc();
        let labels = ChannelLabels { channel: way.channel };
        self.time_to_verified.get_or_create(&labels).observe(after.as_secs_f64());
    }

    /// Counts a receipt by what was done with it, or the problem that it met.
    pub fn receipt(&self, outcome: &'static str) {
        self.receipts.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts an answer that was given again.
    pub fn replay(&self) {
        self.replays.inc();
    }
}
