//! Checking: whether a code is right, and what is known when the provider's answer is not.

use super::Verifications;
use crate::code::Code;
use crate::error::CheckError;
use crate::guard::Ending;
use crate::id::{Opened, Sealed, VerificationId};
use crate::model::{Status, Verification};
use crate::ports::{
    AnyProvider, CheckAnswer, Failure, KeepsCode, NotDone, ProviderStatus, Refusal,
};

impl Verifications {
    /// Compares a code.
    ///
    /// # Errors
    /// [`CheckError`]; only a right code succeeds.
    pub async fn check(&self, opened: Opened, code: &str) -> Result<Verification, CheckError> {
        let Opened { id, sealed } = self.in_time(opened)?;
        let code = Code::parse(code, sealed.code_length).map_err(CheckError::CodeMalformed)?;
        let charged = self.guard.take_try(&id, &sealed).await?;
        let attempts_remaining = sealed.max_attempts.saturating_sub(charged.used);

        let answer = match (&sealed.own_code, self.keeper(&sealed)) {
            (Some(own), _) if *own == code => CheckAnswer::Verified,
            (Some(_), _) => CheckAnswer::Incorrect,
            // Who keeps the code is no longer in use.
            (None, None) => CheckAnswer::Gone,
            (None, Some(keeper)) => match self.ask(keeper, &id, &sealed, &code).await {
                Err(NotChecked::NotDone(why)) => {
                    let _ = self.guard.not_compared(&id, &sealed).await;
                    self.guard.return_try(&id, &sealed, charged.at).await?;
                    return Err(not_checked(why));
                }
                Err(NotChecked::Error(error)) => {
                    if matches!(error, CheckError::CheckUnknown { .. }) {
                        let _ = self.guard.not_compared(&id, &sealed).await;
                    }
                    return Err(error);
                }
                Ok(answer) => answer,
            },
        };
        match answer {
            CheckAnswer::Verified => {
                let noted = self.guard.verified(&id, &sealed, Some(charged.at)).await;
                // The provider has used its code up: a store that fails now only costs the refund,
                // so the good news is not withheld. A code of ours is used up by that note alone.
                if sealed.own_code.is_some() {
                    noted?;
                }
                let room = charged.room;
                let status = Status::Verified;
                let (progress, poll_after) = (None, None);
                Ok(Verification {
                    id,
                    status,
                    sealed,
                    attempts_remaining,
                    room,
                    progress,
                    poll_after,
                    verified_at: Some(charged.at),
                })
            }
            CheckAnswer::Incorrect => Err(CheckError::CodeIncorrect { attempts_remaining }),
            CheckAnswer::Expired | CheckAnswer::Gone => {
                self.guard.return_try(&id, &sealed, charged.at).await?;
                Err(CheckError::Expired)
            }
            CheckAnswer::Over => Err(CheckError::AttemptsExhausted),
        }
    }

    /// The provider that keeps the code of a verification.
    fn keeper(&self, sealed: &Sealed) -> Option<&dyn KeepsCode> {
        match self.providers.of(sealed.provider)? {
            AnyProvider::KeepsCode(provider) => Some(provider.as_ref()),
            AnyProvider::Delivers(_) => None,
        }
    }

    /// Has a code compared by the provider that keeps it.
    async fn ask(
        &self,
        keeper: &dyn KeepsCode,
        id: &VerificationId,
        sealed: &Sealed,
        code: &Code,
    ) -> Result<CheckAnswer, NotChecked> {
        match keeper.check(&sealed.provider_ref, code).await {
            Ok(CheckAnswer::Over) => Ok(self.ask_how_it_ended(keeper, id, sealed).await?),
            Ok(answer) => Ok(answer),
            // The answer was lost, but a plain read may still tell that the code was right.
            Err(Failure::Unknown { timed_out }) => {
                match keeper.status(&sealed.provider_ref).await {
                    Ok(ProviderStatus::Verified) => Ok(CheckAnswer::Verified),
                    _ => Err(CheckError::CheckUnknown { timed_out }.into()),
                }
            }
            Err(Failure::NotDone(why)) => Err(NotChecked::NotDone(why)),
        }
    }

    /// The provider says only that it is over; a plain read tells verified from used up.
    async fn ask_how_it_ended(
        &self,
        keeper: &dyn KeepsCode,
        id: &VerificationId,
        sealed: &Sealed,
    ) -> Result<CheckAnswer, CheckError> {
        let ending = match keeper.status(&sealed.provider_ref).await {
            Ok(ProviderStatus::Verified) => Ending::Verified,
            Ok(ProviderStatus::Expired) => return Ok(CheckAnswer::Expired),
            Ok(ProviderStatus::Deleted) => Ending::Canceled,
            Ok(ProviderStatus::Failed | ProviderStatus::Pending) => Ending::Failed,
            Err(_) => return Err(CheckError::CheckUnknown { timed_out: false }),
        };
        self.guard.end(id, ending).await?;
        Err(ending.into())
    }
}

/// Why the provider did not compare a code.
enum NotChecked {
    /// It is certain that it did not, so the try is given back.
    NotDone(NotDone),
    Error(CheckError),
}

impl From<CheckError> for NotChecked {
    fn from(error: CheckError) -> Self {
        Self::Error(error)
    }
}

fn not_checked(why: NotDone) -> CheckError {
    match why {
        NotDone::NotSent { retry_after } | NotDone::Refused(Refusal::Busy { retry_after }) => {
            CheckError::NotChecked { retry_after }
        }
        NotDone::Refused(Refusal::Recipient | Refusal::FailedAtOnce | Refusal::Us) => {
            CheckError::ProviderRefusedUs
        }
    }
}
