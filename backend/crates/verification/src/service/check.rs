//! Checking: whether a code is right, and what is known when the provider's answer is not. What is noted of
//! it, and what it costs, is in [`crate::guard`]; what is done when the provider's answer is lost, in `lost`.

mod lost;

use super::Verifications;
use crate::code::Code;
use crate::error::CheckError;
use crate::guard::{Mark, NotTaken, Sent, Try};
use crate::id::{Opened, Sealed, VerificationId};
use crate::model::{Status, Verification};
use crate::ports::{AnyProvider, CheckAnswer, Deadline, Failure, KeepsCode, NotDone, Refusal};
use crate::timestamp::Timestamp;
use std::time::Duration;

/// How long a check may take with everything that it does, the store's part aside. The drain of a replica
/// waits for longer.
const CHECKED_WITHIN: Duration = Duration::from_secs(10);
/// Whoever raises it lets another code be sent while this one is compared: a request ends up to 2 s late.
const _: () = assert!(CHECKED_WITHIN.as_secs() + 2 < crate::guard::mark::FRESH.as_secs());
/// What is kept of it for the read that settles a check whose answer was lost.
const FOR_SETTLING: Duration = Duration::from_secs(2);
/// When another check of the same verification is likely to be over.
const SOON: Duration = Duration::from_secs(1);

impl Verifications {
    /// Compares a code. The right one may be sent again: it gets the same answer, until its time is over.
    ///
    /// # Errors
    /// [`CheckError`]; only a right code succeeds.
    pub async fn check(&self, opened: &Opened, code: &str) -> Result<Verification, CheckError> {
        let result = self.compare(opened, code).await;
        self.tell_check(opened, &result).await;
        if let Err(
            CheckError::Expired
            | CheckError::AttemptsExhausted
            | CheckError::CodeIncorrect { attempts_remaining: 0 },
        ) = &result
        {
            self.give_up(&opened.sealed).await;
        }
        result
    }

    async fn compare(&self, opened: &Opened, code: &str) -> Result<Verification, CheckError> {
        let Opened { id, sealed } = self.in_time(opened)?;
        let code = Code::parse(code, sealed.code_length).map_err(CheckError::CodeMalformed)?;
        let check = Check { service: self, id, sealed, code, by: Deadline::within(CHECKED_WITHIN) };
        let Right { charged, since, is_repeated } = match &sealed.own_code {
            Some(own) => check.compare(own).await?,
            None => check.ask_in_turn().await?,
        };
        Ok(Verification {
            id: id.clone(),
            status: Status::Verified,
            attempts_remaining: sealed.max_attempts.saturating_sub(charged.used),
            sealed: sealed.clone(),
            room: charged.room,
            progress: None,
            poll_after: None,
            verified_at: Some(since),
            is_repeated,
        })
    }
}

/// One check.
struct Check<'a> {
    service: &'a Verifications,
    id: &'a VerificationId,
    sealed: &'a Sealed,
    code: Code,
    by: Deadline,
}

/// A code that is right.
struct Right {
    charged: Try,
    /// When it was checked for the first time.
    since: Timestamp,
    is_repeated: bool,
}

impl Right {
    /// The provider found it right.
    fn by(sent: &Sent) -> Self {
        Self { charged: sent.charged, since: sent.mark.since, is_repeated: false }
    }
}

impl Check<'_> {
    /// Compares a code of ours; the store decides the rest.
    async fn compare(&self, own: &Code) -> Result<Right, CheckError> {
        let is_right = *own == self.code;
        match self.service.guard.try_own(self.id, self.sealed, is_right).await {
            Ok(charged) if is_right => Ok(Right { charged, since: charged.at, is_repeated: false }),
            Ok(charged) => Err(self.incorrect(&charged)),
            Err(NotTaken::Proven(since)) => self.again(since).await,
            Err(NotTaken::Error(error)) => Err(error),
            Err(NotTaken::Marked(_) | NotTaken::Moved) => {
                Err(CheckError::UnderWay { is_same: false })
            }
        }
    }

    /// Has the code compared by the provider, once no other code's outcome is open.
    async fn ask_in_turn(&self) -> Result<Right, CheckError> {
        let guard = &self.service.guard;
        let (mark, mut over) = (guard.fingerprint(self.id, &self.code), None);
        loop {
            match guard.take_try(self.id, self.sealed, mark, over).await {
                Ok(sent) => return self.ask(&sent).await,
                Err(NotTaken::Proven(since)) => return self.again(since).await,
                Err(NotTaken::Error(error)) => return Err(error),
                Err(NotTaken::Moved) => over = None,
                Err(NotTaken::Marked(Mark { is_under_way: true, is_same, .. })) => {
                    return Err(CheckError::UnderWay { is_same });
                }
                Err(NotTaken::Marked(mark)) => over = self.settle(mark).await?,
            }
        }
    }

    /// A code has proven the number before. Whoever sends another one pays for it like for any try; who
    /// sends the same one again pays nothing.
    async fn again(&self, since: Option<Timestamp>) -> Result<Right, CheckError> {
        let charged = self.service.guard.charge_try(self.id, self.sealed, since.is_none());
        let charged = match charged.await {
            Err(CheckError::AttemptsExhausted) => return Err(CheckError::AlreadyVerified),
            charged => charged?,
        };
        let since = since.ok_or(CheckError::AlreadyVerified)?;
        Ok(Right { charged, since, is_repeated: true })
    }

    /// Has the code compared by the provider that keeps it.
    async fn ask(&self, sent: &Sent) -> Result<Right, CheckError> {
        let Self { service: Verifications { guard, .. }, id, sealed, .. } = self;
        let Some(keeper) = self.keeper() else {
            // Who keeps the code is no longer in use.
            guard.release(id, sealed, sent, false).await?;
            return Err(CheckError::Expired);
        };
        let by = self.by.less(FOR_SETTLING);
        match keeper.check(&sealed.provider_ref, &self.code, by).await {
            Ok(CheckAnswer::Verified) => {
                // The provider has used its code up: a store that fails now only costs the refund, and
                // the good news is not withheld.
                let _ = guard.verified(id, sealed, sent).await;
                Ok(Right::by(sent))
            }
            Ok(CheckAnswer::Incorrect) => {
                // A mark that stays behind is settled by a read.
                let _ = guard.release(id, sealed, sent, true).await;
                Err(self.incorrect(&sent.charged))
            }
            Ok(CheckAnswer::Expired | CheckAnswer::Gone) => {
                guard.release(id, sealed, sent, false).await?;
                Err(CheckError::Expired)
            }
            Ok(CheckAnswer::Over) => self.ask_how_it_ended(keeper, sent).await,
            Err(Failure::NotDone(why)) => {
                let _ = guard.not_compared(id, sealed).await;
                guard.release(id, sealed, sent, false).await?;
                Err(not_checked(why))
            }
            Err(Failure::Unknown { timed_out }) => self.find_out(keeper, sent, timed_out).await,
        }
    }

    /// The provider that keeps the code.
    fn keeper(&self) -> Option<&dyn KeepsCode> {
        match self.service.providers.of(self.sealed.provider)? {
            AnyProvider::KeepsCode(provider) => Some(provider.as_ref()),
            AnyProvider::Delivers(_) => None,
        }
    }

    fn incorrect(&self, charged: &Try) -> CheckError {
        let attempts_remaining = self.sealed.max_attempts.saturating_sub(charged.used);
        CheckError::CodeIncorrect { attempts_remaining }
    }
}

fn not_checked(why: NotDone) -> CheckError {
    match why {
        NotDone::NotSent { retry_after } | NotDone::Refused(Refusal::Busy { retry_after }) => {
            CheckError::NotChecked { retry_after }
        }
        NotDone::Refused(
            Refusal::Recipient
            | Refusal::Destination
            | Refusal::Blocked
            | Refusal::FailedAtOnce
            | Refusal::Us,
        ) => CheckError::ProviderRefusedUs,
    }
}
