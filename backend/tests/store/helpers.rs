//! What every test of a store needs: a store with a clock to move, fresh keys, short rules.

use crate::servers::{Cluster, Server, UNHURRIED};
use ringproof::adapters::memory_counters::MemoryCounters;
use ringproof::adapters::redis_counters::RedisCounters;
use secrecy::SecretString;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use verification::ports::{
    CounterKind, Counters, Decision, Found, Key, Refused, Room, Step, Timestamp,
};
use verification::testing::FixedClock;
use verification::{Clock, Rule, Window};

/// When the moved clocks begin.
pub const BEGIN: Timestamp = Timestamp(1_800_000_000_123);

/// One standalone server and one cluster for all tests that leave them whole.
pub static STANDALONE: LazyLock<Server> = LazyLock::new(|| Server::start(&[]));
pub static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

/// A store and the clock it goes by.
pub struct Store {
    pub counters: Arc<dyn Counters>,
    pub clock: Arc<FixedClock>,
}

impl Store {
    pub fn in_memory() -> Self {
        let clock = Arc::new(FixedClock::new(BEGIN));
        Self { counters: Arc::new(MemoryCounters::new(clock.clone())), clock }
    }

    pub fn standalone() -> Self {
        let clock = Arc::new(FixedClock::new(BEGIN));
        Self { counters: Arc::new(shared(&STANDALONE.url(), &clock)), clock }
    }

    pub fn cluster() -> Self {
        let clock = Arc::new(FixedClock::new(BEGIN));
        Self { counters: Arc::new(shared(&CLUSTER.url(), &clock)), clock }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn advance(&self, milliseconds: u64) {
        self.clock.advance(Duration::from_millis(milliseconds));
    }

    pub fn advance_to(&self, moment: Timestamp) {
        self.clock.advance(moment.since(self.now()));
    }

    pub async fn decide(&self, steps: &[Step]) -> Decision {
        self.counters.decide(steps).await.unwrap()
    }

    /// Decides, and insists that it was not refused.
    pub async fn made(&self, steps: &[Step]) -> Vec<Found> {
        match self.decide(steps).await {
            Decision::Made { found, .. } => found,
            refused => panic!("{refused:?}"),
        }
    }

    /// Decides, and insists that it was refused.
    pub async fn refused(&self, steps: &[Step]) -> Vec<Refused> {
        match self.decide(steps).await {
            Decision::Refused { by, .. } => by,
            made => panic!("{made:?}"),
        }
    }

    /// Charges one unit, and insists that there is room.
    pub async fn charge(&self, key: Key, rule: &Arc<Rule>) -> Room {
        match self.made(&[Step::Charge(key, rule.clone())]).await[..] {
            [Found::Room(room)] => room,
            ref other => panic!("{other:?}"),
        }
    }

    /// Units of a key, at whatever moment.
    pub async fn count(&self, key: Key) -> u64 {
        let all = Step::Count(key, rule(&[]), Timestamp(0), Timestamp(u64::MAX));
        match self.made(&[all]).await[..] {
            [Found::Count(count)] => count,
            ref other => panic!("{other:?}"),
        }
    }
}

/// A shared store by a moved clock. The tests of what it answers share two processors with
/// everything else that is tested; what it does when time runs out has tests of its own.
pub fn shared(url: &SecretString, clock: &Arc<FixedClock>) -> RedisCounters {
    let counters = RedisCounters::with_clock(url, clock.clone()).unwrap();
    counters.within(UNHURRIED)
}

/// A key that no other test has.
pub fn fresh(kind: CounterKind) -> Key {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = u128::from(NEXT.fetch_add(1, Ordering::Relaxed));
    // Spread like the hashes they stand for, over all 128 bits.
    Key { kind, hash: number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) }
}

/// A rule of windows, each a quota and seconds.
pub fn rule(windows: &[(u32, u64)]) -> Arc<Rule> {
    Arc::new(Rule::new(windows.iter().map(window).collect()))
}

/// A rule of windows with a ladder of cool-downs in seconds.
pub fn ladder(windows: &[(u32, u64)], waits: &[u64]) -> Arc<Rule> {
    let waits = waits.iter().map(|seconds| Duration::from_secs(*seconds));
    Arc::new(Rule::new(windows.iter().map(window).collect()).with_cooldowns(waits.collect()))
}

fn window((quota, seconds): &(u32, u64)) -> Window {
    Window { quota: *quota, per: Duration::from_secs(*seconds) }
}
