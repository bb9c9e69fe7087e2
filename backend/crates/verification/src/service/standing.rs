//! Reading where a verification stands, and cancelling it.

use super::Verifications;
use crate::audit::Step;
use crate::error::CheckError;
use crate::guard::Ending;
use crate::id::{Opened, Sealed};
use crate::limits::EASED_COOLDOWN;
use crate::model::{Status, Verification};
use crate::ports::{Delivery, Progress, Room};

impl Verifications {
    /// Reads where a verification stands.
    ///
    /// # Errors
    /// [`CheckError::Store`].
    pub async fn status(&self, opened: Opened) -> Result<Verification, CheckError> {
        let Opened { id, sealed } = opened;
        let standing = self.guard.standing(&id, &sealed).await?;
        let mut status = match standing.ending {
            Some(Ending::Verified) => Status::Verified,
            Some(Ending::Canceled) => Status::Canceled,
            Some(Ending::Failed) => Status::Failed,
            None if self.clock.now() >= sealed.expires_at() => Status::Expired,
            None if standing.used >= sealed.max_attempts => Status::Failed,
            None => Status::Pending,
        };
        let (mut room, mut progress, mut poll_after) = (standing.room, None, None);
        if status == Status::Pending
            && let Some(provider) = self.providers.of(sealed.provider)
        {
            let provider = provider.common();
            let reading = provider.progress(&sealed.provider_ref, sealed.channel).await;
            if let Some(Progress { status: at_provider, delivery, is_news, .. }) = reading.progress
            {
                status = at_provider.map_or(status, Status::from);
                if status == Status::Verified {
                    // A check whose answer was lost; a store that fails now is told of it by the next.
                    let settled = self.guard.settle_what_stands(&id, &sealed, &standing).await;
                    if matches!(settled, Ok(true)) {
                        self.tell_verified(&id, &sealed, self.clock.now());
                    }
                }
                if is_news && delivery.is_over() && status != Status::Expired {
                    self.tell_once(&id, &sealed, Step::Over(delivery)).await;
                }
                room = self.eased(&sealed, delivery, room).await;
            }
            progress = reading.progress;
            poll_after = (status == Status::Pending).then_some(reading.again_after);
        }
        if matches!(status, Status::Expired | Status::Failed) {
            self.give_up(&sealed).await;
        }
        if status == Status::Expired {
            self.tell_once(&id, &sealed, Step::Expired).await;
        }
        let attempts_remaining = sealed.max_attempts.saturating_sub(standing.used);
        Ok(Verification {
            id,
            status,
            sealed,
            attempts_remaining,
            room,
            progress,
            poll_after,
            verified_at: None,
            is_repeated: false,
        })
    }

    /// Makes a verification's code useless. Cancelling twice succeeds, and reaches the provider once. One
    /// that has expired is an error, but its call is ended as well.
    ///
    /// # Errors
    /// [`CheckError::Expired`], [`CheckError::AlreadyVerified`], [`CheckError::Store`].
    pub async fn cancel(&self, opened: &Opened) -> Result<(), CheckError> {
        let Opened { id, sealed } = match self.in_time(opened) {
            Ok(in_time) => in_time,
            Err(expired) => {
                self.give_up(&opened.sealed).await;
                return Err(expired);
            }
        };
        match self.guard.cancel(id, sealed).await {
            Ok(is_first) => {
                self.tell(id, sealed, Step::Canceled);
                if is_first {
                    self.end_call(sealed).await;
                }
            }
            Err(CheckError::Canceled) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Ends the call of a code of ours that is of no use any more. The carrier may have it wait its turn long
    /// after that, so whoever comes upon such a code first sees to it.
    pub(super) async fn give_up(&self, sealed: &Sealed) {
        if sealed.own_code.is_some() && matches!(self.guard.give_up(sealed).await, Ok(true)) {
            self.end_call(sealed).await;
        }
    }

    /// From here on we refuse the code. The provider is told as a courtesy, whatever it answers.
    pub(super) async fn end_call(&self, sealed: &Sealed) {
        if let Some(provider) = self.providers.of(sealed.provider) {
            let _ = provider.common().cancel(&sealed.provider_ref).await;
        }
    }

    /// A call that nobody took is followed by a shorter wait. Only the provider's word counts, and
    /// a store that fails now only leaves the wait as it was.
    async fn eased(&self, sealed: &Sealed, delivery: Delivery, room: Room) -> Room {
        let is_eased = room.next_at <= sealed.created_at + EASED_COOLDOWN;
        if is_eased || !delivery.has_failed() {
            return room;
        }
        self.guard.ease(sealed).await.unwrap_or(room)
    }
}
