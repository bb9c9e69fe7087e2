//! No number, code, key or id is ever logged: a process at its most talkative, through every path.

use crate::helpers::{KEY, Provider, SECRET, client, send};
use crate::process::{Process, line_with, ringproof};
use serde_json::{Value, json};
use std::io::{BufReader, Read};

const NUMBER: &str = "+12025550188";
const NATIONAL: &str = "2025550188";
const CODE: &str = "048151";
const CLIENT: &str = "203.0.113.77";

#[actix_web::test]
async fn a_canary_number_and_code_are_found_in_no_log_line() {
    let provider = Provider::start().await;
    let mut command = ringproof(&["serve"]);
    command.env("MESSAGEBIRD_API_KEY", KEY).env("MESSAGEBIRD_BASE_URL", &provider.address);
    command.env("SECRET_KEY", SECRET).env("GUARD_ALLOWED_REGIONS", "US").env("RUST_LOG", "trace");
    command.env("GUARD_COOLDOWNS", "1ms").env("GUARD_NUMBER_LIMITS", "1000/1h");
    command.env("GUARD_CLIENT_LIMITS", "1000/1h").env("GUARD_PREFIX_LIMITS", "1000/1h");
    command.env("HTTP_DRAIN_SECONDS", "0").env("HTTP_TRUSTED_PROXIES", "127.0.0.1");
    let mut service = Process::start(&mut command);
    let mut log = BufReader::new(service.0.stdout.take().unwrap());
    let line: Value = serde_json::from_str(&line_with(&mut log, "\"listening\"")).unwrap();
    let address = format!("http://{}", line["addr"].as_str().unwrap());
    let ops = format!("http://{}", line["ops_addr"].as_str().unwrap());
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        text
    });
    let ids = walk_every_path(&provider, &address).await;
    let metrics = send(client().get(format!("{ops}/metrics"))).await.text;
    let guard = send(client().get(format!("{ops}/guard"))).await.text;
    assert_eq!(service.terminate(), Some(0));
    let mut log = reader.join().unwrap();
    service.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    log.extend([metrics, guard]);

    assert!(log.contains("\"DEBUG\""), "the log is at its most talkative");
    assert!(log.contains("+12*******88"), "the masked number is logged");
    for secret in [NUMBER, NATIONAL, CODE, KEY, SECRET, CLIENT, "token="] {
        let found = log.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
    for id in ids {
        let found = log.lines().find(|line| line.contains(&id));
        assert_eq!(found, None, "a sealed id is as good as the number");
    }
}

async fn walk_every_path(provider: &Provider, address: &str) -> Vec<String> {
    let http = client();
    let post = async |path: &str, body: Value| {
        let request = http.post(format!("{address}{path}")).header("x-forwarded-for", CLIENT);
        send(request.json(&body)).await
    };
    let mut ids = Vec::new();
    for channel in ["voice", "sms"] {
        provider.next_code(CODE).await;
        let started =
            post("/verifications", json!({ "phone_number": NUMBER, "channel": channel })).await;
        let id = started.id();
        let check = format!("/verifications/{id}/check");
        assert_eq!(post(&check, json!({ "code": "999999" })).await.status, 422);
        assert_eq!(send(http.get(format!("{address}/verifications/{id}"))).await.status, 200);
        assert_eq!(post(&check, json!({ "code": CODE })).await.status, 200);
        assert_eq!(post(&check, json!({ "code": "999999" })).await.status, 409);
        ids.push(id);
    }
    for (operation, fault) in [
        ("create", "http_500"),
        ("create", "reset"),
        ("create", "garbage"),
        ("create", "truncate"),
        ("create", "born_failed"),
        ("check", "reset"),
        ("check", "http_500"),
        ("check", "garbage"),
        ("delete", "reset"),
        ("delete", "http_401"),
        ("view", "truncate"),
    ] {
        provider.fault(json!({ "operation": operation, "fault": fault })).await;
        provider.next_code(CODE).await;
        let started = post("/verifications", json!({ "phone_number": NUMBER })).await;
        if started.status == 201 {
            let id = started.id();
            post(&format!("/verifications/{id}/check"), json!({ "code": CODE })).await;
            send(http.get(format!("{address}/verifications/{id}"))).await;
            post(&format!("/verifications/{id}/resend"), json!({})).await;
            send(http.delete(format!("{address}/verifications/{id}"))).await;
            ids.push(id);
        }
    }
    // The same once more with a key, and once more with the same key.
    for _ in 0..2 {
        let request = http.post(format!("{address}/verifications")).header("idempotency-key", "k");
        let answer = send(request.json(&json!({ "phone_number": NUMBER }))).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    // Last, because nothing is started for a while after it.
    provider.fault(json!({ "operation": "create", "fault": "http_402" })).await;
    assert_eq!(post("/verifications", json!({ "phone_number": NUMBER })).await.status, 503);
    // Faulty requests, whose values must not be quoted either.
    for body in [
        json!({ "phone_number": NUMBER, "reference": NUMBER }),
        json!({ "phone_number": NUMBER, "channel": NUMBER, "region": CODE }),
        json!({ "phone_number": format!("{NUMBER}x") }),
        json!({ "number": NUMBER }),
        json!([NUMBER]),
    ] {
        assert!(post("/verifications", body).await.status >= 400);
    }
    send(http.get(format!("{address}/{NUMBER}?code={CODE}"))).await;
    send(http.post(format!("{address}/verifications")).body(NUMBER)).await;
    ids
}
