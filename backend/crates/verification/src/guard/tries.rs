//! Tries of one verification, and how it ended. Which code is under way, and which one proved the number,
//! is in `proof`; what a start is charged to, in the room above.

use super::steps::Steps;
use super::{Guard, room};
use crate::error::{CheckError, Limited};
use crate::id::{Sealed, VerificationId};
use crate::keys::Names;
use crate::ports::{CounterKind, Decision, Found, Key, Refused, Room, Step, StoreError};
use crate::timestamp::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long an ending outlives its verification's time: as long as the id opens.
pub(super) const ENDING_KEPT: Duration = Duration::from_secs(25 * 60 * 60);

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
    pub(super) fn from_flag(flag: u64) -> Self {
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
    /// The mark of a code whose outcome is lost.
    pub(super) lost: Option<u64>,
}

impl Guard {
    /// Charges a try to the verification and to its number, for a code that comes after one that has
    /// proven the number; the same one is charged nothing, but refused where a try would be.
    ///
    /// The number's limit spans all its verifications, so that a new call never buys new guesses;
    /// but the first try of each call is never refused for it, so that nobody can lock a number's
    /// holder out by guessing: the call itself was rationed.
    ///
    /// # Errors
    /// [`CheckError::AttemptsExhausted`], [`CheckError::Limited`], [`CheckError::Store`].
    #[tracing::instrument(target = "trace", name = "guard charge_try", skip_all)]
    pub async fn charge_try(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        is_charged: bool,
    ) -> Result<Try, CheckError> {
        let steps = self.charge(id, sealed, self.number_names(&sealed.number), is_charged);
        match steps.decide(&*self.counters).await? {
            Decision::Made { at, found } => Ok(Try::made(at, &found, is_charged)),
            Decision::Refused { at, by } => Err(too_many(&by, at)),
        }
    }

    /// The steps that charge a try, or only ask whether it may be. They come first in a decision:
    /// [`Try::made`] and [`too_many`] know their places.
    pub(super) fn charge(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        number: Names,
        is_charged: bool,
    ) -> Steps {
        let (tries, rule) = self.tries(id, sealed);
        let mut steps = Steps::default();
        steps.push(tries, |key| match is_charged {
            true => Step::Charge(key, Arc::clone(&rule)),
            false => Step::HasRoom(key, Arc::clone(&rule), None),
        });
        steps.push(number, self.read_number());
        let codes = &self.limits.codes;
        steps.push(number.of(CounterKind::Codes), |key| match is_charged {
            true => Step::ChargeUnlessFirst(key, Arc::clone(codes), tries),
            false => Step::HasRoom(key, Arc::clone(codes), Some(tries)),
        });
        steps
    }

    /// Gives back a try that was charged for a code that is right.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard return_try", skip_all)]
    pub async fn return_try(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut steps = Steps::default();
        self.give_back(&mut steps, id, sealed, at);
        steps.decide(&*self.counters).await.map(drop)
    }

    /// Adds the steps that give back a try that was charged at this moment.
    pub(super) fn give_back(
        &self,
        steps: &mut Steps,
        id: &VerificationId,
        sealed: &Sealed,
        at: Timestamp,
    ) {
        let (tries, rule) = self.tries(id, sealed);
        steps.push(tries, |key| Step::GiveBack(key, Arc::clone(&rule), at));
        let codes = |key| Step::GiveBack(key, Arc::clone(&self.limits.codes), at);
        steps.push(self.number_names(&sealed.number).of(CounterKind::Codes), codes);
    }

    fn read_number(&self) -> impl Fn(Key) -> Step {
        |key| Step::Read(key, Arc::clone(&self.limits.number))
    }

    /// Notes that a verification ended, unless it did before.
    ///
    /// # Errors
    /// The earlier ending, [`CheckError::Store`].
    #[tracing::instrument(target = "trace", name = "guard end", skip_all)]
    pub async fn end(&self, id: &VerificationId, ending: Ending) -> Result<(), CheckError> {
        self.end_and(id, ending, None).await
    }

    pub(super) async fn end_and(
        &self,
        id: &VerificationId,
        ending: Ending,
        more: Option<Step>,
    ) -> Result<(), CheckError> {
        let key = id.key(CounterKind::Ending);
        let mut steps = vec![Step::Unflagged(key), Step::Flag(key, ending as u64, ENDING_KEPT)];
        steps.extend(more);
        match self.counters.decide(&steps).await? {
            Decision::Made { .. } => Ok(()),
            Decision::Refused { by, .. } => Err(ended(&by)),
        }
    }

    /// Whether nobody has come upon this before, here or on another replica; from now on somebody has. Of
    /// its life nothing is first once the verification has ended.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard is_first", skip_all)]
    pub async fn is_first(
        &self,
        id: &VerificationId,
        what: &[u8],
        of_its_life: bool,
    ) -> Result<bool, StoreError> {
        let told = Key::of(CounterKind::Told, &[id.as_str().as_bytes(), what]);
        let mut steps = vec![Step::Unflagged(told), Step::Flag(told, 1, ENDING_KEPT)];
        if of_its_life {
            steps.insert(0, Step::Unflagged(id.key(CounterKind::Ending)));
        }
        Ok(matches!(self.counters.decide(&steps).await?, Decision::Made { .. }))
    }

    /// Where a verification stands.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard standing", skip_all)]
    pub async fn standing(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
    ) -> Result<Standing, StoreError> {
        let (tries, rule) = self.tries(id, sealed);
        let mut steps = Steps::default();
        steps.push(id.key(CounterKind::Ending), Step::ReadFlag);
        steps.push(tries, |key| Step::Read(key, Arc::clone(&rule)));
        steps.push(self.number_names(&sealed.number), self.read_number());
        steps.push(id.key(CounterKind::Mark), Step::ReadFlag);
        steps.push(id.key(CounterKind::Lost), Step::ReadFlag);
        let found = steps.find(&*self.counters).await?;
        let flag = |place| match found.get(place) {
            Some(Found::Flag(flag)) => *flag,
            _ => None,
        };
        let ending = flag(0).map(Ending::from_flag);
        let (used, room) = (room(&found, 1).used as u8, room(&found, 2));
        Ok(Standing { ending, used, room, lost: flag(4).and(flag(3)) })
    }
}

/// What a refusal by the flag of an ending means.
pub(super) fn ending_of(refused: &Refused) -> CheckError {
    Ending::from_flag(refused.flag.unwrap_or_default()).into()
}

/// The same, of a decision that is refused by nothing else.
pub(super) fn ended(by: &[Refused]) -> CheckError {
    by.first().map_or(CheckError::AttemptsExhausted, ending_of)
}

/// When a flag was set that is kept as long as an ending.
pub(super) fn set_at(refused: &Refused) -> Timestamp {
    Timestamp(refused.retry_at.0.saturating_sub(ENDING_KEPT.as_millis() as u64))
}

impl Try {
    /// What [`Guard::charge`] found.
    pub(super) fn made(at: Timestamp, found: &[Found], is_charged: bool) -> Self {
        let before = room(found, 0).used.saturating_add(u32::from(!is_charged));
        Self { at, used: before as u8, room: room(found, 1) }
    }
}

/// Which limit refused [`Guard::charge`].
pub(super) fn too_many(by: &[Refused], at: Timestamp) -> CheckError {
    let tries = by.iter().any(|refused| refused.step == 0);
    match by.iter().find(|refused| refused.step == 2) {
        Some(codes) if !tries => CheckError::Limited(Limited {
            rule: CounterKind::Codes,
            retry_after: codes.retry_at.since(at),
        }),
        _ => CheckError::AttemptsExhausted,
    }
}
