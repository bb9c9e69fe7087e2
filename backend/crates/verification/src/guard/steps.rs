//! One decision, step by step: each under every name of what it is about. What the steps are for is
//! not known here.

use crate::keys::Names;
use crate::ports::{Counters, Decision, Found, Key, Refused, Room, Step, StoreError};

/// The steps of a decision. While a secret is being replaced, what is named under it is asked and
/// charged twice, and the stricter answer counts: so nothing is lost, whichever secret a replica has.
#[derive(Default)]
pub(super) struct Steps {
    steps: Vec<Step>,
    /// For each step, its place as the caller knows it.
    places: Vec<usize>,
}

impl Steps {
    /// Adds a step about something, and tells its place.
    pub(super) fn push(&mut self, names: impl Into<Names>, step: impl Fn(Key) -> Step) -> usize {
        let place = self.next_place();
        for key in names.into().iter() {
            self.steps.push(step(key));
            self.places.push(place);
        }
        place
    }

    /// Adds a step whose key is its own.
    pub(super) fn add(&mut self, step: Step) -> usize {
        let place = self.next_place();
        self.steps.push(step);
        self.places.push(place);
        place
    }

    /// Adds a step about two things that are named alike.
    pub(super) fn push_pair(
        &mut self,
        (names, others): (&Names, &Names),
        step: impl Fn(Key, Key) -> Step,
    ) -> usize {
        let place = self.next_place();
        for (key, other) in names.iter().zip(others.iter()) {
            self.steps.push(step(key, other));
            self.places.push(place);
        }
        place
    }

    fn next_place(&self) -> usize {
        self.places.last().map_or(0, |last| last + 1)
    }

    /// The step at a place, under the first of its names.
    pub(super) fn get(&self, place: usize) -> Option<&Step> {
        let index = self.places.iter().position(|other| *other == place)?;
        self.steps.get(index)
    }

    /// Has it decided. What is found or refused is told by place, once for each.
    pub(super) async fn decide(&self, counters: &dyn Counters) -> Result<Decision, StoreError> {
        Ok(match counters.decide(&self.steps).await? {
            Decision::Made { at, found } => {
                let mut merged: Vec<Found> = Vec::with_capacity(self.next_place());
                for (place, found) in self.places.iter().zip(found) {
                    match merged.get_mut(*place) {
                        Some(earlier) => *earlier = stricter(*earlier, found),
                        None => merged.push(found),
                    }
                }
                Decision::Made { at, found: merged }
            }
            Decision::Refused { at, by } => {
                let mut merged: Vec<Refused> = Vec::new();
                for refused in by {
                    let step = self.places.get(refused.step).copied().unwrap_or_default();
                    match merged.last_mut().filter(|last| last.step == step) {
                        Some(last) => last.retry_at = last.retry_at.max(refused.retry_at),
                        None => merged.push(Refused { step, ..refused }),
                    }
                }
                Decision::Refused { at, by: merged }
            }
        })
    }

    /// As [`Steps::decide`], for steps that never refuse.
    pub(super) async fn find(&self, counters: &dyn Counters) -> Result<Vec<Found>, StoreError> {
        match self.decide(counters).await? {
            Decision::Made { found, .. } => Ok(found),
            Decision::Refused { .. } => Err(StoreError("what never refuses was refused".into())),
        }
    }
}

/// What holds of two findings about one thing.
fn stricter(one: Found, other: Found) -> Found {
    match (one, other) {
        (Found::Room(one), Found::Room(other)) => Found::Room(Room {
            used: one.used.max(other.used),
            left: one.left.min(other.left),
            next_at: one.next_at.max(other.next_at),
        }),
        (Found::Flag(one), Found::Flag(other)) => Found::Flag(one.or(other)),
        (Found::Count(one), Found::Count(other)) => Found::Count(one.max(other)),
        (one, _) => one,
    }
}
