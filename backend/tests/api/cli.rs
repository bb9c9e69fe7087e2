//! The commands, as processes.

use crate::helpers::{KEY, Provider, SECRET, client, send};
use crate::process::{Process, line_with, ringproof};
use std::io::{BufReader, Read};
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

/// Only of the providers that are listed is anything used; with MessageBird alone that is all there ever was.
#[test]
fn check_config_says_nothing_of_a_provider_that_is_not_listed() {
    let lines = |providers: Option<&str>| {
        let mut command = ringproof(&["check-config"]);
        command.env("GUARD_ALLOWED_REGIONS", "NL").env("SECRET_KEY", SECRET);
        command.env("MESSAGEBIRD_API_KEY", KEY).env("TWILIO_FROM", "+12025550100");
        command.env("TWILIO_ACCOUNT_SID", "AC1").env("TWILIO_API_KEY", "SK1");
        command.env("TWILIO_API_SECRET", "canary_secret");
        if let Some(providers) = providers {
            command.env("PROVIDERS", providers);
        }
        let output = command.output().unwrap();
        let words = words(&output);
        assert_eq!(output.status.code(), Some(0), "{words}");
        let of = |start: &str| words.lines().filter(|line| line.starts_with(start)).count();
        [of("MESSAGEBIRD_"), of("TWILIO_")]
    };
    assert_eq!(lines(None), [6, 0]);
    assert_eq!(lines(Some("messagebird")), [6, 0]);
    assert_eq!(lines(Some("twilio")), [0, 10]);
    assert_eq!(lines(Some("messagebird:voice,twilio:sms")), [6, 10]);
}

#[actix_web::test]
async fn a_probe_asks_each_provider_for_the_credentials_and_rings_nobody() {
    let provider = Provider::start().await;
    let probe = |key: &'static str, secret: &'static str| {
        let mut command = ringproof(&["check-config", "--probe"]);
        command.env("PROVIDERS", "messagebird,twilio").env("GUARD_ALLOWED_REGIONS", "GB");
        command.env("SECRET_KEY", SECRET).env("MESSAGEBIRD_BASE_URL", &provider.address);
        command.env("MESSAGEBIRD_API_KEY", key).env("TWILIO_FROM", "+12025550100");
        command.env("TWILIO_ACCOUNT_SID", "AC1").env("TWILIO_API_KEY", "SK1");
        command.env("TWILIO_API_SECRET", secret);
        command.env("TWILIO_BASE_URL", format!("{}/2010-04-01", provider.address));
        async move { actix_web::web::block(move || command.output().unwrap()).await.unwrap() }
    };
    let good = probe(KEY, "canary_secret").await;
    assert_eq!(good.status.code(), Some(0), "{}", words(&good));
    for name in ["messagebird", "twilio"] {
        assert!(words(&good).contains(&format!("\n{name}: the credentials are good")));
    }
    let (good, bad) = ("the credentials are good", "the provider refused: the ");
    for (key, secret, said) in [
        (
            "revoked_canary",
            "canary_secret",
            [
                format!("twilio: {good}"),
                format!("messagebird: {bad}"),
                "MESSAGEBIRD_API_KEY".into(),
            ],
        ),
        (
            KEY,
            "revoked_canary",
            [format!("messagebird: {good}"), format!("twilio: {bad}"), "TWILIO_API_SECRET".into()],
        ),
    ] {
        let output = probe(key, secret).await;
        assert_eq!(output.status.code(), Some(78));
        let words = words(&output);
        for said in said {
            assert!(words.contains(&said), "{said}: {words}");
        }
        assert!(words.contains(". Look at ") && !words.contains("canary"), "{words}");
    }
    assert_eq!(provider.seen("view").await, 6);
    assert_eq!(provider.seen_in_all().await, 6, "nothing but reads");
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

#[actix_web::test]
async fn in_the_demo_one_carrier_stands_in_for_the_other() {
    use crate::helpers::{client, send};
    let mut command = ringproof(&["demo", "--phone-listen", "127.0.0.1:0"]);
    let mut demo = Process::start(command.env("HTTP_DRAIN_SECONDS", "0"));
    let mut output = BufReader::new(demo.0.stdout.take().unwrap());
    let [page, phone] = ["Page:", "Phone:"].map(|name| {
        let line = line_with(&mut output, name);
        line.split_whitespace().last().unwrap().trim_end_matches('/').to_owned()
    });
    let down = serde_json::json!({
        "provider": "messagebird", "operation": "any", "fault": "http_429", "times": 1000
    });
    let mut rang = Vec::new();
    for (number, down) in [("+442079460001", None), ("+442079460002", Some(down))] {
        if let Some(down) = down {
            let armed = send(client().put(format!("{phone}/faults")).json(&down)).await;
            assert_eq!(armed.status, 204);
        }
        let body = serde_json::json!({ "phone_number": number });
        let started = send(client().post(format!("{page}/verifications")).json(&body)).await;
        assert_eq!(started.status, 201, "{}", started.text);
        let list = format!("{phone}/messages?recipient={}", &number[1..]);
        let entry = send(client().get(list)).await.json()[0].clone();
        rang.push(entry["provider"].as_str().unwrap().to_owned());
        let id = started.json()["id"].as_str().unwrap().to_owned();
        let code = serde_json::json!({ "code": entry["code"] });
        let check = client().post(format!("{page}/verifications/{id}/check")).json(&code);
        assert_eq!(send(check).await.status, 200, "{entry}");
    }
    assert_eq!(rang, ["messagebird", "twilio"]);
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

/// Whatever stops `serve` is found by `check-config`, in the same words.
#[test]
fn a_fault_that_stops_the_service_is_found_before_it_is_started() {
    let empty = std::env::temp_dir();
    let empty = empty.to_str().unwrap();
    let star = "https://*.canary.example";
    for (variable, value) in [
        ("MESSAGEBIRD_API_KEY", "\"live_canary\""),
        ("MESSAGEBIRD_API_KEY", "'live_canary'"),
        ("MESSAGEBIRD_API_KEY", "\u{feff}live_canary"),
        ("MESSAGEBIRD_API_KEY", " live_canary"),
        ("MESSAGEBIRD_API_KEY", "live_canary\t"),
        ("MESSAGEBIRD_API_KEY", "live canary"),
        ("MESSAGEBIRD_API_KEY", "live_canarý"),
        ("MESSAGEBIRD_BASE_URL", "https://canary:canary@rest.example"),
        ("MESSAGEBIRD_BASE_URL", "https://canary@rest.example"),
        ("MESSAGEBIRD_BASE_URL", "https://rest.example/#canary"),
        ("MESSAGEBIRD_BASE_URL", "https://rest.example/?canary"),
        ("TWILIO_API_KEY", " canary"),
        ("TWILIO_API_SECRET", "\"canary\""),
        ("TWILIO_AUTH_TOKEN", "\"canary\""),
        ("TWILIO_BASE_URL", "https://carrier.example/#canary"),
        ("REDIS_URL", "redis://canary:port"),
        ("REDIS_URL", "redis://canary:6379/first"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "rediss://canary#insecure"),
        ("RUST_LOG", "ringproof=canary"),
        ("RUST_LOG", "canary"),
        ("RUST_LOG", "info,[canary"),
        ("HTTP_ALLOWED_ORIGINS", star),
        ("HTTP_ALLOWED_ORIGINS", "*"),
        ("HTTP_ALLOWED_ORIGINS", "https://canary.example/page"),
        ("HTTP_ALLOWED_ORIGINS", "https://canary@shop.example"),
        ("HTTP_FRONTEND_DIR", empty),
        ("OPS_LISTEN", "127.0.0.1:18080"),
        ("OPS_LISTEN", "0.0.0.0:18080"),
        ("GUARD_COOLDOWNS", "0s,60s"),
        ("PUBLIC_URL", "https://canary:canary@verify.example"),
        ("PUBLIC_URL", "ftp://canary.example"),
        ("CALLERS_REQUIRED", "true"),
        ("REDIS_CA_FILE", "/nonexistent/canary"),
    ] {
        for command in ["check-config", "serve"] {
            let mut command = ringproof(&[command]);
            command.env("MESSAGEBIRD_API_KEY", KEY).env("GUARD_ALLOWED_REGIONS", "NL");
            command.env("SECRET_KEY", SECRET).env("HTTP_LISTEN", "127.0.0.1:18080");
            command.env("REDIS_URL", "rediss://127.0.0.1:1");
            let output = command.env(variable, value).output().unwrap();
            let words = words(&output);
            assert_eq!(output.status.code(), Some(78), "{variable}={value}: {words}");
            assert!(words.contains(variable), "{variable}={value}: {words}");
            assert!(!words.contains("canary") && !words.contains(empty), "{value}: {words}");
        }
    }
}

#[test]
fn a_value_that_is_no_text_is_a_fault_of_its_variable() {
    use std::os::unix::ffi::OsStrExt;
    let mut command = ringproof(&["check-config"]);
    command.env("MESSAGEBIRD_API_KEY", KEY).env("GUARD_ALLOWED_REGIONS", "NL");
    command.env("GUARD_HOURLY_CAP", std::ffi::OsStr::from_bytes(b"1\xff"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(words(&output).contains("GUARD_HOURLY_CAP"), "{}", words(&output));
}

#[actix_web::test]
async fn a_proxy_that_is_not_trusted_is_noticed_once() {
    let warnings = async |trusted: &str| {
        let mut command = ringproof(&["serve"]);
        command.env("MESSAGEBIRD_API_KEY", KEY).env("GUARD_ALLOWED_REGIONS", "GB");
        command.env("HTTP_DRAIN_SECONDS", "0").env("HTTP_TRUSTED_PROXIES", trusted);
        let mut service = Process::start(&mut command);
        let mut log = BufReader::new(service.0.stdout.take().unwrap());
        let line: serde_json::Value =
            serde_json::from_str(&line_with(&mut log, "\"listening\"")).unwrap();
        let url = format!("http://{}/verifications", line["addr"].as_str().unwrap());
        let http = client();
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            text
        });
        for visitor in 0..250 {
            let request = http.post(&url).header("x-forwarded-for", format!("192.0.2.{visitor}"));
            let answer = send(request.json(&serde_json::json!({ "phone_number": "+4420" }))).await;
            assert_eq!(answer.status, 422, "{}", answer.text);
        }
        assert_eq!(service.terminate(), Some(0));
        let text = reader.join().unwrap();
        let warned = text.lines().filter(|line| line.contains("HTTP_TRUSTED_PROXIES")).count();
        (warned, text.contains("192.0.2."))
    };
    assert_eq!(warnings("").await, (1, false));
    assert_eq!(warnings("10.0.0.0/8").await, (1, false));
    assert_eq!(warnings("127.0.0.1").await, (0, false));
}
