//! What the guard holds right now, for operators.

use super::steps::Steps;
use super::{Conversion, Guard, levers};
use crate::channel::Channel;
use crate::limits::Rule;
use crate::ports::{Found, Key, Step, StoreError};
use crate::region::Region;
use crate::timestamp::Timestamp;
use std::sync::Arc;

/// Units used of a limit, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Units charged within the longest window.
    pub used: u32,
    /// Units the longest window admits.
    pub quota: u32,
}

/// New calls by one channel, to one region or to all, that are stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Where to; `None` for everywhere.
    pub region: Option<Region>,
    /// How.
    pub channel: Channel,
    /// By whom.
    pub by: StoppedBy,
    /// Until when, as far as it was written down.
    pub until: Option<Timestamp>,
}

/// Who stops calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoppedBy {
    /// An operator.
    Operator,
    /// The conversion watch.
    Watch,
}

/// The caps and what is left of them, and what is stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Starts within an hour, everywhere.
    pub hour: Used,
    /// Starts within a day, everywhere.
    pub day: Used,
    /// Starts within a day, not counting verified ones, in each region that has any.
    pub regions: Vec<(Region, Used)>,
    /// What is stopped now: everywhere first, then by region.
    pub stopped: Vec<Stopped>,
    /// Whether none of this replica's keys opened the list of what is blocked when it was last read.
    pub blocks_unreadable: bool,
}

impl Overview {
    /// What is stopped everywhere.
    pub fn paused(&self) -> impl Iterator<Item = &Stopped> {
        self.stopped.iter().filter(|it| it.region.is_none())
    }

    /// What is stopped in some regions.
    pub fn closed(&self) -> impl Iterator<Item = (Region, &Stopped)> {
        self.stopped.iter().filter_map(|it| Some((it.region?, it)))
    }
}

/// A flag that is read, and what is stopped while it is set.
type Flag = (Option<Region>, Channel, StoppedBy);

impl Guard {
    /// Reads the caps and the state of these regions. Charges nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn overview(&self, regions: &[Region]) -> Result<Overview, StoreError> {
        let limits = &self.limits;
        let mut steps = Steps::default();
        steps.add(Step::Read(self.hour_key(), limits.hour.clone()));
        steps.add(Step::Read(self.day_key(), limits.day.clone()));
        for region in regions {
            steps.add(Step::Read(self.region_key(*region), limits.region.clone()));
        }
        let flags = self.flags(regions);
        for (_, key) in &flags {
            steps.add(Step::ReadFlag(*key));
        }
        let found = steps.find(&*self.counters).await?;
        let used = |found: Option<&Found>, rule: &Arc<Rule>| Used {
            used: found
                .map_or(0, |found| if let Found::Room(room) = found { room.used } else { 0 }),
            quota: rule.windows().last().map_or(0, |window| window.quota),
        };
        let of_regions = regions.iter().zip(found.iter().skip(2));
        let of_regions =
            of_regions.map(|(region, found)| (*region, used(Some(found), &limits.region)));
        let of_flags = flags.iter().zip(found.iter().skip(2 + regions.len()));
        let stopped = of_flags.filter_map(|(((region, channel, by), _), found)| match found {
            Found::Flag(Some(flag)) => {
                let (region, channel, by) = (*region, *channel, *by);
                Some(Stopped { region, channel, by, until: levers::until(*flag) })
            }
            _ => None,
        });
        Ok(Overview {
            hour: used(found.first(), &limits.hour),
            day: used(found.get(1), &limits.day),
            regions: of_regions.filter(|(_, used)| used.used > 0).collect(),
            stopped: stopped.collect(),
            blocks_unreadable: self.blocks.is_unreadable(),
        })
    }

    /// Every flag that stops calls, and its key.
    fn flags(&self, regions: &[Region]) -> Vec<(Flag, Key)> {
        let paused =
            Channel::ALL.map(|it| ((None, it, StoppedBy::Operator), levers::paused_key(it)));
        let mut flags = Vec::from(paused);
        for region in regions {
            let key = |it| levers::closed_key(*region, it);
            flags
                .extend(Channel::ALL.map(|it| ((Some(*region), it, StoppedBy::Operator), key(it))));
            // Elsewhere, or before, it may have been enforced: here it closes nothing.
            if self.conversion == Conversion::Enforce {
                let watch = (Some(*region), Channel::Voice, StoppedBy::Watch);
                flags.push((watch, self.closed_key(*region)));
            }
        }
        flags
    }
}
