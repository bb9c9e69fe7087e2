//! `GET /` and the files of the page

use crate::helpers::{TestApp, send};
use reqwest::Method;

#[actix_web::test]
async fn serves_the_page_and_its_files_and_nothing_else() {
    let app = TestApp::spawn().await;
    let page = app.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.starts_with("<!doctype html>") || page.text.starts_with("<!DOCTYPE html>"));
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let script = app.get("/main.js").await;
    assert!(script.header("content-type").starts_with("text/javascript"), "{:?}", script.headers);
    // actix-files calls a path that climbs out malformed.
    assert_eq!(app.get("/api/..%2f..%2fCargo.toml").await.problem().0, 400);
    for path in [
        "/x.css",
        "/package.json",
        "/package-lock.json",
        "/tsconfig.json",
        "/node_modules/",
        "/test/unit/",
        "/.npmrc",
        "/api",
        "/elements/",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/favicon.ico",
    ] {
        assert_eq!(app.get(path).await.problem(), (404, "not_found".into()), "{path}");
    }
}

#[actix_web::test]
async fn a_file_that_did_not_change_is_not_sent_again() {
    let app = TestApp::spawn().await;
    let first = app.get("/main.js").await;
    let tag = first.header("etag");
    assert!(!tag.is_empty());
    let again = send(app.request(Method::GET, "/main.js").header("if-none-match", tag)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
}

#[actix_web::test]
async fn files_are_compressed_for_those_who_can_read_it() {
    let app = TestApp::spawn().await;
    let request = app.request(Method::GET, "/main.js").header("accept-encoding", "br");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "br");
    assert_eq!(response.headers()["vary"], "accept-encoding");
}
