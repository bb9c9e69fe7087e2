//! The ids that a provider gave out lately. Two numbers under one id would mean that the code said
//! to one of them proves the other, so an id is accepted once. Each process knows its own calls only.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use verification::Timestamp;

/// More than the calls of any ten minutes that the caps allow.
const MOST_KEPT: usize = 50_000;

/// The ids given out lately, as hashes.
#[derive(Default)]
pub(super) struct IssuedIds {
    hasher: RandomState,
    ids: Mutex<Ids>,
}

#[derive(Default)]
struct Ids {
    known: HashSet<u64>,
    in_order: VecDeque<(Timestamp, u64)>,
}

impl IssuedIds {
    /// Notes an id that is good for so long; `false` when it was given out before.
    pub(super) fn is_new(&self, id: &str, now: Timestamp, lifetime: Duration) -> bool {
        let hash = self.hasher.hash_one(id);
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let Ids { known, in_order } = &mut *ids;
        while let Some((until, old)) = in_order.front()
            && (*until < now || in_order.len() >= MOST_KEPT)
        {
            known.remove(old);
            in_order.pop_front();
        }
        let new = known.insert(hash);
        if new {
            in_order.push_back((now + lifetime, hash));
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f32_an_id_is_taken_once_while_its_code_is_good() {
        let issued = IssuedIds::default();
        let lifetime = Duration::from_secs(600);
        assert!(issued.is_new("a", Timestamp(0), lifetime));
        assert!(issued.is_new("b", Timestamp(1), lifetime));
        assert!(!issued.is_new("a", Timestamp(600_000), lifetime));
        assert!(issued.is_new("a", Timestamp(600_001), lifetime));
        for id in 0..=MOST_KEPT {
            issued.is_new(&id.to_string(), Timestamp(600_001), lifetime);
        }
        assert_eq!(issued.ids.lock().unwrap().known.len(), MOST_KEPT, "bounded");
    }
}
