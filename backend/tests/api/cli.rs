//! The commands, as processes.

use crate::helpers::{KEY, Provider, client, send};
use crate::process::{Process, line_with, ringproof};
use std::io::BufReader;
use std::process::Output;

fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn serve_refuses_to_guess() {
    let output = ringproof(&["serve"]).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let words = words(&output);
    assert!(
        words.contains("MESSAGEBIRD_API_KEY") && words.contains("GUARD_ALLOWED_REGIONS"),
        "{words}"
    );
    let output = ringproof(&["serve"]).env("GUARD_COOLDOWNS", "soon").output().unwrap();
    assert!(self::words(&output).contains("GUARD_COOLDOWNS"));
}

#[test]
fn check_config_says_what_would_be_used_and_no_secret() {
    let mut command = ringproof(&["check-config"]);
    command.env("MESSAGEBIRD_API_KEY", KEY).env("GUARD_ALLOWED_REGIONS", "NL,US:sms");
    let output = command.output().unwrap();
    let words = words(&output);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(words.contains("GUARD_ALLOWED_REGIONS   NL,US:sms"), "{words}");
    assert!(words.contains("MESSAGEBIRD_API_KEY     set"), "{words}");
    assert!(!words.contains(KEY), "{words}");
    assert_eq!(ringproof(&["check-config"]).output().unwrap().status.code(), Some(78));
}

#[test]
fn openapi_prints_the_contract() {
    let output = ringproof(&["openapi"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), ringproof::http::docs::contract());
}

#[actix_web::test]
async fn serve_answers_its_healthcheck_also_without_a_store_and_stops_when_told() {
    let provider = Provider::start().await;
    let mut command = ringproof(&["serve"]);
    command.env("MESSAGEBIRD_API_KEY", KEY).env("MESSAGEBIRD_BASE_URL", &provider.address);
    command.env("GUARD_ALLOWED_REGIONS", "GB").env("HTTP_DRAIN_SECONDS", "0");
    // Nobody listens there.
    command.env("REDIS_URL", "redis://127.0.0.1:1");
    let mut service = Process::start(&mut command);
    let mut log = BufReader::new(service.0.stdout.take().unwrap());
    let line: serde_json::Value = serde_json::from_str(&line_with(&mut log, "listening"))
        .expect("JSON when not on a terminal");
    let addr = line["addr"].as_str().unwrap();
    let ready = send(client().get(format!("http://{addr}/readyz"))).await;
    assert_eq!(ready.status, 503);
    let healthy = ringproof(&["healthcheck"]).env("HTTP_LISTEN", addr).output().unwrap();
    assert!(healthy.status.success(), "{}", words(&healthy));
    assert_eq!(service.terminate(), Some(0));
    let sick = ringproof(&["healthcheck"]).env("HTTP_LISTEN", addr).output().unwrap();
    assert_eq!(sick.status.code(), Some(1));
}

#[actix_web::test]
async fn demo_prints_two_addresses_and_both_answer() {
    let mut command = ringproof(&["demo", "--phone-listen", "127.0.0.1:0"]);
    let mut demo = Process::start(command.env("HTTP_DRAIN_SECONDS", "0"));
    let mut output = BufReader::new(demo.0.stdout.take().unwrap());
    for name in ["Page:", "Phone:"] {
        let line = line_with(&mut output, name);
        let address = line.split_whitespace().last().unwrap();
        let answer = crate::helpers::send(crate::helpers::client().get(address)).await;
        assert_eq!(answer.status, 200, "{line}");
        assert!(answer.header("content-type").starts_with("text/html"));
    }
    assert_eq!(demo.terminate(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_told_plainly() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = ringproof(&["serve"]);
    command.env("MESSAGEBIRD_API_KEY", KEY).env("GUARD_ALLOWED_REGIONS", "GB");
    command.env("HTTP_LISTEN", taken.local_addr().unwrap().to_string());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("Cannot listen on"), "{}", words(&output));
}
