//! MessageBird Verify as a provider: every MessageBird word (token, tts, originator) is translated here.
//! How its HTTP is spoken is in the `messagebird-verify` crate, when it is asked at all in `provider`.

mod answers;
pub mod languages;

use self::answers::{delivery, status};
use super::provider::{AskError, Gateway, MAX_IN_FLIGHT, Operation, Settings};
use crate::telemetry::ProviderMetrics;
use async_trait::async_trait;
use messagebird_verify::{
    Client, CreateVerify, Error, Kind, Refusal as No, Status, VerifyId, Voice,
};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use verification::ports::{
    Call, Capabilities, CheckAnswer, Clock, CodeRules, Deadline, Delivery, KeepsCode, Provider,
    ProviderRef, ProviderStatus, Reading,
};
use verification::{Channel, Code, Failure, NotDone, Refusal};

/// What metrics, logs and routing call it.
pub const NAME: &str = "messagebird";

/// What it is asked for.
const OPERATIONS: &[Operation] = &[
    Operation::Start,
    Operation::Check,
    Operation::Status,
    Operation::Progress,
    Operation::Cancel,
];

/// How an account at MessageBird is used.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who appears to call or write; the account's default when absent.
    pub originator: Option<String>,
    /// Which voice speaks.
    pub voice: Voice,
    /// How many status reads a second are made for [`Provider::progress`].
    pub view_budget: u32,
    /// How many requests may be under way at once: [`MAX_IN_FLIGHT`] when absent.
    pub max_in_flight: Option<NonZeroU32>,
}

/// An account at MessageBird.
pub struct MessageBird {
    client: Client,
    gateway: Gateway,
    options: Options,
    capabilities: Capabilities,
}

impl MessageBird {
    /// An account.
    #[must_use]
    pub fn new(
        client: Client,
        options: Options,
        clock: Arc<dyn Clock>,
        metrics: ProviderMetrics,
    ) -> Self {
        let settings = Settings {
            name: NAME,
            operations: OPERATIONS,
            request_timeout: client.request_timeout(),
            max_in_flight: options.max_in_flight.unwrap_or(MAX_IN_FLIGHT),
            progress_budget: options.view_budget,
            // The verification, and then its call or message.
            requests_per_reading: 2,
        };
        Self {
            client,
            gateway: Gateway::new(settings, clock, metrics),
            options,
            capabilities: Capabilities {
                channels: BTreeMap::from(Channel::ALL.map(|it| (it, languages::all()))),
                code_lengths: 6..=10,
                lifetimes: Duration::from_secs(30)..=Duration::from_secs(2 * 24 * 60 * 60),
                press_a_key: false,
            },
        }
    }

    /// Where a verification stands and how its call fares; `None` when either could not be read.
    async fn read(&self, id: &VerifyId, channel: Channel) -> Option<(ProviderStatus, Delivery)> {
        let view = move |within| async move { self.client.within(within).view(id).await };
        let verify = self.gateway.read(id.as_str(), view).await.ok()?;
        let state = match &verify.message {
            Some(message) => {
                let read =
                    move |within| async move { self.client.within(within).delivery(message).await };
                Some(self.gateway.read(id.as_str(), read).await.ok()?.state)
            }
            None => None,
        };
        Some((status(&verify.status), delivery(state.as_ref(), channel)))
    }
}

#[async_trait]
impl Provider for MessageBird {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn progress(&self, verification: &ProviderRef, channel: Channel) -> Reading {
        let read = || async {
            let id = VerifyId::parse(&verification.0).ok()?;
            let (status, delivery) = self.read(&id, channel).await?;
            Some((Some(status), delivery))
        };
        self.gateway.progress(&verification.0, read).await
    }

    async fn cancel(&self, verification: &ProviderRef) -> Result<(), Failure> {
        let Ok(id) = VerifyId::parse(&verification.0) else {
            return Ok(());
        };
        let id = &id;
        let delete = move |within| async move { self.client.within(within).delete(id).await };
        let by = Deadline::within(self.client.request_timeout());
        match self.gateway.ask(Operation::Cancel, id.as_str(), by, delete).await {
            Ok(()) | Err(AskError::Asked(Error::Refused(No::NotFound))) => Ok(()),
            Err(error) => Err(self.gateway.failure(error)),
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
            originator: self.options.originator.clone(),
            reference: call.reference.map(str::to_owned),
            template: call.text.to_owned(),
            timeout_seconds: u32::try_from(call.ttl.as_secs()).unwrap_or(u32::MAX),
            token_length: code.length,
            max_attempts: code.max_attempts,
            language: languages::name(call.locale),
            voice: self.options.voice,
        };
        let request = &request;
        let create = move |within| async move { self.client.within(within).create(request).await };
        let created = self.gateway.ask(Operation::Start, &request.recipient, call.by, create).await;
        let verify = created.map_err(|error| self.gateway.failure(error))?;
        if !self.gateway.is_new(verify.id.as_str(), call.ttl) {
            return Err(Failure::Unknown { timed_out: false });
        }
        match verify.status {
            Status::Failed => Err(NotDone::Refused(Refusal::FailedAtOnce).into()),
            _ => Ok(ProviderRef(verify.id.as_str().to_owned())),
        }
    }

    async fn check(
        &self,
        verification: &ProviderRef,
        code: &Code,
        by: Deadline,
    ) -> Result<CheckAnswer, Failure> {
        let Ok(id) = VerifyId::parse(&verification.0) else {
            return Ok(CheckAnswer::Gone);
        };
        let id = &id;
        let check =
            move |within| async move { self.client.within(within).check(id, code.expose()).await };
        match self.gateway.ask(Operation::Check, id.as_str(), by, check).await {
            Ok(verify) => match verify.status {
                Status::Verified => Ok(CheckAnswer::Verified),
                Status::Expired => Ok(CheckAnswer::Expired),
                Status::Failed => Ok(CheckAnswer::Over),
                Status::Deleted => Ok(CheckAnswer::Gone),
                // A 200 that does not say "verified" verifies nothing.
                Status::Sent | Status::Other(_) => Err(Failure::Unknown { timed_out: false }),
            },
            Err(AskError::Asked(Error::Refused(No::TokenIncorrect | No::TokenMalformed))) => {
                Ok(CheckAnswer::Incorrect)
            }
            Err(AskError::Asked(Error::Refused(No::TokenExpired))) => Ok(CheckAnswer::Expired),
            Err(AskError::Asked(Error::Refused(No::AlreadyProcessed))) => Ok(CheckAnswer::Over),
            Err(AskError::Asked(Error::Refused(No::NotFound))) => Ok(CheckAnswer::Gone),
            Err(error) => Err(self.gateway.failure(error)),
        }
    }

    async fn status(
        &self,
        verification: &ProviderRef,
        by: Deadline,
    ) -> Result<ProviderStatus, Failure> {
        let Ok(id) = VerifyId::parse(&verification.0) else {
            return Ok(ProviderStatus::Deleted);
        };
        let id = &id;
        let view = move |within| async move { self.client.within(within).view(id).await };
        match self.gateway.ask(Operation::Status, id.as_str(), by, view).await {
            Ok(verify) => Ok(status(&verify.status)),
            Err(AskError::Asked(Error::Refused(No::NotFound))) => Ok(ProviderStatus::Expired),
            Err(error) => Err(self.gateway.failure(error)),
        }
    }
}
