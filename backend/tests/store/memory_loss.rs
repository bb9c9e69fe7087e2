//! A shared store that forgets: restarts with and without its log, a replica that takes over, memory
//! that is given up. What is lost is bounded, and spending with it.

use crate::failures::{cannot_decide, charge, connect_patiently, count, recovers};
use crate::helpers::{BEGIN, fresh, rule, shared};
use crate::servers::{Cluster, Server, wait_until};
use ringproof::adapters::redis_counters::RedisCounters;
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use verification::limits::COLD_FOR;
use verification::ports::{CounterKind, Counters, Decision, Found, Key, Room, Step, Timestamp};
use verification::testing::FixedClock;
use verification::{Clock, Rule, Window};

const HOUR: Duration = Duration::from_secs(3_600);

fn cap(quota: u32) -> Arc<Rule> {
    Arc::new(Rule::new(vec![Window { quota, per: HOUR }]).as_cap())
}

/// Charges until refused; how often, and when there would be room.
async fn spend(counters: &RedisCounters, key: Key, rule: &Arc<Rule>) -> (u32, Timestamp) {
    let mut made = 0;
    loop {
        match counters.decide(&[Step::Charge(key, rule.clone())]).await.unwrap() {
            Decision::Made { .. } => made += 1,
            Decision::Refused { by, .. } => return (made, by[0].retry_at),
        }
    }
}

async fn room(counters: &RedisCounters, key: Key, rule: &Arc<Rule>) -> Room {
    match counters.decide(&[Step::Read(key, rule.clone())]).await.unwrap() {
        Decision::Made { found, .. } => match found[..] {
            [Found::Room(room)] => room,
            _ => panic!("{found:?}"),
        },
        refused => panic!("{refused:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f42_a_store_that_forgot_admits_a_quarter_of_the_caps_for_ten_minutes() {
    let mut server = Server::start(&[]);
    let clock = Arc::new(FixedClock::new(BEGIN));
    // Two replicas of the service: what the one begins, the other goes on with.
    let replicas = [(); 2].map(|()| shared(&server.url(), &clock));
    let (hour, ordinary) = (cap(10), rule(&[(10, 3_600)]));
    for life in 0..2 {
        let (key, other) = (fresh(CounterKind::Hour), fresh(CounterKind::Client));
        let cold_until = clock.now() + COLD_FOR;
        assert_eq!(room(&replicas[0], key, &hour).await.left, 3, "a quarter, rounded up");
        let (first, _) = spend(&replicas[0], key, &hour).await;
        clock.advance(Duration::from_secs(60));
        let (second, retry_at) = spend(&replicas[1], key, &hour).await;
        assert_eq!((first, second, retry_at), (3, 0, cold_until), "life {life}");
        assert_eq!(spend(&replicas[0], other, &ordinary).await.0, 10, "other limits are whole");
        clock.advance(Duration::from_millis(cold_until.since(clock.now()).as_millis() as u64 - 1));
        assert_eq!(spend(&replicas[0], key, &hour).await.0, 0);
        clock.advance(Duration::from_millis(1));
        let (rest, retry_at) = spend(&replicas[0], key, &hour).await;
        // What was charged while it was cold counts: the quota is whole, not new.
        assert_eq!((rest, retry_at), (7, cold_until + (HOUR - COLD_FOR)));
        assert_eq!(room(&replicas[1], fresh(CounterKind::Day), &hour).await.left, 10);
        // Nothing is kept on disk, so the next life has forgotten this one.
        server.kill();
        server.resume();
        for replica in &replicas {
            recovers(replica).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f42_a_store_with_a_log_on_disk_forgets_nothing_that_it_said() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let counters = connect_patiently(&server.url());
    let (number, hour) = (fresh(CounterKind::Number), fresh(CounterKind::Hour));
    let (two, whole) = (rule(&[(2, 3_600)]), cap(1_000));
    assert_eq!(spend(&counters, number, &two).await.0, 2);
    assert_eq!(spend(&counters, hour, &whole).await.0, 250);
    let since = || -> Vec<u8> {
        redis::from_redis_value(server.run("GET ringproof:{guard}:since").unwrap()).unwrap()
    };
    let before = since();
    server.kill();
    server.resume();
    recovers(&counters).await;
    assert_eq!(spend(&counters, number, &two).await.0, 0);
    assert_eq!(spend(&counters, hour, &whole).await.0, 0);
    let since: Vec<u8> =
        redis::from_redis_value(server.run("GET ringproof:{guard}:since").unwrap()).unwrap();
    assert_eq!(since, before, "it counts since when it did");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f43_a_replica_that_takes_over_lacks_at_most_what_was_under_way() {
    const WORKERS: u64 = 16;
    let mut primary = Server::start(&["--repl-diskless-sync-delay", "0"]);
    let replica = Server::start(&["--replicaof", "127.0.0.1", &primary.port.to_string()]);
    let says = |info: redis::Value| redis::from_redis_value::<String>(info).unwrap_or_default();
    wait_until("the replica has its copy", || {
        says(primary.run("INFO replication").unwrap()).contains("state=online")
    });
    // Only its first acknowledgement, up to a second later, lets the primary send what came after.
    primary.run("SET after-the-copy arrived").unwrap();
    wait_until("the replica follows", || {
        says(replica.run("GET after-the-copy").unwrap()) == "arrived"
    });
    // The address that a failover moves, as a name or a proxy does.
    let target = Arc::new(AtomicU16::new(primary.port));
    let port = moving_proxy(target.clone()).await;
    let counters = Arc::new(RedisCounters::connect(&url(port)).unwrap());
    recovers(&counters).await;
    let key = fresh(CounterKind::Hour);
    let (made, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let load: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (counters, made, over) = (counters.clone(), made.clone(), over.clone());
            tokio::spawn(async move {
                while !over.load(Ordering::SeqCst) {
                    if counters.decide(&charge(key)).await.is_ok() {
                        made.fetch_add(1, Ordering::SeqCst);
                    }
                }
            })
        })
        .collect();
    let before = tokio::task::spawn_blocking({
        let (made, target) = (made.clone(), target.clone());
        move || {
            wait_until("there is load", || made.load(Ordering::SeqCst) > 300);
            primary.kill();
            // Whatever the primary had sent is read before the replica gives up on it.
            wait_until("the replica is alone", || {
                let info: String =
                    redis::from_redis_value(replica.run("INFO replication").unwrap()).unwrap();
                info.contains("master_link_status:down")
            });
            let before = made.load(Ordering::SeqCst);
            replica.run("REPLICAOF NO ONE").unwrap();
            target.store(replica.port, Ordering::SeqCst);
            wait_until("decisions are made again", || made.load(Ordering::SeqCst) > before + 100);
            (before, replica)
        }
    });
    let (before, replica) = before.await.unwrap();
    over.store(true, Ordering::SeqCst);
    for task in load {
        task.await.unwrap();
    }
    let made = made.load(Ordering::SeqCst);
    let counted = count(&connect_patiently(&replica.url()), key).await;
    println!("  {before} made by the primary, {made} by both, {counted} counted by the replica");
    assert!(counted + WORKERS >= made, "lost more than was under way");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f45_a_server_that_may_evict_decides_nothing_until_it_may_not() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]);
    let counters = RedisCounters::connect(&server.url()).unwrap();
    cannot_decide(&counters).await;
    server.run("CONFIG SET maxmemory-policy noeviction").unwrap();
    recovers(&counters).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f45_a_cluster_in_which_one_server_may_evict_decides_nothing() {
    let cluster = Cluster::start();
    cluster.nodes[1].run("CONFIG SET maxmemory-policy volatile-ttl").unwrap();
    let counters = RedisCounters::connect(&cluster.url()).unwrap();
    cannot_decide(&counters).await;
    cluster.nodes[1].run("CONFIG SET maxmemory-policy noeviction").unwrap();
    recovers(&counters).await;
}

fn url(port: u16) -> SecretString {
    format!("redis://127.0.0.1:{port}").into()
}

/// A proxy to wherever the target is when a connection is made.
async fn moving_proxy(target: Arc<AtomicU16>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let port = target.load(Ordering::SeqCst);
            tokio::spawn(async move {
                if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    });
    port
}
