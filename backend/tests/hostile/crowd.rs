//! Too many clients at once: for the connections there may be, for the work there may be.

use crate::fleet::Replica;
use crate::helpers::{Answer, Provider, TestApp, client, send};
use crate::raw::{Raw, within};
use reqwest::Method;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::sleep;

const GET: &str = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";

/// Resident memory of a process in KiB.
fn resident(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A file of each thread of a process. A thread may end meanwhile.
fn threads(pid: u32, file: &str) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    tasks.flat_map(|task| std::fs::read_to_string(task.unwrap().path().join(file))).collect()
}

/// Processor time of a process, which says the same on a busy machine.
fn worked(pid: u32) -> Duration {
    let each = threads(pid, "schedstat");
    let each = each.iter().map(|stat| stat.split(' ').next().unwrap().parse::<u64>().unwrap());
    Duration::from_nanos(each.sum())
}

/// Waits until no thread of a process has had anything to do for a tenth of a second. One that is busy
/// is seen as running also while it waits for a processor.
async fn until_asleep(pid: u32) {
    let asleep = |stat: &String| stat.rsplit(") ").next().unwrap().starts_with('S');
    within(async {
        let mut in_a_row = 0;
        while in_a_row < 20 {
            in_a_row = if threads(pid, "stat").iter().all(asleep) { in_a_row + 1 } else { 0 };
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// The processor time that fifty answers cost.
async fn cost(replica: &Replica) -> Duration {
    let (http, url) = (client(), format!("{}/config", replica.address));
    let before = worked(replica.pid());
    for _ in 0..50 {
        assert_eq!(send(http.get(&url)).await.status, 200);
    }
    worked(replica.pid()) - before
}

#[actix_web::test]
async fn f58_ten_thousand_idle_connections_cost_others_nothing() {
    // One side of each connection is a descriptor of this process, which has other tests to serve.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let most = maximum.map_or(10_000, |limit| (limit / 2).min(10_000));
    let provider = Provider::start().await;
    let replica = Replica::start(&provider, &[]);
    let alone = cost(&replica).await;
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
    let crowded = cost(&replica).await;
    let each = (resident(replica.pid()) - before) as f64 / most as f64;
    println!(
        "{most} idle connections: {each:.1} KiB each; fifty answers cost {alone:?} before, {crowded:?} beside them"
    );
    assert!(each < 40.0, "{each} KiB for each connection");
    assert!(crowded < alone * 3 + Duration::from_millis(20), "{alone:?} became {crowded:?}");
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
    within(async { while open(&replica) < 64 {} }).await;
    // Waiting must not be work.
    until_asleep(replica.pid()).await;
    assert!(open(&replica) >= 64, "clients still wait");
    drop(clients);
    within(start(&replica.address, "+442079460221")).await.id();
}

/// How many file descriptors a replica uses.
fn open(replica: &Replica) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", replica.pid())).unwrap().count()
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
    assert_eq!(clients[0].answer().await.status, 200);
    until_asleep(replica.pid()).await;
    let most = open(&replica);
    println!("{most} descriptors of 300 in use with 400 clients");
    assert!((150..250).contains(&most), "{most}");
    // Those that wait are served as others leave, and nothing had to fail for it.
    let mut last = clients.pop().unwrap();
    drop(clients);
    assert_eq!(last.answer().await.status, 200);
}

#[actix_web::test]
async fn f62_what_is_too_much_is_refused_at_once() {
    let app =
        TestApp::with(&[("HTTP_MAX_IN_FLIGHT", "4"), ("GUARD_PREFIX_LIMITS", "1000/1h")]).await;
    app.provider
        .fault(json!({ "operation": "create", "fault": "slow", "milliseconds": 6000, "times": 4 }))
        .await;
    let admitted: Vec<_> = (0..4)
        .map(|index| {
            let body = json!({ "phone_number": format!("+4420794602{}", 30 + index) });
            actix_web::rt::spawn(send(app.request(Method::POST, "/verifications").json(&body)))
        })
        .collect();
    within(async { while app.provider.seen("create").await < 4 {} }).await;
    for _ in 0..20 {
        let answer = app.start("+442079460240").await;
        assert_eq!(answer.problem(), (503, "temporarily_unavailable".into()));
    }
    // None of these waited for one of those.
    assert!(!admitted.iter().any(JoinHandle::is_finished));
    for admitted in admitted {
        admitted.await.unwrap().id();
    }
    assert_eq!(app.provider.seen("create").await, 4);
}
