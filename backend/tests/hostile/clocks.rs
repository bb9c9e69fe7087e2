//! What becomes of the service when something of its own breaks: a clock that jumps, a panic, a
//! worker that is stuck.

use crate::helpers::{Answer, Provider, client, send, service_with_clock, spawn_with_clock};
use crate::raw::{PATIENCE, within};
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use verification::{Clock, Timestamp};

const HOUR: u64 = 60 * 60 * 1000;

/// A clock that jumps, also backwards, that can break altogether, and that can keep whoever asks.
pub struct Erratic {
    shows: AtomicU64,
    broken: AtomicBool,
    keeps: Mutex<()>,
    asked: AtomicU64,
}

impl Erratic {
    pub fn new() -> Arc<Self> {
        let now = ringproof::adapters::system::SystemClock.now();
        Arc::new(Self {
            shows: AtomicU64::new(now.0),
            broken: AtomicBool::new(false),
            keeps: Mutex::new(()),
            asked: AtomicU64::new(0),
        })
    }

    /// From now on asking it panics.
    pub fn break_down(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    pub fn recover(&self) {
        self.broken.store(false, Ordering::SeqCst);
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
        self.asked.fetch_add(1, Ordering::SeqCst);
        drop(self.keeps.lock().unwrap());
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
    clock.break_down();
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

#[actix_web::test]
#[expect(clippy::await_holding_lock, reason = "the lock is what the worker is stuck on")]
async fn f53_a_worker_that_is_stuck_does_not_hold_the_process() {
    let (clock, provider) = (Erratic::new(), Provider::start().await);
    let service = service_with_clock(&provider, Arc::clone(&clock) as Arc<dyn Clock>);
    let address = format!("http://{}", service.addr());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = actix_web::rt::spawn(service.run_until(async {
        let _ = stopped.await;
    }));
    start(&address, "+442079460252").await.id();
    let (kept, asked) = (clock.keeps.lock().unwrap(), clock.asked.load(Ordering::SeqCst));
    let body = json!({ "phone_number": "+442079460253" });
    let request = client().post(format!("{address}/verifications")).json(&body);
    let stuck = actix_web::rt::spawn(request.send());
    let began = Instant::now();
    while clock.asked.load(Ordering::SeqCst) == asked {
        assert!(began.elapsed() < PATIENCE, "nobody asks for the time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    drop(stop);
    within(running).await.unwrap().unwrap();
    println!("with a stuck worker: gone {:?} after being told", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    drop(kept);
    drop(stuck);
}
