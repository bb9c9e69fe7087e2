//! F1–F5, F7, F8: not a byte of the request left.

use crate::helpers::{TestApp, send};
use crate::world::{
    BOTH, assert_given_back, assert_told, attempts_not_sent, clients, hurried, number,
};
use messagebird_verify::{
    ClientConfig, Limits, Name, Resolve, Resolver, Resolving, SecretString, Url,
};
use reqwest::Method;
use ringproof::adapters::provider::MAX_IN_FLIGHT;
use ringproof::config::Config;
use sandbox::fault_proxy::{Cut, FaultProxy, Faults, Way};
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const NAMED: &str = "http://provider.test";

/// The person is told to come back, the way there was tried twice, and nothing was charged.
async fn assert_not_sent_twice(base: &str, adjust: fn(&mut Config)) {
    for carrier in BOTH {
        let app = carrier.service_with(base, &[], adjust).await;
        let answer = app.start(&number(0)).await;
        assert_told(&answer, 503, "temporarily_unavailable", 5..=5);
        assert_eq!(attempts_not_sent(&app, carrier).await, Some(2), "repeated once");
        assert_given_back(&app, &number(0)).await;
    }
}

async fn unused_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[actix_web::test]
async fn f01_connection_refused() {
    assert_not_sent_twice(&unused_port().await, |_| ()).await;
}

#[actix_web::test]
async fn f01_is_not_repeated_when_less_than_three_seconds_are_left() {
    let short: fn(&mut Config) = |config| {
        clients!(config, limits: Limits { total: Duration::from_millis(2_900), ..Limits::default() });
    };
    for carrier in BOTH {
        let app = carrier.service_with(&unused_port().await, &[], short).await;
        assert_told(&app.start(&number(0)).await, 503, "temporarily_unavailable", 5..=5);
        assert_eq!(attempts_not_sent(&app, carrier).await, Some(1));
    }
}

/// Knows no name.
struct NoSuchName;

static ASKED: AtomicUsize = AtomicUsize::new(0);

impl Resolve for NoSuchName {
    fn resolve(&self, _name: Name) -> Resolving {
        ASKED.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Err(io::Error::other("no such name").into()) })
    }
}

#[actix_web::test]
async fn f02_name_not_resolved() {
    assert_not_sent_twice(NAMED, |config| {
        clients!(config, resolver: Some(Resolver(Arc::new(NoSuchName))));
    })
    .await;
    assert_eq!(ASKED.load(Ordering::SeqCst), 8, "two starts with each, each tried twice");
}

/// Thinks for ever.
struct Slow;

impl Resolve for Slow {
    fn resolve(&self, _name: Name) -> Resolving {
        Box::pin(std::future::pending())
    }
}

#[actix_web::test]
async fn f03_name_resolved_too_slowly() {
    assert_not_sent_twice(NAMED, |config| {
        clients!(config,
            resolver: Some(Resolver(Arc::new(Slow))),
            limits: Limits { connect: Duration::from_millis(300), ..Limits::default() });
    })
    .await;
}

#[actix_web::test]
async fn f04_no_connection_in_time() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Fill the queue of connections nobody accepts, until one more is left hanging.
    let mut queue = Vec::new();
    let patience = Duration::from_millis(500);
    while let Ok(connected) = tokio::time::timeout(patience, TcpStream::connect(address)).await {
        queue.push(connected.unwrap());
        assert!(queue.len() < 100, "the queue has no end");
    }
    assert_not_sent_twice(&format!("http://{address}"), hurried).await;
}

#[actix_web::test]
async fn f05_no_route() {
    // The kernel has no route for TCP to the broadcast address, and says so at once.
    assert_not_sent_twice("http://255.255.255.255:9", |_| ()).await;
}

#[actix_web::test]
async fn f07_tls_handshake_stalls() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = FaultProxy::start("127.0.0.1:0".parse().unwrap(), silent.local_addr().unwrap());
    let proxy = proxy.await.unwrap();
    let down = Way { limit: Some(0), cut: Cut::BlackHole, ..Way::default() };
    proxy.set(Faults { down, ..Faults::default() });
    assert_not_sent_twice(&format!("https://{}", proxy.addr()), hurried).await;
    assert_eq!(proxy.accepted(), 8, "two starts with each, each tried twice");
}

#[actix_web::test]
async fn f08_too_many_under_way() {
    const CREATES: usize = 48;
    let patient: fn(&mut Config) = |config| {
        clients!(config, limits: Limits {
            first_byte: Duration::from_secs(60),
            total: Duration::from_secs(60),
            ..Limits::default()
        });
    };
    for carrier in BOTH {
        let vars = [("PROVIDERS", carrier.name()), ("GUARD_PREFIX_LIMITS", "1000/1h")];
        let app = TestApp::adjusted(&vars, patient).await;
        let id = app.start(&number(0)).await.id();
        let held = json!({ "operation": "create", "fault": "slow", "milliseconds": 3_600_000,
            "times": CREATES });
        app.provider.fault(held).await;
        let starts = (1..=CREATES).map(|index| {
            let body = json!({ "phone_number": number(index) });
            actix_web::rt::spawn(send(app.request(Method::POST, "/verifications").json(&body)))
        });
        let starts: Vec<_> = starts.collect();
        while app.provider.seen("create").await < 1 + CREATES as u64 {}
        let excess = number(CREATES + 1);
        assert_told(&app.start(&excess).await, 503, "temporarily_unavailable", 2..=2);
        assert_given_back(&app, &excess).await;
        assert_eq!(app.provider.rings(&excess).await, 0, "nothing was sent");
        assert!(starts.iter().all(|start| !start.is_finished()), "refused while the others wait");
        // Calls that hang leave people room to check the codes they hold.
        let code = app.provider.code(&number(0)).await;
        assert_eq!(app.check(&id, &code).await.status, 200);
    }
}

#[test]
fn the_limits_of_production_are_those_of_the_matrix() {
    let config = ClientConfig::new(Url::parse(NAMED).unwrap(), SecretString::from("key"));
    let seconds = |time: Duration| time.as_secs_f64();
    assert!(seconds(config.limits.connect) <= 2.0, "F4, F7: twice fits into 5 s");
    assert!((seconds(config.limits.first_byte) - 8.0).abs() < f64::EPSILON, "F9, F10");
    assert!((seconds(config.limits.total) - 10.0).abs() < f64::EPSILON, "F11");
    assert_eq!((MAX_IN_FLIGHT.get(), config.limits.body), (64, 65_536), "F8, F26");
    assert!(config.extra_roots.is_empty() && config.resolver.is_none(), "F2, F6");
}
