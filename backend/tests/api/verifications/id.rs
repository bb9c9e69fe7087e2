//! `/verifications/{id}`: ids that are not ours.

use crate::helpers::{TestApp, send};
use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::json;

#[actix_web::test]
async fn ids_that_are_not_ours_get_one_answer_and_reach_nobody() {
    let app = TestApp::spawn().await;
    let id = app.start("+442079460003").await.id();
    let before = app.provider.seen_in_all().await;
    let last = if id.ends_with('A') { 'B' } else { 'A' };
    let altered = format!("{}{last}", &id[..id.len() - 1]);
    let mut bodies = Vec::new();
    for id in [
        "unknown",
        &altered,
        &id[..id.len() / 2],
        &format!("{id}A"),
        &id.to_lowercase(),
        "4e213b01155d1e35a9d9571v00162985",
        "..%2f..%2fconfig",
        "a%0d%0aHost:%20x",
        "%3Ftoken=123456",
        &"A".repeat(1500),
    ] {
        let path = format!("/verifications/{id}");
        let answers = [
            app.get(&path).await,
            app.cancel(id).await,
            app.check(id, "123456").await,
            app.resend(id).await,
        ];
        for answer in answers {
            assert_eq!(answer.problem(), (404, "verification_not_found".into()), "{id}");
            let mut body = answer.json();
            body["instance"] = json!("");
            bodies.push(body);
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(app.provider.seen_in_all().await, before);
}

#[actix_web::test]
async fn a_cancelled_verification_is_over() {
    let app = TestApp::spawn().await;
    let number = "+442079460004";
    let id = app.start(number).await.id();
    let code = app.provider.code(number).await;
    for _ in 0..2 {
        let answer = app.cancel(&id).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    }
    let checks = app.provider.seen("check").await;
    assert_eq!(app.check(&id, &code).await.problem(), (410, "verification_canceled".into()));
    assert_eq!(app.resend(&id).await.problem(), (410, "verification_canceled".into()));
    assert_eq!(app.provider.seen("check").await, checks);
    assert_eq!(app.get(&format!("/verifications/{id}")).await.json()["status"], "canceled");
    assert_eq!(app.provider.seen("delete").await, 1, "told once");
}

#[actix_web::test]
async fn three_hundred_cancels_at_once_reach_the_provider_once_and_keep_nobody_waiting() {
    let app = TestApp::spawn().await;
    let (cancelled, other) = ("+442079460006", "+442079460007");
    let (id, kept) = (app.start(cancelled).await.id(), app.start(other).await.id());
    let code = app.provider.code(other).await;
    let slow =
        json!({ "operation": "delete", "fault": "slow", "milliseconds": 1000, "times": 300 });
    app.provider.fault(slow).await;
    let cancels = join_all((0..300).map(|_| app.cancel(&id)));
    let check = async {
        while app.provider.seen("delete").await == 0 {}
        app.check(&kept, &code).await
    };
    let (cancels, check) = join(cancels, check).await;
    assert!(cancels.iter().all(|answer| answer.status == 204), "{cancels:?}");
    assert_eq!((check.status, app.provider.seen("delete").await), (200, 1));
}

#[actix_web::test]
async fn what_is_verified_cannot_be_cancelled() {
    let app = TestApp::spawn().await;
    let number = "+442079460005";
    let id = app.start(number).await.id();
    let code = app.provider.code(number).await;
    app.check(&id, &code).await;
    assert_eq!(app.cancel(&id).await.problem(), (409, "already_verified".into()));
    assert_eq!(app.resend(&id).await.problem(), (409, "already_verified".into()));
}

#[actix_web::test]
async fn wrong_methods_are_told_the_right_ones() {
    let app = TestApp::spawn().await;
    for (method, path, allow) in [
        (Method::PUT, "/verifications", "POST"),
        (Method::GET, "/verifications", "POST"),
        (Method::POST, "/verifications/x", "GET, HEAD, DELETE"),
        (Method::GET, "/verifications/x/check", "POST"),
        (Method::DELETE, "/verifications/x/resend", "POST"),
        (Method::POST, "/config", "GET, HEAD"),
        (Method::TRACE, "/livez", "GET, HEAD"),
        (Method::OPTIONS, "/readyz", "GET, HEAD"),
    ] {
        let answer = send(app.request(method.clone(), path)).await;
        assert_eq!(answer.problem(), (405, "method_not_allowed".into()), "{method} {path}");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
    let answer = send(app.request(Method::HEAD, "/config")).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
}
