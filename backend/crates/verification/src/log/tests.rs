//! What a log answers, and how few moments it keeps. That both stores answer alike is tested with them.

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
