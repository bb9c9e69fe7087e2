//! Stand-ins for the ports, for tests. The provider here answers what it is told; the real ones are
//! faked at the far end of a connection, by the simulator.

use crate::channel::Channel;
use crate::code::Code;
use crate::locale::Locale;
use crate::ports::{
    Call, Capabilities, CheckAnswer, Clock, CodeRules, Deadline, Delivers, Failure, KeepsCode,
    NoRandomness, Provider, ProviderRef, ProviderStatus, Randomness, Reading,
};
use crate::timestamp::Timestamp;
use async_trait::async_trait;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(AtomicU64);

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(AtomicU64::new(now.0))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }

    /// Sets the clock back.
    pub fn set_back(&self, by: Duration) {
        self.0.fetch_sub(by.as_millis() as u64, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Randomness that is the same in every run, and different at every call.
#[derive(Debug, Default)]
pub struct CountedRandomness(AtomicU64);

impl Randomness for CountedRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        // Multiples of the golden ratio, of which the upper half is well mixed.
        let next = || (self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed) >> 56) as u8;
        bytes.fill_with(next);
        Ok(())
    }
}

/// What a [`ScriptedProvider`] was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// To make a code and tell it, in this text.
    Start(String),
    /// To tell this code, in this text.
    Deliver(String, Code),
    /// To compare this code.
    Check(Code),
    /// Where a verification stands.
    Status,
    /// How a call fares.
    Progress,
    /// To cancel.
    Cancel,
}

/// A provider of either shape, which does what it is told to and remembers what it was asked.
pub struct ScriptedProvider {
    capabilities: Capabilities,
    asked: Mutex<Vec<Asked>>,
    /// What becomes of the next start or delivery; a call is placed when nothing is set.
    next_failure: Mutex<Option<Failure>>,
    /// What it says of every code that it is asked to compare.
    answer: CheckAnswer,
}

impl ScriptedProvider {
    /// A provider that has both channels in these languages.
    #[must_use]
    pub fn new(locales: &[Locale], answer: CheckAnswer) -> Self {
        Self {
            capabilities: Capabilities {
                channels: Channel::ALL.map(|channel| (channel, locales.to_vec())).into(),
                code_lengths: 1..=10,
                lifetimes: Duration::ZERO..=Duration::MAX,
                press_a_key: false,
            },
            asked: Mutex::default(),
            next_failure: Mutex::default(),
            answer,
        }
    }

    /// Fails the next start or delivery.
    pub fn fail_next(&self, failure: Failure) {
        *lock(&self.next_failure) = Some(failure);
    }

    /// What it was asked since the last time, in order.
    #[must_use]
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *lock(&self.asked))
    }

    fn note(&self, asked: Asked) -> usize {
        let mut all = lock(&self.asked);
        all.push(asked);
        all.len()
    }

    fn place(&self, asked: Asked) -> Result<ProviderRef, Failure> {
        let number = self.note(asked);
        match lock(&self.next_failure).take() {
            Some(failure) => Err(failure),
            None => Ok(ProviderRef(format!("scripted-{number}"))),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Provider for ScriptedProvider {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn progress(&self, _: &ProviderRef, _: Channel) -> Reading {
        self.note(Asked::Progress);
        Reading { progress: None, again_after: Duration::from_secs(2) }
    }

    async fn cancel(&self, _: &ProviderRef) -> Result<(), Failure> {
        self.note(Asked::Cancel);
        Ok(())
    }
}

#[async_trait]
impl KeepsCode for ScriptedProvider {
    async fn start(&self, call: &Call<'_>, _: CodeRules) -> Result<ProviderRef, Failure> {
        self.place(Asked::Start(call.text.to_owned()))
    }

    async fn check(
        &self,
        _: &ProviderRef,
        code: &Code,
        _: Deadline,
    ) -> Result<CheckAnswer, Failure> {
        self.note(Asked::Check(code.clone()));
        Ok(self.answer)
    }

    async fn status(&self, _: &ProviderRef, _: Deadline) -> Result<ProviderStatus, Failure> {
        self.note(Asked::Status);
        Ok(ProviderStatus::Pending)
    }
}

#[async_trait]
impl Delivers for ScriptedProvider {
    async fn deliver(&self, call: &Call<'_>, code: &Code) -> Result<ProviderRef, Failure> {
        self.place(Asked::Deliver(call.text.to_owned(), code.clone()))
    }
}
