//! Keys, paths, verbs and bodies: what is answered before any verification is looked at.

use reqwest::Method;
use serde_json::json;

use crate::support::{NUMBER, Simulator, send};

#[actix_web::test]
async fn a_missing_malformed_or_revoked_key_is_401() {
    let simulator = Simulator::start().await;
    let expected = (
        401,
        2,
        "Request not allowed (incorrect access_key)".to_owned(),
        Some("access_key".to_owned()),
    );
    for key in [None, Some("AccessKey "), Some("Bearer live"), Some("AccessKey revoked_one")] {
        for (method, path) in [(Method::POST, "/verify"), (Method::GET, "/verify/some-id")] {
            let mut request = simulator.http.request(method, simulator.url(path));
            if let Some(key) = key {
                request = request.header("Authorization", key);
            }
            let answer = send(request.json(&json!({ "recipient": NUMBER }))).await;
            assert_eq!(answer.error(), expected, "{key:?}");
            let challenge = answer.header("www-authenticate");
            assert_eq!(challenge, Some("Basic realm=\"REST API authentication\""));
        }
    }
    assert!(simulator.phone(NUMBER).await.is_empty());
}

#[actix_web::test]
async fn any_other_key_works_and_may_come_in_the_query() {
    let simulator = Simulator::start().await;
    let url = simulator.url("/verify?access_key=whatever");
    let answer = send(simulator.http.post(url).json(&json!({ "recipient": NUMBER }))).await;
    assert_eq!(answer.status, 201);
}

#[actix_web::test]
async fn an_unknown_path_is_code_98_in_the_error_envelope() {
    let simulator = Simulator::start().await;
    for path in ["/", "/nothing", "/verify/a/b", "/voicemessages"] {
        let answer = simulator.get(path).await;
        assert_eq!((answer.error().0, answer.error().1), (404, 98), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json; charset=UTF-8"));
    }
}

#[actix_web::test]
async fn a_wrong_verb_is_405_in_the_error_envelope() {
    let simulator = Simulator::start().await;
    for (method, path, allow) in [
        (Method::PUT, "/verify", "POST"),
        (Method::POST, "/verify/some-id", "GET, DELETE"),
        (Method::DELETE, "/messages/some-id", "GET"),
    ] {
        let answer = send(simulator.request(method, path)).await;
        assert_eq!((answer.error().0, answer.header("allow")), (405, Some(allow)), "{path}");
    }
}

#[actix_web::test]
async fn the_query_may_override_the_verb() {
    let simulator = Simulator::start().await;
    let (id, _) = simulator.call().await;
    let answer = simulator.get(&format!("/verify/{id}?_method=DELETE")).await;
    assert_eq!(answer.status, 204);
    assert_eq!(simulator.view(&id).await.status, 404);
    let answer = simulator.get(&format!("/verify?_method=POST&recipient={NUMBER}")).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
}

#[actix_web::test]
async fn json_is_read_whatever_its_declared_type_and_broken_json_is_422() {
    let simulator = Simulator::start().await;
    let body = format!("{{\"recipient\":\"{NUMBER}\"}}");
    let answer = send(simulator.request(Method::POST, "/verify").body(body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    for broken in ["{\"recipient\":", "[]", "null", "\u{0}"] {
        let request = simulator.request(Method::POST, "/verify").body(broken);
        let answer = send(request.header("Content-Type", "application/json")).await;
        assert_eq!(answer.status, 422, "{broken}: {}", answer.text);
    }
}

#[actix_web::test]
async fn a_body_beyond_any_sense_is_refused() {
    let simulator = Simulator::start().await;
    let body = vec![b' '; 65 * 1024];
    let answer = send(simulator.request(Method::POST, "/verify").body(body)).await;
    assert_eq!(answer.status, 413);
}

#[actix_web::test]
async fn reads_are_gzipped_for_those_who_accept_it() {
    let simulator = Simulator::start().await;
    let (id, _) = simulator.call().await;
    let request = simulator.request(Method::GET, &format!("/verify/{id}"));
    let answer = request.header("Accept-Encoding", "br, gzip").send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(answer.headers()["vary"], "accept-encoding");
    assert!(answer.bytes().await.unwrap().starts_with(&[0x1f, 0x8b]), "the mark of gzip");
    assert_eq!(simulator.view(&id).await.header("content-encoding"), None);
}

#[actix_web::test]
async fn a_test_key_cannot_see_what_a_live_key_made() {
    let simulator = Simulator::start().await;
    let (id, code) = simulator.call().await;
    let test = simulator.with_key("test_key");
    assert_eq!(test.view(&id).await.status, 404);
    assert_eq!(test.check(&id, &code).await.status, 404);
    assert_eq!(test.delete(&format!("/verify/{id}")).await.status, 404);
    let live = test.with_key("live_key");
    assert_eq!(live.check(&id, &code).await.text("status"), "verified");
}
