//! What reaches the server too late: it lay in a queue, on the way or behind a pause, and nobody waits
//! for it any more. It takes no effect, by the clock of the server; how that is known from here, whatever
//! it shows, is tested with the adapter's `store_clock`.

use crate::failures::{connect_patiently, count};
use crate::helpers::{fresh, rule};
use crate::servers::{Cluster, Server, UNHURRIED, wait_until};
use ringproof::adapters::redis_counters::RedisCounters;
use secrecy::SecretString;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use verification::ports::{CounterKind, Counters, Decision, Key, Step};

const MINUTE: Duration = Duration::from_secs(60);

/// A store behind a proxy that can keep requests back; answers pass at once.
struct Held {
    counters: RedisCounters,
    open: watch::Sender<bool>,
}

impl Held {
    async fn behind(port: u16) -> Self {
        let (open, opened) = watch::channel(true);
        let port = proxy(port, opened).await;
        let url: SecretString = format!("redis://127.0.0.1:{port}").into();
        let counters = RedisCounters::connect(&url).unwrap();
        let held = Self { counters, open };
        held.decides(fresh(CounterKind::Client)).await;
        held
    }

    /// Decides, if not at once then soon: the machine may be busy.
    async fn decides(&self, key: Key) {
        for _ in 0..100 {
            if self.counters.decide(&[charge(key)]).await.is_ok() {
                return;
            }
        }
        panic!("it never decides");
    }

    /// Runs something while requests are kept back, and lets them through when it has ended. Returns
    /// once they were handled: what is sent after them on the same connection is answered.
    async fn while_held<T>(&self, run: impl Future<Output = T>) -> T {
        self.open.send_replace(false);
        let result = run.await;
        self.open.send_replace(true);
        self.decides(fresh(CounterKind::Client)).await;
        result
    }
}

async fn proxy(to: u16, open: watch::Receiver<bool>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
            let mut open = open.clone();
            tokio::spawn(async move {
                let (from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let requests = async {
                    let mut buffer = vec![0; 65_536];
                    loop {
                        from_client.readable().await?;
                        let read = match from_client.try_read(&mut buffer) {
                            Ok(0) => return std::io::Result::Ok(()),
                            Ok(read) => read,
                            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                                continue;
                            }
                            Err(error) => return Err(error),
                        };
                        if open.wait_for(|open| *open).await.is_err() {
                            return Ok(());
                        }
                        to_server.write_all(&buffer[..read]).await?;
                    }
                };
                let answers = tokio::io::copy(&mut from_server, &mut to_client);
                tokio::select! { _ = requests => {}, _ = answers => {} }
            });
        }
    });
    port
}

fn charge(key: Key) -> Step {
    Step::Charge(key, rule(&[(1_000, 3_600)]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_or_a_mark_that_comes_too_late_takes_no_effect() {
    let server = Server::start(&[]);
    let held = Held::behind(server.port).await;
    let direct = connect_patiently(&server.url());
    let (key, flag) = (fresh(CounterKind::Hour), fresh(CounterKind::Ending));
    held.decides(key).await;

    let steps = [charge(key), Step::Flag(flag, 1, MINUTE)];
    let late = held.while_held(held.counters.decide(&steps)).await;
    let said = late.unwrap_err().to_string();
    assert_eq!(said, "the store cannot decide: it did not answer in time");
    assert_eq!(count(&direct, key).await, 1, "only what was decided in time is charged");
    let read = direct.decide(&[Step::Unflagged(flag)]).await.unwrap();
    assert!(matches!(read, Decision::Made { .. }), "{read:?}");

    let mark = fresh(CounterKind::Idempotency);
    let late = held.while_held(held.counters.keep_first(mark, b"running", MINUTE)).await;
    late.unwrap_err();
    let again = direct.keep_first(mark, b"running", MINUTE).await.unwrap();
    assert_eq!(again, None, "a late mark does not keep the key in use");
    held.decides(key).await;
    assert_eq!(count(&direct, key).await, 2, "what comes in time is decided as ever");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_of_the_server_charges_nobody_who_has_left() {
    let server = Server::start(&[]);
    let counters = RedisCounters::connect(&server.url()).unwrap();
    let direct = connect_patiently(&server.url());
    let key = fresh(CounterKind::Hour);
    count(&direct, key).await;
    let mut admin = server.admin();
    let nap = std::thread::spawn(move || {
        redis::cmd("DEBUG").arg("SLEEP").arg("0.7").query::<redis::Value>(&mut admin).unwrap();
    });
    let mut made = 0;
    wait_until("it is asleep", || {
        let decided = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(counters.decide(&[charge(key)]))
        });
        made += u64::from(decided.is_ok());
        decided.is_err()
    });
    nap.join().unwrap();
    counters.ping().await.unwrap();
    assert_eq!(
        count(&direct, key).await,
        made,
        "what it was asked for in its sleep is not charged"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_server_of_a_cluster_keeps_first_values_by_its_own_clock() {
    let cluster = Cluster::start();
    let counters = RedisCounters::connect(&cluster.url()).unwrap().within(UNHURRIED);
    for _ in 0..20 {
        let key = fresh(CounterKind::Idempotency);
        assert_eq!(counters.keep_first(key, b"one", MINUTE).await.unwrap(), None);
        let there = counters.keep_first(key, b"two", MINUTE).await.unwrap();
        assert_eq!(there.as_deref(), Some(&b"one"[..]));
    }
}
