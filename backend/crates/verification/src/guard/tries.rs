//! Tries of one verification, and how it ended. What a start is charged to is in the room above.

use super::buckets::Start;
use super::{Guard, room};
use crate::error::{CheckError, Limited};
use crate::id::{Sealed, VerificationId};
use crate::ports::{CounterKind, Decision, Found, Refused, Room, Step, StoreError};
use crate::timestamp::Timestamp;
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

pub(super) fn ended(flag: u64) -> CheckError {
    Ending::from_flag(flag).into()
}
