//! Starting and resending: how a call is placed. What becomes of it is in the rooms beside.

use super::Verifications;
use crate::channel::Channel;
use crate::code::Code;
use crate::error::{CheckError, StartError};
use crate::guard::{Ending, Start};
use crate::id::{Opened, Sealed, VerificationId};
use crate::limits::Client;
use crate::locale::Locale;
use crate::model::{Settings, StartRequest, Status, Verification};
use crate::phone::NumberKind;
use crate::ports::{
    AnyProvider, Call, CodeRules, Deadline, Delivers, Failure, KeepsCode, NoRandomness, NotDone,
    Refusal,
};
use std::time::Duration;

/// How long placing a call may take, whoever is asked.
const PLACED_WITHIN: Duration = Duration::from_secs(10);
/// When it is worth asking again after a failure that says nothing of it.
const LATER: Duration = Duration::from_secs(5);

impl Verifications {
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
            client,
            context: sealed.context.clone(),
        };
        let renewed = match self.place(request.clone(), Some(id)).await {
            // Undelivered, or out of tries: that is when people ask for another call.
            Err(StartError::Original(CheckError::AttemptsExhausted)) => {
                self.place(request, None).await?
            }
            placed => placed?,
        };
        // The new call rings: neither the store nor the provider may take that away again. Once the
        // ending is noted the old code is refused here, whatever the provider still thinks.
        let noted = self.guard.end(id, Ending::Canceled).await.is_ok();
        if noted && self.clock.now() < sealed.expires_at() {
            self.tell_of_cancelling(sealed).await;
        }
        Ok(renewed)
    }

    async fn place(
        &self,
        request: StartRequest,
        replaces: Option<&VerificationId>,
    ) -> Result<Verification, StartError> {
        let StartRequest { number, channel, locale, client, context } = request;
        let settings = &self.settings;
        if !settings.channels.contains(&channel) {
            return Err(StartError::ChannelClosed(channel));
        }
        if !settings.destinations.permit(&number, channel) {
            return Err(StartError::DestinationClosed);
        }
        if channel == Channel::Sms && number.kind() == NumberKind::FixedLine {
            return Err(StartError::Landline);
        }
        let mut providers = self.providers.for_start(channel, settings.code_length, settings.ttl);
        let Some(provider) = providers.next() else {
            return Err(StartError::ChannelClosed(channel));
        };
        let placing = self.placing(&provider.provider)?;
        let charged = Start { number: &number, channel, client: &client, context: &context };
        let admitted = self.guard.admit(&charged, replaces).await?;
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
            reference: context.reference.as_deref(),
            by: Deadline::within(PLACED_WITHIN),
        };
        let placed = match &placing {
            Placing::TheirCode(provider, rules) => provider.start(&call, *rules).await,
            Placing::OurCode(provider, code) => provider.deliver(&call, code).await,
        };
        let provider_ref = match placed {
            Ok(provider_ref) => provider_ref,
            Err(Failure::Unknown { timed_out }) => {
                // Whether it rang is unknown, so it says nothing of its region. Nor does a failure now.
                let _ = self.guard.unwatch(&charged, admitted.at).await;
                let retry_after = admitted.room.next_at.since(admitted.at);
                return Err(StartError::DeliveryUnknown { timed_out, retry_after });
            }
            Err(Failure::NotDone(why)) => {
                self.guard.withdraw(&charged, admitted.at).await?;
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
            own_code: placing.into_own_code(),
            press_a_key: false,
            context,
        };
        Ok(Verification {
            id: VerificationId::seal(&sealed, &self.guard.keys),
            status: Status::Pending,
            attempts_remaining: sealed.max_attempts,
            sealed,
            room: admitted.room,
            progress: None,
            poll_after: None,
            verified_at: None,
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

    fn degrade(&self, wish: Option<&str>, spoken: &[Locale]) -> Locale {
        let Settings { default_locale, texts, .. } = &self.settings;
        let spoken: Vec<_> = spoken.iter().filter(|it| texts.contains_key(it)).copied().collect();
        Locale::degrade(wish, &spoken, *default_locale)
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
