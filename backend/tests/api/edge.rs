//! What every path has in common: headers, origins, sizes.

use crate::helpers::{Answer, TestApp, send};
use reqwest::Method;
use serde_json::json;

fn assert_secure(answer: &Answer, html: bool) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("x-permitted-cross-domain-policies", "none"),
        ("x-dns-prefetch-control", "off"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ] {
        assert_eq!(answer.header(name), value, "{name}: {:?}", answer.headers);
    }
    assert!(answer.header("permissions-policy").contains("otp-credentials=(self)"));
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(policy.contains("script-src"), html, "{policy}");
    for name in ["server", "x-powered-by", "set-cookie"] {
        assert!(answer.headers.get(name).is_none(), "{name}");
    }
}

#[actix_web::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::spawn().await;
    for (path, html) in [
        ("/", true),
        ("/config", false),
        ("/openapi.yaml", false),
        ("/docs", true),
        ("/problems/rate_limited", true),
        ("/livez", false),
        ("/readyz", false),
        ("/nothing", false),
        ("/verifications", false),
        ("/verifications/unknown", false),
    ] {
        assert_secure(&app.get(path).await, html);
    }
    let part = app.get("/main.js").await;
    for name in ["x-content-type-options", "strict-transport-security", "referrer-policy"] {
        assert!(!part.header(name).is_empty(), "{name}");
    }
    assert_eq!(part.header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(part.header("permissions-policy"), "", "only documents heed it");
    let started = app.start("+442079460170").await;
    assert_secure(&started, false);
    assert_eq!(started.header("cache-control"), "no-store");
    assert_eq!(started.header("content-type"), "application/json");
    assert_eq!(app.get("/").await.header("cache-control"), "no-store");
    assert_eq!(app.get("/main.js").await.header("cache-control"), "no-cache");
}

#[actix_web::test]
async fn every_request_has_a_name_of_its_own() {
    let app = TestApp::spawn().await;
    let (one, two) = (app.get("/livez").await, app.get("/livez").await);
    assert_eq!(one.header("x-request-id").len(), 36);
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
}

#[actix_web::test]
async fn browsers_on_foreign_pages_are_refused() {
    let app = TestApp::spawn().await;
    let host = app.address.trim_start_matches("http://").to_owned();
    let own = app.address.clone();
    for (header, value, passes) in [
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "same-origin", true),
        ("sec-fetch-site", "none", true),
        ("origin", "https://evil.example", false),
        ("origin", "null", false),
        ("origin", own.as_str(), true),
        ("host", host.as_str(), true),
    ] {
        let request = app.request(Method::POST, "/verifications").header(header, value);
        let answer = send(request.json(&json!({ "phone_number": "+4420" }))).await;
        let expected = if passes { "phone_number_invalid" } else { "cross_site_request" };
        assert_eq!(answer.problem().1, expected, "{header}: {value}");
        let read = send(app.request(Method::GET, "/config").header(header, value)).await;
        assert_eq!(read.status, 200, "reading changes nothing: {header}: {value}");
    }
}

#[actix_web::test]
async fn too_much_at_once_is_refused_at_once() {
    let app = TestApp::with(&[("HTTP_MAX_IN_FLIGHT", "1")]).await;
    app.provider
        .fault(json!({ "operation": "create", "fault": "slow", "milliseconds": 500 }))
        .await;
    let body = json!({ "phone_number": "+442079460172" });
    let first = actix_web::rt::spawn(send(app.request(Method::POST, "/verifications").json(&body)));
    while app.provider.seen("create").await < 1 {
        tokio::task::yield_now().await;
    }
    let answer = app.start("+442079460173").await;
    assert_eq!(answer.problem(), (503, "temporarily_unavailable".into()));
    assert_eq!(answer.header("retry-after"), "1");
    first.await.unwrap().id();
    app.start("+442079460173").await.id();
}
