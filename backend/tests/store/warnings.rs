//! What the shared store's adapter says in the log.

use crate::servers::{PATIENCE, Server, UNHURRIED};
use ringproof::adapters::redis_counters::RedisCounters;
use secrecy::SecretString;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use verification::ports::Counters;

/// Where a test's log lines go.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged from the first connection until `enough` was.
async fn logged(url: SecretString, enough: &str) -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    // The test's runtime has one thread, and so one subscriber sees the background task.
    let _guard = tracing::subscriber::set_default(subscriber);
    let counters = RedisCounters::connect(&url).unwrap();
    let began = Instant::now();
    loop {
        let _ = counters.ping().await;
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        if text.contains(enough) {
            return text;
        }
        assert!(began.elapsed() < PATIENCE, "{text}");
    }
}

#[tokio::test]
async fn f45_says_what_to_set_on_a_server_that_may_evict() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]);
    let text = logged(server.url(), "noeviction").await;
    assert!(text.contains("ERROR") && text.contains("may evict counters"), "{text}");
    assert!(!text.contains("connected"), "{text}");
}

#[tokio::test]
async fn says_nothing_of_a_server_that_never_evicts() {
    let server = Server::start(&[]);
    let text = logged(server.url(), "connected").await;
    let counters = RedisCounters::connect(&server.url()).unwrap().within(UNHURRIED);
    counters.ping().await.unwrap();
    assert!(!text.contains("WARN") && !text.contains("ERROR"), "{text}");
}

#[tokio::test]
async fn names_no_secret_and_no_address_when_it_cannot_connect() {
    let server = Server::start(&["--requirepass", "right"]);
    let url = format!("redis://canary:canary@127.0.0.1:{}", server.port);
    let text = logged(url.into(), "cannot connect").await;
    assert!(text.contains("refused the user or the password"), "{text}");
    assert!(!text.contains("canary") && !text.contains("127.0.0.1"), "{text}");
}
