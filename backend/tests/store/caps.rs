//! Caps in a store that has just begun to count, or whose clock was moved ahead over all that it had
//! counted: in memory as on Redis. What a server that forgets does is in `memory_loss`.

use crate::helpers::{BEGIN, Store, fresh, shared};
use crate::servers::Server;
use std::sync::Arc;
use std::time::Duration;
use verification::limits::COLD_FOR;
use verification::ports::{CounterKind, Decision, Key, Step};
use verification::testing::FixedClock;
use verification::{Rule, Window};

fn cap(quota: u32, seconds: u64) -> Arc<Rule> {
    let window = Window { quota, per: Duration::from_secs(seconds) };
    Arc::new(Rule::new(vec![window]).as_cap())
}

/// How many charges a cap admits now.
async fn spend(store: &Store, key: Key, cap: &Arc<Rule>) -> u32 {
    let mut made = 0;
    while let Decision::Made { .. } = store.decide(&[Step::Charge(key, cap.clone())]).await {
        made += 1;
    }
    made
}

#[tokio::test]
async fn memory_admits_a_part_of_the_caps_when_it_begins_and_when_its_clock_was_moved_ahead() {
    admits_a_part_of_the_caps(Store::in_memory()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_admits_a_part_of_the_caps_when_it_begins_and_when_its_clock_was_moved_ahead() {
    let (server, clock) = (Server::start(&[]), Arc::new(FixedClock::new(BEGIN)));
    let counters = Arc::new(shared(&server.url(), &clock));
    admits_a_part_of_the_caps(Store { counters, clock }).await;
}

async fn admits_a_part_of_the_caps(store: Store) {
    let (hour, day) = (fresh(CounterKind::Hour), fresh(CounterKind::Day));
    let (per_hour, per_day) = (cap(40, 3_600), cap(100, 86_400));
    assert_eq!(spend(&store, hour, &per_hour).await, 10, "a quarter");
    assert_eq!(spend(&store, day, &per_day).await, 25);
    store.advance_to(store.now() + COLD_FOR);
    assert_eq!(spend(&store, hour, &per_hour).await, 30, "the rest");
    assert_eq!(spend(&store, day, &per_day).await, 75);
    // By less than the longest cap: that one still holds, and nothing has begun anew.
    store.advance(3 * 3_600_000);
    assert_eq!(spend(&store, hour, &per_hour).await, 40);
    assert_eq!(spend(&store, day, &per_day).await, 0);
    // By more: nothing is left of what was counted, and the caps are not granted in full again.
    store.advance(25 * 3_600_000);
    assert_eq!(spend(&store, hour, &per_hour).await, 10);
    assert_eq!(spend(&store, day, &per_day).await, 25);
}
