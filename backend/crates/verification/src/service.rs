//! The use cases: start, resend, check, status, cancel. Each reads as what happens, in order;
//! how limits are counted is in [`crate::guard`], which provider is asked in [`crate::providers`], what
//! goes in and comes out in [`crate::model`].

use crate::channel::Channel;
use crate::code::Code;
use crate::error::{CheckError, StartError};
use crate::guard::{Ending, Guard};
use crate::id::{Opened, Sealed, VerificationId};
use crate::limits::{Client, EASED_COOLDOWN};
use crate::locale::Locale;
use crate::model::{Settings, StartRequest, Status, Verification};
use crate::ports::{
    AnyProvider, Call, CheckAnswer, Clock, CodeRules, Delivers, Delivery, Failure, KeepsCode,
    NoRandomness, NotDone, Progress, ProviderStatus, Randomness, Refusal, Room,
};
use crate::providers::Providers;
use std::sync::Arc;
use std::time::Duration;

/// When it is worth asking again after a failure that says nothing of it.
const LATER: Duration = Duration::from_secs(5);

/// The service.
pub struct Verifications {
    /// What is offered.
    pub settings: Settings,
    /// Limits and counters.
    pub guard: Guard,
    /// Who calls.
    pub providers: Providers,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where codes of our own come from.
    pub randomness: Arc<dyn Randomness>,
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
            self.tell_of_cancelling(sealed).await;
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

        let answer = match (&sealed.own_code, self.keeper(&sealed)) {
            (Some(own), _) if *own == code => CheckAnswer::Verified,
            (Some(_), _) => CheckAnswer::Incorrect,
            // Who keeps the code is no longer in use.
            (None, None) => CheckAnswer::Gone,
            (None, Some(keeper)) => match self.ask(keeper, &id, &sealed, &code).await {
                Err(NotChecked::NotDone(why)) => {
                    self.guard.return_try(&id, &sealed, charged.at).await?;
                    return Err(not_checked(why));
                }
                Err(NotChecked::Error(error)) => return Err(error),
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
        if status == Status::Pending
            && let Some(provider) = self.providers.of(sealed.provider)
        {
            let provider = provider.common();
            let reading = provider.progress(&sealed.provider_ref, sealed.channel).await;
            if let Some(Progress { status: at_provider, delivery, .. }) = reading.progress {
                status = at_provider.map_or(status, Status::from);
                room = self.eased(&sealed, delivery, room).await;
            }
            progress = reading.progress;
            poll_after = (status == Status::Pending).then_some(reading.again_after);
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
            // The provider is told also when it was told before: that answer may have been lost.
            Ok(()) | Err(CheckError::Canceled) => {
                self.tell_of_cancelling(&sealed).await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The languages that can be spoken.
    pub fn locales(&self) -> impl Iterator<Item = Locale> {
        let texts = &self.settings.texts;
        self.providers.locales().into_iter().filter(|locale| texts.contains_key(locale))
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
        let mut providers = self.providers.for_start(channel, settings.code_length, settings.ttl);
        let Some(provider) = providers.next() else {
            return Err(StartError::ChannelClosed(channel));
        };
        let placing = self.placing(&provider.provider)?;
        let admitted = self.guard.admit(&number, channel, &client, replaces).await?;
        let locale = self.degrade(locale.as_deref(), provider.locales(channel));
        let texts = settings.texts.get(&locale);
        let call = Call {
            number: &number,
            channel,
            locale,
            text: texts.map_or("%token", |texts| match channel {
                Channel::Voice => &texts.voice,
                Channel::Sms => &texts.sms,
            }),
            ttl: settings.ttl,
            reference: reference.as_deref(),
        };
        let placed = match &placing {
            Placing::TheirCode(provider, rules) => provider.start(&call, *rules).await,
            Placing::OurCode(provider, code) => provider.deliver(&call, code).await,
        };
        let provider_ref = match placed {
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
            provider: provider.tag,
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
            own_code: placing.into_own_code(),
            press_a_key: false,
            caller: None,
            audience: None,
            nonce: None,
            start_address: None,
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

    /// How a start goes to a provider: with a code of ours, made now, or without.
    fn placing<'a>(&self, provider: &'a AnyProvider) -> Result<Placing<'a>, StartError> {
        let Settings { code_length: length, max_attempts, .. } = self.settings;
        match provider {
            AnyProvider::KeepsCode(provider) => {
                Ok(Placing::TheirCode(provider.as_ref(), CodeRules { length, max_attempts }))
            }
            AnyProvider::Delivers(provider) => {
                match Code::random(length, |bytes| self.randomness.fill(bytes)) {
                    Ok(code) => Ok(Placing::OurCode(provider.as_ref(), code)),
                    Err(NoRandomness) => Err(StartError::NotPlaced { retry_after: LATER }),
                }
            }
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

    /// From here on we refuse the code. The provider is told as a courtesy, whatever it answers.
    async fn tell_of_cancelling(&self, sealed: &Sealed) {
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

    fn degrade(&self, wish: Option<&str>, spoken: &[Locale]) -> Locale {
        let Settings { default_locale, texts, .. } = &self.settings;
        let spoken: Vec<_> = spoken.iter().filter(|it| texts.contains_key(it)).copied().collect();
        Locale::degrade(wish, &spoken, *default_locale)
    }

    fn in_time(&self, opened: Opened) -> Result<Opened, CheckError> {
        if self.clock.now() >= opened.sealed.expires_at() {
            return Err(CheckError::Expired);
        }
        Ok(opened)
    }
}

/// A start on its way to a provider.
enum Placing<'a> {
    TheirCode(&'a dyn KeepsCode, CodeRules),
    OurCode(&'a dyn Delivers, Code),
}

impl Placing<'_> {
    fn into_own_code(self) -> Option<Code> {
        match self {
            Self::TheirCode(..) => None,
            Self::OurCode(_, code) => Some(code),
        }
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

fn not_placed(why: NotDone) -> StartError {
    match why {
        NotDone::NotSent { retry_after } | NotDone::Refused(Refusal::Busy { retry_after }) => {
            StartError::NotPlaced { retry_after }
        }
        NotDone::Refused(Refusal::Recipient) => StartError::RecipientRefused,
        NotDone::Refused(Refusal::FailedAtOnce) => StartError::NotPlaced { retry_after: LATER },
        NotDone::Refused(Refusal::Us) => StartError::ProviderRefusedUs,
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
