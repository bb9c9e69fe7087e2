//! Paths that try to be something else, above all in `{id}`: the provider's address is made of what
//! an id opens to, never of what a client wrote.

use crate::helpers::TestApp;
use crate::raw::{exchange, parse};

/// `GET` of a target written as it is.
fn get(target: &[u8]) -> Vec<u8> {
    [b"GET ", target, b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"].concat()
}

/// A check of a code, to a target written as it is.
fn post(target: &[u8]) -> Vec<u8> {
    let rest = b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"code\":\"123456\"}";
    [b"POST ", target, rest].concat()
}

/// A status and a problem's code.
type Refusal = (u16, &'static str);

fn verification(id: &[u8], path: &str) -> Vec<u8> {
    [b"/verifications/", id, path.as_bytes()].concat()
}

#[actix_web::test]
async fn b48_no_path_reaches_the_provider() {
    let app = TestApp::spawn().await;
    let huge = "A".repeat(10 * 1024);
    // A path with an id that is none; one that is no path of ours; one that lacks what follows the id.
    let id = [(404, "verification_not_found"); 2];
    let none = [(404, "not_found"); 2];
    let short = [(404, "verification_not_found"), (405, "method_not_allowed")];
    let tricks: [(&[u8], [Refusal; 2]); 21] = [
        (b"..", id),
        (b".", id),
        (b"../livez", none),
        (b"..%2f..%2fverify", id),
        (b"%2e%2e", id),
        (b"%2e%2e%2fverify", id),
        (b"%252e%252e", id),
        (b"?token=123456", none),
        (b"%3Ftoken=123456", id),
        (b"x?token=123456", short),
        (b"#x", none),
        (b"%23x", id),
        (b"a%0d%0aHost:%20b", id),
        (b"a%00b", id),
        (b"%00", id),
        (b"a;b=c", id),
        (b"a//b", none),
        (b"\\..\\x", id),
        (b"%ff%fe", id),
        (b"a%zz", id),
        (huge.as_bytes(), [(414, "uri_too_long"); 2]),
    ];
    for (trick, [(get_status, get_code), (post_status, post_code)]) in tricks {
        println!("{}", String::from_utf8_lossy(trick));
        let heard = parse(&exchange(&app.address, get(&verification(trick, ""))).await);
        heard.assert_refused(get_status, get_code);
        for path in ["/check", "/resend"] {
            let heard = parse(&exchange(&app.address, post(&verification(trick, path))).await);
            heard.assert_refused(post_status, post_code);
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
        b"",
        b"/verifications/\xc3\xa9",
    ] {
        parse(&exchange(&app.address, get(target)).await).assert_unreadable(400);
        parse(&exchange(&app.address, post(target)).await).assert_unreadable(400);
    }
    // A host's name without a path is a target, but only of CONNECT.
    let heard = parse(&exchange(&app.address, get(b"verifications")).await);
    heard.assert_refused(400, "malformed_request");
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
        heard.assert_refused(404, "not_found");
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
