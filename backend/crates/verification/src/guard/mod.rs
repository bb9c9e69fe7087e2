//! Which limits meet in which decision, and what their refusal means. The rules themselves are in
//! [`crate::limits`]; here they become one atomic step of the store, and the step an answer. The
//! watch over regions whose calls are hardly ever verified is in [`conversion`], the names of the
//! counters in `buckets`; how steps become a decision while a secret is replaced, in `steps`.

mod block_list;
pub mod blocks;
mod buckets;
pub mod conversion;
pub mod levers;
pub(crate) mod mark;
pub mod overview;
mod own_code;
mod proof;
mod steps;
mod tries;

use steps::Steps;
use tries::ending_of;

pub use block_list::NotChanged;
pub use blocks::Blocks;
pub use buckets::Start;
pub use conversion::{Conversion, PoorConversion};
pub use mark::{Fingerprint, Mark, NotTaken, Sent};
pub use own_code::{known_start, unwanted};
pub use tries::{Ending, Standing, Try};

use crate::error::{Limited, Scope, StartError};
use crate::id::{Sealed, VerificationId};
use crate::keys::Keyring;
use crate::limits::Limits;
use crate::ports::{
    Clock, CounterKind, Counters, Decision, Found, Refused, Room, Step, StoreError,
};
use crate::timestamp::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;
use tracing::field::debug;

/// How often a start is decided while what is blocked changes.
const COPIES: usize = 3;

/// An admitted start.
#[derive(Debug, Clone, Copy)]
pub struct Admitted {
    /// When it was charged.
    pub at: Timestamp,
    /// The room it leaves to its number.
    pub room: Room,
}

/// Decides, by the counters, whether money may be spent and codes may be tried.
pub struct Guard {
    /// The store.
    pub counters: Arc<dyn Counters>,
    /// The time, for the watched hour.
    pub clock: Arc<dyn Clock>,
    /// The secret that hides numbers and addresses in the store.
    pub keys: Keyring,
    /// The rules.
    pub limits: Limits,
    /// The conversion watch.
    pub conversion: Conversion,
    /// The copy of what is blocked; begins empty.
    pub blocks: Blocks,
    /// What to do with news of a poor region.
    pub on_poor_conversion: Box<dyn Fn(PoorConversion) + Send + Sync>,
    /// What to do with the news that none of our keys opens the list of what is blocked.
    pub on_unreadable_blocks: Box<dyn Fn() + Send + Sync>,
}

impl Guard {
    /// Charges a start to every limit, or to none.
    ///
    /// # Errors
    /// [`StartError::Limited`], [`StartError::Paused`] and [`StartError::DestinationClosed`] when an
    /// operator stopped it, [`StartError::Original`] when the verification to be replaced has ended,
    /// [`StartError::Store`].
    #[tracing::instrument(target = "trace", name = "guard admit", skip_all, fields(ringproof.rule))]
    pub async fn admit(
        &self,
        start: &Start<'_>,
        replaces: Option<&VerificationId>,
    ) -> Result<Admitted, StartError> {
        // Again when what is blocked was changed since it was copied: then nothing was charged.
        for _ in 0..COPIES {
            if let Some(decided) = self.decide_start(start, replaces).await? {
                if let Err(StartError::Limited(limited)) = &decided {
                    Span::current().record("ringproof.rule", debug(limited.rule));
                }
                return decided;
            }
            self.copy_blocks().await?;
        }
        Err(StartError::Store(StoreError("what is blocked changes all the time".into())))
    }

    /// Decides a start; `None` when it must be decided again.
    async fn decide_start(
        &self,
        start: &Start<'_>,
        replaces: Option<&VerificationId>,
    ) -> Result<Option<Result<Admitted, StartError>>, StoreError> {
        let mut steps = Steps::default();
        let (is_blocked, version) = self.blocks.look(start.number, self.clock.now());
        if is_blocked {
            let unchanged = self.counters.decide(&[block_list::unchanged(version)]).await?;
            let is_current = matches!(unchanged, Decision::Made { .. });
            return Ok(is_current.then_some(Err(StartError::DestinationClosed)));
        }
        self.buckets(start).iter().for_each(|bucket| bucket.charge(&mut steps));
        if let Some(id) = replaces {
            steps.push(id.key(CounterKind::Ending), Step::Unflagged);
        }
        levers::ask(start, &mut steps);
        let unchanged = steps.add(block_list::unchanged(version));
        let watched = self.watched(start);
        if let Some(watched) = &watched {
            watched.charge(&mut steps, self.conversion, self.clock.now());
        }
        Ok(match steps.decide(&*self.counters).await? {
            Decision::Refused { by, .. } if by.iter().any(|it| it.step == unchanged) => None,
            Decision::Refused { at, by } => Some(Err(start_refusal(&steps, &by, at))),
            Decision::Made { at, found } => Some(
                match watched {
                    Some(watched) => self.judge(start, &watched, &found, at).await,
                    None => Ok(()),
                }
                .map(|()| Admitted { at, room: room(&found, 0) }),
            ),
        })
    }

    /// Gives back what a start charged, when it is certain that no call was placed. What counts asking
    /// stays charged.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard withdraw", skip_all)]
    pub async fn withdraw(&self, start: &Start<'_>, at: Timestamp) -> Result<(), StoreError> {
        self.withdrawal(start, at).decide(&*self.counters).await.map(drop)
    }

    /// Shortens the wait until the number may be called again, after a call that provably failed,
    /// unless a later call was charged. Every window still counts the call.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard ease", skip_all)]
    pub async fn ease(&self, sealed: &Sealed) -> Result<Room, StoreError> {
        let mut steps = Steps::default();
        let rule = &self.limits.number;
        let ease = |key| Step::Ease(key, Arc::clone(rule), sealed.created_at);
        steps.push(self.number_names(&sealed.number), ease);
        Ok(room(&steps.find(&*self.counters).await?, 0))
    }
}

fn room(found: &[Found], step: usize) -> Room {
    match found.get(step) {
        Some(Found::Room(room)) => *room,
        _ => Room { used: u32::MAX, left: 0, next_at: Timestamp(u64::MAX) },
    }
}

/// The answer to a refused start: the vaguest limit that refused names the scope, the longest wait
/// of all is the wait, so that a start at its end succeeds.
fn start_refusal(steps: &Steps, by: &[Refused], at: Timestamp) -> StartError {
    let mut named = Limited { rule: CounterKind::Number, retry_after: Duration::ZERO };
    let mut wait = Duration::ZERO;
    for refused in by {
        let rule = match steps.get(refused.step) {
            Some(Step::Unflagged(key)) if key.kind == CounterKind::Ending => {
                return StartError::Original(ending_of(refused));
            }
            Some(Step::Unflagged(key) | Step::Charge(key, _) | Step::ChargeBudget(key, ..)) => {
                key.kind
            }
            _ => continue,
        };
        if let Some(stopped) = levers::refusal(rule, refused.retry_at, at) {
            return stopped;
        }
        let limited = Limited { rule, retry_after: refused.retry_at.since(at) };
        wait = wait.max(limited.retry_after);
        if (limited.scope(), limited.retry_after) >= (named.scope(), named.retry_after) {
            named = limited;
        }
    }
    let retry_after = match named.scope() {
        Scope::Number | Scope::Caller => wait,
        Scope::Client => rounded_up(wait, 60),
        Scope::Capacity => rounded_up(wait, 300),
    };
    StartError::Limited(Limited { retry_after, ..named })
}

fn rounded_up(wait: Duration, to_seconds: u64) -> Duration {
    Duration::from_secs(
        wait.as_millis().div_ceil(1000 * u128::from(to_seconds)) as u64 * to_seconds,
    )
}
