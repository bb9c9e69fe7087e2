//! A panic seen from outside: what the log says, what is counted, and what the client is told.

use crate::clocks::Erratic;
use crate::helpers::{Provider, client, send, service_with_clock};
use crate::raw::within;
use ringproof::config::{Format, Log};
use ringproof::telemetry::{log_panics, start_logging};
use serde_json::{Value, json};
use std::process::Command;
use std::sync::Arc;
use verification::Clock;

/// Set in the process that panics.
const INSIDE: &str = "RINGPROOF_TEST_PANICS";
const NAME: &str = "panics::f55_a_panic_is_one_line_without_its_text_and_is_counted";

#[actix_web::test]
async fn f55_a_panic_is_one_line_without_its_text_and_is_counted() {
    if std::env::var_os(INSIDE).is_some() {
        return panic_in_a_request_and_beside().await;
    }
    // A process of its own, for what happens at a panic is set for all of one.
    let mut panicking = Command::new(std::env::current_exe().unwrap());
    panicking.args(["--exact", NAME, "--nocapture"]).env(INSIDE, "1").env_remove("RUST_BACKTRACE");
    let output = panicking.output().unwrap();
    let (log, errors) =
        [output.stdout, output.stderr].map(|o| String::from_utf8(o).unwrap()).into();
    assert!(output.status.success(), "{log}{errors}");
    assert!(!log.contains("442079460") && errors.is_empty(), "{log}{errors}");
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect(line)).collect();
    let said = |what: &str| -> Vec<_> { lines.iter().filter(|l| l["message"] == what).collect() };

    let panics = said("panicked");
    assert_eq!(panics.len(), 3, "{log}");
    for (panic, file) in panics.iter().zip(["clocks.rs:", "panics.rs:", "panics.rs:"]) {
        assert_eq!(panic["level"], "ERROR");
        assert!(panic["place"].as_str().unwrap().contains(file), "{panic}");
    }
    let failed = said("request failed");
    assert_eq!((failed.len(), &failed[0]["status"]), (1, &json!(500)), "{log}");
    assert_eq!(panics[0]["span"]["request_id"], failed[0]["request_id"]);
}

async fn panic_in_a_request_and_beside() {
    let _log = start_logging(&Log { format: Some(Format::Json), filter: "info".into() }, None);
    log_panics();
    let (clock, provider) = (Erratic::new(), Provider::start().await);
    let service = service_with_clock(&provider, Arc::clone(&clock) as Arc<dyn Clock>);
    let (public, ops) = (service.addr(), service.ops_addr());
    actix_web::rt::spawn(service.run_until(std::future::pending()));
    clock.break_down();
    let request = client().post(format!("http://{public}/verifications"));
    let answer = send(request.json(&json!({ "phone_number": "+442079460251" }))).await;
    assert_eq!(answer.problem(), (500, "internal_error".into()));
    within(actix_web::rt::spawn(async { panic!("{}", "+442079460252") })).await.unwrap_err();
    std::thread::spawn(|| panic!("{}", "+442079460253")).join().unwrap_err();
    // The caps among them are of a moment.
    clock.recover();
    let metrics = send(client().get(format!("http://{ops}/metrics"))).await.text;
    for line in [
        "panics_total 3",
        "http_server_request_duration_seconds_count{http_request_method=\"POST\",http_route=\"lost\",http_response_status_code=\"500\"} 1",
    ] {
        assert!(metrics.lines().any(|metric| metric == line), "{metrics}");
    }
}
