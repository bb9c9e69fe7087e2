//! The sliding log: how a [`Rule`] is applied to the moments of past charges. Where logs are kept
//! is the store's business; every store gives exactly these answers.

use crate::limits::{Rule, Window};
use crate::ports::Room;
use crate::timestamp::Timestamp;
use std::num::NonZeroU64;

/// Past charges, oldest first: a moment and how many units it stands for; and which of those
/// moments, if any, was eased last.
///
/// A log beats a token bucket here because it never admits more than the quota within *any*
/// window, because a refund is exact, and because one log answers windows and cool-down alike.
/// It stays small: quotas over 64 are kept in sixtieths of their window (see [`Rule::grain`]), and
/// a single unit, which is what most numbers have, needs no heap.
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
}

impl SlidingLog {
    /// How much room `rule` leaves at `now`.
    #[must_use]
    pub fn room(&self, rule: &Rule, now: Timestamp) -> Room {
        let mut room = Room { used: 0, left: u32::MAX, next_at: now };
        for window in rule.windows() {
            let (mut sum, mut next_at) = (0_u32, now);
            for (at, units) in self.marks().rev().take_while(|(at, _)| at + window.ms() > now.0) {
                let before = sum;
                sum = sum.saturating_add(units);
                if before < window.quota && sum >= window.quota {
                    // Once this one has left the window, fewer than the quota remain.
                    next_at = Timestamp(at + window.ms());
                }
            }
            room.used = room.used.max(sum);
            room.left = room.left.min(window.quota.saturating_sub(sum));
            room.next_at = room.next_at.max(next_at);
        }
        if let Some(rested_at) = self.rested_at(rule) {
            room.next_at = room.next_at.max(rested_at);
        }
        room
    }

    /// When the cool-down of the latest unit ends. Its rung is counted as of that unit, so that the
    /// wait it was told stays as it was, whatever leaves the windows meanwhile.
    fn rested_at(&self, rule: &Rule) -> Option<Timestamp> {
        let last = self.last()?.0;
        let longest = rule.windows().iter().map(Window::ms).max()?;
        let recent = self.marks().rev().take_while(|(at, _)| at + longest > last);
        let used = recent.map(|(_, units)| units).fold(0, u32::saturating_add);
        let eased = self.eased() == Some(last);
        rule.cooldown_after(used, eased).map(|wait| Timestamp(last + wait))
    }

    /// Eases the cool-down that follows the unit added at exactly `at`, while it is the latest.
    /// Windows count it as before.
    pub fn ease(&mut self, rule: &Rule, at: Timestamp) {
        let at = rule.rounded(at);
        if self.last() == Some(at) && self.eased() != Some(at.0) {
            self.change(|log| log.eased = NonZeroU64::new(at.0));
        }
    }

    /// Adds one unit at `at`.
    pub fn add(&mut self, rule: &Rule, at: Timestamp) {
        let at = rule.rounded(at).0;
        self.change(|Many { marks, .. }| {
            let place = marks.partition_point(|(other, _)| *other < at);
            match marks.get_mut(place) {
                Some((other, units)) if *other == at => *units += 1,
                _ => marks.insert(place, (at, 1)),
            }
        });
    }

    /// Takes back one unit added at exactly `at`. Nothing happens when it is gone.
    pub fn take_back(&mut self, rule: &Rule, at: Timestamp) {
        let at = rule.rounded(at).0;
        self.change(|Many { marks, .. }| {
            let Ok(place) = marks.binary_search_by_key(&at, |(other, _)| *other) else {
                return;
            };
            match marks.get_mut(place) {
                Some((_, units)) if *units > 1 => *units -= 1,
                _ => drop(marks.remove(place)),
            }
        });
    }

    /// Units from `from` (included) to `to` (excluded).
    #[must_use]
    pub fn count(&self, from: Timestamp, to: Timestamp) -> u64 {
        let within = self.marks().filter(|(at, _)| (from.0..to.0).contains(at));
        within.map(|(_, units)| u64::from(units)).sum()
    }

    /// Forgets what no window can see any more.
    pub fn forget(&mut self, rule: &Rule, now: Timestamp) {
        let gone = self.marks().take_while(|(at, _)| at + rule.horizon_ms() <= now.0).count();
        if gone > 0 {
            self.change(|log| drop(log.marks.drain(..gone)));
        }
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

    fn change(&mut self, change: impl FnOnce(&mut Many)) {
        let mut many = match std::mem::take(&mut self.0) {
            Marks::None => Box::default(),
            Marks::One(at) => Box::new(Many { marks: vec![(at, 1)], eased: None }),
            Marks::More(more) => more,
        };
        change(&mut many);
        self.0 = match (many.marks.as_slice(), many.eased) {
            ([], _) => Marks::None,
            ([(at, 1)], None) => Marks::One(*at),
            _ => Marks::More(many),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert_eq!(log.count(Timestamp(0), Timestamp(100)), 2);
        log.take_back(&rule, Timestamp(5));
        log.take_back(&rule, Timestamp(5));
        assert_eq!(log.count(Timestamp(0), Timestamp(100)), 1);
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

    proptest! {
        #[test]
        fn never_admits_more_than_the_quota_in_any_window(
            gaps in prop::collection::vec(0_u64..9 * MINUTE, 1..200),
            quota in 1_u32..200,
            per in 1_u64..120,
        ) {
            let rule = Rule::new(vec![Window { quota, per: Duration::from_millis(per * MINUTE) }]);
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
            for (index, start) in admitted.iter().enumerate() {
                let within = admitted[index..].iter().take_while(|at| **at < start + per * MINUTE);
                prop_assert!(within.count() <= quota as usize);
            }
        }
    }
}
