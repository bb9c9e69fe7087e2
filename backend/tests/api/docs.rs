//! `GET /openapi.yaml`, `GET /docs`

use crate::helpers::TestApp;

#[test]
fn openapi_yaml_says_what_the_service_does() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == ringproof::http::docs::contract(),
        "openapi.yaml has drifted: run `cargo run -- openapi > openapi.yaml`"
    );
}

#[actix_web::test]
async fn the_contract_is_served() {
    let app = TestApp::spawn().await;
    let answer = app.get("/openapi.yaml").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text, ringproof::http::docs::contract());
    for path in ["/verifications/{id}/check:", "/verifications/{id}/resend:", "/config:"] {
        assert!(answer.text.contains(path), "{path}");
    }
}

#[actix_web::test]
async fn the_reader_has_everything_from_this_origin() {
    let app = TestApp::spawn().await;
    let page = app.get("/docs").await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("https://"), "{}", page.text);
    assert!(page.text.contains("<title>Ringproof API</title>"), "{}", page.text);
    let mut files = 0;
    for link in page.text.replace("src=", "href=").split("href=\"").skip(1) {
        let link = link.split('"').next().unwrap();
        assert!(link.starts_with('/'), "{link}");
        assert_eq!(app.get(link).await.status, 200, "{link}");
        files += 1;
    }
    assert!(files >= 4, "{}", page.text);
    let ours = app.get("/styles/reader.css").await.text;
    assert!(ours.contains("@import url(\"/docs/swagger-ui.css\")"), "their styles come first");
    assert_eq!(app.get("/docs/swagger-ui.css").await.status, 200);
    let begin = app.get("/docs/swagger-initializer.js").await.text;
    assert!(begin.contains("/openapi.yaml") && begin.contains("BaseLayout"), "{begin}");
    assert_eq!(app.get("/docs/nothing.js").await.status, 404);
}
