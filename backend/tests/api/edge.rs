//! What every path has in common: headers, origins, sizes.

use crate::helpers::{Answer, TestApp, send};
use reqwest::Method;
use serde_json::json;

fn assert_secure(answer: &Answer, html: bool) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ] {
        assert_eq!(answer.header(name), value, "{name}: {:?}", answer.headers);
    }
    // What runs has these, too.
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("x-permitted-cross-domain-policies", "none"),
        ("x-dns-prefetch-control", "off"),
    ] {
        assert_eq!(answer.header(name), if html { value } else { "" }, "{name}");
    }
    let permissions = answer.header("permissions-policy");
    assert_eq!(permissions.contains("otp-credentials=(self)"), html, "{permissions}");
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
    for path in ["/main.js", "/styles/base.css", "/favicon.svg"] {
        let part = app.get(path).await;
        assert_eq!(part.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(part.header("cross-origin-resource-policy"), "same-origin", "{path}");
        for name in ["permissions-policy", "x-frame-options", "content-security-policy"] {
            assert_eq!(part.header(name), "", "{path}: only what is opened heeds {name}");
        }
    }
    let started = app.start("+442079460170").await;
    assert_secure(&started, false);
    assert_eq!(started.header("cache-control"), "no-store");
    assert_eq!(started.header("content-type"), "application/json");
    assert_eq!(app.get("/").await.header("cache-control"), "no-cache");
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

#[actix_web::test]
async fn a_path_that_nobody_has_is_not_found_whatever_the_method() {
    let app = TestApp::spawn().await;
    for path in ["/nothing", "/verifications/", "/index.htm", "/elements/nothing.js"] {
        for method in [Method::POST, Method::DELETE, Method::PUT, Method::GET] {
            let answer = send(app.request(method.clone(), path)).await;
            assert_eq!(answer.problem(), (404, "not_found".into()), "{method} {path}");
        }
    }
    for path in ["/", "/main.js"] {
        let answer = send(app.request(Method::POST, path)).await;
        assert_eq!(answer.problem(), (405, "method_not_allowed".into()), "{path}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
}

#[actix_web::test]
async fn a_coded_body_is_refused_and_told_what_is_taken() {
    let app = TestApp::spawn().await;
    let body = json!({ "phone_number": "+44207946017" });
    for (coding, status) in [("gzip", 415), ("br, gzip", 415), ("identity", 422), ("Identity", 422)]
    {
        let request = app.request(Method::POST, "/verifications");
        let answer = send(request.header("content-encoding", coding).json(&body)).await;
        assert_eq!(answer.status, status, "{coding}: {}", answer.text);
        let accepted = if status == 415 { "identity" } else { "" };
        assert_eq!(answer.header("accept-encoding"), accepted, "{coding}");
    }
    let plain = send(app.request(Method::POST, "/verifications").body("{}")).await;
    assert_eq!(plain.problem(), (415, "unsupported_media_type".into()));
    assert_eq!(plain.header("accept-encoding"), "", "the coding was not the fault");
}

#[actix_web::test]
async fn a_byte_order_mark_is_skipped() {
    let app = TestApp::spawn().await;
    let post = |path: &str, body: &str| {
        let request = app.request(Method::POST, path).header("content-type", "application/json");
        send(request.body(format!("\u{feff}{body}")))
    };
    let id = post("/verifications", "{\"phone_number\": \"+442079460174\"}").await.id();
    app.advance(60).await;
    post(&format!("/verifications/{id}/resend"), "").await.id();
    let twice = post("/verifications", "\u{feff}{}").await;
    assert_eq!(twice.problem(), (400, "malformed_request".into()));
}

#[actix_web::test]
async fn an_origin_is_compared_as_one() {
    let app = TestApp::with(&[("HTTP_ALLOWED_ORIGINS", "https://Shop.example:443")]).await;
    for (host, origin, passes) in [
        ("verify.example:443", "https://verify.example", true),
        ("verify.example", "https://verify.example:443", true),
        ("verify.example:80", "http://verify.example", true),
        ("Verify.Example", "https://verify.example", true),
        ("verify.example:8443", "https://verify.example:8443", true),
        ("[2001:db8::1]:443", "https://[2001:DB8::1]", true),
        ("verify.example", "https://shop.example", true),
        ("verify.example:80", "https://verify.example", false),
        ("verify.example", "https://verify.example:8443", false),
        ("verify.example", "https://verify.example.evil.example", false),
        ("verify.example", "https://verify.example@evil.example", false),
        ("verify.example", "https://verify.example/page", false),
        ("verify.example", "ftp://verify.example", false),
        ("verify.example", "http://shop.example", false),
        ("verify.example", "", false),
    ] {
        let request = app.request(Method::POST, "/verifications").header("host", host);
        let request = request.header("origin", origin);
        let answer = send(request.json(&json!({ "phone_number": "+4420" }))).await;
        let expected = if passes { "phone_number_invalid" } else { "cross_site_request" };
        assert_eq!(answer.problem().1, expected, "{origin} at {host}");
    }
}

#[actix_web::test]
async fn a_member_of_a_wrong_type_is_pointed_at() {
    let app = TestApp::spawn().await;
    let id = app.start("+442079460175").await.id();
    let check = format!("/verifications/{id}/check");
    for (path, body, pointer) in [
        (check.as_str(), json!({ "code": 123_456 }), "#/code"),
        ("/verifications", json!({ "phone_number": 442_079_460_176_u64 }), "#/phone_number"),
        ("/verifications", json!({ "phone_number": "+4420", "region": ["GB"] }), "#/region"),
    ] {
        let answer = app.post(path, body).await;
        assert_eq!(answer.problem(), (400, "malformed_request".into()), "{pointer}");
        let errors = answer.json()["errors"].clone();
        assert_eq!(errors[0]["pointer"], pointer);
        assert_eq!(errors[0]["code"], "wrong_type");
        assert_eq!(errors.as_array().unwrap().len(), 1, "{errors}");
    }
    let unknown = app.post("/verifications", json!({ "number": 1 })).await;
    assert_eq!(unknown.json()["errors"], serde_json::Value::Null);
}
