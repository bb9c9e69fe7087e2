//! Which limits meet in which decision, and what their refusal means. The rules themselves are in
//! [`crate::limits`]; here they become one atomic step of the store, and the step an answer. The
//! watch over regions whose calls are hardly ever verified is in [`conversion`], the names of the
//! counters in `buckets`.

mod buckets;
pub mod conversion;
pub mod overview;

use buckets::Start;

pub use conversion::{Conversion, PoorConversion};

use crate::channel::Channel;
use crate::error::{CheckError, Limited, Scope, StartError};
use crate::id::{Sealed, VerificationId};
use crate::keys::Keyring;
use crate::limits::{Client, Limits};
use crate::phone::PhoneNumber;
use crate::ports::{
    Clock, CounterKind, Counters, Decision, Found, Refused, Room, Step, StoreError,
};
use crate::timestamp::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long an ending outlives its verification's time: as long as the id opens.
const ENDING_KEPT: Duration = Duration::from_secs(25 * 60 * 60);

/// How a verification ended, as kept beside its counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Ending {
    /// Proven.
    Verified = 1,
    /// Cancelled, or replaced by a newer call.
    Canceled = 2,
    /// Out of tries.
    Failed = 3,
}

impl Ending {
    /// The ending that the store has this number for.
    fn from_flag(flag: u64) -> Self {
        match flag {
            1 => Self::Verified,
            2 => Self::Canceled,
            _ => Self::Failed,
        }
    }
}

impl From<Ending> for CheckError {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Verified => Self::AlreadyVerified,
            Ending::Canceled => Self::Canceled,
            Ending::Failed => Self::AttemptsExhausted,
        }
    }
}

/// An admitted start.
#[derive(Debug, Clone, Copy)]
pub struct Admitted {
    /// When it was charged.
    pub at: Timestamp,
    /// The room it leaves to its number.
    pub room: Room,
}

/// A charged try.
#[derive(Debug, Clone, Copy)]
pub struct Try {
    /// When it was charged.
    pub at: Timestamp,
    /// Tries of this verification that are used, this one included.
    pub used: u8,
    /// The room left to start calls to the number.
    pub room: Room,
}

/// Where a verification stands by the counters.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// How it ended, if it did.
    pub ending: Option<Ending>,
    /// Tries used.
    pub used: u8,
    /// The room left to start calls to the number.
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
    /// What to do with news of a poor region.
    pub on_poor_conversion: Box<dyn Fn(PoorConversion) + Send + Sync>,
}

impl Guard {
    /// Charges a start to every limit, or to none.
    ///
    /// # Errors
    /// [`StartError::Limited`], [`StartError::Original`] when the verification to be replaced has
    /// ended, [`StartError::Store`].
    pub async fn admit(
        &self,
        number: &PhoneNumber,
        channel: Channel,
        client: &Client,
        replaces: Option<&VerificationId>,
    ) -> Result<Admitted, StartError> {
        let start = Start { number, channel, client };
        let mut steps: Vec<_> = self.buckets(&start).map(|b| Step::Charge(b.key, b.rule)).collect();
        steps.extend(replaces.map(|id| Step::Unflagged(self.ending_key(id))));
        let watched = self.watched(&start);
        if let Some(watched) = &watched {
            steps.extend(watched.steps(self.conversion, self.clock.now()));
        }
        match self.counters.decide(&steps).await? {
            Decision::Refused { at, by } => Err(start_refusal(&steps, &by, at)),
            Decision::Made { at, found } => {
                if let Some(watched) = watched {
                    self.judge(&start, &watched, &found, at).await?;
                }
                Ok(Admitted { at, room: room(&found, 0) })
            }
        }
    }

    /// Gives back what a start charged, when it is certain that no call was placed. The client's
    /// charge stays: asking is what it paid for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdraw(
        &self,
        number: &PhoneNumber,
        channel: Channel,
        client: &Client,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.counters.decide(&self.withdrawal(&Start { number, channel, client }, at)).await?;
        Ok(())
    }

    /// Shortens the wait until the number may be called again, after a call that provably failed,
    /// unless a later call was charged. Every window still counts the call.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ease(&self, sealed: &Sealed) -> Result<Room, StoreError> {
        let number = self.number_key(&sealed.number);
        let ease = Step::Ease(number, self.limits.number.clone(), sealed.created_at);
        match self.counters.decide(&[ease]).await? {
            Decision::Made { found, .. } => Ok(room(&found, 0)),
            Decision::Refused { .. } => Err(StoreError("easing was refused".into())),
        }
    }

    /// Charges a try to the verification and to its number, before the code is compared.
    ///
    /// The number's limit spans all its verifications, so that a new call never buys new guesses;
    /// but the first try of each call is never refused for it, so that nobody can lock a number's
    /// holder out by guessing: the call itself was rationed.
    ///
    /// # Errors
    /// The verification's ending, [`CheckError::AttemptsExhausted`], [`CheckError::Limited`],
    /// [`CheckError::Store`].
    pub async fn take_try(&self, id: &VerificationId, sealed: &Sealed) -> Result<Try, CheckError> {
        let (tries, rule) = self.tries(id, sealed);
        let steps = [
            Step::Unflagged(self.ending_key(id)),
            Step::Charge(tries, rule),
            Step::ChargeUnlessFirst(self.codes_key(sealed), self.limits.codes.clone(), tries),
            Step::Read(self.number_key(&sealed.number), self.limits.number.clone()),
        ];
        match self.counters.decide(&steps).await? {
            Decision::Made { at, found } => {
                Ok(Try { at, used: room(&found, 1).used as u8, room: room(&found, 3) })
            }
            Decision::Refused { at, by } => Err(match by.first() {
                Some(Refused { flag: Some(flag), .. }) => ended(*flag),
                Some(Refused { step: 1, .. }) | None => CheckError::AttemptsExhausted,
                Some(refused) => CheckError::Limited(Limited {
                    rule: CounterKind::Codes,
                    retry_after: refused.retry_at.since(at),
                }),
            }),
        }
    }

    /// Gives back a try when it is certain that no code was compared.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn return_try(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (tries, rule) = self.tries(id, sealed);
        let codes = Step::GiveBack(self.codes_key(sealed), self.limits.codes.clone(), at);
        self.counters.decide(&[Step::GiveBack(tries, rule, at), codes]).await?;
        Ok(())
    }

    /// Notes that a verification is proven, and gives back what its start charged to client, prefix
    /// and region: honest traffic of any size flows. Not to the number, nor to the caps.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verified(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        charged_try: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let start =
            Start { number: &sealed.number, channel: sealed.channel, client: &sealed.client };
        let mut steps = vec![Step::Flag(self.ending_key(id), Ending::Verified as u64, ENDING_KEPT)];
        steps.extend(
            self.buckets(&start)
                .filter(|bucket| bucket.refunded)
                .map(|bucket| Step::GiveBack(bucket.key, bucket.rule, sealed.created_at)),
        );
        let codes = |at| Step::GiveBack(self.codes_key(sealed), self.limits.codes.clone(), at);
        steps.extend(charged_try.map(codes));
        if let Some(watched) = self.watched(&start) {
            steps.push(Step::Record(watched.verified, watched.rule, sealed.created_at));
        }
        self.counters.decide(&steps).await?;
        Ok(())
    }

    /// Notes that a verification ended, unless it did before.
    ///
    /// # Errors
    /// The earlier ending, [`CheckError::Store`].
    pub async fn end(&self, id: &VerificationId, ending: Ending) -> Result<(), CheckError> {
        let key = self.ending_key(id);
        let steps = [Step::Unflagged(key), Step::Flag(key, ending as u64, ENDING_KEPT)];
        match self.counters.decide(&steps).await? {
            Decision::Made { .. } => Ok(()),
            Decision::Refused { by, .. } => {
                Err(ended(by.first().and_then(|refused| refused.flag).unwrap_or_default()))
            }
        }
    }

    /// Where a verification stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn standing(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
    ) -> Result<Standing, StoreError> {
        let (tries, rule) = self.tries(id, sealed);
        let steps = [
            Step::ReadFlag(self.ending_key(id)),
            Step::Read(tries, rule),
            Step::Read(self.number_key(&sealed.number), self.limits.number.clone()),
        ];
        let found = match self.counters.decide(&steps).await? {
            Decision::Made { found, .. } => found,
            Decision::Refused { .. } => return Err(StoreError("reading was refused".into())),
        };
        let ending = match found.first() {
            Some(Found::Flag(flag)) => flag.map(Ending::from_flag),
            _ => None,
        };
        Ok(Standing { ending, used: room(&found, 1).used as u8, room: room(&found, 2) })
    }
}

fn room(found: &[Found], step: usize) -> Room {
    match found.get(step) {
        Some(Found::Room(room)) => *room,
        _ => Room { used: u32::MAX, left: 0, next_at: Timestamp(u64::MAX) },
    }
}

fn ended(flag: u64) -> CheckError {
    Ending::from_flag(flag).into()
}

/// The answer to a refused start: the vaguest limit that refused names the scope, the longest wait
/// of all is the wait, so that a start at its end succeeds.
fn start_refusal(steps: &[Step], by: &[Refused], at: Timestamp) -> StartError {
    let mut named = Limited { rule: CounterKind::Number, retry_after: Duration::ZERO };
    let mut wait = Duration::ZERO;
    for refused in by {
        let rule = match steps.get(refused.step) {
            Some(Step::Unflagged(key)) if key.kind == CounterKind::Ending => {
                return StartError::Original(ended(refused.flag.unwrap_or_default()));
            }
            Some(Step::Unflagged(key) | Step::Charge(key, _)) => key.kind,
            _ => continue,
        };
        let limited = Limited { rule, retry_after: refused.retry_at.since(at) };
        wait = wait.max(limited.retry_after);
        if (limited.scope(), limited.retry_after) >= (named.scope(), named.retry_after) {
            named = limited;
        }
    }
    let retry_after = match named.scope() {
        Scope::Number => wait,
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
