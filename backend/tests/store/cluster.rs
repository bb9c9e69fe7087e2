//! What only a cluster does: spread keys, move slots, lose one server of three.

use crate::failures::{cannot_decide, count, recovers};
use crate::helpers::{CLUSTER, Store, fresh, rule, shared};
use crate::servers::{Cluster, UNHURRIED, free_port};
use redis::Value;
use ringproof::adapters::redis_counters::RedisCounters;
use std::collections::HashSet;
use std::time::Duration;
use verification::ports::{CounterKind, Counters, Step};

fn keys_of(node: &crate::servers::Server) -> Vec<String> {
    redis::from_redis_value(node.run("KEYS *").unwrap()).unwrap()
}

fn slot_of(cluster: &Cluster, key: &str) -> u16 {
    let slot = cluster.nodes[0].run(&format!("CLUSTER KEYSLOT {key}")).unwrap();
    redis::from_redis_value(slot).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_live_in_one_slot_and_values_spread() {
    let store = Store::cluster();
    let kinds = [
        CounterKind::Number,
        CounterKind::Client,
        CounterKind::Prefix,
        CounterKind::Hour,
        CounterKind::Ending,
    ];
    for _ in 0..20 {
        let charge = |kind| Step::Charge(fresh(kind), rule(&[(9, 60)]));
        store.made(&kinds.map(charge)).await;
        let (key, minute) = (fresh(CounterKind::Idempotency), Duration::from_secs(60));
        store.counters.keep_first(key, b"x", minute).await.unwrap();
    }
    let keys: Vec<_> = CLUSTER.nodes.iter().map(keys_of).collect();
    let (guard, values): (Vec<&String>, Vec<_>) =
        keys.iter().flatten().partition(|key| key.contains("{guard}"));
    let slots: HashSet<_> = guard.iter().map(|key| slot_of(&CLUSTER, key)).collect();
    assert!(guard.len() >= 100);
    assert_eq!(slots.len(), 1);
    assert!(values.len() >= 20);
    let with_values = |keys: &&Vec<String>| keys.iter().any(|key| !key.contains("{guard}"));
    assert_eq!(keys.iter().filter(with_values).count(), 3, "every server has values");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reaches_a_cluster_through_any_of_several_hosts() {
    let url = format!("redis://127.0.0.1:{},127.0.0.1:{}", free_port(), CLUSTER.nodes[2].port);
    for url in [url.into(), CLUSTER.url_of_all()] {
        let store = Store::in_memory();
        let counters = shared(&url, &store.clock);
        let key = fresh(CounterKind::Client);
        counters.decide(&[Step::Charge(key, rule(&[(1, 60)]))]).await.unwrap();
        assert_eq!(count(&counters, key).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f44_follows_its_slot_and_outlives_the_loss_of_its_server() {
    let mut cluster = Cluster::start();
    let patient = RedisCounters::connect(&cluster.url()).unwrap().within(UNHURRIED);
    let key = fresh(CounterKind::Client);
    // Looks, and so learns who has the slot, but leaves it empty: it can be handed over at once.
    assert_eq!(count(&patient, key).await, 0);
    let slot = slot_of(&cluster, "{guard}");
    let from = cluster.owner(slot);
    let to = (from + 1) % 3;
    let Value::BulkString(id) = cluster.nodes[to].run("CLUSTER MYID").unwrap() else {
        unreachable!()
    };
    let hand_over = format!("CLUSTER SETSLOT {slot} NODE {}", String::from_utf8(id).unwrap());
    for node in [to, from, (from + 2) % 3] {
        cluster.nodes[node].run(&hand_over).unwrap();
    }
    patient.decide(&[Step::Charge(key, rule(&[(5, 60)]))]).await.unwrap();
    assert_eq!(cluster.owner(slot), to);
    assert!(keys_of(&cluster.nodes[to]).iter().any(|name| name.contains("{guard}:c:")));
    drop(patient);

    // With time as in the product.
    let counters = RedisCounters::connect(&cluster.url()).unwrap();
    recovers(&counters).await;
    cluster.nodes[to].kill();
    cannot_decide(&counters).await;
    cluster.nodes[to].resume();
    cluster.wait_until_agreed();
    recovers(&counters).await;
}
