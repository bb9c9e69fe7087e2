//! The server's own life: it starts where told and stops when told, whatever is open.

use std::time::Duration;

use sandbox::Sandbox;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::support::{NUMBER, Simulator};

#[actix_web::test]
async fn it_stops_at_once_though_an_event_stream_and_a_held_answer_are_open() {
    let sandbox = Sandbox::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let addr = sandbox.addr();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = actix_web::rt::spawn(sandbox.run_until(async {
        let _ = stopped.await;
    }));
    let _already_there = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let base = format!("http://{addr}");
    let events = http.get(format!("{base}/phone/events")).send().await.unwrap();
    let fault = json!({ "operation": "view", "fault": "hang" });
    http.put(format!("{base}/phone/faults")).json(&fault).send().await.unwrap();
    let url = format!("{base}/verify/some-id");
    let held = http.get(url).header("Authorization", "AccessKey k").send();
    let stopping = async {
        // The held request has arrived once it is counted.
        loop {
            let counts = http.get(format!("{base}/phone/requests")).send().await.unwrap();
            if counts.text().await.unwrap().contains("\"view\":1") {
                break;
            }
        }
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(5), running).await
    };
    let (held, stopped) = tokio::join!(held, stopping);
    stopped.expect("stopped in time").unwrap().unwrap();
    assert!(held.is_err(), "its connection was dropped");
    drop(events);
    assert!(TcpStream::connect(addr).await.is_err(), "the port is free again");
}

#[actix_web::test]
async fn a_taken_address_is_said_at_once() {
    let simulator = Simulator::start().await;
    assert!(Sandbox::bind(simulator.addr).is_err());
}

#[actix_web::test]
async fn two_simulators_share_nothing() {
    let (one, other) = (Simulator::start().await, Simulator::start().await);
    let (id, _) = one.call().await;
    assert_eq!(other.view(&id).await.status, 404);
    assert!(other.phone(NUMBER).await.is_empty());
    other.advance(601).await;
    assert_eq!(one.status(&id).await, "sent");
}

#[actix_web::test]
async fn it_forgets_the_oldest_beyond_ten_thousand() {
    let simulator = Simulator::start().await;
    let mut ids = Vec::new();
    for _ in 0..=10_000 {
        ids.push(simulator.create(json!({ "recipient": NUMBER, "timeout": 600 })).await.id());
    }
    assert_eq!(simulator.view(&ids[0]).await.status, 404);
    assert_eq!(simulator.view(&ids[1]).await.status, 200);
    assert_eq!(simulator.view(&ids[10_000]).await.status, 200);
    assert_eq!(simulator.phone(NUMBER).await.len(), 10_000);
}
