//! A log that nobody reads: lines are lost, answers are not, and the process still ends in time.

use crate::helpers::{KEY, Provider, client, send};
use crate::process::{Process, ringproof};
use crate::raw::{PATIENCE, Raw};
use crate::servers::free_port;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const TIMES: usize = 500;

/// Asks many times over one connection, each time before the earlier answers are here.
async fn ask_often(address: &str) -> Raw {
    let mut client = Raw::open(address).await;
    client.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n".repeat(TIMES)).await;
    client
}

/// How many lines were lost, by the operators' listener.
pub async fn lost_lines(ops: &str) -> u64 {
    let metrics = send(client().get(format!("{ops}/metrics"))).await.text;
    let line = metrics.lines().find_map(|line| line.strip_prefix("log_lines_lost_total "));
    line.unwrap_or_else(|| panic!("no count: {metrics}")).parse().unwrap()
}

#[actix_web::test]
async fn f61_a_log_that_nobody_reads_stops_neither_the_service_nor_its_end() {
    let provider = Provider::start().await;
    let at = || format!("127.0.0.1:{}", free_port());
    let (public, ops) = (at(), at());
    // Both outputs go into one pipe, which is kept open and never read.
    let (_unread, output) = std::io::pipe().unwrap();
    let mut command = ringproof(&["serve"]);
    command.env("MESSAGEBIRD_API_KEY", KEY).env("MESSAGEBIRD_BASE_URL", &provider.address);
    command.env("GUARD_ALLOWED_REGIONS", "GB").env("HTTP_DRAIN_SECONDS", "0");
    command.env("HTTP_LISTEN", &public).env("OPS_LISTEN", &ops);
    command.stdout(output.try_clone().unwrap()).stderr(output);
    let mut service = Process(command.spawn().unwrap());
    let (public, ops) = (format!("http://{public}"), format!("http://{ops}"));
    let began = Instant::now();
    while client().get(format!("{ops}/readyz")).send().await.is_err() {
        assert!(began.elapsed() < PATIENCE, "it does not serve");
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(lost_lines(&ops).await, 0);
    let began = Instant::now();
    while lost_lines(&ops).await == 0 {
        let mut client = ask_often(&public).await;
        for _ in 0..TIMES {
            assert_eq!(client.answer().await.status, 200);
        }
        assert!(began.elapsed() < PATIENCE * 2, "the pipe is never full");
    }
    println!("the first lines were lost after {:?}", began.elapsed());
    let start = client().post(format!("{public}/verifications"));
    let started = send(start.json(&json!({ "phone_number": "+442079460218" }))).await;
    assert_eq!(started.status, 201, "{}", started.text);
    let mut load = Vec::new();
    for _ in 0..4 {
        load.push(ask_often(&public).await);
    }
    let began = Instant::now();
    assert_eq!(service.terminate(), Some(0));
    println!("it ended {:?} after it was told to", began.elapsed());
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}
