//! Services that call with a key of their own: `CALLERS`, `CALLERS_REQUIRED`, `ringproof new-key`.

use crate::helpers::{Answer, KEY, PATIENT, Provider, SECRET, TestApp, client, send};
use crate::process::{Process, line_with, ringproof};
use crate::servers::Server;
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{BufReader, Read};

pub const SHOP: &str = "rpk_shop_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const SHOP_TOO: &str = "rpk_shop_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
pub const CRM: &str = "rpk_crm_CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";
const NOBODYS: &str = "rpk_shop_DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD";

fn entry(name: &str, key: &str) -> String {
    let digest: String = Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name}:{digest}")
}

pub fn entries() -> String {
    [entry("shop", SHOP), entry("shop", SHOP_TOO), entry("crm", CRM)].join(",")
}

pub async fn app(vars: &[(&str, &str)]) -> TestApp {
    let entries = entries();
    let vars: Vec<_> = [("CALLERS", entries.as_str())].iter().chain(vars).copied().collect();
    TestApp::with(&vars).await
}

pub async fn with_key(request: RequestBuilder, key: &str) -> Answer {
    send(request.header("authorization", format!("Bearer {key}"))).await
}

pub async fn start(app: &TestApp, key: &str, body: Value) -> Answer {
    with_key(app.request(Method::POST, "/verifications").json(&body), key).await
}

#[actix_web::test]
async fn a_caller_reads_the_whole_number_of_what_it_started_and_nobody_else_does() {
    let app = app(&[]).await;
    let (number, masked) = ("+442079460040", "+442*******40");
    let started = start(&app, SHOP, json!({ "phone_number": number })).await;
    let path = format!("/verifications/{}", started.id());
    assert_eq!(started.json()["phone_number"], number);
    let shown = async |key: &str| {
        let read = with_key(app.request(Method::GET, &path), key).await;
        read.json()["phone_number"].as_str().unwrap().to_owned()
    };
    assert_eq!(shown(SHOP).await, number);
    assert_eq!(shown(SHOP_TOO).await, number, "both keys of a name are that name");
    assert_eq!(app.get(&path).await.json()["phone_number"], masked, "a browser holds the id");

    for (method, below, body) in [
        (Method::GET, "", json!(null)),
        (Method::DELETE, "", json!(null)),
        (Method::POST, "/check", json!({ "code": "123456" })),
        (Method::POST, "/resend", json!({})),
    ] {
        let request = app.request(method.clone(), &format!("{path}{below}"));
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = with_key(request, CRM).await;
        assert_eq!(answer.problem(), (404, "verification_not_found".into()), "{method} {below}");
    }

    app.advance(60).await;
    let resend = format!("{path}/resend");
    let again = with_key(app.request(Method::POST, &resend).json(&json!({})), SHOP).await;
    assert_eq!(again.json()["phone_number"], number);
    let check = format!("/verifications/{}/check", again.id());
    let code = json!({ "code": app.provider.code(number).await });
    let checked = with_key(app.request(Method::POST, &check).json(&code), SHOP).await;
    assert_eq!((checked.status, &checked.json()["phone_number"]), (200, &json!(number)));
}

#[actix_web::test]
async fn what_a_browser_started_is_masked_to_a_caller_too() {
    let app = app(&[]).await;
    let path = format!("/verifications/{}", app.start("+442079460041").await.id());
    let read = with_key(app.request(Method::GET, &path), SHOP).await;
    assert_eq!(read.json()["phone_number"], "+442*******41");
}

#[actix_web::test]
async fn a_resend_by_whoever_holds_the_id_stays_the_callers() {
    let app = app(&[]).await;
    let number = "+442079460042";
    let body = json!({ "phone_number": number, "nonce": "a-nonce-1", "reference": "r1" });
    let id = start(&app, SHOP, body).await.id();
    app.advance(60).await;
    let again = app.resend(&id).await;
    assert_eq!(again.json()["phone_number"], "+442*******42");
    assert_eq!(again.json()["reference"], "r1");
    let path = format!("/verifications/{}", again.id());
    let read = with_key(app.request(Method::GET, &path), SHOP).await;
    assert_eq!(read.json()["phone_number"], number);
    assert_eq!(with_key(app.request(Method::GET, &path), CRM).await.status, 404);
}

#[actix_web::test]
async fn a_key_that_nobody_has_is_refused_on_every_path() {
    let app = app(&[]).await;
    for (method, path) in [
        (Method::POST, "/verifications"),
        (Method::GET, "/verifications/unknown"),
        (Method::GET, "/config"),
        (Method::GET, "/"),
        (Method::GET, "/livez"),
        (Method::GET, "/nothing"),
        (Method::DELETE, "/nothing"),
    ] {
        for key in [NOBODYS, "rpk_", &format!("{SHOP}A"), &SHOP[..SHOP.len() - 1]] {
            let answer = with_key(app.request(method.clone(), path), key).await;
            assert_eq!(answer.problem(), (401, "caller_unknown".into()), "{method} {path}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert!(!answer.text.contains("rpk_"), "{}", answer.text);
        }
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
}

#[actix_web::test]
async fn only_a_bearer_key_is_a_key() {
    let app = app(&[("CALLERS_REQUIRED", "true")]).await;
    let start = async |name: &str, value: &str| {
        let request = app.request(Method::POST, "/verifications").header(name, value);
        send(request.json(&json!({ "phone_number": "+4420" }))).await.problem()
    };
    let known = (422, "phone_number_invalid".to_owned());
    assert_eq!(start("authorization", &format!("Bearer {SHOP}")).await, known);
    assert_eq!(start("authorization", &format!("bearer  {SHOP} ")).await, known);
    let ignored = (401, "caller_required".to_owned());
    assert_eq!(start("authorization", "Basic cnBrXzp4").await, ignored);
    assert_eq!(start("authorization", "Bearer eyJhbGciOiJub25lIn0.e30.").await, ignored);
    assert_eq!(start("authorization", SHOP).await, ignored);
    assert_eq!(start("x-api-key", SHOP).await, ignored);
    assert_eq!(start("cookie", &format!("key={SHOP}")).await, ignored);
    let path = format!("/verifications?key={SHOP}&access_token={SHOP}");
    let queried = app.post(&path, json!({ "phone_number": "+4420" })).await;
    assert_eq!(queried.problem(), ignored);
}

#[actix_web::test]
async fn a_key_in_a_page_is_refused_and_told_why() {
    let listed = "https://shop.example";
    let app = app(&[("HTTP_ALLOWED_ORIGINS", listed)]).await;
    for (header, value) in [
        ("origin", listed),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        for method in [Method::GET, Method::POST] {
            let request = app.request(method, "/verifications/unknown").header(header, value);
            let answer = with_key(request, SHOP).await;
            assert_eq!(answer.problem(), (403, "cross_site_request".into()), "{value}");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains("Keep the key on your server"), "{detail}");
        }
    }
    let own = app.request(Method::GET, "/config").header("origin", &app.address);
    assert_eq!(with_key(own, SHOP).await.status, 200, "the service's own page of the contract");
}

#[actix_web::test]
async fn a_start_may_need_a_key_and_the_rest_goes_on_for_whoever_holds_the_id() {
    let app = app(&[("CALLERS_REQUIRED", "true")]).await;
    assert_eq!(app.get("/config").await.json()["starts"], "callers");
    let number = "+442079460043";
    let refused = app.start(number).await;
    assert_eq!(refused.problem(), (401, "caller_required".into()));
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    let id = start(&app, SHOP, json!({ "phone_number": number })).await.id();
    app.advance(60).await;
    let id = app.resend(&id).await.id();
    assert_eq!(app.get(&format!("/verifications/{id}")).await.status, 200);
    assert_eq!(app.check(&id, &app.wrong_code(number).await).await.status, 422);
    assert_eq!(app.cancel(&id).await.status, 204);
    assert_eq!(TestApp::spawn().await.get("/config").await.json()["starts"], "anybody");
}

#[actix_web::test]
async fn the_address_of_a_person_is_told_by_a_caller_only() {
    let app = app(&[]).await;
    let body =
        |address: &str| json!({ "phone_number": "+442079460044", "client_address": address });
    let anybody = app.post("/verifications", body("203.0.113.9")).await;
    assert_eq!(anybody.problem(), (401, "caller_required".into()));
    for address in ["", "203.0.113", "203.0.113.9:80", "shop.example", "203.0.113.0/24"] {
        let answer = start(&app, SHOP, body(address)).await;
        assert_eq!(answer.problem(), (422, "invalid_request".into()), "{address}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "#/client_address");
    }
    start(&app, SHOP, body("2001:db8::7")).await.id();
}

#[actix_web::test]
async fn an_idempotency_key_is_the_callers_own() {
    let app = app(&[]).await;
    let start = async |key: Option<&str>, number: &str| {
        let request =
            app.request(Method::POST, "/verifications").header("idempotency-key", "order:1");
        let request = request.json(&json!({ "phone_number": number }));
        match key {
            Some(key) => with_key(request, key).await,
            None => send(request).await,
        }
    };
    let first = start(Some(SHOP), "+442079460045").await;
    let again = start(Some(SHOP_TOO), "+442079460045").await;
    assert_eq!((again.id(), again.header("idempotent-replayed")), (first.id(), "true"));
    assert_ne!(start(Some(CRM), "+442079460046").await.id(), first.id());
    assert_ne!(start(None, "+442079460047").await.id(), first.id());
}

#[test]
fn new_key_prints_a_key_and_the_entry_that_knows_it() {
    let print = |name: &str| ringproof(&["new-key", name]).output().unwrap();
    let output = print("shop-2");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let key = text.lines().find(|line| line.starts_with("rpk_shop-2_")).expect("a bare key");
    assert_eq!(key.len(), "rpk_shop-2_".len() + 43);
    assert!(text.lines().any(|line| line == entry("shop-2", key)), "the bare entry");
    assert_ne!(print("shop-2").stdout, text.as_bytes(), "each is new");
    for name in ["", "Shop", "a b", "shop_2", &"x".repeat(33)] {
        let refused = print(name);
        assert_eq!(refused.status.code(), Some(2), "{name}");
        assert!(refused.stdout.is_empty());
    }
}

#[actix_web::test]
async fn the_key_is_in_no_log_line_no_metric_and_no_store_and_the_name_is() {
    let (provider, store) = (Provider::start().await, Server::start(&["--rdbcompression", "no"]));
    let mut command = ringproof(&["serve"]);
    command.env("MESSAGEBIRD_API_KEY", KEY).env("MESSAGEBIRD_BASE_URL", &provider.address);
    command.env("SECRET_KEY", SECRET).env("GUARD_ALLOWED_REGIONS", "GB").env("RUST_LOG", "trace");
    command.env("HTTP_DRAIN_SECONDS", "0").env("CALLERS", entries());
    command.env("REDIS_URL", store.url().expose_secret()).envs([PATIENT]);
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
    while send(client().get(format!("{address}/readyz"))).await.status != 200 {}
    for key in [SHOP, NOBODYS] {
        let request = client().post(format!("{address}/verifications"));
        let body = json!({ "phone_number": "+442079460048", "client_address": "203.0.113.77", "nonce": "canary-nonce" });
        with_key(request.header("idempotency-key", "order:1").json(&body), key).await;
        with_key(client().get(format!("{address}/config?key={key}")), key).await;
    }
    let metrics = send(client().get(format!("{ops}/metrics"))).await.text;
    assert!(
        metrics.contains("verify_caller_starts_total{caller=\"shop\",outcome=\"ok\"} 1"),
        "{metrics}"
    );
    let mut admin = store.admin();
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query(&mut admin).unwrap();
    assert!(keys.len() > 5, "{} entries", keys.len());
    let dump = |key| redis::cmd("DUMP").arg(key).query::<Vec<u8>>(&mut admin).unwrap();
    let stored: Vec<_> = keys.iter().flat_map(dump).collect();
    let stored = [stored, keys.concat()].concat();
    assert_eq!(service.terminate(), Some(0));
    let mut log = reader.join().unwrap();
    service.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("\"caller\":\"shop\""), "{log}");
    let is_placed = |line: &&str| line.contains("edge") && line.contains("\"status\":201");
    let placed = log.lines().find(is_placed).unwrap();
    assert!(placed.contains("\"provider\":\"messagebird\""), "{placed}");
    log.push_str(&metrics);
    let digest = entry("", SHOP);
    for secret in
        [&SHOP[9..], &NOBODYS[9..], "203.0.113.77", "canary-nonce", digest.trim_start_matches(':')]
    {
        assert_eq!(log.lines().find(|line| line.contains(secret)), None, "{secret}");
        let is_stored = stored.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!is_stored, "{secret} is in the store");
    }
}

#[actix_web::test]
async fn a_callers_limit_is_its_own_and_exact_to_it_alone() {
    let app = app(&[("CALLER_LIMITS", "2/1h"), ("GUARD_CLIENT_LIMITS", "1/1m")]).await;
    let held = start(&app, SHOP, json!({ "phone_number": "+442079460049" })).await.id();
    start(&app, SHOP_TOO, json!({ "phone_number": "+442079460050" })).await.id();
    app.advance(90).await;
    let full = start(&app, SHOP, json!({ "phone_number": "+442079460051" })).await;
    assert_eq!(full.problem(), (429, "rate_limited".into()));
    assert_eq!(full.json()["scope"], "caller");
    assert_eq!(full.header("retry-after"), (3600 - 90).to_string());
    assert_eq!(full.header("ratelimit"), "", "that header is about the number");
    // A resend is charged to the caller, whoever asks; the caller's limit is not a browser's business.
    let resent = app.resend(&held).await;
    assert_eq!(resent.problem(), (429, "rate_limited".into()));
    assert_eq!(resent.json()["scope"], "client");
    let wait: u64 = resent.header("retry-after").parse().unwrap();
    assert!(wait >= 3600 - 90 && wait.is_multiple_of(60), "{wait}");
    // Neither other callers nor browsers are held by it.
    start(&app, CRM, json!({ "phone_number": "+442079460051" })).await.id();
    app.start("+442079460052").await.id();
}

#[actix_web::test]
async fn a_person_behind_a_caller_is_counted_for_that_caller_apart_from_browsers() {
    let vars = [("GUARD_CLIENT_LIMITS", "1/1m"), ("HTTP_TRUSTED_PROXIES", "127.0.0.1")];
    let app = app(&vars).await;
    let start_for = async |key: &str, last: u8, address: &str| {
        let number = format!("+4420794600{last}");
        start(&app, key, json!({ "phone_number": number, "client_address": address })).await
    };
    let person = "203.0.113.9";
    start_for(SHOP, 53, person).await.id();
    let full = start_for(SHOP, 54, person).await;
    assert_eq!(full.problem(), (429, "rate_limited".into()));
    assert_eq!(full.json()["scope"], "client");
    start_for(SHOP, 55, "203.0.113.10").await.id();
    start_for(CRM, 56, person).await.id();
    let browser = app.request(Method::POST, "/verifications").header("x-forwarded-for", person);
    send(browser.json(&json!({ "phone_number": "+442079460057" }))).await.id();
}
