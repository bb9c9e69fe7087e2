//! The operators' levers as they are pulled, and who may not pull them. What each does to replicas that
//! share a store is tested with the guard.

use crate::helpers::{Answer, KEY, SECRET, TestApp, client, send};
use crate::process::{Process, line_with, ringproof};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::time::Duration;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use verification::Clock;
use verification::ports::Timestamp;

const NUMBER: &str = "+442079460123";

fn ops(app: &TestApp, method: Method, path: &str) -> RequestBuilder {
    client().request(method, format!("{}{path}", app.ops))
}

async fn pull(app: &TestApp, path: &str, body: Value) -> u16 {
    send(ops(app, Method::PUT, path).json(&body)).await.status
}

async fn release(app: &TestApp, path: &str) -> u16 {
    send(ops(app, Method::DELETE, path)).await.status
}

async fn see(app: &TestApp, path: &str) -> Value {
    send(ops(app, Method::GET, path)).await.json()
}

fn rfc3339(at: Timestamp) -> String {
    let at = UtcDateTime::from_unix_timestamp((at.0 / 1000) as i64).unwrap();
    at.format(&Rfc3339).unwrap()
}

fn is(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.problem(), (status, code.into()));
}

#[actix_web::test]
async fn a_pause_answers_paused_and_checks_go_on() {
    let app = TestApp::spawn().await;
    let id = app.start("+442079460100").await.id();
    let body = json!({ "channel": "voice", "for": "2h", "why": "the carrier rings nobody" });
    assert_eq!(pull(&app, "/pause", body).await, 204);
    let refused = app.start(NUMBER).await;
    is(&refused, 503, "paused");
    assert_eq!(refused.header("retry-after"), "7200");
    assert_eq!(app.provider.rings(NUMBER).await, 0);
    let until = rfc3339(app.clock.now() + Duration::from_secs(7_200));
    let paused = json!([{ "region": null, "channel": "voice", "by": "operator", "until": until }]);
    assert_eq!(see(&app, "/overview").await["stopped"], paused);
    let code = app.provider.code("+442079460100").await;
    assert_eq!(app.check(&id, &code).await.status, 200);
    let sms = json!({ "phone_number": "+12025550130", "channel": "sms" });
    app.post("/verifications", sms).await.id();
    assert_eq!(release(&app, "/pause").await, 204);
    app.start(NUMBER).await.id();
    // Without members: everything, until it is released.
    assert_eq!(pull(&app, "/pause", json!({})).await, 204);
    is(
        &app.post("/verifications", json!({ "phone_number": "+12025550131", "channel": "sms" }))
            .await,
        503,
        "paused",
    );
}

/// As on the public listener, whatever is asked for.
#[actix_web::test]
async fn whatever_is_refused_here_is_a_problem_that_says_what_to_do() {
    let app = TestApp::spawn().await;
    let json = |request: RequestBuilder, body: String| {
        request.header("content-type", "application/json").body(body)
    };
    for (request, status, code, allow) in [
        (ops(&app, Method::POST, "/pause"), 405, "method_not_allowed", "PUT, DELETE"),
        (ops(&app, Method::GET, "/regions/GB"), 405, "method_not_allowed", "PUT, DELETE"),
        (ops(&app, Method::PUT, "/blocked"), 405, "method_not_allowed", "GET, DELETE"),
        (ops(&app, Method::DELETE, "/overview"), 405, "method_not_allowed", "GET"),
        (ops(&app, Method::POST, "/metrics"), 405, "method_not_allowed", "GET"),
        (ops(&app, Method::GET, "/guard"), 404, "not_found", ""),
        (ops(&app, Method::PUT, "/pause"), 415, "unsupported_media_type", ""),
        (json(ops(&app, Method::PUT, "/pause"), "{".into()), 400, "malformed_request", ""),
        (json(ops(&app, Method::PUT, "/pause"), " ".repeat(1 << 20)), 413, "body_too_large", ""),
    ] {
        let answer = send(request).await;
        is(&answer, status, code);
        assert_eq!(answer.headers.get("allow").map_or("", |it| it.to_str().unwrap()), allow);
        let problem = answer.json();
        let instance = problem["instance"].as_str().unwrap().strip_prefix("urn:uuid:").unwrap();
        assert_eq!(instance.len(), 36, "{}", answer.text);
        assert!(!problem["detail"].as_str().unwrap().contains("openapi"), "{}", answer.text);
    }
}

#[actix_web::test]
async fn a_region_is_closed_and_opened() {
    let app = TestApp::spawn().await;
    assert_eq!(pull(&app, "/regions/GB", json!({ "channel": "all", "for": "1h" })).await, 204);
    is(&app.start(NUMBER).await, 403, "destination_not_allowed");
    let stopped = see(&app, "/overview").await["stopped"].clone();
    let stopped = stopped.as_array().unwrap().iter().map(|it| {
        [&it["region"], &it["channel"], &it["by"]].map(|it| it.as_str().unwrap().to_owned())
    });
    let by_hand = |channel: &str| ["GB", channel, "operator"].map(str::to_owned);
    assert_eq!(stopped.collect::<Vec<_>>(), [by_hand("voice"), by_hand("sms")]);
    app.start("+12025550132").await.id();
    assert_eq!(release(&app, "/regions/gb").await, 204);
    app.start(NUMBER).await.id();
    for unknown in ["/regions/XX", "/regions/001", "/regions/Britain"] {
        assert_eq!(release(&app, unknown).await, 404, "{unknown}");
    }
}

#[actix_web::test]
async fn a_number_or_its_beginning_is_blocked_and_shown_masked() {
    let app = TestApp::spawn().await;
    assert_eq!(pull(&app, &format!("/blocked/{NUMBER}"), json!({ "for": "1h" })).await, 204);
    assert_eq!(pull(&app, "/blocked/1202555", json!({ "for": "2h" })).await, 204);
    is(&app.start(NUMBER).await, 403, "destination_not_allowed");
    is(&app.start("+12025550133").await, 403, "destination_not_allowed");
    assert_eq!(app.provider.seen_in_all().await, 0);
    let shown = see(&app, "/blocked").await;
    let numbers: Vec<_> =
        shown["blocked"].as_array().unwrap().iter().map(|it| &it["number"]).collect();
    assert_eq!(numbers, ["+442*******23", "+1202555…"]);
    assert_eq!(see(&app, "/overview").await["blocked"], shown["blocked"]);
    assert!(shown["blocked"][0]["until"].as_str().unwrap().ends_with('Z'));
    assert_eq!(release(&app, "/blocked/%2B442079460123").await, 204);
    app.start(NUMBER).await.id();
    assert_eq!(release(&app, "/blocked").await, 204);
    assert_eq!(see(&app, "/blocked").await, json!({ "blocked": [] }));
    assert_eq!(see(&app, "/overview").await["blocked"], json!([]));
    app.start("+12025550134").await.id();
    for bad in ["/blocked/442", "/blocked/phone", "/blocked/+44%2020794"] {
        assert_eq!(pull(&app, bad, json!({})).await, 404, "{bad}");
    }
}

#[actix_web::test]
async fn what_is_blocked_can_be_called_again_by_whoever_sees_the_list() {
    let app = TestApp::spawn().await;
    for blocked in ["442079460123", "442079460124"] {
        assert_eq!(pull(&app, &format!("/blocked/{blocked}"), json!({})).await, 204);
    }
    let entry = |list: &Value, nth: usize| list["blocked"][nth].clone();
    let list = see(&app, "/blocked").await;
    let handle = entry(&list, 0)["handle"].as_str().unwrap().to_owned();
    assert!(handle.len() == 16 && !list.to_string().contains("0123"), "{list}");
    assert_eq!(release(&app, &format!("/blocked/{handle}")).await, 204);
    assert_eq!(see(&app, "/blocked").await["blocked"], json!([entry(&list, 1)]));
    app.start(NUMBER).await.id();
    // Gone, or never there.
    assert_eq!(release(&app, &format!("/blocked/{handle}")).await, 404);
    assert_eq!(release(&app, "/blocked/0123456789abcdef").await, 404);
    assert_eq!(pull(&app, &format!("/blocked/{handle}"), json!({})).await, 404);
}

#[actix_web::test]
async fn a_lever_that_cannot_be_read_is_not_pulled() {
    let app = TestApp::spawn().await;
    let put = |body: &'static str| {
        ops(&app, Method::PUT, "/pause").header("content-type", "application/json").body(body)
    };
    is(&send(put("{\"for\":\"soon\"}")).await, 422, "invalid_request");
    is(&send(put("{\"for\":\"2000d\"}")).await, 422, "invalid_request");
    is(&send(put("{\"channel\":\"fax\"}")).await, 422, "invalid_request");
    is(&send(put("{\"until\":\"2h\"}")).await, 400, "malformed_request");
    is(&send(put("")).await, 400, "malformed_request");
    is(&send(ops(&app, Method::PUT, "/pause").body("{}")).await, 415, "unsupported_media_type");
    assert_eq!(see(&app, "/overview").await["stopped"], json!([]));
    app.start(NUMBER).await.id();
}

#[actix_web::test]
async fn no_page_of_another_site_pulls_a_lever() {
    let app = TestApp::spawn().await;
    let put = || ops(&app, Method::PUT, "/pause").json(&json!({}));
    for site in ["cross-site", "same-site", "nonsense"] {
        is(&send(put().header("sec-fetch-site", site)).await, 403, "cross_site_request");
    }
    // A name that resolves to this address is another site's.
    is(&send(put().header("host", "evil.example:9090")).await, 403, "cross_site_request");
    let see = |path| ops(&app, Method::GET, path).header("host", "evil.example");
    is(&send(see("/overview")).await, 403, "cross_site_request");
    is(&send(see("/blocked")).await, 403, "cross_site_request");
    for open in ["/metrics", "/readyz", "/livez"] {
        assert_eq!(send(see(open)).await.status, 200, "{open}");
    }
    let preflight = ops(&app, Method::OPTIONS, "/pause").header("origin", "https://evil.example");
    let preflight = send(preflight.header("access-control-request-method", "PUT")).await;
    assert!(preflight.headers.get("access-control-allow-origin").is_none());
    app.start(NUMBER).await.id();
    assert_eq!(send(put().header("sec-fetch-site", "same-origin")).await.status, 204);
}

#[actix_web::test]
async fn a_token_opens_the_listener_under_any_name_and_nothing_else_does() {
    let app = TestApp::with(&[("OPS_TOKEN", "a long token of the operators")]).await;
    let put = || ops(&app, Method::PUT, "/pause").json(&json!({}));
    is(&send(put()).await, 401, "caller_required");
    for wrong in ["a long token of the operator", "a long token of the operators2", ""] {
        is(&send(put().bearer_auth(wrong)).await, 401, "caller_required");
        is(
            &send(ops(&app, Method::GET, "/overview").bearer_auth(wrong)).await,
            401,
            "caller_required",
        );
    }
    for open in ["/metrics", "/readyz", "/livez"] {
        assert_eq!(send(ops(&app, Method::GET, open)).await.status, 200, "{open}");
    }
    app.start("+442079460101").await.id();
    let named = put().bearer_auth("a long token of the operators").header("host", "ops.example");
    assert_eq!(send(named).await.status, 204);
    is(&app.start(NUMBER).await, 503, "paused");
}

/// What a service logs of its levers, in memory or with a store, while somebody pulls some.
async fn logged(store: Option<&str>, pull: impl AsyncFnOnce(&str)) -> Vec<Value> {
    let mut command = ringproof(&["serve"]);
    command.env("MESSAGEBIRD_API_KEY", KEY).env("SECRET_KEY", SECRET);
    command.env("GUARD_ALLOWED_REGIONS", "GB").env("HTTP_DRAIN_SECONDS", "0");
    command.envs(store.map(|url| ("REDIS_URL", url)));
    let mut service = Process::start(&mut command);
    let mut log = BufReader::new(service.0.stdout.take().unwrap());
    let listening: Value = serde_json::from_str(&line_with(&mut log, "\"listening\"")).unwrap();
    let rest = std::thread::spawn(move || log.lines().map(Result::unwrap).collect::<Vec<_>>());
    pull(&format!("http://{}", listening["ops_addr"].as_str().unwrap())).await;
    assert_eq!(service.terminate(), Some(0));
    let lines = rest.join().unwrap();
    let lines = lines.iter().map(|line| serde_json::from_str::<Value>(line).expect(line));
    lines.filter(|line| line["message"] == "an operator pulled a lever").collect()
}

const LEVERS: [(Method, &str); 8] = [
    (Method::PUT, "/pause"),
    (Method::DELETE, "/pause"),
    (Method::PUT, "/regions/GB"),
    (Method::DELETE, "/regions/GB"),
    (Method::PUT, "/blocked/442079460123"),
    (Method::DELETE, "/blocked/442079460123"),
    (Method::DELETE, "/blocked"),
    (Method::PUT, "/blocked/4420"),
];

async fn pull_all(ops: &str, status: u16) {
    for (method, path) in LEVERS {
        let how = json!({ "channel": "voice", "for": "90m", "why": "a test" });
        let answer = send(client().request(method, format!("{ops}{path}")).json(&how)).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert_eq!(answer.text.contains("nothing was changed"), status == 503, "{}", answer.text);
    }
}

#[actix_web::test]
async fn each_lever_that_was_pulled_is_one_line() {
    let lines = logged(None, async |ops| pull_all(ops, 204).await).await;
    let told = |line: &Value| {
        assert_eq!(line["level"], "WARN");
        let how = [&line["channels"], &line["minutes"], &line["why"]];
        let how = how.map(|it| it.as_str().map_or(it.to_string(), str::to_owned)).join(" ");
        format!("{} {} | {how}", line["what"].as_str().unwrap(), line["about"].as_str().unwrap())
    };
    assert_eq!(
        lines.iter().map(told).collect::<Vec<_>>(),
        [
            "pause new calls | voice 90 a test",
            "resume new calls | null null null",
            "close GB | voice 90 a test",
            "open GB | null null null",
            "block +442*******23 | voice 90 a test",
            "unblock +442*******23 | null null null",
            "unblock everything | null null null",
            "block +4420… | voice 90 a test",
        ]
    );
}

#[actix_web::test]
async fn what_the_store_did_not_take_is_not_told_as_done() {
    // Nobody listens there.
    let lines = logged(Some("redis://127.0.0.1:1"), async |ops| pull_all(ops, 503).await).await;
    assert_eq!(lines, [Value::Null; 0]);
}

#[actix_web::test]
async fn a_full_list_says_so_and_what_to_do() {
    let lines = logged(None, async |ops| {
        let http = client();
        let put = async |nth: u32| {
            let path = format!("{ops}/blocked/{}", 4_400_000 + nth);
            send(http.put(path).json(&json!({}))).await
        };
        for nth in 0..1_000 {
            assert_eq!(put(nth).await.status, 204);
        }
        let full = put(1_000).await;
        is(&full, 422, "invalid_request");
        assert!(full.json()["detail"].as_str().unwrap().contains("Take one away"), "{}", full.text);
        assert!(full.headers.get("retry-after").is_none());
        // The next change need not wait, and one for another is no more.
        assert_eq!(put(0).await.status, 204);
        let path = format!("{ops}/blocked/4400000");
        assert_eq!(send(http.delete(path)).await.status, 204);
        assert_eq!(put(1_000).await.status, 204);
    });
    assert_eq!(lines.await.len(), 1_003);
}
