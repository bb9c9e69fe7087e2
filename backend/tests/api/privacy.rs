//! No number, code, key, id, nonce or receipt is ever logged or stored: a process at its most talkative,
//! through every path.

use crate::helpers::{KEY, Provider, SECRET, client, send};
use crate::receipts::{part, receipt, with};
use crate::servers::Server;
use crate::serving::Serving;
use reqwest::Client;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const NUMBER: &str = "+12025550188";
const NATIONAL: &str = "2025550188";
const CODE: &str = "048151";
const CLIENT: &str = "203.0.113.77";
const NONCE: &str = "canary-Nonce_4711";
const TOKEN: &str = "canary_secret_4711";
/// What must be found nowhere.
pub const CANARIES: [&str; 8] = [NUMBER, NATIONAL, CODE, KEY, SECRET, CLIENT, NONCE, "token="];

/// A service at its most talkative, on a store.
async fn talking(provider: &Provider, server: &Server, vars: &[(&str, &str)]) -> Serving {
    // Otherwise what is written down could not be searched.
    server.run("CONFIG SET rdbcompression no").unwrap();
    let url = server.url();
    let talkative =
        [("REDIS_URL", url.expose_secret()), ("RUST_LOG", "trace"), ("GUARD_COOLDOWNS", "1ms")];
    let service = Serving::start(&provider.address, &[&talkative, vars].concat());
    while send(client().get(format!("{}/readyz", service.address))).await.status != 200 {}
    service
}

/// All that it said, measured and stored.
async fn told(service: Serving, server: &Server) -> String {
    let metrics = send(client().get(format!("{}/metrics", service.ops))).await.text;
    let guard = send(client().get(format!("{}/guard", service.ops))).await.text;
    let (log, errors) = service.end();
    assert!(log.contains("\"DEBUG\""), "the log is at its most talkative");
    assert!(log.contains("+12*******88"), "the masked number is logged");
    [log, errors, metrics, guard, stored(server)].concat()
}

#[track_caller]
fn assert_hidden(log: &str, secrets: &[&str]) {
    for secret in secrets {
        let found = log.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
}

#[actix_web::test]
async fn canaries_are_found_in_no_log_line_no_metric_and_no_store() {
    let provider = Provider::start().await;
    let server = Server::start(&[]);
    let service = talking(&provider, &server, &[]).await;
    let ids = walk_every_path(&provider, &service.address).await;
    let log = told(service, &server).await;
    assert_hidden(&log, &CANARIES);
    // A sealed id is as good as the number, and a receipt says it.
    assert_hidden(&log, &ids.iter().map(String::as_str).collect::<Vec<_>>());
}

#[actix_web::test]
async fn nothing_of_a_carriers_call_back_is_found_anywhere() {
    let provider = Provider::start().await;
    let server = Server::start(&[]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = free.to_string();
    let public = format!("http://{address}");
    let service = talking(
        &provider,
        &server,
        &[
            ("PROVIDERS", "twilio"),
            ("TWILIO_API_KEY", "SKcanary"),
            ("TWILIO_FROM", "+12025550177"),
            ("TWILIO_PRESS_KEY", "true"),
            ("TWILIO_AUTH_TOKEN", TOKEN),
            ("PUBLIC_URL", &public),
            ("HTTP_LISTEN", &address),
            // So long that no other digits are like it by chance.
            ("VERIFY_CODE_LENGTH", "10"),
        ],
    )
    .await;
    let http = client();
    let start = http.post(format!("{public}/verifications"));
    let id = send(start.json(&json!({ "phone_number": NUMBER }))).await.id();
    let sid = provider.message(NUMBER).await["id"].as_str().unwrap().to_owned();
    for (what, body) in [("answer", json!({})), ("keys", json!({ "digits": "1" }))] {
        let url = format!("{}/phone/messages/{sid}/{what}", provider.address);
        assert_eq!(send(http.post(url).json(&body)).await.status, 204, "{what}");
    }
    let code = provider.code(NUMBER).await;
    assert_eq!(code.len(), 10);
    assert_eq!(send(http.get(format!("{public}/verifications/{id}"))).await.status, 200);
    // What nobody signed, what was signed by somebody else, and a number that is not the one.
    for (sealed, signature) in
        [(&id, "canarySignature="), (&sid, ""), (&"canarySealed".into(), "x")]
    {
        let url = format!("{public}/providers/twilio/calls/{sealed}");
        let fields = [("CallSid", sid.as_str()), ("To", NUMBER), ("Digits", &code)];
        let request = http.post(url).header("x-twilio-signature", signature);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let form = serde_urlencoded::to_string(fields).unwrap();
        assert_eq!(send(request.body(form)).await.status, 404);
    }
    let check = http.post(format!("{public}/verifications/{id}/check"));
    assert_eq!(send(check.json(&json!({ "code": code }))).await.status, 200);
    let log = told(service, &server).await;
    let spoken: Vec<String> = code.chars().map(String::from).collect();
    let spoken = spoken.join(", ");
    let signed =
        ["canarySignature", "canarySealed", "twilio/calls/x", "CallSid", "<Response>", "<Say"];
    assert_hidden(&log, &signed);
    assert_hidden(&log, &[NUMBER, NATIONAL, &code, &spoken, &sid, &id, TOKEN, SECRET]);
    // The path is told by its template alone.
    let template = "/providers/twilio/calls/{sealed}";
    assert!(log.contains(template));
    assert_hidden(&log.replace(template, ""), &["/providers/twilio/calls/"]);
}

/// All that is in the store, as it would be written to disk: one line for each key.
fn stored(server: &Server) -> String {
    let mut admin = server.admin();
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query(&mut admin).unwrap();
    assert!(keys.len() > 10, "{} keys", keys.len());
    let mut written = |key: &Vec<u8>| redis::cmd("DUMP").arg(key).query::<Vec<u8>>(&mut admin);
    let line = |key: &Vec<u8>| [key.clone(), written(key).unwrap(), b"\n".to_vec()].concat();
    String::from_utf8_lossy(&keys.iter().map(line).collect::<Vec<_>>().concat()).into_owned()
}

/// Redeems a receipt, well and badly; returns what of it must not be found.
async fn redeem_in_every_way(http: &Client, address: &str, receipt: &str) -> Vec<String> {
    let url = format!("{address}/receipts/redeem");
    let good = json!({ "receipt": receipt, "audience": "ringproof", "nonce": NONCE });
    for (name, value) in [
        ("nonce", json!("another-session")),
        ("audience", json!(receipt)),
        ("phone_number", json!("+12025550100")),
        ("receipt", json!(format!("{receipt}.{receipt}"))),
        (NONCE, json!(receipt)),
        ("nonce", json!([receipt])),
    ] {
        let answer = send(http.post(&url).json(&with(good.clone(), name, value))).await;
        assert!(answer.status >= 400 && !answer.text.contains(receipt), "{}", answer.text);
    }
    send(http.get(format!("{url}/{receipt}?nonce={NONCE}&receipt={receipt}"))).await;
    let name = part(receipt, 1)["jti"].as_str().unwrap().to_owned();
    for status in [200, 200, 409] {
        let request = http.post(&url).json(&good);
        let keyed = if status == 200 { request.header("idempotency-key", &name) } else { request };
        assert_eq!(send(keyed).await.status, status);
    }
    receipt.split('.').map(str::to_owned).chain([name]).skip(1).collect()
}

pub async fn walk_every_path(provider: &Provider, address: &str) -> Vec<String> {
    let http = client();
    let post = async |path: &str, body: Value| {
        let request = http.post(format!("{address}{path}")).header("x-forwarded-for", CLIENT);
        send(request.json(&body)).await
    };
    let mut ids = Vec::new();
    for channel in ["voice", "sms"] {
        provider.next_code(CODE).await;
        let started = post(
            "/verifications",
            json!({ "phone_number": NUMBER, "channel": channel, "nonce": NONCE }),
        )
        .await;
        let id = started.id();
        let check = format!("/verifications/{id}/check");
        assert_eq!(post(&check, json!({ "code": "999999" })).await.status, 422);
        assert_eq!(send(http.get(format!("{address}/verifications/{id}"))).await.status, 200);
        let verified = post(&check, json!({ "code": CODE })).await;
        assert_eq!(post(&check, json!({ "code": "999999" })).await.status, 409);
        ids.push(id);
        ids.extend(redeem_in_every_way(&http, address, &receipt(&verified)).await);
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
