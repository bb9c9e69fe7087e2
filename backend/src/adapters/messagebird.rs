//! MessageBird Verify as a provider: every MessageBird word (token, tts, originator) ends here.
//! How its HTTP is spoken is in the `messagebird-verify` crate.

use super::progress::{Leave, ProgressBook};
use async_trait::async_trait;
use messagebird_verify::{
    Client, CreateVerify, DeliveryState, Error, Kind, NotSent, Refusal as No, Status, Unknown,
    VerifyId, Voice,
};
use std::sync::Arc;
use std::time::Duration;
use verification::ports::{
    Call, CheckAnswer, Clock, Delivery, Look, Progress, Provider, ProviderRef, ProviderStatus,
};
use verification::{Channel, Code, Failure, Locale, NotDone, Refusal};

/// When a fault that nobody promised an end to is worth another try.
const LATER: Duration = Duration::from_secs(5);
/// Before the one repetition of a request that provably never left.
const BREATH: Duration = Duration::from_millis(100);
/// MessageBird's busy answers promise at most this.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// An account at MessageBird.
pub struct MessageBird {
    client: Client,
    originator: Option<String>,
    voice: Voice,
    locales: Vec<Locale>,
    clock: Arc<dyn Clock>,
    book: ProgressBook,
}

impl MessageBird {
    /// An account; `view_budget` status reads a second are made for [`Provider::progress`].
    #[must_use]
    pub fn new(
        client: Client,
        originator: Option<String>,
        voice: Voice,
        view_budget: u32,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let locales = Locale::all().collect();
        Self { client, originator, voice, locales, book: ProgressBook::new(view_budget), clock }
    }

    async fn look(&self, id: &VerifyId, channel: Channel) -> Result<Progress, Error> {
        let verify = self.client.view(id).await?;
        let state = match &verify.message {
            Some(message) => Some(self.client.delivery(message).await?.state),
            None => None,
        };
        Ok(Progress {
            status: status(&verify.status),
            delivery: delivery(state.as_ref(), channel),
            updated_at: self.clock.now(),
        })
    }
}

#[async_trait]
impl Provider for MessageBird {
    fn locales(&self) -> &[Locale] {
        &self.locales
    }

    async fn start(&self, call: &Call<'_>) -> Result<ProviderRef, Failure> {
        let request = CreateVerify {
            recipient: call.number.digits().to_string(),
            kind: match call.channel {
                Channel::Voice => Kind::Tts,
                Channel::Sms => Kind::Sms,
            },
            originator: self.originator.clone(),
            reference: call.reference.map(str::to_owned),
            template: call.text.to_owned(),
            timeout_seconds: u32::try_from(call.ttl.as_secs()).unwrap_or(u32::MAX),
            token_length: call.code_length,
            max_attempts: call.max_attempts,
            language: language(call.locale),
            voice: self.voice,
        };
        let verify = twice_if_not_sent(|| self.client.create(&request)).await.map_err(failure)?;
        match verify.status {
            Status::Failed => Err(NotDone::Refused(Refusal::Stillborn).into()),
            _ => Ok(ProviderRef(verify.id.as_str().to_owned())),
        }
    }

    async fn check(&self, verification: &ProviderRef, code: &Code) -> Result<CheckAnswer, Failure> {
        let Ok(id) = VerifyId::parse(&verification.0) else {
            return Ok(CheckAnswer::Gone);
        };
        match twice_if_not_sent(|| self.client.check(&id, code.expose())).await {
            Ok(verify) => match verify.status {
                Status::Verified => Ok(CheckAnswer::Verified),
                Status::Expired => Ok(CheckAnswer::Expired),
                Status::Failed => Ok(CheckAnswer::Over),
                Status::Deleted => Ok(CheckAnswer::Gone),
                // A 200 that does not say "verified" verifies nothing.
                Status::Sent | Status::Other(_) => Err(Failure::Unknown { timed_out: false }),
            },
            Err(Error::Refused(No::TokenIncorrect | No::TokenMalformed)) => {
                Ok(CheckAnswer::Incorrect)
            }
            Err(Error::Refused(No::TokenExpired)) => Ok(CheckAnswer::Expired),
            Err(Error::Refused(No::AlreadyProcessed)) => Ok(CheckAnswer::Over),
            Err(Error::Refused(No::NotFound)) => Ok(CheckAnswer::Gone),
            Err(error) => Err(failure(error)),
        }
    }

    async fn status(&self, verification: &ProviderRef) -> Result<ProviderStatus, Failure> {
        let Ok(id) = VerifyId::parse(&verification.0) else {
            return Ok(ProviderStatus::Deleted);
        };
        match self.client.view(&id).await {
            Ok(verify) => Ok(status(&verify.status)),
            Err(Error::Refused(No::NotFound)) => Ok(ProviderStatus::Expired),
            Err(error) => Err(failure(error)),
        }
    }

    async fn progress(&self, verification: &ProviderRef, channel: Channel) -> Look {
        let Ok(id) = VerifyId::parse(&verification.0) else {
            return self.book.last_known(&verification.0, true);
        };
        let strained = match self.book.leave(&verification.0, self.clock.now()) {
            Leave::Granted => match self.look(&id, channel).await {
                Ok(progress) => {
                    self.book.note(&verification.0, progress);
                    false
                }
                Err(_) => true,
            },
            Leave::NotYet => false,
            Leave::Refused => true,
        };
        self.book.last_known(&verification.0, strained)
    }

    async fn cancel(&self, verification: &ProviderRef) -> Result<(), Failure> {
        let Ok(id) = VerifyId::parse(&verification.0) else {
            return Ok(());
        };
        match twice_if_not_sent(|| self.client.delete(&id)).await {
            Ok(()) | Err(Error::Refused(No::NotFound)) => Ok(()),
            Err(error) => Err(failure(error)),
        }
    }
}

/// Asks once more when it is certain that nothing left and that another try may fare better.
async fn twice_if_not_sent<T, F>(ask: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    match ask().await {
        Err(Error::NotSent(
            NotSent::Dns(_)
            | NotSent::Refused(_)
            | NotSent::ConnectTimeout(_)
            | NotSent::Connect(_),
        )) => {
            tokio::time::sleep(BREATH).await;
            ask().await
        }
        result => result,
    }
}

fn failure(error: Error) -> Failure {
    tracing::warn!(%error, "the provider did not do as asked");
    match error {
        Error::NotSent(_) => NotDone::NotSent { retry_after: LATER }.into(),
        Error::Refused(no) => NotDone::Refused(refusal(no)).into(),
        Error::Unknown(Unknown::TimedOut(_)) => Failure::Unknown { timed_out: true },
        Error::Unknown(_) | Error::Unusable(_) => Failure::Unknown { timed_out: false },
    }
}

fn refusal(no: No) -> Refusal {
    match no {
        No::RecipientRefused | No::RecipientBlacklisted => Refusal::Recipient,
        No::RateLimited { retry_after } => {
            Refusal::Busy { retry_after: retry_after.unwrap_or(LATER) }
        }
        No::Busy { retry_after } => Refusal::Busy { retry_after },
        No::NoBalance => Refusal::Busy { retry_after: LONGEST_WAIT },
        No::NotAuthorised
        | No::NotFound
        | No::TokenIncorrect
        | No::TokenMalformed
        | No::TokenExpired
        | No::AlreadyProcessed
        | No::Other { .. } => Refusal::Us,
    }
}

fn status(status: &Status) -> ProviderStatus {
    match status {
        Status::Verified => ProviderStatus::Verified,
        Status::Expired => ProviderStatus::Expired,
        Status::Failed => ProviderStatus::Failed,
        Status::Deleted => ProviderStatus::Deleted,
        Status::Sent | Status::Other(_) => ProviderStatus::Pending,
    }
}

fn delivery(state: Option<&DeliveryState>, channel: Channel) -> Delivery {
    match (state, channel) {
        (Some(DeliveryState::Scheduled), _) => Delivery::Queued,
        (Some(DeliveryState::Calling), _) => Delivery::Ringing,
        (Some(DeliveryState::Answered), _) => Delivery::Answered,
        (Some(DeliveryState::Busy), _) => Delivery::Busy,
        (Some(DeliveryState::Machine), _) => Delivery::Voicemail,
        // MessageBird says "failed" of a call that nobody took.
        (Some(DeliveryState::Failed), Channel::Voice) => Delivery::NoAnswer,
        (Some(DeliveryState::Sent | DeliveryState::Buffered), _) => Delivery::Sent,
        (Some(DeliveryState::Delivered), _) => Delivery::Delivered,
        (
            Some(DeliveryState::Failed | DeliveryState::Expired | DeliveryState::DeliveryFailed),
            _,
        ) => Delivery::Failed,
        (Some(DeliveryState::Other(_)) | None, _) => Delivery::Unknown,
    }
}

/// MessageBird writes languages in lower case, and Welsh English in its own way.
fn language(locale: Locale) -> String {
    match locale.tag() {
        "en-GB-x-wls" => "en-gb-wls".to_owned(),
        tag => tag.to_ascii_lowercase(),
    }
}
