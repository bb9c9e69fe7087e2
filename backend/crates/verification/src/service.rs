//! The use cases: start, resend, check, status, cancel. Each reads as what happens, in order;
//! how limits are counted is in [`crate::guard`], how the provider speaks in its adapter, what goes
//! in and comes out in [`crate::model`].

use crate::code::Code;
use crate::error::{CheckError, Failure, NotDone, Refusal, StartError};
use crate::guard::{Ending, Guard};
use crate::id::{Opened, Sealed, VerificationId};
use crate::limits::{Client, EASED_COOLDOWN};
use crate::locale::Locale;
use crate::model::{Settings, StartRequest, Status, Verification};
use crate::ports::{
    Call, Channel, CheckAnswer, Clock, Delivery, Progress, Provider, ProviderStatus, Room,
};
use std::sync::Arc;
use std::time::Duration;

/// The service.
pub struct Verifications {
    /// What is offered.
    pub settings: Settings,
    /// Limits and counters.
    pub guard: Guard,
    /// Who calls.
    pub provider: Arc<dyn Provider>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Verifications {
    /// Opens an id. Costs no call and no round trip.
    ///
    /// # Errors
    /// [`CheckError::NotFound`].
    pub fn open(&self, id: &str) -> Result<Opened, CheckError> {
        VerificationId::open(id, &self.guard.keys, self.clock.now()).ok_or(CheckError::NotFound)
    }

    /// Places a call or sends a message.
    ///
    /// # Errors
    /// [`StartError`]; the variant says whether a call may have been placed.
    pub async fn start(&self, request: StartRequest) -> Result<Verification, StartError> {
        self.place(request, None).await
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
            reference: sealed.reference.clone(),
            client,
        };
        let renewed = self.place(request, Some(id)).await?;
        // The new call rings: neither the store nor the provider may take that away again. Once the
        // ending is noted the old code is refused here, whatever the provider still thinks.
        let noted = self.guard.end(id, Ending::Canceled).await.is_ok();
        if noted && self.clock.now() < sealed.expires_at() {
            let _ = self.provider.cancel(&sealed.provider_ref).await;
        }
        Ok(renewed)
    }

    /// Compares a code.
    ///
    /// # Errors
    /// [`CheckError`]; only a right code succeeds.
    pub async fn check(&self, opened: Opened, code: &str) -> Result<Verification, CheckError> {
        let Opened { id, sealed } = self.in_time(opened)?;
        let code = Code::parse(code, sealed.code_length).map_err(CheckError::CodeMalformed)?;
        let charged = self.guard.take_try(&id, &sealed).await?;
        let attempts_remaining = sealed.max_attempts.saturating_sub(charged.used);

        let answer = match self.provider.check(&sealed.provider_ref, &code).await {
            Ok(CheckAnswer::Over) => self.ask_how_it_ended(&id, &sealed).await?,
            Ok(answer) => answer,
            // The answer was lost, but a plain read may still tell that the code was right.
            Err(Failure::Unknown { timed_out }) => match self.status_at_provider(&sealed).await {
                Some(ProviderStatus::Verified) => CheckAnswer::Verified,
                _ => return Err(CheckError::CheckUnknown { timed_out }),
            },
            Err(Failure::NotDone(why)) => {
                self.guard.return_try(&id, &sealed, charged.at).await?;
                return Err(not_checked(why));
            }
        };
        match answer {
            CheckAnswer::Verified => {
                // The code is used up and the number proven: a store that fails now only costs the
                // refund, so the good news is not withheld for it.
                let _ = self.guard.verified(&id, &sealed, Some(charged.at)).await;
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
        if status == Status::Pending {
            let look = self.provider.progress(&sealed.provider_ref, sealed.channel).await;
            if let Some(Progress { status: at_provider, delivery, .. }) = look.progress {
                status = at_provider.into();
                room = self.eased(&sealed, delivery, room).await;
            }
            progress = look.progress;
            poll_after = (status == Status::Pending).then_some(look.again_after);
        }
        let attempts_remaining = sealed.max_attempts.saturating_sub(standing.used);
        Ok(Verification { id, status, sealed, attempts_remaining, room, progress, poll_after })
    }

    /// Makes a verification's code useless. Cancelling twice succeeds.
    ///
    /// # Errors
    /// [`CheckError::Expired`], [`CheckError::AlreadyVerified`], [`CheckError::Store`].
    pub async fn cancel(&self, opened: Opened) -> Result<(), CheckError> {
        let Opened { id, sealed } = self.in_time(opened)?;
        match self.guard.end(&id, Ending::Canceled).await {
            // From here on the code is refused by us; the provider is told as a courtesy, also when
            // it was told before, for that answer may have been lost.
            Ok(()) | Err(CheckError::Canceled) => {
                let _ = self.provider.cancel(&sealed.provider_ref).await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The languages that can be spoken.
    pub fn locales(&self) -> impl Iterator<Item = Locale> {
        let texts = &self.settings.texts;
        self.provider.locales().iter().copied().filter(|locale| texts.contains_key(locale))
    }

    async fn place(
        &self,
        request: StartRequest,
        replaces: Option<&VerificationId>,
    ) -> Result<Verification, StartError> {
        let StartRequest { number, channel, locale, reference, client } = request;
        let settings = &self.settings;
        if !settings.channels.contains(&channel) {
            return Err(StartError::ChannelClosed(channel));
        }
        if !settings.destinations.permit(&number, channel) {
            return Err(StartError::DestinationClosed);
        }
        let admitted = self.guard.admit(&number, channel, &client, replaces).await?;
        let locale = self.degrade(locale.as_deref());
        let texts = settings.texts.get(&locale);
        let call = Call {
            number: &number,
            channel,
            locale,
            text: texts.map_or("%token", |texts| match channel {
                Channel::Voice => &texts.voice,
                Channel::Sms => &texts.sms,
            }),
            code_length: settings.code_length,
            ttl: settings.ttl,
            max_attempts: settings.max_attempts,
            reference: reference.as_deref(),
        };
        let provider_ref = match self.provider.start(&call).await {
            Ok(provider_ref) => provider_ref,
            Err(Failure::Unknown { timed_out }) => {
                let retry_after = admitted.room.next_at.since(admitted.at);
                return Err(StartError::DeliveryUnknown { timed_out, retry_after });
            }
            Err(Failure::NotDone(why)) => {
                self.guard.withdraw(&number, channel, &client, admitted.at).await?;
                return Err(not_placed(why));
            }
        };
        let sealed = Sealed {
            provider_ref,
            number,
            channel,
            locale,
            created_at: admitted.at,
            ttl: settings.ttl,
            code_length: settings.code_length,
            max_attempts: settings.max_attempts,
            client,
            reference,
        };
        Ok(Verification {
            id: VerificationId::seal(&sealed, &self.guard.keys),
            status: Status::Pending,
            attempts_remaining: sealed.max_attempts,
            sealed,
            room: admitted.room,
            progress: None,
            poll_after: None,
        })
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

    /// The provider says only that it is over; a plain read tells verified from used up.
    async fn ask_how_it_ended(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
    ) -> Result<CheckAnswer, CheckError> {
        let ending = match self.status_at_provider(sealed).await {
            Some(ProviderStatus::Verified) => Ending::Verified,
            Some(ProviderStatus::Expired) => return Ok(CheckAnswer::Expired),
            Some(ProviderStatus::Deleted) => Ending::Canceled,
            Some(ProviderStatus::Failed | ProviderStatus::Pending) => Ending::Failed,
            None => return Err(CheckError::CheckUnknown { timed_out: false }),
        };
        self.guard.end(id, ending).await?;
        Err(match ending {
            Ending::Verified => CheckError::AlreadyVerified,
            Ending::Canceled => CheckError::Canceled,
            Ending::Failed => CheckError::AttemptsExhausted,
        })
    }

    async fn status_at_provider(&self, sealed: &Sealed) -> Option<ProviderStatus> {
        self.provider.status(&sealed.provider_ref).await.ok()
    }

    fn degrade(&self, wish: Option<&str>) -> Locale {
        let default = self.settings.default_locale;
        let Some(wish) = wish else { return default };
        let spoken: Vec<_> = self.locales().collect();
        Locale::degrade(Some(wish), &spoken, default)
    }

    fn in_time(&self, opened: Opened) -> Result<Opened, CheckError> {
        if self.clock.now() >= opened.sealed.expires_at() {
            return Err(CheckError::Expired);
        }
        Ok(opened)
    }
}

fn not_placed(why: NotDone) -> StartError {
    match why {
        NotDone::NotSent { retry_after } | NotDone::Refused(Refusal::Busy { retry_after }) => {
            StartError::NotPlaced { retry_after }
        }
        NotDone::Refused(Refusal::Recipient) => StartError::RecipientRefused,
        NotDone::Refused(Refusal::Stillborn) => {
            StartError::NotPlaced { retry_after: Duration::from_secs(5) }
        }
        NotDone::Refused(Refusal::Us) => StartError::ProviderRefusedUs,
    }
}

fn not_checked(why: NotDone) -> CheckError {
    match why {
        NotDone::NotSent { retry_after } | NotDone::Refused(Refusal::Busy { retry_after }) => {
            CheckError::NotChecked { retry_after }
        }
        NotDone::Refused(Refusal::Recipient | Refusal::Stillborn | Refusal::Us) => {
            CheckError::ProviderRefusedUs
        }
    }
}
