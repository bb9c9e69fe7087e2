//! What stands on both sides of the guard and costs nothing: a store that admits everything, and a provider
//! that places every call at once.

use async_trait::async_trait;
use std::time::Duration;
use verification::ports::{
    Capabilities, CheckAnswer, CodeRules, Deadline, Decision, Found, KeepsCode, Key, ProviderRef,
    ProviderStatus, Reading, Room, Step, StoreError,
};
use verification::{Call, Channel, Code, Counters, Failure, Provider, Timestamp};

/// Admits everything and remembers nothing: what a service without a guard would have.
pub(crate) struct NoCounters;

#[async_trait]
impl Counters for NoCounters {
    async fn decide(&self, steps: &[Step]) -> Result<Decision, StoreError> {
        let at = Timestamp(0);
        let found = |step: &Step| match step {
            Step::Charge(..) | Step::ChargeUnlessFirst(..) | Step::HasRoom(..) | Step::Read(..) => {
                Found::Room(Room { used: 1, left: 1, next_at: at })
            }
            Step::ReadFlag(_) => Found::Flag(None),
            Step::Count(..) => Found::Count(0),
            _ => Found::Nothing,
        };
        Ok(Decision::Made { at, found: steps.iter().map(found).collect() })
    }

    async fn keep_first(
        &self,
        _: Key,
        _: &[u8],
        _: Duration,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    async fn keep(&self, _: Key, _: &[u8], _: Duration) -> Result<(), StoreError> {
        Ok(())
    }

    async fn drop_value(&self, _: Key) -> Result<(), StoreError> {
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Places every call at once, and takes every code for right.
pub(crate) struct Silent(pub(crate) Capabilities);

#[async_trait]
impl Provider for Silent {
    fn capabilities(&self) -> &Capabilities {
        &self.0
    }

    async fn progress(&self, _: &ProviderRef, _: Channel) -> Reading {
        Reading { progress: None, again_after: Duration::from_secs(2) }
    }

    async fn cancel(&self, _: &ProviderRef) -> Result<(), Failure> {
        Ok(())
    }
}

#[async_trait]
impl KeepsCode for Silent {
    async fn start(&self, call: &Call<'_>, _: CodeRules) -> Result<ProviderRef, Failure> {
        Ok(ProviderRef(format!("{:032x}", call.number.digits())))
    }

    async fn check(
        &self,
        _: &ProviderRef,
        _: &Code,
        _by: Deadline,
    ) -> Result<CheckAnswer, Failure> {
        Ok(CheckAnswer::Verified)
    }

    async fn status(&self, _: &ProviderRef, _by: Deadline) -> Result<ProviderStatus, Failure> {
        Ok(ProviderStatus::Pending)
    }
}
