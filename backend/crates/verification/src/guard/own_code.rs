//! Codes of ours: what a try of one costs and proves, and whether its call still has anything to tell. One
//! decision of the store each. The code itself is compared by the use case; codes that a provider keeps
//! are in `proof`.

use super::mark::NotTaken;
use super::tries::{ENDING_KEPT, Ending, Try, ended, set_at, too_many};
use super::{Guard, Start};
use crate::error::CheckError;
use crate::id::{Sealed, VerificationId};
use crate::keys::{Keyring, Names};
use crate::ports::{CounterKind, Decision, Found, Key, ProviderRef, Step, StoreError};
use crate::timestamp::Timestamp;

/// Refuses what is no start of this number's any more, whichever secret it was counted under: the store has
/// lost its memory, and with it the tries, which for a code of ours are nowhere else.
#[must_use]
pub fn known_start(keys: &Keyring, digits: u64, at: Timestamp) -> Step {
    known(names_of_number(keys, digits), at)
}

fn known(number: Names, at: Timestamp) -> Step {
    let (name, other) = number.pair();
    Step::Known(name, other, at)
}

pub(super) fn names_of_number(keys: &Keyring, digits: u64) -> Names {
    keys.names(CounterKind::Number, &[&digits.to_be_bytes()])
}

/// The flag of a call whose code of ours nobody needs to hear any more.
#[must_use]
pub fn unwanted(call: &ProviderRef) -> Key {
    Key::of(CounterKind::KeyPress, &[b"unwanted", call.0.as_bytes()])
}

impl Guard {
    /// Charges a try of a wrong code. A right one is charged nothing, but refused where a try would be, and
    /// proves the number in the same step: a store that fails leaves it as good as it was.
    ///
    /// # Errors
    /// [`NotTaken`]; nothing is charged or noted then.
    #[tracing::instrument(target = "trace", name = "guard try_own", skip_all)]
    pub async fn try_own(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        is_right: bool,
    ) -> Result<Try, NotTaken> {
        let number = self.number_names(&sealed.number);
        let mut steps = self.charge(id, sealed, number, !is_right);
        let ending = steps.push(id.key(CounterKind::Ending), Step::Unflagged);
        let known = steps.add(known(number, sealed.created_at));
        if is_right {
            let verified = |key| Step::Flag(key, Ending::Verified as u64, ENDING_KEPT);
            steps.push(id.key(CounterKind::Ending), verified);
            self.verify_buckets(&mut steps, &Start::from(sealed), sealed.created_at);
            self.record(&mut steps, sealed);
            if sealed.press_a_key {
                steps.add(Step::Flag(unwanted(&sealed.provider_ref), 1, ENDING_KEPT));
            }
        }
        let (at, by) = match steps.decide(&*self.counters).await? {
            Decision::Made { at, found } => return Ok(Try::made(at, &found, !is_right)),
            Decision::Refused { at, by } => (at, by),
        };
        let refused = |place| by.iter().find(|refused| refused.step == place);
        Err(match (refused(known), refused(ending)) {
            (Some(_), _) => NotTaken::Error(CheckError::Expired),
            (None, Some(noted)) => match Ending::from_flag(noted.flag.unwrap_or_default()) {
                Ending::Verified => NotTaken::Proven(is_right.then(|| set_at(noted))),
                ending => NotTaken::Error(ending.into()),
            },
            (None, None) => NotTaken::Error(too_many(&by, at)),
        })
    }

    /// Notes that a verification was cancelled, and that nobody needs to hear its code any more if that is
    /// ours; whether its call was not given up before.
    ///
    /// # Errors
    /// The earlier ending, [`CheckError::Store`].
    #[tracing::instrument(target = "trace", name = "guard cancel", skip_all)]
    pub async fn cancel(&self, id: &VerificationId, sealed: &Sealed) -> Result<bool, CheckError> {
        let key = id.key(CounterKind::Ending);
        let canceled = Step::Flag(key, Ending::Canceled as u64, ENDING_KEPT);
        let mut steps = vec![Step::Unflagged(key), canceled];
        if sealed.own_code.is_some() {
            let call = unwanted(&sealed.provider_ref);
            steps.extend([Step::ReadFlag(call), Step::Flag(call, 1, ENDING_KEPT)]);
        }
        match self.counters.decide(&steps).await? {
            Decision::Made { found, .. } => Ok(!matches!(found.get(2), Some(Found::Flag(Some(_))))),
            Decision::Refused { by, .. } => Err(ended(&by)),
        }
    }

    /// Notes that nobody needs to hear a code of ours any more, however its verification came to that;
    /// whether it was not noted before.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard give_up", skip_all)]
    pub async fn give_up(&self, sealed: &Sealed) -> Result<bool, StoreError> {
        let call = unwanted(&sealed.provider_ref);
        let steps = [Step::Unflagged(call), Step::Flag(call, 1, ENDING_KEPT)];
        Ok(matches!(self.counters.decide(&steps).await?, Decision::Made { .. }))
    }
}
