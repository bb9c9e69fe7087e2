//! Tries of one verification, and how it ended. What a start is charged to is in the room above.

use super::steps::Steps;
use super::{Guard, Start, room};
use crate::error::{CheckError, Limited};
use crate::id::{Sealed, VerificationId};
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

impl Guard {
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
        let mut steps = Steps::default();
        steps.push(self.ending_key(id), Step::Unflagged);
        steps.push(tries, |key| Step::Charge(key, Arc::clone(&rule)));
        let codes = |key| Step::ChargeUnlessFirst(key, Arc::clone(&self.limits.codes), tries);
        steps.push(self.codes_names(sealed), codes);
        steps.push(self.number_names(&sealed.number), self.read_number());
        match steps.decide(&*self.counters).await? {
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
        let mut steps = Steps::default();
        steps.push(tries, |key| Step::GiveBack(key, Arc::clone(&rule), at));
        self.give_back_code(&mut steps, sealed, at);
        steps.decide(&*self.counters).await.map(drop)
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
        let start = Start::from(sealed);
        let mut steps = Steps::default();
        let verified = |key| Step::Flag(key, Ending::Verified as u64, ENDING_KEPT);
        steps.push(self.ending_key(id), verified);
        for bucket in self.buckets(&start) {
            bucket.verify(&mut steps, sealed.created_at);
        }
        if let Some(at) = charged_try {
            self.give_back_code(&mut steps, sealed, at);
        }
        if let Some(watched) = self.watched(&start) {
            let record = |key| Step::Record(key, Arc::clone(&watched.rule), sealed.created_at);
            steps.push(watched.verified, record);
        }
        steps.decide(&*self.counters).await.map(drop)
    }

    fn give_back_code(&self, steps: &mut Steps, sealed: &Sealed, at: Timestamp) {
        let give_back = |key| Step::GiveBack(key, Arc::clone(&self.limits.codes), at);
        steps.push(self.codes_names(sealed), give_back);
    }

    fn read_number(&self) -> impl Fn(Key) -> Step {
        |key| Step::Read(key, Arc::clone(&self.limits.number))
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
        let mut steps = Steps::default();
        steps.push(self.ending_key(id), Step::ReadFlag);
        steps.push(tries, |key| Step::Read(key, Arc::clone(&rule)));
        steps.push(self.number_names(&sealed.number), self.read_number());
        let found = steps.find(&*self.counters).await?;
        let ending = match found.first() {
            Some(Found::Flag(flag)) => flag.map(Ending::from_flag),
            _ => None,
        };
        Ok(Standing { ending, used: room(&found, 1).used as u8, room: room(&found, 2) })
    }
}

pub(super) fn ended(flag: u64) -> CheckError {
    Ending::from_flag(flag).into()
}
