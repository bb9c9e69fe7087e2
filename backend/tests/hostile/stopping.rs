//! The end of the process: told to stop under load, killed in the middle, started with another key.

use crate::fleet::{Balancer, Replica, sharing};
use crate::helpers::{Answer, Provider, TestApp, client, send};
use crate::log_pipe::lost_lines;
use crate::raw::{PATIENCE, Raw, parse, within};
use crate::servers::Server;
use reqwest::Method;
use serde_json::json;
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::time::{interval, sleep};

/// A start that names its key, as bytes.
fn start(number: &str, key: &str) -> String {
    let body = json!({ "phone_number": number }).to_string();
    format!(
        "POST /verifications HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn until_seen(provider: &Provider, creates: u64) {
    let began = Instant::now();
    while provider.seen("create").await < creates {
        assert!(began.elapsed() < PATIENCE, "the provider sees no call");
    }
}

async fn slow_call(provider: &Provider, milliseconds: u64) {
    let fault = json!({ "operation": "create", "fault": "slow", "milliseconds": milliseconds });
    provider.fault(fault).await;
}

async fn start_again(address: &str, number: &str, key: &str) -> Answer {
    let request = client().post(format!("{address}/verifications")).header("idempotency-key", key);
    let request = request.json(&json!({ "phone_number": number }));
    within(async {
        loop {
            let answer = send(request.try_clone().unwrap()).await;
            if !store_was_slow(&answer) {
                return answer;
            }
        }
    })
    .await
}

#[actix_web::test]
async fn f50_a_client_that_leaves_changes_nothing() {
    let app = TestApp::spawn().await;
    let ways: [fn(Raw); 2] = [drop, Raw::reset];
    let numbers = ["+442079460210", "+442079460217"];
    for (calls, (number, leave)) in (1..).zip(numbers.into_iter().zip(ways)) {
        slow_call(&app.provider, 300).await;
        let mut client = Raw::open(&app.address).await;
        client.send(start(number, number.trim_matches('+'))).await;
        until_seen(&app.provider, calls).await;
        leave(client);
        let began = Instant::now();
        let replay = loop {
            let answer = start_again(&app.address, number, number.trim_matches('+')).await;
            if answer.status != 409 {
                break answer;
            }
            assert!(began.elapsed() < PATIENCE, "{}", answer.text);
        };
        assert_eq!(replay.header("idempotent-replayed"), "true");
        let code = app.provider.code(number).await;
        assert_eq!(app.check(&replay.id(), &code).await.status, 200);
        assert_eq!(app.provider.seen("create").await, calls);
    }
}

#[actix_web::test]
async fn f52_work_whose_client_left_is_finished_before_the_process_ends() {
    let provider = Provider::start().await;
    let mut replica = Replica::start(&provider, &[("RUST_LOG", "info,provider_http=debug")]);
    slow_call(&provider, 1500).await;
    let mut client = Raw::open(&replica.address).await;
    client.send(start("+442079460211", "orphan")).await;
    until_seen(&provider, 1).await;
    client.reset();
    replica.tell_to_stop();
    assert_eq!(replica.exit_code().await, Some(0));
    let log = replica.log();
    let finished = |line: &&str| line.contains("\"operation\":\"create\",\"status\":201");
    assert_eq!(log.lines().filter(finished).count(), 1, "{log}");
    assert_eq!(provider.seen("create").await, 1);
}

/// A check, as bytes.
fn check(id: &str, code: &str) -> String {
    let body = json!({ "code": code }).to_string();
    format!(
        "POST /verifications/{id}/check HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[actix_web::test]
async fn f50_a_check_whose_client_left_is_counted_once() {
    let app = TestApp::spawn().await;
    let number = "+442079460218";
    let id = app.start(number).await.id();
    let code = app.provider.code(number).await;
    let slow = json!({ "operation": "check", "fault": "slow", "milliseconds": 500 });
    app.provider.fault(slow).await;
    let mut client = Raw::open(&app.address).await;
    client.send(check(&id, &code)).await;
    let began = Instant::now();
    while app.provider.seen("check").await == 0 {
        assert!(began.elapsed() < PATIENCE, "the provider sees no check");
    }
    client.reset();
    loop {
        let metrics = send(crate::helpers::client().get(format!("{}/metrics", app.ops))).await.text;
        let counted = |line: &str| metrics.lines().any(|metric| metric == line);
        if counted("http_server_requests_abandoned_total 1") {
            assert!(counted("verify_checks_total{outcome=\"ok\"} 1"), "{metrics}");
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{metrics}");
    }
    assert_eq!(app.check(&id, &code).await.status, 200, "the answer that was lost");
}

#[actix_web::test]
async fn f52_a_right_code_is_answered_though_the_process_is_told_to_stop_while_it_is_settled() {
    let provider = Provider::start().await;
    let mut replica = Replica::start(&provider, &[]);
    let number = "+442079460219";
    let id = start_again(&replica.address, number, "settled").await.id();
    let code = provider.code(number).await;
    for (operation, milliseconds) in [("check", 20_000), ("view", 1_500)] {
        let slow = json!({ "operation": operation, "fault": "slow", "milliseconds": milliseconds });
        provider.fault(slow).await;
    }
    let mut client = Raw::open(&replica.address).await;
    client.send(check(&id, &code)).await;
    let began = Instant::now();
    while provider.seen("view").await == 0 {
        assert!(began.elapsed() < PATIENCE, "nothing is settled");
    }
    replica.tell_to_stop();
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(replica.exit_code().await, Some(0));
}

#[actix_web::test]
async fn f54_a_replica_killed_in_the_middle_of_a_call_costs_one_call() {
    let (provider, store) = (Provider::start().await, Server::start(&[]));
    let shared = sharing(&store);
    let vars = [(shared.0, shared.1.as_str())];
    let (mut first, second) = (Replica::start(&provider, &vars), Replica::start(&provider, &vars));
    slow_call(&provider, 5000).await;
    let mut client = begun(&provider, &first.address, &start("+442079460212", "killed")).await;
    first.kill();
    assert!(client.is_closed().await);
    for (key, problem) in
        [("killed", (409, "idempotency_key_in_use")), ("another", (429, "rate_limited"))]
    {
        let again = start_again(&second.address, "+442079460212", key).await;
        assert_eq!(again.problem(), (problem.0, problem.1.to_owned()), "{key}");
    }
    assert_eq!(provider.seen("create").await, 1);
    start_again(&second.address, "+442079460213", "alive").await.id();
}

/// Sends a start until the first call is under way: a store that waits for a processor refuses it.
async fn begun(provider: &Provider, address: &str, start: &str) -> Raw {
    loop {
        let mut client = Raw::open(address).await;
        client.send(start).await;
        tokio::select! {
            () = until_seen(provider, 1) => return client,
            heard = client.answer() => heard.assert_refused(503, "temporarily_unavailable"),
        }
    }
}

#[actix_web::test]
async fn f53_clients_that_hold_on_do_not_hold_the_process() {
    let provider = Provider::start().await;
    let mut replica = Replica::start(&provider, &[]);
    let mut clients = Vec::new();
    for first in [
        "",
        "GET /livez HTTP/1.1\r\nHost: a\r\n",
        "POST /verifications HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n{",
        "POST /nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
        &"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n".repeat(8),
        "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let mut client = Raw::open(&replica.address).await;
        client.send(first).await;
        clients.push(client);
    }
    // They have been heard when one that came later is answered, by each worker.
    for _ in 0..8 {
        send(client().get(format!("{}/livez", replica.address))).await;
    }
    let began = Instant::now();
    replica.tell_to_stop();
    assert_eq!(replica.exit_code().await, Some(0));
    println!("six clients that hold on: gone {:?} after being told", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    // The one that had its answer got it; nobody got half of one but the one that did not read.
    assert_eq!(parse(&clients[5].until_closed().await).status, 200);
}

#[actix_web::test]
async fn d8_while_draining_it_is_unready_serves_on_and_lets_connections_go() {
    let provider = Provider::start().await;
    // Long enough for a machine that does much else to see all of it.
    let mut replica = Replica::start(&provider, &[("HTTP_DRAIN_SECONDS", "25")]);
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let (mut kept, mut idle) =
        (Raw::open(&replica.address).await, Raw::open(&replica.address).await);
    for client in [&mut kept, &mut idle] {
        client.send(get("/livez")).await;
        assert_eq!(client.answer().await.header("connection"), None);
    }
    replica.tell_to_stop();
    let began = Instant::now();
    loop {
        let mut balancer = Raw::open(&replica.address).await;
        balancer.send(get("/readyz")).await;
        if balancer.answer().await.status == 503 {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "still ready");
    }
    kept.send(get("/config")).await;
    let answer = kept.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(kept.is_closed().await);
    let new = start_again(&replica.address, "+442079460214", "late").await;
    new.id();
    assert_eq!(new.header("connection"), "close");
    assert!(idle.is_closed().await);
    assert_eq!(replica.exit_code().await, Some(0));
}

/// Numbers of France's range for fiction that are nobody's scenario.
fn fictional(index: u32) -> String {
    format!("+3319900{:02}{:02}", index / 90 % 100, index % 90)
}

/// Whether an answer says that the store waited for a processor. That is an answer, not a loss.
fn store_was_slow(answer: &Answer) -> bool {
    answer.status == 503 && answer.problem().1 == "temporarily_unavailable"
}

#[actix_web::test]
async fn f52_ten_rolling_restarts_lose_no_request() {
    let (provider, store) = (Provider::start().await, Server::start(&[]));
    let shared = sharing(&store);
    let vars = [(shared.0, shared.1.as_str()), ("HTTP_DRAIN_SECONDS", "1")];
    let mut replicas = Vec::from([0, 1].map(|_| Replica::start(&provider, &vars)));
    let balancer = Balancer::new();
    for replica in &replicas {
        balancer.add(&replica.address).await;
    }
    let (stop, numbers, placed) = (Rc::new(Cell::new(false)), Rc::default(), Rc::default());
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (balancer, stop) = (Rc::clone(&balancer), Rc::clone(&stop));
            let (numbers, placed) =
                (Rc::<Cell<u32>>::clone(&numbers), Rc::<Cell<u64>>::clone(&placed));
            actix_web::rt::spawn(async move {
                let mut pace = interval(Duration::from_millis(50));
                while !stop.get() {
                    pace.tick().await;
                    let number = fictional(numbers.replace(numbers.get() + 1));
                    let body = Some(json!({ "phone_number": number }));
                    let answer = balancer.send(Method::POST, "/verifications", body).await;
                    if store_was_slow(&answer) {
                        continue;
                    }
                    let path = format!("/verifications/{}", answer.id());
                    placed.set(placed.get() + 1);
                    let read = balancer.send(Method::GET, &path, None).await;
                    assert!(read.status == 200 || store_was_slow(&read), "{}", read.text);
                }
            })
        })
        .collect();
    let began = Instant::now();
    for turn in 0..10 {
        let old = &mut replicas[turn % 2];
        old.tell_to_stop();
        assert_eq!(old.exit_code().await, Some(0));
        balancer.remove(&old.address);
        *old = Replica::start(&provider, &vars);
        balancer.add(&replicas[turn % 2].address).await;
    }
    stop.set(true);
    for client in clients {
        client.await.expect("no request was lost");
    }
    let (asked, placed, took) = (numbers.get(), placed.get(), began.elapsed());
    println!("ten restarts in {took:?}: {placed} of {asked} starts placed and read, none lost");
    assert!(placed >= 100, "{placed} calls are no load");
    assert_eq!(provider.seen("create").await, placed, "one call each");
}

#[actix_web::test]
async fn f65_another_provider_key_leaves_what_is_under_way_alone() {
    let mut app = TestApp::spawn().await;
    let number = "+442079460215";
    let id = app.start(number).await.id();
    app.reborn(&[("MESSAGEBIRD_API_KEY", "live_canary_key_4712")]);
    let code = app.provider.code(number).await;
    assert_eq!(app.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn f61_a_full_disk_under_the_log_does_not_stop_the_service() {
    let provider = Provider::start().await;
    let [public, ops] = [(); 2].map(|()| format!("127.0.0.1:{}", crate::servers::free_port()));
    let mut command = crate::process::ringproof(&["serve"]);
    command.env("MESSAGEBIRD_API_KEY", crate::helpers::KEY);
    command.env("MESSAGEBIRD_BASE_URL", &provider.address).env("GUARD_ALLOWED_REGIONS", "GB");
    command.env("HTTP_DRAIN_SECONDS", "0").env("HTTP_LISTEN", &public).env("OPS_LISTEN", &ops);
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = command.stdout(full()).stderr(full()).spawn().unwrap();
    let mut service = crate::process::Process(child);
    let [address, ops] = [public, ops].map(|at| format!("http://{at}"));
    let began = Instant::now();
    while client().get(format!("{address}/readyz")).send().await.is_err() {
        assert!(began.elapsed() < PATIENCE, "it does not serve");
        sleep(Duration::from_millis(10)).await;
    }
    start_again(&address, "+442079460216", "unlogged").await.id();
    // A buffer keeps what it cannot write, so the first to be lost is a line that finds it full.
    let began = Instant::now();
    while lost_lines(&ops).await == 0 {
        send(client().get(format!("{address}/livez"))).await;
        assert!(began.elapsed() < PATIENCE, "no line is lost");
    }
    assert_eq!(service.terminate(), Some(0));
}
