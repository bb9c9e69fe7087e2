//! Paths that try to be something else, above all in `{id}`: the provider's address is made of what
//! an id opens to, never of what a client wrote.

use crate::helpers::TestApp;
use crate::raw::{exchange, parse};

/// `GET` of a target written as it is.
fn get(target: &[u8]) -> Vec<u8> {
    [b"GET ", target, b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"].concat()
}

#[actix_web::test]
async fn b48_no_path_reaches_the_provider() {
    let app = TestApp::spawn().await;
    let huge = "A".repeat(10 * 1024);
    let tricks: [&[u8]; 22] = [
        b"..",
        b".",
        b"../livez",
        b"..%2f..%2fverify",
        b"%2e%2e",
        b"%2e%2e%2fverify",
        b"%252e%252e",
        b"?token=123456",
        b"%3Ftoken=123456",
        b"x?token=123456",
        b"#x",
        b"%23x",
        b"a%0d%0aHost:%20b",
        b"a%00b",
        b"%00",
        b"a;b=c",
        b"a//b",
        b"\\..\\x",
        b"%ff%fe",
        b"\xc3\xa9",
        b"a%zz",
        huge.as_bytes(),
    ];
    for trick in tricks {
        let target = [b"/verifications/", trick].concat();
        let what = String::from_utf8_lossy(trick);
        let heard = parse(&exchange(&app.address, get(&target)).await);
        // What no target may have is refused by the parser, without a body.
        let code = if heard.body.is_empty() { "malformed_request".into() } else { heard.problem() };
        assert!(
            matches!(
                (heard.status, code.as_str()),
                (404, "verification_not_found" | "not_found")
                    | (400, "malformed_request")
                    | (405, "method_not_allowed")
                    | (414, "uri_too_long")
            ),
            "{what}: {heard:?}"
        );
        for path in ["check", "resend"] {
            let target = [b"/verifications/", trick, b"/", path.as_bytes()].concat();
            let head = [b"POST ", &target[..], b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"code\":\"123456\"}"];
            let heard = parse(&exchange(&app.address, head.concat()).await);
            assert!((400..500).contains(&heard.status), "{what} {path}: {heard:?}");
            if !heard.body.is_empty() {
                heard.problem();
            }
        }
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
}

#[actix_web::test]
async fn b48_bytes_that_no_target_may_have_are_refused() {
    let app = TestApp::spawn().await;
    for target in [
        &b"/verifications/a b"[..],
        b"/verifications/a\0b",
        b"/verifications/a\r\nX: y",
        b"/\x7f",
        b"verifications",
        b"",
    ] {
        let heard = parse(&exchange(&app.address, get(target)).await);
        heard.assert_refused(400, "malformed_request");
    }
    assert_eq!(app.provider.seen_in_all().await, 0);
}

#[actix_web::test]
async fn b48_no_path_leaves_the_page() {
    let app = TestApp::spawn().await;
    for target in [
        "/../Cargo.toml",
        "/..%2fCargo.toml",
        "/%2e%2e/Cargo.toml",
        "/styles/../../Cargo.toml",
        "/styles/%2e%2e/package.json",
        "/.npmrc",
        "/%2enpmrc",
        "/package.json",
        "/test/lighthouse.js",
        "//etc/passwd",
        "/styles/..%5c..%5cCargo.toml",
        "/index.html%00.js",
        "/main.js%0d%0a",
    ] {
        let heard = parse(&exchange(&app.address, get(target.as_bytes())).await);
        assert!((400..500).contains(&heard.status), "{target}: {heard:?}");
        heard.problem();
    }
}

#[actix_web::test]
async fn b40_every_answer_says_what_it_is() {
    let app = TestApp::spawn().await;
    for (target, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/main.js", "text/javascript"),
        ("/styles/base.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
        ("/config", "application/json"),
        ("/livez", "application/json"),
        ("/problems/rate_limited", "text/html; charset=utf-8"),
        ("/openapi.yaml", "application/yaml"),
        ("/nothing", "application/problem+json"),
    ] {
        let heard = parse(&exchange(&app.address, get(target.as_bytes())).await);
        assert_eq!(heard.header("content-type"), Some(kind), "{target}");
    }
}
