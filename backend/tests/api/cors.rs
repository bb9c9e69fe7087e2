//! `HTTP_ALLOWED_ORIGINS`: what a page of another origin can load and call, and what no other can.

use crate::helpers::{Answer, TestApp, send};
use reqwest::Method;
use serde_json::json;

const LISTED: &str = "https://shop.example";
const UNLISTED: [&str; 4] =
    ["https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null"];

async fn app() -> TestApp {
    TestApp::with(&[("HTTP_ALLOWED_ORIGINS", LISTED)]).await
}

/// As a browser sends it for a page of that origin.
fn from(app: &TestApp, origin: &str, method: Method, path: &str) -> reqwest::RequestBuilder {
    let request = app.request(method, path).header("origin", origin);
    request.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "cors")
}

async fn preflight(app: &TestApp, origin: &str, method: &str, path: &str) -> Answer {
    let request = from(app, origin, Method::OPTIONS, path);
    let request = request.header("access-control-request-method", method);
    send(request.header("access-control-request-headers", "content-type,idempotency-key")).await
}

fn opened_to(answer: &Answer) -> &str {
    assert!(answer.headers.get("access-control-allow-credentials").is_none());
    answer.header("access-control-allow-origin")
}

fn varies_by_origin(answer: &Answer) -> bool {
    answer.header("vary").split(", ").any(|name| name.eq_ignore_ascii_case("origin"))
}

#[actix_web::test]
async fn a_listed_page_loads_modules_and_stylesheets_also_from_its_cache() {
    let app = app().await;
    for path in ["/phone-verification.js", "/main.js", "/i18n/en.js", "/styles/base.css", "/config"]
    {
        let answer = send(from(&app, LISTED, Method::GET, path)).await;
        assert_eq!((answer.status, opened_to(&answer)), (200, LISTED), "{path}");
        assert!(varies_by_origin(&answer), "{path}: {:?}", answer.headers);
        let tag = answer.header("etag");
        if tag.is_empty() {
            continue;
        }
        let again = from(&app, LISTED, Method::GET, path).header("if-none-match", tag);
        let again = send(again).await;
        assert_eq!((again.status, opened_to(&again)), (304, LISTED), "{path}");
        assert!(varies_by_origin(&again), "{path}: {:?}", again.headers);
    }
}

#[actix_web::test]
async fn what_a_cache_keeps_for_one_origin_is_not_given_to_another() {
    let app = app().await;
    let own = app.get("/main.js").await;
    assert!(own.headers.get("access-control-allow-origin").is_none());
    assert!(varies_by_origin(&own), "{:?}", own.headers);
    // A page that embeds a script without CORS gets none, listed or not.
    assert_eq!(own.header("cross-origin-resource-policy"), "same-origin");
}

#[actix_web::test]
async fn a_listed_page_runs_the_whole_flow_and_reads_what_it_needs() {
    let app = app().await;
    for (method, path) in [("POST", "/verifications"), ("DELETE", "/verifications/x")] {
        let answer = preflight(&app, LISTED, method, path).await;
        assert_eq!((answer.status, opened_to(&answer)), (200, LISTED), "{method}");
        assert!(answer.header("access-control-allow-methods").contains(method));
        let headers = answer.header("access-control-allow-headers");
        assert!(headers.contains("content-type") && headers.contains("idempotency-key"));
        assert_eq!(answer.header("access-control-max-age"), "600");
    }
    let number = "+442079460171";
    let start = from(&app, LISTED, Method::POST, "/verifications")
        .header("idempotency-key", "k")
        .json(&json!({ "phone_number": number }));
    let started = send(start.try_clone().unwrap()).await;
    let replayed = send(start).await;
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    let path = format!("/verifications/{}", started.id());
    let refused =
        send(from(&app, LISTED, Method::POST, &format!("{path}/resend")).json(&json!({}))).await;
    assert_eq!(refused.problem(), (429, "rate_limited".into()));
    let read = send(from(&app, LISTED, Method::GET, &path)).await;
    let code = app.provider.code(number).await;
    let checked = send(
        from(&app, LISTED, Method::POST, &format!("{path}/check")).json(&json!({ "code": code })),
    )
    .await;
    assert_eq!(checked.status, 200, "{}", checked.text);
    let canceled = send(from(&app, LISTED, Method::DELETE, &path)).await;
    assert_eq!(canceled.problem(), (409, "already_verified".into()));
    for answer in [started, replayed, refused, read, checked, canceled] {
        assert_eq!(opened_to(&answer), LISTED, "{:?}", answer.headers);
        let exposed = answer.header("access-control-expose-headers");
        for name in ["date", "retry-after", "location", "x-request-id", "idempotent-replayed"] {
            assert!(exposed.split(", ").any(|other| other == name), "{name}: {exposed}");
        }
        assert!(!answer.header("date").is_empty());
    }
}

#[actix_web::test]
async fn no_other_page_reads_or_changes_anything() {
    let app = app().await;
    for origin in UNLISTED {
        for path in ["/phone-verification.js", "/config", "/verifications/x"] {
            let answer = send(from(&app, origin, Method::GET, path)).await;
            assert_eq!(opened_to(&answer), "", "{origin} {path}");
        }
        assert_eq!(opened_to(&preflight(&app, origin, "POST", "/verifications").await), "");
        for (method, path) in [
            (Method::POST, "/verifications"),
            (Method::POST, "/verifications/x/check"),
            (Method::DELETE, "/verifications/x"),
        ] {
            let answer = send(from(&app, origin, method, path)).await;
            assert_eq!(answer.problem(), (403, "cross_site_request".into()), "{origin} {path}");
            assert_eq!(opened_to(&answer), "", "{origin} {path}");
        }
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
}

#[actix_web::test]
async fn without_a_list_there_is_no_cors_at_all() {
    let app = TestApp::spawn().await;
    for answer in [
        preflight(&app, LISTED, "POST", "/verifications").await,
        send(from(&app, LISTED, Method::GET, "/main.js")).await,
    ] {
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    }
}
