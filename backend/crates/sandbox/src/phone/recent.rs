//! The newest of many things by their ids, so that memory stays bounded. What they are is their owner's
//! business.

use std::collections::{HashMap, VecDeque};

/// How many are kept; beyond it the oldest is forgotten.
const KEPT: usize = 10_000;

/// The newest things by id.
pub(crate) struct Recent<T> {
    things: HashMap<String, T>,
    /// Ids, oldest first.
    order: VecDeque<String>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { things: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Recent<T> {
    /// Keeps one; hands out what is forgotten for it.
    pub(crate) fn insert(&mut self, id: String, thing: T) -> Option<T> {
        let full = self.order.len() >= KEPT;
        let oldest = if full { self.order.pop_front() } else { None };
        self.order.push_back(id.clone());
        self.things.insert(id, thing);
        oldest.and_then(|id| self.things.remove(&id))
    }

    /// Finds one.
    pub(crate) fn get(&mut self, id: &str) -> Option<&mut T> {
        self.things.get_mut(id)
    }

    /// All of them, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.order.iter().rev().filter_map(|id| self.things.get(id))
    }

    /// All of them, in no order.
    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.things.values_mut()
    }
}
