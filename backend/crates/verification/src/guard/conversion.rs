//! The conversion watch: a region whose calls are hardly ever verified is being pumped, or the
//! calls do not arrive. Either way no more money goes there for a while. Calls that nobody could
//! verify, because it is unknown whether they rang or their codes could not be checked, say nothing.

use super::steps::Steps;
use super::{Guard, Start};
use crate::channel::Channel;
use crate::error::{Limited, StartError};
use crate::id::{Sealed, VerificationId};
use crate::limits::{Rule, Window};
use crate::ports::{CounterKind, Found, Key, Step, StoreError};
use crate::region::Region;
use crate::rule::UNDER_WAY;
use crate::timestamp::Timestamp;
use std::sync::{Arc, LazyLock};
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
const CLOSED_FOR: Duration = Duration::from_secs(60 * 60);
/// How the watched calls are counted.
static UNLIMITED: LazyLock<Arc<Rule>> =
    LazyLock::new(|| Arc::new(Rule::new(vec![Window { quota: u32::MAX, per: CONVERSION_SPAN }])));
/// Longer than a verification is open: so long it is known that its code could not be checked.
const UNCHECKED_KEPT: Duration = Duration::from_secs(2 * 60 * 60);

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
        let [.., told, Found::Count(started), Found::Count(verified)] = *found else {
            return Ok(());
        };
        if started < CONVERSION_SAMPLE || verified * 5 >= started {
            return Ok(());
        }
        let closes = self.conversion == Conversion::Enforce;
        if told == Found::Flag(None) {
            let mut steps = if closes { self.withdrawal(start, at) } else { Steps::default() };
            steps.push(watched.told, |key| Step::Flag(key, (at + CLOSED_FOR).0, CLOSED_FOR));
            steps.decide(&*self.counters).await?;
            let region = start.number.region();
            (self.on_poor_conversion)(PoorConversion { region, started, verified });
        }
        if closes {
            let (rule, retry_after) = (CounterKind::Closed, CLOSED_FOR);
            return Err(StartError::Limited(Limited { rule, retry_after }));
        }
        Ok(())
    }

    /// Takes a call out of the watch of which nobody knows whether it rang.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard unwatch", skip_all)]
    pub async fn unwatch(&self, start: &Start<'_>, at: Timestamp) -> Result<(), StoreError> {
        let Some(watched) = self.watched(start) else { return Ok(()) };
        let give_back = Step::GiveBack(watched.started, watched.rule, at);
        self.counters.decide(&[give_back]).await.map(drop)
    }

    /// Counts a call as verified in the watch, once, whose code could not be compared: whoever typed it
    /// has answered the call.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard not_compared", skip_all)]
    pub async fn not_compared(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
    ) -> Result<(), StoreError> {
        let mut steps = Steps::default();
        self.record_once(&mut steps, id, sealed);
        steps.push(id.key(CounterKind::Unchecked), |key| Step::Flag(key, 1, UNCHECKED_KEPT));
        steps.decide(&*self.counters).await.map(drop)
    }

    /// Adds the steps that count a call as verified in the watch, and refuse when it was counted because
    /// its code could not be compared.
    pub(super) fn record_once(&self, steps: &mut Steps, id: &VerificationId, sealed: &Sealed) {
        steps.push(id.key(CounterKind::Unchecked), Step::Unflagged);
        self.record(steps, sealed);
    }

    /// Adds the step that counts a call as verified in the watch.
    pub(super) fn record(&self, steps: &mut Steps, sealed: &Sealed) {
        let Some(watched) = self.watched(&sealed.into()) else { return };
        let record = |key| Step::Record(key, Arc::clone(&watched.rule), sealed.created_at);
        steps.push(watched.verified, record);
    }

    /// The key of the flag that closes a region for voice.
    pub(super) fn closed_key(&self, region: Region) -> Key {
        Key::numbered(CounterKind::Closed, region.number())
    }

    /// Every flag and log of the watch over a region.
    pub(super) fn watched_keys(&self, region: Region) -> impl Iterator<Item = Key> {
        let logs =
            [CounterKind::Started, CounterKind::Verified].into_iter().flat_map(move |kind| {
                [0, 1].map(|counted| Key::numbered(kind, region.number() << 8 | counted))
            });
        let observed = Key::numbered(CounterKind::Observed, region.number());
        logs.chain([self.closed_key(region), observed])
    }

    pub(super) fn watched(&self, start: &Start<'_>) -> Option<Watched> {
        let region = start.number.region();
        let (told, counted) = match self.conversion {
            Conversion::Enforce => (self.closed_key(region), 0),
            // Apart, so that whoever begins to enforce begins to count, and closes nothing at once.
            Conversion::Observe => (Key::numbered(CounterKind::Observed, region.number()), 1),
            Conversion::Off => return None,
        };
        (start.channel == Channel::Voice).then(|| {
            let key = |kind| Key::numbered(kind, region.number() << 8 | counted);
            Watched {
                started: key(CounterKind::Started),
                verified: key(CounterKind::Verified),
                told,
                rule: Arc::clone(&UNLIMITED),
            }
        })
    }
}

pub(super) struct Watched {
    pub(super) started: Key,
    pub(super) verified: Key,
    /// The flag that says that it was told, and closes the region where it is enforced.
    told: Key,
    pub(super) rule: Arc<Rule>,
}

impl Watched {
    /// The flag and the two counts come last, where [`Guard::judge`] finds them.
    pub(super) fn charge(&self, steps: &mut Steps, conversion: Conversion, now: Timestamp) {
        let rule = || Arc::clone(&self.rule);
        let from = Timestamp(now.0.saturating_sub(CONVERSION_SPAN.as_millis() as u64));
        // Younger calls are not held against a region.
        let to = Timestamp(now.0.saturating_sub(UNDER_WAY.as_millis() as u64));
        steps.push(self.started, |key| Step::Charge(key, rule()));
        if conversion == Conversion::Enforce {
            steps.push(self.told, Step::Unflagged);
        }
        steps.push(self.told, Step::ReadFlag);
        for key in [self.started, self.verified] {
            steps.push(key, |key| Step::Count(key, rule(), from, to));
        }
    }
}
