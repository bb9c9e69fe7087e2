//! What a request may need. Made once, in `startup`.

use super::files::Files;
use super::precompressed::Precompressed;
use super::proxies::Watch;
use super::release::Releases;
use crate::adapters::twilio::PressKey;
use crate::config::Config;
use crate::demo::Traffic;
use crate::telemetry::Metrics;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;
use verification::ports::NoRandomness;
use verification::{Receipts, Verification, Verifications, Window};

/// Everything a request may need.
pub struct State {
    /// What was configured.
    pub config: Config,
    /// The use cases.
    pub verifications: Verifications,
    /// Who signs what was proven.
    pub receipts: Receipts,
    /// One place for each piece of work that runs to completion. Whoever holds all of them knows
    /// that none is under way, and that none begins.
    pub in_flight: Arc<Semaphore>,
    /// Whether the process is on its way out.
    pub draining: AtomicBool,
    /// What happened so far.
    pub metrics: Arc<Metrics>,
    /// Proxies that are not trusted.
    pub proxies: Watch,
    /// The files of the page.
    pub page: Arc<Files>,
    /// The same as one release.
    pub releases: Arc<Releases>,
    /// What asks callers for a key before a code is said, where that is wanted.
    pub press_key: Option<Arc<PressKey>>,
    /// The demo's traffic, in the demo.
    pub traffic: Option<Traffic>,
    /// The answer to `GET /config`, which never changes.
    pub offered: OnceLock<Precompressed>,
}

impl State {
    /// The receipt for a verification whose code was right.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn receipt(&self, verification: &Verification) -> Result<String, NoRandomness> {
        let Verification { id, sealed, verified_at, .. } = verification;
        let at = verified_at.unwrap_or_else(|| self.verifications.clock.now());
        let receipt = self.receipts.issue(id, sealed, at, &self.verifications.guard.keys)?;
        self.metrics.funnel.receipt("issued");
        Ok(receipt)
    }

    /// The `RateLimit-Policy` header: the number's limit.
    #[must_use]
    pub fn number_policy(&self) -> String {
        let windows = self.verifications.guard.limits.number.windows();
        let policy =
            |w: &Window| format!("\"number\";q={};w={}", w.quota, super::problem::seconds(w.per));
        windows.first().map(policy).unwrap_or_default()
    }
}
