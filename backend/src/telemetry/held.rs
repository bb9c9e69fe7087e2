//! What the guard holds, as gauges: read from the store when the metrics are.

use super::RegionLabel;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use verification::Channel;
use verification::guard::overview::{Overview, StoppedBy, Used};

/// Caps and regions.
#[derive(Default)]
pub struct Held {
    used: Family<CapLabels, Gauge>,
    cap: Family<CapLabels, Gauge>,
    region_used: Family<RegionLabels, Gauge>,
    region_cap: Family<RegionLabels, Gauge>,
    closed: Family<RegionLabels, Gauge>,
    closed_by_hand: Family<ByHandLabels, Gauge>,
    paused: Family<ChannelLabels, Gauge>,
    unreadable: Gauge,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CapLabels {
    per: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ChannelLabels {
    channel: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByHandLabels {
    region: RegionLabel,
    channel: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RegionLabels {
    region: RegionLabel,
}

impl Held {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("guard_starts_used", "Starts charged to the cap", self.used.clone());
        registry.register("guard_starts_cap", "Starts that the cap admits", self.cap.clone());
        let help = "Unverified starts charged to a region within a day";
        registry.register("guard_region_used", help, self.region_used.clone());
        let help = "Unverified starts that a region admits within a day";
        registry.register("guard_region_cap", help, self.region_cap.clone());
        let help = "Whether the conversion watch has closed a region for calls: 0 no, 1 yes";
        registry.register("guard_region_closed", help, self.closed.clone());
        let help = "Whether an operator has closed a region: 1 for those that are";
        registry.register("guard_region_closed_by_hand", help, self.closed_by_hand.clone());
        let help = "Whether an operator has stopped new calls: 0 no, 1 yes";
        registry.register("guard_paused", help, self.paused.clone());
        let help = "Whether the list of blocked numbers opens with neither key: 0 no, 1 yes";
        registry.register("guard_blocks_unreadable", help, self.unreadable.clone());
    }

    /// Takes what the store says now, or that it says nothing.
    pub fn set(&self, overview: Option<&Overview>) {
        for regions in [&self.region_used, &self.region_cap, &self.closed] {
            regions.clear();
        }
        self.closed_by_hand.clear();
        self.used.clear();
        self.cap.clear();
        self.paused.clear();
        let Some(overview) = overview else { return };
        for (per, Used { used, quota }) in [("hour", overview.hour), ("day", overview.day)] {
            self.used.get_or_create(&CapLabels { per }).set(used.into());
            self.cap.get_or_create(&CapLabels { per }).set(quota.into());
        }
        for channel in Channel::ALL {
            let paused = overview.paused().any(|stopped| stopped.channel == channel);
            let labels = ChannelLabels { channel: channel.as_str() };
            self.paused.get_or_create(&labels).set(paused.into());
        }
        self.unreadable.set(overview.blocks_unreadable.into());
        for (region, Used { used, quota }) in &overview.regions {
            let labels = RegionLabels { region: RegionLabel(*region) };
            self.region_used.get_or_create(&labels).set((*used).into());
            self.region_cap.get_or_create(&labels).set((*quota).into());
            self.closed.get_or_create(&labels).set(0);
        }
        for (region, stopped) in overview.closed() {
            let region = RegionLabel(region);
            match stopped.by {
                StoppedBy::Watch => self.closed.get_or_create(&RegionLabels { region }).set(1),
                StoppedBy::Operator => {
                    let channel = stopped.channel.as_str();
                    self.closed_by_hand.get_or_create(&ByHandLabels { region, channel }).set(1)
                }
            };
        }
    }
}
