//! The use cases. Each reads as what happens, in order: starting and resending is in `start`, placing
//! a call in `place`, checking in `check`, reading and cancelling in `standing`. How limits are counted is in [`crate::guard`], which
//! provider is asked in [`crate::providers`], what goes in and comes out in [`crate::model`].

mod check;
mod place;
mod standing;
mod start;

use crate::error::CheckError;
use crate::guard::Guard;
use crate::id::{Opened, Sealed, VerificationId};
use crate::locale::Locale;
use crate::model::Settings;
use crate::ports::{Clock, Randomness};
use crate::providers::Providers;
use crate::timestamp::Timestamp;
use std::sync::Arc;

/// Who is told of a number that is proven: of which verification, by whom it was called, and when it was.
pub type OnVerified = Box<dyn Fn(&Sealed, &'static str, Timestamp) + Send + Sync>;

/// The service.
pub struct Verifications {
    /// What is offered.
    pub settings: Settings,
    /// Limits and counters.
    pub guard: Guard,
    /// Who calls.
    pub providers: Providers,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where codes of our own come from.
    pub randomness: Arc<dyn Randomness>,
    /// Is told of each number that is proven, once, whichever request found it out.
    pub on_verified: OnVerified,
}

impl Verifications {
    /// Opens an id. Costs no call and no round trip.
    ///
    /// # Errors
    /// [`CheckError::NotFound`].
    pub fn open(&self, id: &str) -> Result<Opened, CheckError> {
        VerificationId::open(id, &self.guard.keys, self.clock.now()).ok_or(CheckError::NotFound)
    }

    /// The languages that can be spoken.
    pub fn locales(&self) -> impl Iterator<Item = Locale> {
        let texts = &self.settings.texts;
        self.providers.locales().into_iter().filter(|locale| texts.contains_key(locale))
    }

    fn in_time<'a>(&self, opened: &'a Opened) -> Result<&'a Opened, CheckError> {
        if self.clock.now() >= opened.sealed.expires_at() {
            return Err(CheckError::Expired);
        }
        Ok(opened)
    }
}
