//! The conversion watch: a region whose calls are hardly ever verified is being pumped, or the
//! calls do not arrive. Either way no more money goes there for a while.

use super::{Guard, Start};
use crate::channel::Channel;
use crate::error::{Limited, StartError};
use crate::limits::{Rule, Window};
use crate::ports::{CounterKind, Found, Key, Step};
use crate::region::Region;
use crate::timestamp::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// What the conversion watch does when a region's calls are hardly ever verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// Closes the region for voice for an hour, and says so.
    Enforce,
    /// Says so.
    Observe,
    /// Nothing.
    Off,
}

/// Fewer starts than this say nothing about a region.
const CONVERSION_SAMPLE: u64 = 20;
const CONVERSION_SPAN: Duration = Duration::from_secs(60 * 60);
/// A call rings, is answered and typed within this; younger starts are not held against a region.
const CONVERSION_MATURITY: Duration = Duration::from_secs(3 * 60);
const CLOSED_FOR: Duration = Duration::from_secs(60 * 60);
/// A region whose calls are hardly ever verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoorConversion {
    /// The region.
    pub region: Region,
    /// Calls placed within the watched hour.
    pub started: u64,
    /// Those of them that were verified.
    pub verified: u64,
}

impl Guard {
    /// Closes or reports a region whose mature calls were hardly ever verified.
    pub(super) async fn judge(
        &self,
        start: &Start<'_>,
        watched: &Watched,
        found: &[Found],
        at: Timestamp,
    ) -> Result<(), StartError> {
        let [.., flag, Found::Count(started), Found::Count(verified)] = *found else {
            return Ok(());
        };
        if started < CONVERSION_SAMPLE || verified * 5 >= started {
            return Ok(());
        }
        let mut steps = vec![Step::Flag(watched.closed, 1, CLOSED_FOR)];
        if self.conversion == Conversion::Enforce {
            steps.extend(self.withdrawal(start, at));
        }
        if flag == Found::Flag(None) {
            self.counters.decide(&steps).await?;
            let region = start.number.region();
            (self.on_poor_conversion)(PoorConversion { region, started, verified });
        }
        match self.conversion {
            Conversion::Enforce => Err(StartError::Limited(Limited {
                rule: CounterKind::Closed,
                retry_after: CLOSED_FOR,
            })),
            Conversion::Observe | Conversion::Off => Ok(()),
        }
    }

    pub(super) fn watched(&self, start: &Start<'_>) -> Option<Watched> {
        let watch = self.conversion != Conversion::Off && start.channel == Channel::Voice;
        watch.then(|| {
            let region = Some(start.number.region());
            let fingerprint = |kind| self.keys.common_fingerprint(kind, region);
            let unlimited = Window { quota: u32::MAX, per: CONVERSION_SPAN };
            Watched {
                started: fingerprint(CounterKind::Started),
                verified: fingerprint(CounterKind::Verified),
                closed: fingerprint(CounterKind::Closed),
                rule: Arc::new(Rule::new(vec![unlimited])),
            }
        })
    }
}

pub(super) struct Watched {
    pub(super) started: Key,
    pub(super) verified: Key,
    pub(super) closed: Key,
    pub(super) rule: Arc<Rule>,
}

impl Watched {
    /// The flag and the two counts come last, where [`Guard::judge`] finds them.
    pub(super) fn steps(&self, conversion: Conversion, now: Timestamp) -> Vec<Step> {
        let from = Timestamp(now.0.saturating_sub(CONVERSION_SPAN.as_millis() as u64));
        let to = Timestamp(now.0.saturating_sub(CONVERSION_MATURITY.as_millis() as u64));
        let mut steps = vec![Step::Charge(self.started, self.rule.clone())];
        if conversion == Conversion::Enforce {
            steps.push(Step::Unflagged(self.closed));
        }
        steps.push(Step::ReadFlag(self.closed));
        steps.extend([self.started, self.verified].map(|key| Step::Count(key, from, to)));
        steps
    }
}
