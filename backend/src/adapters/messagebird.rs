//! MessageBird Verify as a provider: every MessageBird word (token, tts, originator) ends here.
//! How its HTTP is spoken is in the `messagebird-verify` crate, when it is asked at all in `line`.

mod issued;
pub mod languages;
mod line;

use self::issued::Issued;
use self::line::{LATER, Line, Operation, Trouble};
use super::progress::{Leave, ProgressBook};
use crate::telemetry::ProviderMetrics;
use async_trait::async_trait;
use messagebird_verify::{
    Client, CreateVerify, DeliveryState, Error, Kind, NotSent, Refusal as No, Status, Unknown,
    VerifyId, Voice,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use verification::ports::{
    Call, Capabilities, CheckAnswer, Clock, CodeRules, Delivery, KeepsCode, Progress, Provider,
    ProviderRef, ProviderStatus, Reading,
};
use verification::{Channel, Code, Failure, NotDone, Refusal};

/// When a place among the requests under way is likely to be free again.
const FREE_PLACE: Duration = Duration::from_secs(2);
/// However long a 503 of theirs asks us to wait, we ask again after this.
const LONGEST_BUSY: Duration = Duration::from_secs(120);
/// An empty account is filled by a person.
const UNTIL_PAID: Duration = Duration::from_secs(300);

/// An account at MessageBird.
pub struct MessageBird {
    line: Line,
    originator: Option<String>,
    voice: Voice,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    book: ProgressBook,
    issued: Issued,
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
        metrics: ProviderMetrics,
    ) -> Self {
        Self {
            line: Line::new(client, Arc::clone(&clock), metrics),
            originator,
            voice,
            capabilities: Capabilities {
                channels: BTreeMap::from(Channel::ALL.map(|it| (it, languages::all()))),
                code_lengths: 6..=10,
                lifetimes: Duration::from_secs(30)..=Duration::from_secs(2 * 24 * 60 * 60),
            },
            book: ProgressBook::new(view_budget),
            issued: Issued::default(),
            clock,
        }
    }

    async fn look(&self, id: &VerifyId, channel: Channel) -> Result<Progress, Trouble> {
        let glance = Operation::Progress;
        let view = |client: Client| async move { client.view(id).await };
        let verify = self.line.glance(glance, id.as_str(), view).await?;
        let state = match &verify.message {
            Some(message) => {
                let read = |client: Client| async move { client.delivery(message).await };
                Some(self.line.glance(glance, id.as_str(), read).await?.state)
            }
            None => None,
        };
        Ok(Progress {
            status: Some(status(&verify.status)),
            delivery: delivery(state.as_ref(), channel),
            updated_at: self.clock.now(),
        })
    }

    fn failure(&self, trouble: Trouble) -> Failure {
        let error = match trouble {
            Trouble::Resting { retry_after } => return NotDone::NotSent { retry_after }.into(),
            Trouble::Met(error) => error,
        };
        if needs_an_operator(&error) {
            tracing::error!(%error, "the provider did not do as asked, and an operator must see to it");
        } else {
            tracing::warn!(%error, "the provider did not do as asked");
        }
        match error {
            Error::NotSent(NotSent::NoFreePlace) => {
                NotDone::NotSent { retry_after: FREE_PLACE }.into()
            }
            Error::NotSent(_) => NotDone::NotSent { retry_after: LATER }.into(),
            Error::Refused(no) => NotDone::Refused(self.refusal(no)).into(),
            Error::Unknown(Unknown::TimedOut(_)) => Failure::Unknown { timed_out: true },
            Error::Unknown(_) | Error::Unusable(_) => Failure::Unknown { timed_out: false },
        }
    }

    fn refusal(&self, no: No) -> Refusal {
        let busy = |wait| Refusal::Busy { retry_after: self.line.spread_out(wait) };
        match no {
            No::RecipientRefused | No::RecipientBlacklisted => Refusal::Recipient,
            No::RateLimited { retry_after } => busy(retry_after.unwrap_or(LATER)),
            No::Busy { retry_after } => busy(retry_after.min(LONGEST_BUSY)),
            No::NoBalance => Refusal::Busy { retry_after: UNTIL_PAID },
            No::NotAuthorised
            | No::NotFound
            | No::TokenIncorrect
            | No::TokenMalformed
            | No::TokenExpired
            | No::AlreadyProcessed
            | No::Other { .. } => Refusal::Us,
        }
    }
}

#[async_trait]
impl Provider for MessageBird {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn progress(&self, verification: &ProviderRef, channel: Channel) -> Reading {
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
        let id = &id;
        let delete = |client: Client| async move { client.delete(id).await };
        match self.line.ask(Operation::Cancel, id.as_str(), delete).await {
            Ok(()) | Err(Trouble::Met(Error::Refused(No::NotFound))) => Ok(()),
            Err(trouble) => Err(self.failure(trouble)),
        }
    }
}

#[async_trait]
impl KeepsCode for MessageBird {
    async fn start(&self, call: &Call<'_>, code: CodeRules) -> Result<ProviderRef, Failure> {
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
            token_length: code.length,
            max_attempts: code.max_attempts,
            language: languages::name(call.locale),
            voice: self.voice,
        };
        let request = &request;
        let create = |client: Client| async move { client.create(request).await };
        let created = self.line.ask(Operation::Start, &request.recipient, create).await;
        let verify = created.map_err(|trouble| self.failure(trouble))?;
        if !self.issued.is_new(verify.id.as_str(), self.clock.now(), call.ttl) {
            tracing::error!("the provider gave two calls one id; the second cannot be checked");
            return Err(Failure::Unknown { timed_out: false });
        }
        match verify.status {
            Status::Failed => Err(NotDone::Refused(Refusal::FailedAtOnce).into()),
            _ => Ok(ProviderRef(verify.id.as_str().to_owned())),
        }
    }

    async fn check(&self, verification: &ProviderRef, code: &Code) -> Result<CheckAnswer, Failure> {
        let Ok(id) = VerifyId::parse(&verification.0) else {
            return Ok(CheckAnswer::Gone);
        };
        let id = &id;
        let check = |client: Client| async move { client.check(id, code.expose()).await };
        match self.line.ask(Operation::Check, id.as_str(), check).await {
            Ok(verify) => match verify.status {
                Status::Verified => Ok(CheckAnswer::Verified),
                Status::Expired => Ok(CheckAnswer::Expired),
                Status::Failed => Ok(CheckAnswer::Over),
                Status::Deleted => Ok(CheckAnswer::Gone),
                // A 200 that does not say "verified" verifies nothing.
                Status::Sent | Status::Other(_) => Err(Failure::Unknown { timed_out: false }),
            },
            Err(Trouble::Met(Error::Refused(No::TokenIncorrect | No::TokenMalformed))) => {
                Ok(CheckAnswer::Incorrect)
            }
            Err(Trouble::Met(Error::Refused(No::TokenExpired))) => Ok(CheckAnswer::Expired),
            Err(Trouble::Met(Error::Refused(No::AlreadyProcessed))) => Ok(CheckAnswer::Over),
            Err(Trouble::Met(Error::Refused(No::NotFound))) => Ok(CheckAnswer::Gone),
            Err(trouble) => Err(self.failure(trouble)),
        }
    }

    async fn status(&self, verification: &ProviderRef) -> Result<ProviderStatus, Failure> {
        let Ok(id) = VerifyId::parse(&verification.0) else {
            return Ok(ProviderStatus::Deleted);
        };
        let id = &id;
        let view = |client: Client| async move { client.view(id).await };
        match self.line.ask(Operation::Status, id.as_str(), view).await {
            Ok(verify) => Ok(status(&verify.status)),
            Err(Trouble::Met(Error::Refused(No::NotFound))) => Ok(ProviderStatus::Expired),
            Err(trouble) => Err(self.failure(trouble)),
        }
    }
}

/// What no waiting cures.
fn needs_an_operator(error: &Error) -> bool {
    matches!(
        error,
        Error::NotSent(NotSent::Tls(_)) | Error::Refused(No::NotAuthorised | No::NoBalance)
    )
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
