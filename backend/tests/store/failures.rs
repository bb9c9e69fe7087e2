//! The shared store while its server is gone, silent, full, demoted or strange: no decision within
//! its time is an error, never a guess, and it all ends by itself.

use crate::helpers::{fresh, rule};
use crate::servers::{PATIENCE, Server, UNHURRIED, free_port, pass, wait_until};
use ringproof::adapters::redis_counters::RedisCounters;
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use verification::ports::{CounterKind, Counters, Decision, Found, Key, Step, Timestamp};

/// What an operation may take, and what the slowest scheduler may add.
const IN_TIME: Duration = Duration::from_millis(150);
const RECOVERY: Duration = Duration::from_secs(2);

fn connect(url: &SecretString) -> RedisCounters {
    RedisCounters::connect(url).unwrap()
}

/// For tests that are not about time, on a machine that may be busy.
pub fn connect_patiently(url: &SecretString) -> RedisCounters {
    connect(url).within(UNHURRIED)
}

pub fn charge(key: Key) -> [Step; 1] {
    [Step::Charge(key, rule(&[(1_000_000, 3_600)]))]
}

pub async fn count(counters: &RedisCounters, key: Key) -> u64 {
    let all = [Step::Count(key, rule(&[]), Timestamp(0), Timestamp(u64::MAX))];
    match counters.decide(&all).await.unwrap() {
        Decision::Made { found, .. } => match found[..] {
            [Found::Count(count)] => count,
            _ => panic!("{found:?}"),
        },
        refused => panic!("{refused:?}"),
    }
}

/// How long something took, and by how much a sleep was late that ended meanwhile or soon after.
struct Took(Duration, Duration);

async fn timed<T>(work: impl Future<Output = T>) -> (T, Took) {
    let began = Instant::now();
    let worked = async { (work.await, began.elapsed()) };
    let ((value, took), late) = tokio::join!(worked, lateness());
    (value, Took(took, late))
}

/// By how much a sleep of as long as an operation may take is late: as late as the machine is.
async fn lateness() -> Duration {
    let (began, span) = (Instant::now(), Duration::from_millis(100));
    sleep(span).await;
    began.elapsed() - span
}

/// Decisions and readiness fail, in time; returns what a decision's error says.
pub async fn cannot_decide(counters: &RedisCounters) -> String {
    let (mut times, mut said) = (Vec::new(), String::new());
    for _ in 0..7 {
        let steps = charge(fresh(CounterKind::Client));
        let (decided, took) = timed(counters.decide(&steps)).await;
        said = decided.unwrap_err().to_string();
        times.push(took);
        let (ready, took) = timed(counters.ping()).await;
        ready.unwrap_err();
        times.push(took);
    }
    assert_in_time(&times, &said);
    said
}

/// As [`cannot_decide`], and values are not kept either.
async fn can_nothing(counters: &RedisCounters) -> String {
    let (mut times, value) = (Vec::new(), fresh(CounterKind::Idempotency));
    for _ in 0..7 {
        let kept = counters.keep_first(value, b"x", Duration::from_secs(1));
        let (kept, took) = timed(kept).await;
        kept.unwrap_err();
        times.push(took);
    }
    assert_in_time(&times, "no value is kept");
    cannot_decide(counters).await
}

/// The middle one, held against what the machine itself was late by.
fn assert_in_time(times: &[Took], said: &str) {
    let middle = |of: fn(&Took) -> Duration| {
        let mut spans: Vec<_> = times.iter().map(of).collect();
        spans.sort_unstable();
        spans[spans.len() / 2]
    };
    let (took, late) = (middle(|it| it.0), middle(|it| it.1));
    println!("  {said}: {took:?}, on a machine that is late by {late:?}");
    assert!(took < IN_TIME + 2 * late, "{took:?} on a machine that is late by {late:?}");
}

/// Decides again, without help, in time; and goes on deciding.
pub async fn recovers(counters: &RedisCounters) {
    let (began, key) = (Instant::now(), fresh(CounterKind::Client));
    tokio::select! {
        biased;
        () = async { while counters.decide(&charge(key)).await.is_err() {} } => {}
        () = pass(RECOVERY) => panic!("did not recover"),
    }
    println!("  decides again after {:?}", began.elapsed());
    // A busy machine may miss a time now and then; over a broken connection there are never so many in a row.
    let mut in_a_row = 0;
    while in_a_row < 20 {
        in_a_row = if counters.decide(&charge(key)).await.is_ok() { in_a_row + 1 } else { 0 };
        assert!(began.elapsed() < PATIENCE, "does not go on deciding");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f40_a_killed_server_is_an_error_until_it_is_back() {
    let mut server = Server::start(&[]);
    let counters = connect(&server.url());
    recovers(&counters).await;
    for _ in 0..2 {
        server.kill();
        can_nothing(&counters).await;
        server.resume();
        recovers(&counters).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f40_starts_before_its_server_does() {
    let mut server = Server::prepare(free_port(), &[]);
    let counters = connect(&server.url());
    let said = can_nothing(&counters).await;
    assert_eq!(said, "the store cannot decide: it did not answer in time");
    server.resume();
    recovers(&counters).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f41_a_server_that_sleeps_under_load_admits_nothing_uncounted() {
    let server = Server::start(&[]);
    let counters = Arc::new(connect(&server.url()));
    recovers(&counters).await;
    let key = fresh(CounterKind::Hour);
    let (made, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let over = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..40)
        .map(|_| {
            let (counters, over) = (counters.clone(), over.clone());
            let (made, failed) = (made.clone(), failed.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while !over.load(Ordering::SeqCst) {
                    let began = Instant::now();
                    match counters.decide(&charge(key)).await {
                        Ok(_) => drop(made.fetch_add(1, Ordering::SeqCst)),
                        Err(_) => {
                            failed.fetch_add(1, Ordering::SeqCst);
                            times.push(began.elapsed());
                        }
                    }
                }
                times
            })
        })
        .collect();
    let beside = tokio::spawn({
        let over = over.clone();
        async move {
            let mut late = Vec::new();
            while !over.load(Ordering::SeqCst) {
                late.push(lateness().await);
            }
            late
        }
    });
    let asleep = tokio::task::spawn_blocking(move || {
        wait_until("there is load", || made.load(Ordering::SeqCst) > 200);
        server.run("DEBUG SLEEP 0.8").unwrap();
        let before = made.load(Ordering::SeqCst);
        wait_until("decisions are made again", || made.load(Ordering::SeqCst) > before + 200);
        (server, made)
    });
    let (server, made) = asleep.await.unwrap();
    over.store(true, Ordering::SeqCst);
    let mut times = Vec::new();
    for task in load {
        times.extend(task.await.unwrap());
    }
    let (made, failed) = (made.load(Ordering::SeqCst), failed.load(Ordering::SeqCst));
    let counted = count(&connect_patiently(&server.url()), key).await;
    println!("  {made} made, {failed} failed, {counted} counted");
    assert!(failed >= 40, "everybody met the sleep");
    let mut late = beside.await.unwrap();
    late.sort_unstable();
    let late = late[late.len() / 2];
    let times: Vec<_> = times.into_iter().map(|took| Took(took, late)).collect();
    assert_in_time(&times, "asleep");
    assert!(counted >= made, "what was made is counted");
    assert!(counted <= made + failed, "nothing is counted twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f41_a_paused_server_blocks_nobody_behind_it() {
    let server = Server::start(&[]);
    let counters = connect(&server.url());
    recovers(&counters).await;
    // Longer than the operations of `can_nothing` take together; it hears of no end before its time.
    server.run("CLIENT PAUSE 15000 ALL").unwrap();
    can_nothing(&counters).await;
    server.run("CLIENT UNPAUSE").unwrap();
    recovers(&counters).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f44_a_full_server_decides_all_or_nothing() {
    let server = Server::start(&["--maxmemory", "2mb", "--maxmemory-policy", "noeviction"]);
    let counters = connect_patiently(&server.url());
    let pair = || [fresh(CounterKind::Number), fresh(CounterKind::Prefix)];
    let mut filled = 0;
    // Until the memory is full; both charges of each decision, or neither.
    let (last, error) = loop {
        let keys = pair();
        let steps = keys.map(|key| charge(key)[0].clone());
        match counters.decide(&steps).await {
            Ok(_) => filled += 1,
            Err(error) => break (keys, error),
        }
    };
    println!("  full after {filled} decisions");
    assert_eq!(error.to_string(), "the store cannot decide: its memory is full");
    // Well beyond the edge: what connections take comes and goes.
    server.run("CONFIG SET maxmemory 1mb").unwrap();
    assert_eq!(can_nothing(&counters).await, error.to_string());
    for key in last {
        assert_eq!(count(&counters, key).await, 0);
    }
    server.run("CONFIG SET maxmemory 0").unwrap();
    recovers(&counters).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f44_a_demoted_server_is_an_error_until_it_is_primary_again() {
    let server = Server::start(&[]);
    let counters = connect(&server.url());
    recovers(&counters).await;
    server.run(&format!("REPLICAOF 127.0.0.1 {}", free_port())).unwrap();
    let said = can_nothing(&counters).await;
    assert_eq!(said, "the store cannot decide: it is a replica");
    server.run("REPLICAOF NO ONE").unwrap();
    recovers(&counters).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f44_a_primary_that_wants_a_replica_is_obeyed() {
    let server = Server::start(&["--min-replicas-to-write", "1"]);
    let counters = connect(&server.url());
    let said = can_nothing(&counters).await;
    assert_eq!(said, "the store cannot decide: it has too few replicas");
    server.run("CONFIG SET min-replicas-to-write 0").unwrap();
    recovers(&counters).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f44_secrets_open_the_server_and_stay_out_of_errors() {
    let server = Server::start(&["--requirepass", "open-canary"]);
    let url = |user: &str| -> SecretString {
        format!("redis://{user}127.0.0.1:{}/0", server.port).into()
    };
    recovers(&connect(&url(":open-canary@"))).await;
    recovers(&connect(&url("default:open-canary@"))).await;
    for user in [":wrong-canary@", "nobody:open-canary@", ""] {
        let said = can_nothing(&connect(&url(user))).await;
        assert!(!said.contains("canary") && !said.contains("127.0.0.1"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_never_answers_is_an_error_in_time() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = silent.local_addr().unwrap().port();
    for scheme in ["redis", "rediss"] {
        let counters = connect(&format!("{scheme}://127.0.0.1:{port}").into());
        can_nothing(&counters).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_with_a_server_that_speaks_none_goes_on_trying() {
    let server = Server::start(&[]);
    let counters = connect(&format!("rediss://127.0.0.1:{}", server.port).into());
    // Not "no longer kept": the task that connects has survived its failure.
    let said = can_nothing(&counters).await;
    assert_eq!(said, "the store cannot decide: it did not answer in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forgot_the_scripts_is_told_again() {
    let server = Server::start(&[]);
    let counters = connect_patiently(&server.url());
    let key = fresh(CounterKind::Client);
    for expected in 1..5 {
        counters.decide(&charge(key)).await.unwrap();
        server.run("SCRIPT FLUSH").unwrap();
        assert_eq!(count(&counters, key).await, expected);
        server.run("SCRIPT FLUSH").unwrap();
        counters
            .keep_first(fresh(CounterKind::Idempotency), b"x", Duration::from_secs(1))
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_whose_answer_is_lost_is_charged_once_and_never_repeated() {
    let server = Server::start(&[]);
    let swallow = Arc::new(AtomicBool::new(false));
    let port = swallowing_proxy(server.port, swallow.clone()).await;
    let counters = connect_patiently(&format!("redis://127.0.0.1:{port}").into());
    let direct = connect_patiently(&server.url());
    let key = fresh(CounterKind::Hour);
    counters.decide(&charge(key)).await.unwrap();
    swallow.store(true, Ordering::SeqCst);
    let error = counters.decide(&charge(key)).await.unwrap_err();
    assert_eq!(error.to_string(), "the store cannot decide: its connection failed");
    swallow.store(false, Ordering::SeqCst);
    recovers(&counters).await;
    assert_eq!(count(&direct, key).await, 2, "the lost one stays charged, once");
}

/// A proxy that, while told to, passes requests on and cuts the connection instead of answering.
async fn swallowing_proxy(to: u16, swallow: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
            let swallow = swallow.clone();
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let requests = tokio::io::copy(&mut from_client, &mut to_server);
                let answers = async {
                    let mut buffer = vec![0; 65_536];
                    loop {
                        let read = from_server.read(&mut buffer).await?;
                        if read == 0 || swallow.load(Ordering::SeqCst) {
                            return std::io::Result::Ok(());
                        }
                        to_client.write_all(&buffer[..read]).await?;
                    }
                };
                tokio::select! { _ = requests => {}, _ = answers => {} }
            });
        }
    });
    port
}
