//! The calls and messages that Twilio made common, as a provider that delivers a code of ours: every word
//! of that API (TwiML, sid, status) is translated here. How its HTTP is spoken is in the `twilio-rest`
//! crate, when it is asked at all in `provider`.

mod answers;
mod press_key;

pub use self::press_key::{NotAnswered, PATH, PressKey};

use self::answers::{call_delivery, message_delivery};
use super::provider::{AskError, Gateway, MAX_IN_FLIGHT, Operation, Settings};
use crate::telemetry::ProviderMetrics;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use twilio_rest::{
    CallStatus, Client, End, Error, LANGUAGES, Language, MessageStatus, Refusal as No, Sid, Speech,
    Twiml,
};
use verification::ports::{
    Call, Capabilities, Clock, Deadline, Delivers, Delivery, Provider, ProviderRef, Reading,
};
use verification::{Channel, Code, Failure, Locale, NotDone, Refusal};

/// What metrics, logs and routing call it.
pub const NAME: &str = "twilio";

/// What it is asked for.
const OPERATIONS: &[Operation] = &[Operation::Start, Operation::Progress, Operation::Cancel];
/// How many progress reads a second are made.
const PROGRESS_BUDGET: u32 = 10;
/// How often the text is said from its beginning.
const TIMES: u8 = 2;
/// How long a phone rings: as long as most voicemails leave it.
const RINGS: u16 = 45;
/// How long a call lasts at most, so that nobody pays for a forgotten one.
const LASTS: u16 = 120;
/// A message's sid is told from a call's by this, which no sid has.
const IS_MESSAGE: char = '~';

/// How an account is used.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who calls.
    pub from: String,
    /// Who writes.
    pub sms_from: String,
    /// The `<Say>` voice; the carrier's own for the language when absent.
    pub voice: Option<String>,
    /// How many requests may be under way at once: [`MAX_IN_FLIGHT`] when absent.
    pub max_in_flight: Option<NonZeroU32>,
}

/// An account at Twilio, or at another carrier that speaks the same.
pub struct Twilio {
    client: Client,
    gateway: Gateway,
    options: Options,
    press_key: Option<Arc<PressKey>>,
    capabilities: Capabilities,
}

impl Twilio {
    /// An account, whose calls ask for a key first where that is given.
    #[must_use]
    pub fn new(
        client: Client,
        options: Options,
        press_key: Option<Arc<PressKey>>,
        clock: Arc<dyn Clock>,
        metrics: ProviderMetrics,
    ) -> Self {
        let settings = Settings {
            name: NAME,
            operations: OPERATIONS,
            request_timeout: client.request_timeout(),
            max_in_flight: options.max_in_flight.unwrap_or(MAX_IN_FLIGHT),
            progress_budget: PROGRESS_BUDGET,
            requests_per_reading: 1,
        };
        let voice = options.voice.as_deref();
        let spoken = LANGUAGES.iter().filter(|language| language.voice(voice).is_some());
        let locale = |language: &Language| Locale::parse(language.tag);
        let (spoken, written) =
            (spoken.filter_map(locale).collect(), LANGUAGES.iter().filter_map(locale).collect());
        Self {
            client,
            gateway: Gateway::new(settings, clock, metrics),
            options,
            capabilities: Capabilities {
                channels: BTreeMap::from([(Channel::Voice, spoken), (Channel::Sms, written)]),
                code_lengths: 4..=10,
                lifetimes: Duration::from_secs(30)..=Duration::from_secs(4 * 60 * 60),
                press_a_key: press_key.is_some(),
            },
            press_key,
        }
    }

    async fn call(&self, call: &Call<'_>, code: &Code) -> Result<ProviderRef, Failure> {
        let ours = || Failure::from(NotDone::Refused(Refusal::Us));
        let language = Language::find(call.locale.tag()).ok_or_else(ours)?;
        let voice = language.voice(self.options.voice.as_deref()).ok_or_else(ours)?;
        let speech = Speech { language, voice, times: TIMES };
        let (twiml, asks) = match &self.press_key {
            Some(press_key) => {
                let (twiml, sealed) = press_key.ask(call, code).ok_or_else(ours)?;
                (twiml, Some((press_key, sealed)))
            }
            None => {
                let twiml = Twiml::say(speech, call.text, code.expose());
                (twiml.map_err(|_long| ours())?, None)
            }
        };
        let request = &twilio_rest::Call {
            to: call.number.e164(),
            from: self.options.from.clone(),
            twiml,
            ring_seconds: Some(RINGS),
            talk_seconds: Some(LASTS),
            detect_machine: false,
        };
        let place = move |within| async move { self.client.within(within).call(request).await };
        let placed = self.gateway.ask(Operation::Start, &request.to, call.by, place).await;
        let placed = placed.map_err(|error| self.gateway.failure(error));
        if let (Err(Failure::Unknown { .. }), Some((press_key, sealed))) = (&placed, asks) {
            // A store that fails now only lets the call say a code that nothing can be checked with.
            let _ = press_key.silence(&sealed).await;
        }
        let placed = placed?;
        let failed = placed.status == CallStatus::Failed;
        accepted(placed.id.as_str().to_owned(), failed)
    }

    async fn message(&self, call: &Call<'_>, code: &Code) -> Result<ProviderRef, Failure> {
        let request = &twilio_rest::Message {
            to: call.number.e164(),
            from: self.options.sms_from.clone(),
            text: call.text.to_owned(),
            code: code.expose().to_owned(),
            valid_seconds: u32::try_from(call.ttl.as_secs()).ok(),
        };
        let send = move |within| async move { self.client.within(within).message(request).await };
        let sent = self.gateway.ask(Operation::Start, &request.to, call.by, send).await;
        let sent = sent.map_err(|error| self.gateway.failure(error))?;
        let failed = sent.status == MessageStatus::Failed;
        accepted(format!("{IS_MESSAGE}{}", sent.id.as_str()), failed)
    }

    async fn read(&self, verification: &str) -> Option<Delivery> {
        let (is_message, sid) = parse(verification)?;
        let sid = &sid;
        if is_message {
            let read =
                move |within| async move { self.client.within(within).message_state(sid).await };
            return Some(message_delivery(&self.gateway.read(sid.as_str(), read).await.ok()?));
        }
        let read = move |within| async move { self.client.within(within).call_state(sid).await };
        let call = self.gateway.read(sid.as_str(), read).await.ok()?;
        Some(match (&self.press_key, call_delivery(&call)) {
            (Some(press_key), Delivery::Answered) => {
                match press_key.was_pressed(sid.as_str()).await.ok()? {
                    true => Delivery::Answered,
                    // Picked up, and nobody has pressed a key: a person may yet.
                    false if call.status == CallStatus::InProgress => Delivery::Ringing,
                    false => Delivery::Voicemail,
                }
            }
            (_, delivery) => delivery,
        })
    }
}

/// Whether it is a message, and its sid.
fn parse(verification: &str) -> Option<(bool, Sid)> {
    let message = verification.strip_prefix(IS_MESSAGE);
    Some((message.is_some(), Sid::parse(message.unwrap_or(verification)).ok()?))
}

#[async_trait]
impl Provider for Twilio {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn progress(&self, verification: &ProviderRef, _: Channel) -> Reading {
        let read = || async { Some((None, self.read(&verification.0).await?)) };
        self.gateway.progress(&verification.0, read).await
    }

    /// A call that waits or rings is ended: its code is of no use any more. A message cannot be ended.
    async fn cancel(&self, verification: &ProviderRef) -> Result<(), Failure> {
        let Some((false, sid)) = parse(&verification.0) else {
            return Ok(());
        };
        let sid = &sid;
        if self.gateway.is_over(sid.as_str()) {
            return Ok(());
        }
        let end = move |within| async move {
            self.client.within(within).end_call(sid, End::Unanswered).await
        };
        let by = Deadline::within(self.client.request_timeout());
        match self.gateway.ask(Operation::Cancel, sid.as_str(), by, end).await {
            Ok(()) | Err(AskError::Asked(Error::Refused(No::NotFound))) => Ok(()),
            Err(error) => Err(self.gateway.failure(error)),
        }
    }
}

#[async_trait]
impl Delivers for Twilio {
    async fn deliver(&self, call: &Call<'_>, code: &Code) -> Result<ProviderRef, Failure> {
        match call.channel {
            Channel::Voice => self.call(call, code).await,
            Channel::Sms => self.message(call, code).await,
        }
    }
}

/// What becomes of a call or message that was accepted. Its sid proves nothing, so one that was given
/// out before is no harm: the code is ours.
fn accepted(id: String, failed: bool) -> Result<ProviderRef, Failure> {
    match failed {
        true => Err(NotDone::Refused(Refusal::FailedAtOnce).into()),
        false => Ok(ProviderRef(id)),
    }
}
