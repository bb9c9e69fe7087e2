//! Counts of what was asked of each provider, and whether it is asked at all.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Counts about the providers, each under its name. Clones count together.
#[derive(Clone, Default)]
pub struct ProviderMetrics {
    requests: Family<RequestLabels, Counter>,
    ambiguous: Family<OperationLabels, Counter>,
    breaker: Family<OperationLabels, Gauge>,
    placed: Family<ChannelLabels, Counter>,
    verified: Family<ChannelLabels, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    provider: &'static str,
    op: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabels {
    provider: &'static str,
    op: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ChannelLabels {
    provider: &'static str,
    channel: &'static str,
}

impl ProviderMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "provider_requests",
            "Requests to a provider; open: not sent, because the breaker is",
            self.requests.clone(),
        );
        registry.register(
            "provider_ambiguous",
            "Requests after which nobody knows what the provider did",
            self.ambiguous.clone(),
        );
        registry.register(
            "provider_placed",
            "Calls and messages that a provider accepted",
            self.placed.clone(),
        );
        registry.register(
            "provider_verified",
            "Those of them whose code was right",
            self.verified.clone(),
        );
        registry.register(
            "breaker_state",
            "Whether a provider is asked: 0 yes, 1 once to find out, 2 no",
            self.breaker.clone(),
        );
    }

    /// Counts a call or message that a provider accepted.
    pub fn placed(&self, provider: &'static str, channel: &'static str) {
        self.placed.get_or_create(&ChannelLabels { provider, channel }).inc();
    }

    /// Counts one whose code was right, once.
    pub fn verified(&self, provider: &'static str, channel: &'static str) {
        self.verified.get_or_create(&ChannelLabels { provider, channel }).inc();
    }

    /// Makes the series of an operation, so that they are there, at zero, from the start.
    pub fn announce(&self, provider: &'static str, op: &'static str, has_effect: bool) {
        let success = RequestLabels { provider, op, outcome: "success" };
        drop(self.requests.get_or_create(&success));
        if has_effect {
            drop(self.ambiguous.get_or_create(&OperationLabels { provider, op }));
        }
    }

    /// Counts a request by how it ended.
    pub fn request(&self, provider: &'static str, op: &'static str, outcome: &'static str) {
        self.requests.get_or_create(&RequestLabels { provider, op, outcome }).inc();
    }

    /// Counts a request that may or may not have had its effect.
    pub fn ambiguous(&self, provider: &'static str, op: &'static str) {
        self.ambiguous.get_or_create(&OperationLabels { provider, op }).inc();
    }

    /// Notes the state of an operation's breaker.
    pub fn breaker(&self, provider: &'static str, op: &'static str, state: u8) {
        self.breaker.get_or_create(&OperationLabels { provider, op }).set(state.into());
    }
}
