//! The sliding log: how a [`Rule`] is applied to the moments of past charges. Where logs are kept
//! is the store's business; every store gives exactly these answers.

use crate::ports::Room;
use crate::rule::{COLD_SHARE, Rule, Span};
use crate::timestamp::Timestamp;
use std::num::NonZeroU64;

/// Past charges, oldest first: a moment and how many units it stands for; and which of those
/// moments, if any, was eased last.
///
/// A log beats a token bucket here because it never admits more than the quota within *any*
/// window, because a refund is exact, and because one log answers windows and cool-down alike.
/// It stays small, some sixty moments for each window: where a quota is large, a moment stands for
/// all within a sixtieth of the shortest window that still sees it. It is the first of them, and a
/// window counts it until it no longer sees the last. A single unit, which is what most numbers have,
/// needs no heap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlidingLog(Marks);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Marks {
    #[default]
    None,
    /// One unit, at this moment.
    One(u64),
    /// Boxed: a log is two words, many of them are kept.
    More(Box<Many>),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Many {
    marks: Vec<(u64, u32)>,
    /// Kept beside the marks, so that a later unit which is taken back leaves the ease as it was.
    eased: Option<NonZeroU64>,
    /// Whether it is a budget's, and has grown so long that its moments are no longer exact.
    coarse: bool,
}

/// The last moment that is the same as `at` in this grain.
fn last_of(at: u64, grain: u64) -> u64 {
    at.div_ceil(grain) * grain
}

/// The first such moment.
fn first_of(at: u64, grain: u64) -> u64 {
    at.saturating_sub(1) / grain * grain + u64::from(at > 0)
}

impl SlidingLog {
    /// The log of what was never charged.
    pub const NONE: Self = Self(Marks::None);

    /// How much room `rule` leaves at `now`.
    #[must_use]
    pub fn room(&self, rule: &Rule, now: Timestamp) -> Room {
        self.room_with(rule, now, 1, None)
    }

    /// How much room a budget leaves at `now` beside the log of its verified units. It may have room
    /// before the moment that is told, for more may be verified meanwhile.
    #[must_use]
    pub fn room_of_budget(&self, rule: &Rule, verified: &Self, now: Timestamp) -> Room {
        self.room_with(rule, now, 1, Some(verified))
    }

    /// How much room a rule leaves in a store that admits only a [`COLD_SHARE`] of a cap so long.
    #[must_use]
    pub fn room_while_cold(&self, rule: &Rule, now: Timestamp, cold_until: Timestamp) -> Room {
        let mut room = self.room(rule, now);
        if rule.is_cap() && cold_until > now {
            let part = self.room_with(rule, now, COLD_SHARE, None);
            room.left = part.left;
            room.next_at = room.next_at.max(part.next_at.min(cold_until));
        }
        room
    }

    fn room_with(&self, rule: &Rule, now: Timestamp, share: u32, verified: Option<&Self>) -> Room {
        let mut room = Room { used: 0, left: u32::MAX, next_at: now };
        for span in rule.spans() {
            let quota = span.quota.div_ceil(share);
            let (mut sum, mut next_at) = (0_u32, now);
            for (leaves, units) in self.seen(self.grain(span), span.ms, now) {
                let before = sum;
                sum = sum.saturating_add(units);
                if before < quota && sum >= quota {
                    // Once this one has left the window, fewer than the quota remain.
                    next_at = Timestamp(leaves);
                }
            }
            let earned = verified.zip(span.verified).map_or(0, |(log, (ms, grain))| {
                log.seen(grain, ms, now).fold(0, |sum: u32, (_, units)| sum.saturating_add(units))
            });
            let left = quota.max(earned).saturating_sub(sum);
            room.used = room.used.max(sum);
            room.left = room.left.min(left);
            if left == 0 {
                room.next_at = room.next_at.max(next_at);
            }
        }
        if let Some(rested_at) = self.rested_at(rule) {
            room.next_at = room.next_at.max(rested_at);
        }
        room
    }

    /// The latest first, until when a window sees each, and its units.
    fn seen(&self, grain: u64, ms: u64, now: Timestamp) -> impl Iterator<Item = (u64, u32)> {
        let leaves = move |(at, units)| (last_of(at, grain).saturating_add(ms), units);
        self.marks().rev().map(leaves).take_while(move |(leaves, _)| *leaves > now.0)
    }

    fn grain(&self, span: &Span) -> u64 {
        if self.is_coarse() { span.coarse } else { span.grain }
    }

    /// When the cool-down of the latest unit ends. Its rung is counted as of that unit, so that the
    /// wait it was told stays as it was, whatever leaves the windows meanwhile.
    fn rested_at(&self, rule: &Rule) -> Option<Timestamp> {
        let (last, longest) = (self.last()?, rule.spans().last()?);
        let recent = self.seen(self.grain(longest), longest.ms, last);
        let used = recent.map(|(_, units)| units).fold(0, u32::saturating_add);
        let eased = self.eased() == Some(last.0);
        rule.cooldown_after(used, eased).map(|wait| Timestamp(last.0 + wait))
    }

    /// Eases the cool-down that follows the unit added at exactly `at`, while it is the latest.
    /// Windows count it as before.
    pub fn ease(&mut self, rule: &Rule, at: Timestamp) {
        let has_cooldown = !rule.cooldowns().is_empty();
        if has_cooldown && self.last() == Some(at) && self.eased() != Some(at.0) {
            self.change(|log| log.eased = NonZeroU64::new(at.0));
        }
    }

    /// Adds one unit at `at`.
    pub fn add(&mut self, rule: &Rule, at: Timestamp) {
        let at = first_of(at.0, self.grains(rule).next().unwrap_or(1));
        self.change(|Many { marks, .. }| {
            let place = marks.partition_point(|(other, _)| *other < at);
            match marks.get_mut(place) {
                Some((other, units)) if *other == at => *units = units.saturating_add(1),
                _ => marks.insert(place, (at, 1)),
            }
        });
    }

    /// Takes back one unit added at exactly `at`. Nothing happens when it is gone.
    pub fn take_back(&mut self, rule: &Rule, at: Timestamp) {
        let firsts: Vec<_> = self.grains(rule).map(|grain| first_of(at.0, grain)).collect();
        self.change(|Many { marks, .. }| {
            let find = |at| marks.binary_search_by_key(at, |(other, _)| *other).ok();
            let Some(place) = firsts.iter().find_map(find) else {
                return;
            };
            match marks.get_mut(place) {
                Some((_, units)) if *units > 1 => *units -= 1,
                _ => drop(marks.remove(place)),
            }
        });
    }

    /// In which grains moments are kept, the young ones' first.
    fn grains(&self, rule: &Rule) -> impl Iterator<Item = u64> {
        let exact = (rule.exact_for() > 0).then_some(1);
        exact.into_iter().chain(rule.spans().iter().map(|span| self.grain(span)))
    }

    /// Units from `from` (included) to `to` (excluded), by the rule's coarsest grain.
    #[must_use]
    pub fn count(&self, rule: &Rule, from: Timestamp, to: Timestamp) -> u64 {
        let grain = rule.spans().last().map_or(1, |span| self.grain(span));
        let within = |(at, _): &(u64, u32)| (from.0..to.0).contains(&last_of(*at, grain));
        self.marks().filter(within).map(|(_, units)| u64::from(units)).sum()
    }

    /// Whether a unit is kept as of exactly this moment.
    #[must_use]
    pub fn has(&self, moment: Timestamp) -> bool {
        self.marks().rev().find(|(at, _)| *at <= moment.0).is_some_and(|(at, _)| at == moment.0)
    }

    /// Forgets what no window can see any more, and of the rest what they need not tell apart.
    pub fn forget(&mut self, rule: &Rule, now: Timestamp) {
        let gone = self.marks().take_while(|(at, _)| at + rule.horizon_ms() <= now.0).count();
        if gone > 0 {
            self.change(|log| drop(log.marks.drain(..gone)));
        }
        let has_grown = rule.verified().is_some() && self.marks().count() > Rule::EXACT;
        if has_grown && !self.is_coarse() {
            self.change(|log| log.coarse = true);
        }
        if self.is_coarse() || rule.spans().iter().any(|span| span.grain > 1) {
            self.coarsen(rule, now);
        }
    }

    fn coarsen(&mut self, rule: &Rule, now: Timestamp) {
        let grains: Vec<_> = rule.spans().iter().map(|span| (span.ms, self.grain(span))).collect();
        let grain_of = |at: u64| {
            if at + rule.exact_for() > now.0 && rule.exact_for() > 0 {
                return 1;
            }
            let sees = |(ms, grain): &&(u64, u64)| last_of(at, *grain).saturating_add(*ms) > now.0;
            grains.iter().find(sees).or(grains.last()).map_or(1, |(_, grain)| *grain)
        };
        self.change(|Many { marks, .. }| {
            for mark in marks.iter_mut() {
                mark.0 = first_of(mark.0, grain_of(mark.0));
            }
            marks.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                earlier.1 = earlier.1.saturating_add(if same { later.1 } else { 0 });
                same
            });
        });
    }

    /// Whether nothing was charged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == Marks::None
    }

    /// The latest moment.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.marks().next_back().map(|(at, _)| Timestamp(at))
    }

    fn marks(&self) -> impl DoubleEndedIterator<Item = (u64, u32)> {
        let (one, more): (_, &[_]) = match &self.0 {
            Marks::None => (None, &[]),
            Marks::One(at) => (Some((*at, 1)), &[]),
            Marks::More(more) => (None, &more.marks),
        };
        one.into_iter().chain(more.iter().copied())
    }

    fn eased(&self) -> Option<u64> {
        match &self.0 {
            Marks::More(more) => more.eased.map(NonZeroU64::get),
            Marks::None | Marks::One(_) => None,
        }
    }

    fn is_coarse(&self) -> bool {
        matches!(&self.0, Marks::More(more) if more.coarse)
    }

    fn change(&mut self, change: impl FnOnce(&mut Many)) {
        let mut many = match std::mem::take(&mut self.0) {
            Marks::None => Box::default(),
            Marks::One(at) => Box::new(Many { marks: vec![(at, 1)], ..Many::default() }),
            Marks::More(more) => more,
        };
        change(&mut many);
        self.0 = match (many.marks.as_slice(), many.eased) {
            ([], _) => Marks::None,
            ([(at, 1)], None) if !many.coarse => Marks::One(*at),
            _ => Marks::More(many),
        };
    }
}

#[cfg(test)]
mod tests;
