//! The last hour, minute by minute: what became of the calls that were asked for in each minute, and what
//! refused the others. Bounded, and small enough to be handed around; by whom, in `shared_hour`.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use verification::ports::Timestamp;
use verification::{Channel, Region};

/// Minutes that are kept, the one that runs included.
pub const MINUTES: u64 = 60;
/// The most rows: beyond, what differs by region and provider is counted together.
const MOST: usize = 4_096;
/// How far another machine's clock may be ahead.
const AHEAD: u64 = 2;

/// How far a verification came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A call was asked for.
    Asked,
    /// A provider accepted it.
    Placed,
    /// It is known that somebody took it, or that the message arrived.
    Answered,
    /// The number was proven.
    Verified,
}

/// Which way a code travelled, or should have: without a provider when none took it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// Where to.
    pub region: Region,
    /// How.
    pub channel: Channel,
    /// By whom; empty for nobody.
    pub provider: Cow<'static, str>,
}

/// How many came how far, by [`Stage`].
pub type Counts = [u32; 4];

/// Counts by the minute in which a call was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hour {
    /// By minute since 1970 and route.
    pub routes: BTreeMap<(u64, Route), Counts>,
    /// What refused how many, by minute since 1970 and rule or failure.
    pub refused: BTreeMap<(u64, Cow<'static, str>), u32>,
}

/// The minute of a moment, since 1970.
#[must_use]
pub fn minute(at: Timestamp) -> u64 {
    at.0 / 60_000
}

impl Hour {
    /// Counts one call that was asked for at `asked_at`.
    pub fn count(&mut self, stage: Stage, route: Route, asked_at: Timestamp, now: Timestamp) {
        let mut counts = Counts::default();
        if let Some(count) = counts.get_mut(stage as usize) {
            *count = 1;
        }
        self.add(minute(asked_at), route, counts, now);
    }

    /// Counts one that was refused.
    pub fn refuse(
        &mut self,
        why: impl Into<Cow<'static, str>>,
        asked_at: Timestamp,
        now: Timestamp,
    ) {
        self.add_refused(minute(asked_at), why.into(), 1, now);
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: Self, now: Timestamp) {
        for ((minute, route), counts) in other.routes {
            self.add(minute, route, counts, now);
        }
        for ((minute, why), count) in other.refused {
            self.add_refused(minute, why, count, now);
        }
    }

    /// Forgets what is older than an hour.
    pub fn forget(&mut self, now: Timestamp) {
        let oldest = oldest(now);
        while self.routes.first_key_value().is_some_and(|((minute, _), _)| *minute < oldest) {
            self.routes.pop_first();
        }
        while self.refused.first_key_value().is_some_and(|((minute, _), _)| *minute < oldest) {
            self.refused.pop_first();
        }
    }

    fn add(&mut self, minute: u64, route: Route, more: Counts, now: Timestamp) {
        self.forget(now);
        if !is_within(minute, now) {
            return;
        }
        let route =
            match self.routes.len() < MOST || self.routes.contains_key(&(minute, route.clone())) {
                true => route,
                false => Route { region: Region::WORLD, provider: Cow::Borrowed(""), ..route },
            };
        let counts = self.routes.entry((minute, route)).or_default();
        for (count, more) in counts.iter_mut().zip(more) {
            *count = count.saturating_add(more);
        }
    }

    fn add_refused(&mut self, minute: u64, why: Cow<'static, str>, more: u32, now: Timestamp) {
        self.forget(now);
        if is_within(minute, now) && self.refused.len() < MOST {
            let count = self.refused.entry((minute, why)).or_default();
            *count = count.saturating_add(more);
        }
    }
}

/// The first minute that is kept.
#[must_use]
pub fn oldest(now: Timestamp) -> u64 {
    (minute(now) + 1).saturating_sub(MINUTES)
}

fn is_within(of: u64, now: Timestamp) -> bool {
    (oldest(now)..=minute(now) + AHEAD).contains(&of)
}

/// What one replica tells the others.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sheet {
    routes: Vec<(u64, String, String, String, Counts)>,
    refused: Vec<(u64, String, u32)>,
    /// What is not asked now: provider, operation, and the state as metrics tell it.
    pub breakers: Vec<(String, String, u8)>,
}

impl Sheet {
    /// As it is written down.
    #[must_use]
    pub fn of(hour: &Hour, breakers: Vec<(String, String, u8)>) -> Self {
        let route = |((minute, route), counts): (&(u64, Route), &Counts)| {
            let Route { region, channel, provider } = route;
            (*minute, region.to_string(), channel.to_string(), provider.to_string(), *counts)
        };
        let refused = |((minute, why), count): (&(u64, Cow<'static, str>), &u32)| {
            (*minute, why.to_string(), *count)
        };
        Self {
            routes: hour.routes.iter().map(route).collect(),
            refused: hour.refused.iter().map(refused).collect(),
            breakers,
        }
    }

    /// As it was counted. What cannot be read is left out.
    #[must_use]
    pub fn hour(self) -> Hour {
        let route =
            |(minute, region, channel, provider, counts): (u64, String, String, String, Counts)| {
                let (region, channel) = (region.parse().ok()?, Channel::parse(&channel)?);
                Some(((minute, Route { region, channel, provider: provider.into() }), counts))
            };
        Hour {
            routes: self.routes.into_iter().filter_map(route).collect(),
            refused: self
                .refused
                .into_iter()
                .map(|(minute, why, n)| ((minute, why.into()), n))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_700_000_000_000);

    fn to(region: &str) -> Route {
        let region = region.parse().unwrap();
        Route { region, channel: Channel::Voice, provider: "messagebird".into() }
    }

    fn after(minutes: u64) -> Timestamp {
        Timestamp(START.0 + minutes * 60_000)
    }

    #[test]
    fn what_became_of_a_call_is_counted_in_the_minute_it_was_asked_for_and_forgotten_after_an_hour()
    {
        let mut hour = Hour::default();
        hour.count(Stage::Asked, to("GB"), START, START);
        hour.count(Stage::Verified, to("GB"), START, after(3));
        hour.refuse("hourly_cap", after(59), after(59));
        assert_eq!(
            hour.routes.into_iter().collect::<Vec<_>>(),
            [((minute(START), to("GB")), [1, 0, 0, 1])]
        );
        let mut hour = Hour::default();
        hour.count(Stage::Asked, to("GB"), START, after(59));
        assert_eq!(hour.routes.len(), 1);
        hour.forget(after(60));
        assert_eq!(hour, Hour::default());
        hour.count(Stage::Asked, to("GB"), START, after(60));
        assert_eq!(hour, Hour::default(), "too old");
        hour.count(Stage::Asked, to("GB"), after(100), START);
        assert_eq!(hour, Hour::default(), "from the future");
    }

    #[test]
    fn a_crowd_of_regions_and_minutes_takes_no_more_than_its_room() {
        let mut hour = Hour::default();
        let regions = Region::all();
        for of in 0..MINUTES {
            for region in &regions {
                let route = Route { region: *region, ..to("GB") };
                hour.count(Stage::Asked, route, after(of), after(59));
            }
        }
        assert!(hour.routes.len() <= MOST + 60, "{}", hour.routes.len());
        let all: u32 = hour.routes.values().map(|counts| counts[0]).sum();
        assert_eq!(all as usize, regions.len() * 60, "none is lost");
    }

    #[test]
    fn a_sheet_says_what_was_counted() {
        let mut hour = Hour::default();
        hour.count(Stage::Asked, to("NL"), START, START);
        hour.count(Stage::Answered, to("NL"), START, START);
        hour.refuse("number_limit", START, START);
        let text = serde_json::to_string(&Sheet::of(&hour, Vec::new())).unwrap();
        let sheet: Sheet = serde_json::from_str(&text).unwrap();
        assert_eq!(sheet.hour(), hour);
    }
}
