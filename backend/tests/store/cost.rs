//! What a decision costs the shared store, counted by the server itself and so the same on every
//! machine: round trips, commands, bytes on the wire and bytes kept. How long it takes is measured by
//! `cargo run --release --example guard_cost`.

use crate::helpers::{STANDALONE, Store, fresh, ladder, rule};
use crate::servers::{Server, UNHURRIED};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ringproof::adapters::redis_counters::RedisCounters;
use std::sync::Arc;
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

/// One number of the server's `INFO`.
fn told(server: &Server, section: &str, name: &str) -> u64 {
    let info: String =
        redis::from_redis_value(server.run(&format!("INFO {section}")).unwrap()).unwrap();
    let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.unwrap_or_default().trim().parse().unwrap_or_default()
}

/// How often the server ran a command, from clients or from scripts.
fn calls(server: &Server, command: &str) -> u64 {
    let info: String = redis::from_redis_value(server.run("INFO commandstats").unwrap()).unwrap();
    let line =
        info.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
    line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_is_one_round_trip_of_few_bytes_and_writes_each_log_once() {
    let server = Server::start(&[]);
    let redis = RedisCounters::connect(&server.url()).unwrap().within(UNHURRIED);
    let start = Start::new();
    // The first finds out the server's clock, and loads the script.
    redis.decide(&start.steps()).await.unwrap();
    let commands = ["evalsha", "eval", "mget", "set", "del", "time"];
    let counts = || commands.map(|command| calls(&server, command));
    let traffic = || {
        (
            told(&server, "stats", "total_net_input_bytes"),
            told(&server, "stats", "total_net_output_bytes"),
        )
    };
    let (before, (received, sent)) = (counts(), traffic());
    for _ in 0..100 {
        let made = redis.decide(&start.steps()).await.unwrap();
        assert!(matches!(made, Decision::Made { .. }));
    }
    let (after, now) = (counts(), traffic());
    let each: Vec<_> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    // Six logs; since when the store counts is written once an hour.
    assert_eq!(each, [100, 0, 100, 600, 0, 100], "{commands:?} of a hundred starts");
    // Watching the server, and its being asked, come to less than a tenth of this.
    let (received, sent) = ((now.0 - received) / 100, (now.1 - sent) / 100);
    println!("  a start: {received} bytes to Redis, {sent} back");
    assert!(received < 1_400, "{received} bytes to Redis");
    assert!(sent < 1_400, "{sent} bytes back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_takes_less_than_three_hundred_bytes() {
    let server = Server::start(&[]);
    let redis = RedisCounters::connect(&server.url()).unwrap().within(UNHURRIED);
    redis.ping().await.unwrap();
    let number = ladder(&[(3, 600), (5, 3_600), (10, 86_400)], &[60, 120, 300, 600]);
    let before = told(&server, "memory", "used_memory");
    for _ in 0..50 {
        let charge = |()| Step::Charge(fresh(CounterKind::Number), number.clone());
        redis.decide(&[(); 200].map(charge)).await.unwrap();
    }
    let each = (told(&server, "memory", "used_memory") - before) / 10_000;
    println!("  a number charged once takes {each} bytes of Redis: {each} MB a million");
    // Its name alone is 42.
    assert!((42..300).contains(&each), "{each}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_bounded_on_redis_too() {
    let (memory, redis) = (Store::in_memory(), Store::standalone());
    let busy = rule(&[(100, 60), (5_000, 86_400)]);
    let key = fresh(CounterKind::Client);
    for _ in 0..3_000 {
        for store in [&memory, &redis] {
            store.advance(650);
            store.charge(key, &busy).await;
        }
    }
    let name = format!("ringproof:{{guard}}:c:{}", URL_SAFE_NO_PAD.encode(key.hash.to_be_bytes()));
    let bytes: Vec<u8> =
        redis::from_redis_value(STANDALONE.run(&format!("GET {name}")).unwrap()).unwrap();
    // A moment and its units are some ten bytes.
    assert!(bytes.len() < 2 * 62 * 11, "{} bytes", bytes.len());
    assert_eq!(redis.count(key).await, memory.count(key).await);
}
