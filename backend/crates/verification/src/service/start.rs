//! Starting and resending. By whom a call is placed, and what if it is not, is in `place`.

use super::Verifications;
use crate::audit::Step;
use crate::channel::Channel;
use crate::error::{CheckError, StartError};
use crate::id::Opened;
use crate::limits::Client;
use crate::model::{StartRequest, Verification};

impl Verifications {
    /// Places a call or sends a message.
    ///
    /// # Errors
    /// [`StartError`]; the variant says whether a call may have been placed.
    pub async fn start(&self, request: StartRequest) -> Result<Verification, StartError> {
        self.place(request, None, Step::Started).await
    }

    /// Calls the number of an earlier verification again, in the same way or another. The earlier
    /// one is cancelled once the new call is accepted.
    ///
    /// # Errors
    /// [`StartError`]; [`StartError::Original`] when the earlier one is unknown, verified or cancelled.
    pub async fn resend(
        &self,
        original: &Opened,
        channel: Option<Channel>,
        locale: Option<String>,
        client: Client,
    ) -> Result<Verification, StartError> {
        let Opened { id, sealed } = original;
        let request = StartRequest {
            number: sealed.number,
            channel: channel.unwrap_or(sealed.channel),
            locale: Some(locale.unwrap_or_else(|| sealed.locale.tag().to_owned())),
            client,
            context: sealed.context.clone(),
        };
        let resent = Step::Resent(id);
        let renewed = match self.place(request.clone(), Some(id), resent).await {
            // Undelivered, or out of tries: that is when people ask for another call.
            Err(StartError::Original(CheckError::AttemptsExhausted)) => {
                self.place(request, None, resent).await?
            }
            placed => placed?,
        };
        // The new call rings: neither the store nor the provider may take that away again. Once the
        // ending is noted the old code is refused here, whatever the provider still thinks.
        let is_first = matches!(self.guard.cancel(id, sealed).await, Ok(true));
        // One that only delivers may have the old call wait its turn long after its code died.
        let may_ring = sealed.own_code.is_some() || self.clock.now() < sealed.expires_at();
        if is_first && may_ring {
            self.end_call(sealed).await;
        }
        Ok(renewed)
    }
}
