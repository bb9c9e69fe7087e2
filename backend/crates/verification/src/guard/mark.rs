//! What marks tell of the codes of one verification: which one is under way or lost, and which one proved
//! the number. When marks are set and taken away is in `proof`.

use super::tries::{Ending, Try, set_at, too_many};
use crate::error::CheckError;
use crate::ports::{Refused, StoreError};
use crate::timestamp::Timestamp;
use std::time::Duration;

/// A code that was marked longer ago is no longer under way: a check ends before, and a replica that
/// died in the middle leaves its mark behind.
pub(crate) const FRESH: Duration = Duration::from_secs(13);
/// A code as marks tell it: a keyed hash of 52 bits, under the secret and under the previous one.
#[derive(Debug, Clone, Copy)]
pub struct Fingerprint {
    pub(super) current: u64,
    pub(super) previous: Option<u64>,
}

impl Fingerprint {
    fn is(self, flag: u64) -> bool {
        self.current == flag || self.previous == Some(flag)
    }
}

/// The mark of a code that was given to the provider and has no outcome yet.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    pub(super) flag: u64,
    /// When the code was first given.
    pub since: Timestamp,
    /// Whether it is the code that is given now.
    pub is_same: bool,
    /// Whether the provider may be comparing it at this moment. Otherwise its outcome was lost.
    pub is_under_way: bool,
}

/// A try that was charged to send a code to the provider.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// What was charged.
    pub charged: Try,
    /// The mark of the code.
    pub mark: Mark,
    /// Whether the same code was given before, and its outcome lost.
    pub given_before: bool,
}

/// Why a code is not to be sent.
#[derive(Debug)]
pub enum NotTaken {
    /// The verification is over, or a limit is met.
    Error(CheckError),
    /// A code has no outcome yet.
    Marked(Mark),
    /// The mark that was to be replaced is gone.
    Moved,
    /// A code has proven the number: since when, if it is the one that is given now.
    Proven(Option<Timestamp>),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}

/// The places of the steps that follow [`super::Guard::charge`].
const ENDING: usize = 3;
const MARK: usize = 4;
const LOST: usize = 5;

/// Why a try was refused, whose ending, mark and lost outcome were asked for in these places.
pub(super) fn not_taken(
    by: &[Refused],
    at: Timestamp,
    code: Fingerprint,
    over: Option<Mark>,
) -> NotTaken {
    let about = |place| by.iter().find(|refused| refused.step == place);
    let mark = match about(MARK) {
        None => over,
        Some(refused) => refused.flag.map(|flag| {
            let since = set_at(refused);
            let is_under_way = about(LOST).is_none() && at < since + FRESH;
            Mark { flag, since, is_same: code.is(flag), is_under_way }
        }),
    };
    let exhausted = about(0).is_some();
    match (about(ENDING).and_then(|ending| ending.flag), about(MARK), mark) {
        (Some(flag), ..) => match Ending::from_flag(flag) {
            Ending::Verified => {
                NotTaken::Proven(mark.filter(|mark| mark.is_same).map(|mark| mark.since))
            }
            ending => NotTaken::Error(ending.into()),
        },
        (None, Some(_), None) if !exhausted => NotTaken::Moved,
        (None, Some(_), Some(mark)) if !(exhausted && mark.is_under_way) => NotTaken::Marked(mark),
        _ => NotTaken::Error(too_many(by, at)),
    }
}
