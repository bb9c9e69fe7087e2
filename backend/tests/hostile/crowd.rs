//! Too many clients at once: for the connections there may be, for the work there may be.

use crate::fleet::Replica;
use crate::helpers::{Answer, Provider, TestApp, client, send};
use crate::raw::{PATIENCE, Raw, within};
use reqwest::Method;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const GET: &str = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";

/// Resident memory of a process in KiB.
fn resident(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Processor time of a process in hundredths of a second.
fn busy(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// The median of some answers' times.
async fn median(address: &str) -> Duration {
    let (http, url) = (client(), format!("{address}/config"));
    let mut times = Vec::new();
    for _ in 0..50 {
        let began = Instant::now();
        assert_eq!(send(http.get(&url)).await.status, 200);
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

#[actix_web::test]
async fn f58_ten_thousand_idle_connections_cost_others_nothing() {
    // One side of each connection is a descriptor of this process, which has other tests to serve.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let most = maximum.map_or(10_000, |limit| (limit / 2).min(10_000));
    let provider = Provider::start().await;
    let replica = Replica::start(&provider, &[]);
    let alone = median(&replica.address).await;
    let before = resident(replica.pid());
    let mut idle = Vec::new();
    for index in 0..most {
        // More than one source, or a client's ports would be the limit.
        let mut client =
            Raw::open_as(&replica.address, &format!("127.0.0.{}", 1 + index % 8)).await;
        client.send(GET).await;
        idle.push(client);
    }
    for client in &mut idle {
        assert_eq!(client.answer().await.status, 200);
    }
    let crowded = median(&replica.address).await;
    let each = (resident(replica.pid()) - before) as f64 / most as f64;
    println!(
        "{most} idle connections: {each:.1} KiB each; median answer {alone:?} before, {crowded:?} beside them"
    );
    assert!(each < 40.0, "{each} KiB for each connection");
    assert!(crowded < alone * 5 + Duration::from_millis(20), "{alone:?} became {crowded:?}");
    drop(idle);
    start(&replica.address, "+442079460220").await.id();
}

async fn start(address: &str, number: &str) -> Answer {
    let request = client().post(format!("{address}/verifications"));
    send(request.json(&json!({ "phone_number": number }))).await
}

#[actix_web::test]
async fn f57_without_descriptors_it_waits_and_recovers() {
    let provider = Provider::start().await;
    let replica = Replica::start(&provider, &[]);
    assert_eq!(send(client().get(format!("{}/livez", replica.ops))).await.status, 200);
    // From outside, after its start: fewer than it counted on, so accepting itself fails.
    let limited = std::process::Command::new("prlimit")
        .args(["--pid", &replica.pid().to_string(), "--nofile=64"])
        .status();
    assert!(limited.unwrap().success());
    let mut clients = Vec::new();
    for _ in 0..150 {
        let mut client = Raw::open(&replica.address).await;
        client.send(GET).await;
        clients.push(client);
    }
    assert_eq!(clients[0].answer().await.status, 200, "who came first is served");
    // Waiting must not be work.
    let (worked, began) = (busy(replica.pid()), Instant::now());
    sleep(Duration::from_secs(2)).await;
    let share = (busy(replica.pid()) - worked) as f64 / 100.0 / began.elapsed().as_secs_f64();
    println!("out of descriptors it uses {:.0} % of a processor", share * 100.0);
    assert!(share < 0.5, "{share} of a processor for waiting");
    drop(clients);
    let began = Instant::now();
    start(&replica.address, "+442079460221").await.id();
    println!("serves again {:?} after they left", began.elapsed());
    assert!(began.elapsed() < PATIENCE / 3, "{:?}", began.elapsed());
}

#[actix_web::test]
async fn f57_no_more_connections_are_accepted_than_there_are_descriptors_for() {
    let provider = Provider::start().await;
    let replica = Replica::limited(&provider, 300);
    let mut clients = Vec::new();
    for _ in 0..400 {
        let mut client = Raw::open(&replica.address).await;
        client.send(GET).await;
        clients.push(client);
    }
    let open = || std::fs::read_dir(format!("/proc/{}/fd", replica.pid())).unwrap().count();
    assert_eq!(clients[0].answer().await.status, 200);
    let most = open();
    println!("{most} descriptors of 300 in use with 400 clients");
    assert!(most < 250, "{most}");
    // Those that wait are served as others leave, and nothing had to fail for it.
    let mut last = clients.pop().unwrap();
    drop(clients);
    let began = Instant::now();
    assert_eq!(last.answer().await.status, 200);
    println!("who waited is served {:?} after the others left", began.elapsed());
}

#[actix_web::test]
async fn f62_what_is_too_much_is_refused_at_once() {
    let app =
        TestApp::with(&[("HTTP_MAX_IN_FLIGHT", "4"), ("GUARD_PREFIX_LIMITS", "1000/1h")]).await;
    app.provider
        .fault(json!({ "operation": "create", "fault": "slow", "milliseconds": 4000, "times": 4 }))
        .await;
    let admitted: Vec<_> = (0..4)
        .map(|index| {
            let body = json!({ "phone_number": format!("+4420794602{}", 30 + index) });
            actix_web::rt::spawn(send(app.request(Method::POST, "/verifications").json(&body)))
        })
        .collect();
    within(async { while app.provider.seen("create").await < 4 {} }).await;
    let mut times = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        let answer = app.start("+442079460240").await;
        times.push(began.elapsed());
        assert_eq!(answer.problem(), (503, "temporarily_unavailable".into()));
    }
    times.sort_unstable();
    println!("the excess is refused in {:?} (median of 100)", times[50]);
    assert!(times[50] < Duration::from_millis(50), "{:?}", times[50]);
    for admitted in admitted {
        admitted.await.unwrap().id();
    }
    assert_eq!(app.provider.seen("create").await, 4);
}
