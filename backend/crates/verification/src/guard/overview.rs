//! What the guard holds right now, for operators.

use super::steps::Steps;
use super::{Conversion, Guard, levers};
use crate::channel::Channel;
use crate::limits::Rule;
use crate::ports::{Found, Step, StoreError};
use crate::region::Region;
use std::sync::Arc;

/// Units used of a limit, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Units charged within the longest window.
    pub used: u32,
    /// Units the longest window admits.
    pub quota: u32,
}

/// The caps and what is left of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Starts within an hour, everywhere.
    pub hour: Used,
    /// Starts within a day, everywhere.
    pub day: Used,
    /// Starts within a day, not counting verified ones, in each region that has any.
    pub regions: Vec<(Region, Used)>,
    /// Regions that the conversion watch has closed for voice.
    pub closed: Vec<Region>,
    /// Channels by which an operator lets no new calls be placed.
    pub paused: Vec<Channel>,
    /// Regions that an operator has closed, and by which channels.
    pub closed_by_hand: Vec<(Region, Vec<Channel>)>,
    /// Whether none of this replica's keys opened the list of what is blocked when it was last read.
    pub blocks_unreadable: bool,
}

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
            steps.add(Step::ReadFlag(self.closed_key(*region)));
            for channel in Channel::ALL {
                steps.add(Step::ReadFlag(levers::closed_key(*region, channel)));
            }
        }
        let found = steps.find(&*self.counters).await?;
        let used = |found: Option<&Found>, rule: &Arc<Rule>| Used {
            used: found
                .map_or(0, |found| if let Found::Room(room) = found { room.used } else { 0 }),
            quota: rule.windows().last().map_or(0, |window| window.quota),
        };
        let mut overview = Overview {
            hour: used(found.first(), &limits.hour),
            day: used(found.get(1), &limits.day),
            regions: Vec::new(),
            closed: Vec::new(),
            paused: self.paused().await?,
            closed_by_hand: Vec::new(),
            blocks_unreadable: self.blocks.is_unreadable(),
        };
        for (region, pair) in regions.iter().zip(found.get(2..).unwrap_or_default().chunks(4)) {
            let used = used(pair.first(), &limits.region);
            if used.used > 0 {
                overview.regions.push((*region, used));
            }
            let set =
                |(channel, found): (_, &Found)| (*found != Found::Flag(None)).then_some(channel);
            let by_hand = Channel::ALL.into_iter().zip(pair.iter().skip(2)).filter_map(set);
            let by_hand: Vec<_> = by_hand.collect();
            if !by_hand.is_empty() {
                overview.closed_by_hand.push((*region, by_hand));
            }
            // Elsewhere, or before, it may have been enforced: here it closes nothing.
            let enforced = self.conversion == Conversion::Enforce;
            if enforced && matches!(pair, [_, Found::Flag(Some(_)), ..]) {
                overview.closed.push(*region);
            }
        }
        Ok(overview)
    }
}
