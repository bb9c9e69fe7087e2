//! What is kept, for how long, and in how little room. What a decision means is tested for every
//! store alike.

use super::entries::Name;
use super::*;
use verification::ports::CounterKind;
use verification::testing::FixedClock;
use verification::{Rule, Window};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn counters(most_clients: usize) -> (MemoryCounters, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::new(Timestamp(1_795_000_000_000)));
    let counters = MemoryCounters::new(Arc::clone(&clock) as Arc<dyn Clock>);
    (MemoryCounters { most_clients, ..counters }, clock)
}

fn key(kind: CounterKind, n: u128) -> Key {
    // Spread as a keyed hash is.
    Key { kind, hash: n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) }
}

fn charge(kind: CounterKind, n: u128) -> Step {
    Step::Charge(key(kind, n), Arc::new(Rule::new(vec![Window { quota: 5, per: DAY }])))
}

async fn admitted(counters: &MemoryCounters, steps: &[Step]) -> bool {
    matches!(counters.decide(steps).await, Ok(Decision::Made { .. }))
}

#[test]
fn an_entry_is_small() {
    assert_eq!(size_of::<(Name, Entry)>(), 40);
}

#[test]
fn a_name_tells_kinds_and_hashes_apart() {
    let name = |kind, hash| Name::from(Key { kind, hash });
    assert_ne!(name(CounterKind::Number, 1), name(CounterKind::Client, 1));
    assert_ne!(name(CounterKind::Number, 1), name(CounterKind::Number, 2));
    assert_ne!(name(CounterKind::Number, 1 << 64), name(CounterKind::Number, 1));
}

#[tokio::test]
async fn the_sweep_keeps_up_with_any_load() {
    let (counters, clock) = counters(usize::MAX);
    let minute = Duration::from_secs(60);
    let live = 3 * 1_440;
    for n in 0..6 * 1_440 {
        clock.advance(minute);
        let steps = [CounterKind::Number, CounterKind::Client, CounterKind::Prefix]
            .map(|kind| charge(kind, n));
        assert!(admitted(&counters, &steps).await);
        assert!(counters.len() < 2 * live, "{}", counters.len());
    }
    assert_eq!(counters.len(), counters.lock().queue.len());
}

#[tokio::test]
async fn forgets_clients_before_they_fill_the_memory_and_nothing_else() {
    let (counters, _) = counters(1_000);
    for n in 0..10_000 {
        let number = (n < 2_000).then(|| charge(CounterKind::Number, n));
        let steps: Vec<_> = number.into_iter().chain([charge(CounterKind::Client, n)]).collect();
        assert!(admitted(&counters, &steps).await);
    }
    assert_eq!(counters.lock().clients, 1_001);
    assert_eq!(counters.len(), 2_000 + 1_001);
    // Four more charges fill what was charged once: numbers all remember, old clients do not.
    for n in [0, 1_999] {
        for _ in 0..4 {
            assert!(admitted(&counters, &[charge(CounterKind::Number, n)]).await);
        }
        assert!(!admitted(&counters, &[charge(CounterKind::Number, n)]).await);
    }
}

#[tokio::test]
async fn a_name_stands_in_the_queue_once_however_often_it_is_dropped() {
    let (counters, _) = counters(usize::MAX);
    let kept = key(CounterKind::Idempotency, 1);
    for _ in 0..100 {
        assert_eq!(counters.keep_first(kept, b"running", DAY).await.unwrap(), None);
        counters.drop_value(kept).await.unwrap();
    }
    assert_eq!(counters.keep_first(kept, b"running", DAY).await.unwrap(), None);
    let again = counters.keep_first(kept, b"running", DAY).await.unwrap();
    assert_eq!(again.as_deref(), Some(&b"running"[..]));
    assert_eq!(counters.lock().queue.len(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_back_finds_what_was_there_and_nothing_that_was_taken_away() {
    let (counters, clock) = counters(usize::MAX);
    let second = Duration::from_secs(1);
    let [kept, gone] = [1, 2].map(|n| key(CounterKind::Ending, n));
    let set = [Step::Flag(kept, 7, second), Step::Flag(gone, 7, DAY)];
    assert!(admitted(&counters, &set).await);
    clock.advance(2 * second);
    // Every decision looks for what has expired.
    for _ in 0..9 {
        assert!(admitted(&counters, &[Step::Flag(gone, 0, Duration::ZERO)]).await);
    }
    clock.set_back(2 * second);
    assert!(admitted(&counters, &[Step::Expect(kept, Some(7)), Step::Unflagged(gone)]).await);
}

#[tokio::test]
async fn what_is_given_back_after_its_time_is_as_it_was_when_the_clock_is_set_back() {
    let (counters, clock) = counters(usize::MAX);
    let (at, second, number) = (clock.now(), Duration::from_secs(1), key(CounterKind::Number, 1));
    let rule = Arc::new(Rule::new(vec![Window { quota: 1, per: second }]));
    assert!(admitted(&counters, &[Step::Charge(number, Arc::clone(&rule))]).await);
    clock.advance(2 * second);
    let late =
        [Step::GiveBack(number, Arc::clone(&rule), at), Step::Ease(number, Arc::clone(&rule), at)];
    assert!(admitted(&counters, &late).await);
    clock.set_back(2 * second);
    assert!(!admitted(&counters, &[Step::Charge(number, rule)]).await);
}
