//! What a decision costs, printed: `cargo test --test store cost -- --nocapture`. Not asserted:
//! this machine is not yours.

use crate::helpers::{fresh, ladder, rule};
use crate::servers::Server;
use ringproof::adapters::memory_counters::MemoryCounters;
use ringproof::adapters::redis_counters::RedisCounters;
use ringproof::adapters::system::SystemClock;
use std::sync::Arc;
use std::time::{Duration, Instant};
use verification::Rule;
use verification::ports::{CounterKind, Counters, Decision, Key, Step, Timestamp};

/// Eight steps, as of a start: six charges, a flag, a count.
struct Start {
    rules: [Arc<Rule>; 6],
    caps: [Key; 2],
}

impl Start {
    fn new() -> Self {
        let day = 86_400;
        let number = ladder(&[(3, 600), (5, 3_600), (10, day)], &[60, 120, 300, 600]);
        let client = rule(&[(5, 60), (20, 3_600), (50, day)]);
        let caps = [rule(&[(1_000_000, 3_600)]), rule(&[(10_000_000, day)])];
        let [hour, daily] = caps;
        let rules = [number, client, rule(&[(10, 3_600)]), daily.clone(), hour, daily];
        Self { rules, caps: [CounterKind::Hour, CounterKind::Day].map(fresh) }
    }

    fn steps(&self) -> Vec<Step> {
        let [hour, day] = self.caps;
        let others =
            [CounterKind::Number, CounterKind::Client, CounterKind::Prefix, CounterKind::Region]
                .map(fresh);
        let keys = others.into_iter().chain([hour, day]);
        let mut steps: Vec<_> =
            keys.zip(&self.rules).map(|(key, rule)| Step::Charge(key, rule.clone())).collect();
        steps.push(Step::Unflagged(fresh(CounterKind::Closed)));
        steps.push(Step::Count(hour, rule(&[]), Timestamp(0), Timestamp(u64::MAX)));
        steps
    }
}

/// What the server itself has used, waiting aside.
fn seconds_of_processor(server: &Server) -> f64 {
    let info: String = redis::from_redis_value(server.run("INFO cpu").unwrap()).unwrap();
    let main_thread = |line: &str| {
        let line = line.strip_prefix("used_cpu_")?;
        let seconds =
            line.strip_prefix("user_main_thread:").or(line.strip_prefix("sys_main_thread:"))?;
        seconds.trim().parse::<f64>().ok()
    };
    info.lines().filter_map(main_thread).sum()
}

async fn one_by_one(counters: &dyn Counters, times: u32) -> Duration {
    let start = Start::new();
    let decisions: Vec<_> = (0..times).map(|_| start.steps()).collect();
    let began = Instant::now();
    for steps in &decisions {
        let made = counters.decide(steps).await.unwrap();
        assert!(matches!(made, Decision::Made { .. }));
    }
    began.elapsed() / times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prints_what_a_decision_costs() {
    let memory = MemoryCounters::new(Arc::new(SystemClock));
    println!("  in memory: {:?} for 8 steps", one_by_one(&memory, 2_000).await);

    let server = Server::start(&[]);
    let redis = RedisCounters::connect(&server.url()).unwrap().within(Duration::from_secs(10));
    let redis = Arc::new(redis);
    one_by_one(&*redis, 50).await;
    let before = seconds_of_processor(&server);
    println!("  on Redis: {:?} for 8 steps, one by one", one_by_one(&*redis, 1_000).await);
    let each = (seconds_of_processor(&server) - before) / 1_000.0;
    println!("  of Redis's processor: {:.0} µs for 8 steps", each * 1_000_000.0);

    let start = Arc::new(Start::new());
    let began = Instant::now();
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (redis, start) = (redis.clone(), start.clone());
            tokio::spawn(async move {
                for _ in 0..40 {
                    redis.decide(&start.steps()).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let each = began.elapsed() / 2_000;
    println!("  on Redis: {each:?} for 8 steps, fifty at once, debug build");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prints_what_a_number_takes() {
    let used = |server: &Server| {
        let info: String = redis::from_redis_value(server.run("INFO memory").unwrap()).unwrap();
        let line = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
        line.trim().parse::<u64>().unwrap()
    };
    let server = Server::start(&[]);
    let redis = RedisCounters::connect(&server.url()).unwrap().within(Duration::from_secs(10));
    redis.ping().await.unwrap();
    let number = ladder(&[(3, 600), (5, 3_600), (10, 86_400)], &[60, 120, 300, 600]);
    let before = used(&server);
    for _ in 0..50 {
        let charge = |()| Step::Charge(fresh(CounterKind::Number), number.clone());
        redis.decide(&[(); 200].map(charge)).await.unwrap();
    }
    let each = (used(&server) - before) / 10_000;
    println!("  a number charged once takes {each} bytes of Redis: {each} MB a million");
    assert!(each > 0);
}
