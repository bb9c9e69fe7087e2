//! `GET /livez`, `GET /readyz`, and the operators' listener

use crate::helpers::{TestApp, client, send};

#[actix_web::test]
async fn a_running_service_is_alive_and_ready() {
    let app = TestApp::spawn().await;
    for path in ["/livez", "/readyz"] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "{\"status\":\"ok\"}"));
    }
}

#[actix_web::test]
async fn metrics_are_for_operators_only_and_name_nobody() {
    let app = TestApp::spawn().await;
    assert_eq!(app.get("/metrics").await.status, 404);
    app.start("+442079460180").await.id();
    app.get("/some/path/somebody/made/up").await;
    let metrics = send(client().get(format!("{}/metrics", app.ops))).await;
    assert_eq!(metrics.status, 200);
    assert!(
        metrics.text.contains("verify_starts_total{channel=\"voice\",outcome=\"ok\"} 1"),
        "{}",
        metrics.text
    );
    assert!(metrics.text.contains("http_route=\"/verifications\""));
    assert!(metrics.text.contains("http_route=\"unmatched\""), "{}", metrics.text);
    for secret in ["2079460180", "made"] {
        assert!(!metrics.text.contains(secret), "{secret}");
    }
    let ready = send(client().get(format!("{}/readyz", app.ops))).await;
    assert_eq!(ready.json()["store"], "ok");
}
