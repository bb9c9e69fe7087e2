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
    for path in [
        "/x.css",
        "/package.json",
        "/package-lock.json",
        "/tsconfig.json",
        "/phone-verification.d.ts",
        "/node_modules/",
        "/test/unit/",
        "/.npmrc",
        "/api",
        "/elements/",
        "/../Cargo.toml",
        "/api/..%2f..%2fCargo.toml",
        "/api//client.js",
        "/main%2ejs",
        "/main.js/",
        "/%2e%2e/Cargo.toml",
        "/favicon.ico",
    ] {
        assert_eq!(app.get(path).await.problem(), (404, "not_found".into()), "{path}");
    }
}

#[actix_web::test]
async fn the_page_names_one_release_whose_files_are_kept_for_good() {
    let app = TestApp::spawn().await;
    let request = app.request(Method::GET, "/").header("accept-language", "nl-BE, en;q=0.5");
    let page = send(request).await;
    assert_eq!(page.header("cache-control"), "no-cache");
    assert_eq!(page.header("vary"), "accept-encoding, accept-language");
    let links: Vec<_> = page.text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert!(links.len() > 20, "{}", page.text);
    assert!(links.iter().any(|link| link.ends_with("/i18n/nl.js")), "{links:?}");
    let release = links[0].split('/').nth(2).unwrap();
    for link in &links {
        assert_eq!(link.split('/').nth(2), Some(release), "one release: {link}");
        let file = app.get(link).await;
        assert_eq!(file.status, 200, "{link}");
        assert_eq!(file.header("cache-control"), "max-age=31536000, immutable", "{link}");
        let name = link.split('/').skip(3).collect::<Vec<_>>().join("/");
        let written = app.get(&format!("/{name}")).await;
        assert_eq!(file.text, written.text, "{link}");
        assert_eq!(written.header("cache-control"), "no-cache", "{link}");
    }
    // Another release gets what there is, under a name that nobody keeps.
    let other = app.get("/assets/0123456789abcdef/main.js").await;
    assert_eq!((other.status, other.header("cache-control")), (200, "no-store"));
    for path in [
        "/assets/",
        "/assets/x",
        "/assets/x/",
        "/assets//main.js/",
        "/assets/x/index.html",
        "/assets/x/package.json",
        "/assets/x/../main.js%2f",
    ] {
        assert_eq!(app.get(path).await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn what_is_kept_for_good_travels_small() {
    let app = TestApp::spawn().await;
    let page = app.get("/").await.text;
    let link = page.split('"').find(|part| part.ends_with("/styles/page.css")).unwrap().to_owned();
    let file = app.request(Method::GET, &link).header("accept-encoding", "gzip, br");
    let file = file.send().await.unwrap();
    let mut names: Vec<_> = file.headers().keys().map(ToString::to_string).collect();
    names.sort_unstable();
    let wanted = [
        "cache-control",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "vary",
        "x-content-type-options",
    ];
    assert_eq!(names, wanted);
    let plain = app.get("/styles/page.css").await.text;
    let hardest = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut least = Vec::new();
    brotli::BrotliCompress(&mut plain.as_bytes(), &mut least, &hardest).unwrap();
    let sent = file.bytes().await.unwrap().len();
    assert!(sent <= least.len() + 8, "{sent} bytes, and {} will do", least.len());
}

#[actix_web::test]
async fn who_has_the_page_is_told_so_without_its_headers() {
    let app = TestApp::spawn().await;
    let page = app.get("/").await;
    let known = app.request(Method::GET, "/").header("if-none-match", page.header("etag"));
    let known = send(known).await;
    let mut names: Vec<_> = known.headers.keys().map(ToString::to_string).collect();
    names.sort_unstable();
    let wanted = ["cache-control", "date", "etag", "vary", "x-request-id"];
    assert_eq!((known.status, names.as_slice()), (304, &wanted.map(String::from)[..]));
}

#[actix_web::test]
async fn an_address_that_nothing_has_shows_a_browser_a_page_and_tells_programs_a_problem() {
    let app = TestApp::spawn().await;
    let browser = app.request(Method::GET, "/nothing").header("accept", "text/html,*/*;q=0.8");
    let shown = send(browser).await;
    assert_eq!((shown.status, shown.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(shown.text.contains("<h1>There is nothing here</h1>"), "{}", shown.text);
    assert_eq!(app.get("/nothing").await.problem(), (404, "not_found".into()));
    let sent = app.request(Method::POST, "/nothing").header("accept", "text/html");
    assert_eq!(send(sent).await.problem().0, 404);
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
    for path in ["/main.js", "/", "/config", "/openapi.yaml", "/docs/swagger-ui.css"] {
        let plain = app.get(path).await;
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        let mut tags = vec![plain.header("etag").to_owned()];
        for encoding in ["br", "gzip"] {
            let request = app.request(Method::GET, path).header("accept-encoding", encoding);
            let response = request.send().await.unwrap();
            let headers = response.headers().clone();
            assert_eq!(headers["content-encoding"], encoding, "{path}");
            let vary = headers["vary"].to_str().unwrap();
            assert!(vary.starts_with("accept-encoding"), "{path}: {vary}");
            assert_eq!(headers["content-type"], plain.header("content-type"), "{path}");
            assert!(response.bytes().await.unwrap().len() < plain.text.len(), "{path}");
            tags.push(headers["etag"].to_str().unwrap().to_owned());
        }
        tags.dedup();
        assert_eq!(tags.len(), 3, "other bytes have another tag: {tags:?}");
    }
}

#[actix_web::test]
async fn a_head_tells_what_a_get_would_send() {
    let app = TestApp::spawn().await;
    let (got, told) =
        (app.get("/main.js").await, send(app.request(Method::HEAD, "/main.js")).await);
    assert_eq!((told.status, told.text.as_str()), (200, ""));
    for header in ["content-type", "content-length", "etag", "cache-control"] {
        assert_eq!(got.header(header), told.header(header), "{header}");
    }
    let refused = send(app.request(Method::POST, "/main.js")).await;
    assert_eq!(refused.problem(), (405, "method_not_allowed".into()));
    assert_eq!(refused.header("allow"), "GET, HEAD");
}

#[actix_web::test]
async fn a_file_that_is_edited_is_served_as_it_is_now() {
    let folder = std::env::temp_dir().join(format!("ringproof-page-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("styles")).unwrap();
    std::fs::write(folder.join("index.html"), "<!doctype html>").unwrap();
    let style = folder.join("styles/main.css");
    let app = TestApp::with(&[("HTTP_FRONTEND_DIR", folder.to_str().unwrap())]).await;
    assert_eq!(app.get("/styles/main.css").await.status, 404);
    let mut tags = Vec::new();
    for text in ["a {}", "a { color: red }"] {
        std::fs::write(&style, text).unwrap();
        for _ in 0..2 {
            let answer = app.get("/styles/main.css").await;
            assert_eq!((answer.status, answer.text.as_str()), (200, text));
            assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
            assert_eq!(answer.header("cache-control"), "no-cache");
            tags.push(answer.header("etag").to_owned());
        }
    }
    assert!(tags[0] == tags[1] && tags[1] != tags[2] && tags[2] == tags[3], "{tags:?}");
    // Nor is it kept under the name of a release that it is not of.
    std::fs::write(folder.join("index.html"), "<!doctype html><link href=\"styles/main.css\">")
        .unwrap();
    // Whether the page has changed is looked at once a second.
    let mut page = app.get("/").await.text;
    for _ in 0..1000 {
        if page.contains("/assets/") {
            break;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
        page = app.get("/").await.text;
    }
    let link = page.split('"').nth(1).unwrap();
    let kept = async || app.get(link).await.header("cache-control").to_owned();
    assert_eq!(kept().await, "max-age=31536000, immutable");
    std::fs::write(&style, "a { color: blue }").unwrap();
    assert_eq!(kept().await, "no-store");
    std::fs::remove_file(&style).unwrap();
    assert_eq!(app.get("/styles/main.css").await.status, 404);
    std::fs::remove_dir_all(&folder).unwrap();
}
