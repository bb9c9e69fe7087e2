//! How a call or message fares, as far as it is worth asking for: within a budget, once and not for long.

use super::Gateway;
use crate::adapters::provider::ask_error::AskError;
use crate::adapters::provider::meaning::Refused;
use crate::adapters::provider::operation::Operation;
use crate::adapters::provider::progress_cache::Permission;
use provider_http::Error;
use std::time::Duration;
use verification::ports::{Deadline, Delivery, Progress, ProviderStatus, Reading};

/// Reading the progress is a courtesy: a page that polls is not kept waiting for it.
const COURTESY: Duration = Duration::from_secs(2);

impl Gateway {
    /// Reads something for [`Self::progress`]: asks once, and not for long.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn read<T, R, F>(
        &self,
        about: &str,
        request: impl FnOnce(Duration) -> F,
    ) -> Result<T, AskError<R>>
    where
        R: Refused,
        F: Future<Output = Result<T, Error<R>>>,
    {
        let by = Deadline::within(self.settings.request_timeout.min(COURTESY));
        let permit = self.pass(Operation::Progress)?;
        let result = self.once(Operation::Progress, by, request).await;
        self.settle(permit, about, &result);
        result
    }

    /// Tells how a verification is faring: what is known, after `read` when it is time for that and
    /// within the budget. `read` finds nothing when the provider could not be asked.
    pub async fn progress<F>(&self, verification: &str, read: impl FnOnce() -> F) -> Reading
    where
        F: Future<Output = Option<(Option<ProviderStatus>, Delivery)>>,
    {
        let mut is_news = false;
        let overdue = match self.progress.permission(verification, self.clock.now()) {
            Permission::Granted => match read().await {
                Some((status, delivery)) => {
                    let updated_at = self.clock.now();
                    let progress = Progress { status, delivery, updated_at, is_news: false };
                    is_news = self.progress.store(verification, progress);
                    false
                }
                None => true,
            },
            Permission::NotYet => false,
            Permission::Refused => true,
        };
        let Reading { progress, again_after } = self.progress.last_known(verification, overdue);
        Reading { progress: progress.map(|known| Progress { is_news, ..known }), again_after }
    }

    /// Whether a reading has told that nothing more happens to the call or message.
    pub fn is_over(&self, verification: &str) -> bool {
        let known = self.progress.last_known(verification, false).progress;
        known.is_some_and(|known| known.delivery.is_over())
    }
}
