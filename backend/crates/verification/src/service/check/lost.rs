//! What a plain read tells of a check whose outcome the provider did not: it was lost, or the verification
//! was over.

use super::{Check, Right, SOON};
use crate::audit::Step;
use crate::error::CheckError;
use crate::guard::{Ending, Mark, Sent};
use crate::ports::{Failure, KeepsCode, ProviderStatus};
use crate::service::Verifications;

impl Check<'_> {
    /// Reads how a code fared whose outcome was lost. Its mark, when that may now be replaced; nothing
    /// when it proved the number.
    pub(super) async fn settle(&self, mark: Mark) -> Result<Option<Mark>, CheckError> {
        let guard = &self.service.guard;
        let keeper = self.keeper().ok_or(CheckError::Expired)?;
        let unknown = |timed_out| match mark.is_same {
            true => CheckError::CheckUnknown { timed_out },
            false => CheckError::NotChecked { retry_after: SOON },
        };
        if !guard.take_read(self.id).await? {
            return Err(unknown(false));
        }
        match keeper.status(&self.sealed.provider_ref, self.by).await {
            Ok(ProviderStatus::Verified) => {
                if guard.settle(self.id, self.sealed, &mark).await? {
                    self.service.tell_verified(self.id, self.sealed, mark.since);
                }
                Ok(None)
            }
            Ok(ProviderStatus::Pending) => Ok(Some(mark)),
            Ok(ProviderStatus::Expired) => Err(CheckError::Expired),
            Ok(ProviderStatus::Deleted) => self.end(Ending::Canceled).await,
            Ok(ProviderStatus::Failed) => self.end(Ending::Failed).await,
            Err(Failure::Unknown { timed_out }) => Err(unknown(timed_out)),
            Err(Failure::NotDone(_)) => Err(unknown(false)),
        }
    }

    /// The answer was lost, but a plain read may still tell that the code was right.
    pub(super) async fn find_out(
        &self,
        keeper: &dyn KeepsCode,
        sent: &Sent,
        timed_out: bool,
    ) -> Result<Right, CheckError> {
        let Self { service: Verifications { guard, .. }, id, sealed, .. } = self;
        match keeper.status(&sealed.provider_ref, self.by).await {
            Ok(ProviderStatus::Verified) => {
                if matches!(guard.settle(id, sealed, &sent.mark).await, Ok(true)) {
                    return Ok(Right::by(sent));
                }
            }
            // It may be comparing the code yet: the next check asks again.
            Ok(ProviderStatus::Pending) | Err(_) => drop(guard.lose(id, &sent.mark).await),
            Ok(ProviderStatus::Expired | ProviderStatus::Deleted | ProviderStatus::Failed) => {
                drop(guard.release(id, sealed, sent, true).await);
            }
        }
        let _ = guard.not_compared(id, sealed).await;
        Err(CheckError::CheckUnknown { timed_out })
    }

    /// The provider says only that it is over; a plain read tells verified from used up. Verified proves
    /// this code only if it was given before, and its outcome was lost.
    pub(super) async fn ask_how_it_ended(
        &self,
        keeper: &dyn KeepsCode,
        sent: &Sent,
    ) -> Result<Right, CheckError> {
        let Self { service: Verifications { guard, .. }, id, sealed, .. } = self;
        match keeper.status(&sealed.provider_ref, self.by).await {
            Ok(ProviderStatus::Verified) if sent.given_before => {
                guard.verified(id, sealed, sent).await?;
                Ok(Right::by(sent))
            }
            Ok(ProviderStatus::Verified) => {
                guard.end_unproven(id).await?;
                self.service.tell(id, sealed, Step::Failed("verified_elsewhere"));
                Err(CheckError::AlreadyVerified)
            }
            Ok(ProviderStatus::Expired) => {
                guard.release(id, sealed, sent, false).await?;
                Err(CheckError::Expired)
            }
            Ok(ProviderStatus::Deleted) => self.end(Ending::Canceled).await,
            Ok(ProviderStatus::Failed | ProviderStatus::Pending) => self.end(Ending::Failed).await,
            Err(_) => {
                // Given before, it may be the one that is right.
                let _ = match sent.given_before {
                    true => guard.lose(id, &sent.mark).await,
                    false => guard.release(id, sealed, sent, true).await,
                };
                Err(CheckError::CheckUnknown { timed_out: false })
            }
        }
    }

    async fn end<T>(&self, ending: Ending) -> Result<T, CheckError> {
        self.service.guard.end(self.id, ending).await?;
        self.service.tell(
            self.id,
            self.sealed,
            match ending {
                Ending::Canceled => Step::Canceled,
                Ending::Verified | Ending::Failed => Step::Failed("provider"),
            },
        );
        Err(ending.into())
    }
}
