//! Placing a call: by which provider, by the next one when it is certain that nothing was done, and what
//! becomes of the charge. At most one call is placed, and it is charged once.

use super::Verifications;
use crate::audit::{Step, reason};
use crate::channel::Channel;
use crate::code::Code;
use crate::error::StartError;
use crate::guard::Start;
use crate::id::{Sealed, VerificationId};
use crate::locale::Locale;
use crate::model::{Settings, StartRequest, Status, Verification};
use crate::phone::{NumberKind, PhoneNumber};
use crate::ports::{
    AnyProvider, Call, CodeRules, Deadline, Failure, NotDone, ProviderRef, Refusal,
};
use crate::providers::{InUse, ProviderTag};
use crate::timestamp::Timestamp;
use std::time::Duration;

/// How long placing a call may take, whoever is asked and however many are.
const PLACED_WITHIN: Duration = Duration::from_secs(10);
/// With less than this left nobody else is asked: a request that is given up on may have been heard.
const ENOUGH: Duration = Duration::from_secs(3);
/// When it is worth asking again after a failure that says nothing of it.
const LATER: Duration = Duration::from_secs(5);

/// A call that was placed.
struct Placed {
    provider: ProviderTag,
    provider_ref: ProviderRef,
    locale: Locale,
    own_code: Option<Code>,
    press_a_key: bool,
}

/// What is to be told to whom.
struct Wish<'a> {
    number: &'a PhoneNumber,
    channel: Channel,
    reference: Option<&'a str>,
    created_at: Timestamp,
    by: Deadline,
}

impl Verifications {
    pub(super) async fn place(
        &self,
        request: StartRequest,
        replaces: Option<&VerificationId>,
        step: Step<'_>,
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
        let providers = self.in_turn(channel, locale.as_deref());
        if providers.is_empty() {
            return Err(StartError::ChannelClosed(channel));
        }
        let charged = Start { number: &number, channel, client: &client, context: &context };
        let admitted = self.guard.admit(&charged, replaces).await?;
        let (reference, by) = (context.reference.as_deref(), Deadline::within(PLACED_WITHIN));
        let wish = Wish { number: &number, channel, reference, created_at: admitted.at, by };
        let mut passed_over = Vec::new();
        let placed = match self.ask_in_turn(&providers, &wish, &mut passed_over).await {
            Ok(placed) => placed,
            Err(StartError::DeliveryUnknown { timed_out, .. }) => {
                // Whether it rang is unknown, so it says nothing of its region. Nor does a failure now.
                let _ = self.guard.unwatch(&charged, admitted.at).await;
                let retry_after = admitted.room.next_at.since(admitted.at);
                return Err(StartError::DeliveryUnknown { timed_out, retry_after });
            }
            Err(error) => {
                self.guard.withdraw(&charged, admitted.at).await?;
                return Err(error);
            }
        };
        let sealed = Sealed {
            provider: placed.provider,
            provider_ref: placed.provider_ref,
            number,
            channel,
            locale: placed.locale,
            created_at: admitted.at,
            ttl: settings.ttl,
            code_length: settings.code_length,
            max_attempts: settings.max_attempts,
            client,
            own_code: placed.own_code,
            press_a_key: placed.press_a_key,
            context,
        };
        let id = VerificationId::seal(&sealed, &self.guard.keys);
        for failed_over in passed_over {
            self.tell(&id, &sealed, failed_over);
        }
        self.tell(&id, &sealed, step);
        Ok(Verification {
            id,
            status: Status::Pending,
            attempts_remaining: sealed.max_attempts,
            sealed,
            room: admitted.room,
            progress: None,
            poll_after: None,
            verified_at: None,
            is_repeated: false,
        })
    }

    /// Who may be asked, in order, each with the language it would speak: first those who speak the one
    /// that is wished for, or the nearest to it that anybody speaks.
    fn in_turn(&self, channel: Channel, wish: Option<&str>) -> Vec<(&InUse, Locale)> {
        let Settings { code_length, ttl, default_locale, texts, .. } = &self.settings;
        let providers: Vec<_> = self.providers.for_start(channel, *code_length, *ttl).collect();
        let first = |of: &[&InUse], is: &dyn Fn(&Locale) -> bool| {
            let mut spoken = of.iter().flat_map(|provider| provider.locales(channel));
            spoken.find(|&locale| is(locale) && texts.contains_key(locale)).copied()
        };
        let best = Locale::degrade(wish, |is| first(&providers, is), *default_locale);
        let in_its_own = |provider: &InUse| {
            let first = |is: &dyn Fn(&Locale) -> bool| first(&[provider], is);
            let spoken = first(&|locale: &Locale| *locale == best);
            spoken.unwrap_or_else(|| Locale::degrade(wish, first, *default_locale))
        };
        let mut in_turn: Vec<_> =
            providers.iter().map(|provider| (*provider, in_its_own(provider))).collect();
        in_turn.sort_by_key(|(_, locale)| *locale != best);
        in_turn
    }

    /// Asks the next one only when it is certain that the one before did nothing, and that it was not
    /// for the number's sake: what one provider blocks as fraud, another must not carry.
    async fn ask_in_turn(
        &self,
        providers: &[(&InUse, Locale)],
        wish: &Wish<'_>,
        passed_over: &mut Vec<Step<'_>>,
    ) -> Result<Placed, StartError> {
        let mut met = None;
        for (provider, locale) in providers {
            if met.is_some() && wish.by.left() < ENOUGH {
                break;
            }
            match self.ask_one(provider, *locale, wish).await? {
                Ok(placed) => return Ok(placed),
                Err(Failure::Unknown { timed_out }) => {
                    let retry_after = Duration::ZERO;
                    return Err(StartError::DeliveryUnknown { timed_out, retry_after });
                }
                Err(Failure::NotDone(why)) => {
                    let next = another_may(&why);
                    let (from, reason) = (provider.name, reason(&why));
                    passed_over.push(Step::FailedOver { from, reason });
                    let error = not_placed(why);
                    if !next {
                        return Err(error);
                    }
                    met = Some(match met {
                        None => error,
                        Some(met) => kinder(met, error),
                    });
                }
            }
        }
        Err(met.unwrap_or(StartError::NotPlaced { retry_after: LATER }))
    }

    async fn ask_one(
        &self,
        in_use: &InUse,
        locale: Locale,
        wish: &Wish<'_>,
    ) -> Result<Result<Placed, Failure>, StartError> {
        let Settings { code_length: length, max_attempts, ttl, texts, .. } = &self.settings;
        let call = Call {
            number: wish.number,
            channel: wish.channel,
            locale,
            text: texts.get(&locale).map_or("%token", |texts| match wish.channel {
                Channel::Voice => &texts.voice,
                Channel::Sms => &texts.sms,
            }),
            ttl: *ttl,
            created_at: wish.created_at,
            reference: wish.reference,
            by: wish.by,
        };
        let (placed, own_code) = match &in_use.provider {
            AnyProvider::KeepsCode(provider) => {
                let rules = CodeRules { length: *length, max_attempts: *max_attempts };
                (provider.start(&call, rules).await, None)
            }
            AnyProvider::Delivers(provider) => {
                let code = Code::random(*length, |bytes| self.randomness.fill(bytes))
                    .map_err(|_none| StartError::NotPlaced { retry_after: LATER })?;
                (provider.deliver(&call, &code).await, Some(code))
            }
        };
        let provider = in_use.tag;
        let press_a_key =
            wish.channel == Channel::Voice && in_use.provider.common().capabilities().press_a_key;
        Ok(placed.map(|provider_ref| Placed {
            provider,
            provider_ref,
            locale,
            own_code,
            press_a_key,
        }))
    }
}

/// Whether another provider may be asked after this one.
fn another_may(why: &NotDone) -> bool {
    match why {
        NotDone::NotSent { .. }
        | NotDone::Refused(Refusal::Busy { .. } | Refusal::Us | Refusal::Destination) => true,
        NotDone::Refused(Refusal::Recipient | Refusal::Blocked | Refusal::FailedAtOnce) => false,
    }
}

/// The one of two errors that leaves more hope.
fn kinder(one: StartError, other: StartError) -> StartError {
    match (one, other) {
        (
            StartError::NotPlaced { retry_after: one },
            StartError::NotPlaced { retry_after: other },
        ) => StartError::NotPlaced { retry_after: one.min(other) },
        (_, it @ StartError::NotPlaced { .. }) | (StartError::DestinationClosed, it) => it,
        (it, _) => it,
    }
}

fn not_placed(why: NotDone) -> StartError {
    match why {
        NotDone::NotSent { retry_after } | NotDone::Refused(Refusal::Busy { retry_after }) => {
            StartError::NotPlaced { retry_after }
        }
        NotDone::Refused(Refusal::Recipient) => StartError::RecipientRefused,
        NotDone::Refused(Refusal::Destination | Refusal::Blocked) => StartError::DestinationClosed,
        NotDone::Refused(Refusal::FailedAtOnce) => StartError::NotPlaced { retry_after: LATER },
        NotDone::Refused(Refusal::Us) => StartError::ProviderRefusedUs,
    }
}
