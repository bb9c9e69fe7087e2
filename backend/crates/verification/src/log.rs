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
mod tests {
    use super::*;
    use crate::rule::Window;
    use proptest::prelude::*;
    use std::time::Duration;

    const MINUTE: u64 = 60_000;

    fn number_rule() -> Rule {
        let minutes = |m: u64| Duration::from_millis(m * MINUTE);
        Rule::new(vec![
            Window { quota: 3, per: minutes(10) },
            Window { quota: 5, per: minutes(60) },
            Window { quota: 10, per: minutes(24 * 60) },
        ])
        .with_cooldowns([1, 2, 5, 10].map(minutes).to_vec())
    }

    #[test]
    fn climbs_the_ladder_of_cooldowns_and_meets_the_windows() {
        let (rule, mut log, mut now) = (number_rule(), SlidingLog::default(), Timestamp(1_000_000));
        let mut waits = Vec::new();
        for _ in 0..7 {
            log.add(&rule, now);
            let next_at = log.room(&rule, now).next_at;
            waits.push((next_at.0 - now.0) / MINUTE);
            now = next_at;
        }
        // Starts at minutes 0, 1, 3, 10, 20, 60, 70: the fourth waits for the first to leave the ten
        // minutes, the sixth for it to leave the hour.
        assert_eq!(waits, [1, 2, 7, 10, 40, 10, 10]);
    }

    #[test]
    fn keeps_the_wait_it_told() {
        let seconds = Duration::from_secs;
        let rule = Rule::new(vec![Window { quota: 9, per: seconds(60) }]).with_cooldowns(vec![
            seconds(1),
            seconds(600),
            seconds(5),
        ]);
        let mut log = SlidingLog::default();
        log.add(&rule, Timestamp(0));
        log.add(&rule, Timestamp(50_000));
        // Longer than the window, and of the second rung also when the first unit has left.
        for now in [50_000, 60_000, 111_000, 649_999] {
            log.forget(&rule, Timestamp(now));
            assert_eq!(log.room(&rule, Timestamp(now)).next_at, Timestamp(650_000));
        }
    }

    #[test]
    fn eases_only_the_wait_after_the_latest_unit() {
        let (rule, mut log) = (number_rule(), SlidingLog::default());
        let next_at = |log: &SlidingLog| log.room(&rule, Timestamp(0)).next_at.0;
        log.ease(&rule, Timestamp(9));
        assert_eq!(log, SlidingLog::default());
        log.add(&rule, Timestamp(1_000));
        log.ease(&rule, Timestamp(999));
        assert_eq!(next_at(&log), 1_000 + MINUTE);
        log.ease(&rule, Timestamp(1_000));
        assert_eq!(next_at(&log), 1_000 + Rule::EASED_MS);
        log.add(&rule, Timestamp(20_000));
        log.ease(&rule, Timestamp(1_000));
        assert_eq!(next_at(&log), 20_000 + 2 * MINUTE, "the second rung, and not eased");
        log.take_back(&rule, Timestamp(20_000));
        assert_eq!(next_at(&log), 1_000 + Rule::EASED_MS, "as before it was charged");
        log.add(&rule, Timestamp(20_000));
        log.add(&rule, Timestamp(40_000));
        log.ease(&rule, Timestamp(40_000));
        assert_eq!(next_at(&log), 1_000 + 10 * MINUTE, "the window is full all the same");
    }

    #[test]
    fn gives_back_exactly_one_unit() {
        let (rule, mut log) = (number_rule(), SlidingLog::default());
        log.add(&rule, Timestamp(5));
        log.add(&rule, Timestamp(9));
        log.take_back(&rule, Timestamp(7));
        assert_eq!(log.count(&rule, Timestamp(0), Timestamp(100)), 2);
        log.take_back(&rule, Timestamp(5));
        log.take_back(&rule, Timestamp(5));
        assert_eq!(log.count(&rule, Timestamp(0), Timestamp(100)), 1);
        assert_eq!(log.last(), Some(Timestamp(9)));
    }

    #[test]
    fn stays_small_for_large_quotas() {
        let rule = Rule::new(vec![Window { quota: 3_000, per: Duration::from_secs(86_400) }]);
        let mut log = SlidingLog::default();
        for second in 0..200_000 {
            let now = Timestamp(1_000_000_000 + second * 1_000);
            log.forget(&rule, now);
            if log.room(&rule, now).next_at <= now {
                log.add(&rule, now);
            }
        }
        assert!(log.marks().count() <= 62, "{log:?}");
        assert_eq!(size_of::<SlidingLog>(), 16);
    }

    fn of(windows: &[(u32, u64)]) -> Rule {
        let window = |&(quota, per)| Window { quota, per: Duration::from_secs(per) };
        Rule::new(windows.iter().map(window).collect())
    }

    /// The most moments that a log holds which is charged as often as it admits, for two days.
    fn most_marks(rule: &Rule, every_ms: u64) -> usize {
        let (mut log, mut most) = (SlidingLog::default(), 0);
        for step in 0..2 * 86_400_000 / every_ms {
            let now = Timestamp(1_000_000_000 + step * every_ms);
            log.forget(rule, now);
            if log.room(rule, now).next_at <= now {
                log.add(rule, now);
            }
            most = most.max(log.marks().count());
        }
        most
    }

    #[test]
    fn holds_some_sixty_moments_for_each_window() {
        assert!(most_marks(&of(&[(100, 60), (5_000, 86_400)]), 500) <= 2 * 62);
        assert!(most_marks(&of(&[(600, 60), (2_000, 3_600), (20_000, 86_400)]), 500) <= 3 * 62);
        // A small quota over a long time is exact, and small.
        assert!(most_marks(&of(&[(1_000, 60), (50, 86_400)]), 500) <= 51);
        // The latest are exact where a cool-down counts from them.
        let waits = [1, 60].map(Duration::from_secs).to_vec();
        let ladder = of(&[(5_000, 3_600), (50_000, 86_400)]).with_cooldowns(waits);
        assert!(most_marks(&ladder, 500) <= 2 * 62 + 60);
    }

    #[test]
    fn a_budget_that_has_grown_holds_no_more() {
        let budget = of(&[(5, 60), (20, 3_600), (50, 86_400)]).as_budget();
        let kept = budget.verified().unwrap();
        let (mut log, mut verified, mut most) = (SlidingLog::default(), SlidingLog::default(), 0);
        // One address, a call in ten seconds, two in three verified.
        for step in 0..3 * 8_640 {
            let now = Timestamp(1_000_000_000 + step * 10_000);
            log.forget(&budget, now);
            assert!(log.room_of_budget(&budget, &verified, now).next_at <= now, "{step}");
            log.add(&budget, now);
            if step % 3 > 0 {
                log.take_back(&budget, now);
                verified.add(kept, now);
                verified.forget(kept, now);
            }
            most = most.max(log.marks().count()).max(verified.marks().count());
        }
        assert!(most <= 3 * 62, "{most}");
        // When it may not grow any more it is as narrow as ever.
        let now = Timestamp(1_000_000_000 + 3 * 86_400_000);
        assert!(log.room_of_budget(&budget, &SlidingLog::NONE, now).next_at > now);
    }

    #[test]
    fn a_unit_that_was_kept_in_a_coarser_grain_is_given_back() {
        let rule = of(&[(100, 60), (5_000, 86_400)]);
        let mut log = SlidingLog::default();
        let first = Timestamp(1_000_000_123);
        for n in 0..200 {
            let now = Timestamp(first.0 + n * 1_000);
            log.forget(&rule, now);
            log.add(&rule, now);
        }
        let used = log.room(&rule, Timestamp(first.0 + 200_000)).used;
        log.take_back(&rule, first);
        log.take_back(&rule, Timestamp(first.0 + 199_000));
        assert_eq!(log.room(&rule, Timestamp(first.0 + 200_000)).used, used - 2);
    }

    proptest! {
        #[test]
        fn never_admits_more_than_the_quota_in_any_window(
            gaps in prop::collection::vec(0_u64..9 * MINUTE, 1..200),
            windows in prop::collection::vec((1_u32..200, 1_u64..120), 1..4),
        ) {
            let window = |&(quota, minutes)| Window { quota, per: Duration::from_millis(minutes * MINUTE) };
            let rule = Rule::new(windows.iter().map(window).collect());
            let (mut log, mut now, mut admitted) = (SlidingLog::default(), 1_000_000, Vec::new());
            for gap in gaps {
                now += gap;
                log.forget(&rule, Timestamp(now));
                let room = log.room(&rule, Timestamp(now));
                if room.next_at.0 <= now {
                    log.add(&rule, Timestamp(now));
                    admitted.push(now);
                } else {
                    // Honest: at the promised moment there is room, a millisecond before there is not.
                    prop_assert!(log.room(&rule, room.next_at).next_at <= room.next_at);
                    let before = Timestamp(room.next_at.0 - 1);
                    prop_assert!(log.room(&rule, before).next_at > before);
                }
            }
            for (quota, per) in windows {
                for (index, start) in admitted.iter().enumerate() {
                    let within = admitted[index..].iter().take_while(|at| **at < start + per * MINUTE);
                    prop_assert!(within.count() <= quota as usize);
                }
            }
        }
    }
}
