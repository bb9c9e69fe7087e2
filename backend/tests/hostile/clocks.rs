//! What a service of our own does when something of its own breaks: a clock that jumps, a panic.

use crate::helpers::{Answer, client, send, spawn_with_clock};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use verification::{Clock, Timestamp};

const HOUR: u64 = 60 * 60 * 1000;

/// A clock that jumps, also backwards, and that can break altogether.
struct Erratic {
    shows: AtomicU64,
    broken: AtomicBool,
}

impl Erratic {
    fn new() -> Arc<Self> {
        let now = ringproof::adapters::system::SystemClock.now();
        Arc::new(Self { shows: AtomicU64::new(now.0), broken: AtomicBool::new(false) })
    }

    fn back(&self, by: u64) {
        self.shows.fetch_sub(by, Ordering::SeqCst);
    }

    fn forth(&self, by: u64) {
        self.shows.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for Erratic {
    fn now(&self) -> Timestamp {
        assert!(!self.broken.load(Ordering::SeqCst), "a fault of our own");
        Timestamp(self.shows.load(Ordering::SeqCst))
    }
}

async fn start(address: &str, number: &str) -> Answer {
    let request = client().post(format!("{address}/verifications"));
    send(request.json(&json!({ "phone_number": number }))).await
}

async fn check(address: &str, id: &str, code: &str) -> Answer {
    let request = client().post(format!("{address}/verifications/{id}/check"));
    send(request.json(&json!({ "code": code }))).await
}

#[actix_web::test]
async fn f56_a_clock_that_jumps_gives_no_call_and_no_time() {
    let clock = Erratic::new();
    let (address, provider, _stop) = spawn_with_clock(Arc::clone(&clock) as Arc<dyn Clock>).await;
    let number = "+442079460250";
    let id = start(&address, number).await.id();
    clock.back(HOUR);
    for _ in 0..5 {
        assert_eq!(start(&address, number).await.problem(), (429, "rate_limited".into()));
    }
    assert_eq!(provider.seen("create").await, 1, "the way back is no way to another call");
    clock.forth(HOUR + 599_000);
    let wrong = if provider.code(number).await == "000000" { "000001" } else { "000000" };
    assert_eq!(check(&address, &id, wrong).await.problem(), (422, "code_incorrect".into()));
    clock.forth(1000);
    let checks = provider.seen("check").await;
    let code = provider.code(number).await;
    assert_eq!(check(&address, &id, &code).await.problem(), (410, "verification_expired".into()));
    assert_eq!(provider.seen("check").await, checks, "an hour back and forth gave it no time");
}

#[actix_web::test]
async fn f55_a_panic_costs_one_request() {
    let clock = Erratic::new();
    let (address, provider, _stop) = spawn_with_clock(Arc::clone(&clock) as Arc<dyn Clock>).await;
    clock.broken.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let answer = start(&address, "+442079460251").await;
        assert_eq!(answer.problem(), (500, "internal_error".into()));
        assert!(!answer.text.contains("fault of our own"), "{}", answer.text);
        assert_eq!(send(client().get(format!("{address}/livez"))).await.status, 200);
    }
    assert_eq!(provider.seen("create").await, 0);
    clock.broken.store(false, Ordering::SeqCst);
    start(&address, "+442079460251").await.id();
}
