//! The commands, as processes.

use crate::helpers::{KEY, Provider};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

pub fn ringproof(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringproof"));
    command.args(arguments).env_clear().current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command.env("HTTP_LISTEN", "127.0.0.1:0").env("OPS_LISTEN", "127.0.0.1:0");
    command
}

/// A process that ends with the test, also when the test fails.
pub struct Process(pub Child);

impl Process {
    pub fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Asks it to stop, as an orchestrator does, and returns its exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails when it has ended already, which is as good.
        let _ = self.0.kill();
    }
}

/// The first line that a process prints with this word in it.
pub fn line_with(output: &mut impl BufRead, word: &str) -> String {
    for line in output.by_ref().lines() {
        let line = line.unwrap();
        if line.contains(word) {
            return line;
        }
    }
    panic!("the process ended without a line with {word}");
}

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
async fn serve_answers_its_healthcheck_and_stops_when_told() {
    let provider = Provider::start().await;
    let mut command = ringproof(&["serve"]);
    command.env("MESSAGEBIRD_API_KEY", KEY).env("MESSAGEBIRD_BASE_URL", &provider.address);
    command.env("GUARD_ALLOWED_REGIONS", "GB").env("HTTP_DRAIN_SECONDS", "0");
    let mut service = Process::start(&mut command);
    let mut log = BufReader::new(service.0.stdout.take().unwrap());
    let line: serde_json::Value = serde_json::from_str(&line_with(&mut log, "listening"))
        .expect("JSON when not on a terminal");
    let addr = line["addr"].as_str().unwrap();
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
