//! Clients that offer another protocol. The offer is not taken (RFC 9110 section 7.8): the answer is
//! that of the request without it, and says that it is the connection's last.

use crate::helpers::TestApp;
use crate::raw::{Raw, exchange, parse};
use std::process::Command;

#[actix_web::test]
async fn b49_no_post_of_the_jdks_client_is_lost() {
    let app = TestApp::spawn().await;
    let mut java = Command::new("java");
    // It lives for two seconds: what makes longer lives faster only costs time.
    java.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]);
    java.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/Upgrade.java"));
    java.args([&format!("{}/verifications/unknown/check", app.address), "2000"]);
    let output = actix_web::web::block(move || java.output()).await.unwrap().expect("a JDK");
    let printed = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(printed.trim(), "2000 answered, 0 lost", "{said}");
}

#[actix_web::test]
async fn b49_an_offer_is_answered_as_if_it_were_not_there_and_ends_the_connection() {
    let app = TestApp::spawn().await;
    let json = "{\"phone_number\":\"+4420\"}";
    for offer in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
        "Connection: upgrade\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        "Upgrade: websocket\r\n",
    ] {
        let get = format!("GET /livez HTTP/1.1\r\nHost: a\r\n{offer}\r\n");
        let heard = parse(&exchange(&app.address, get).await);
        assert_eq!((heard.status, heard.header("connection")), (200, Some("close")), "{offer}");
        let length = json.len();
        let post = format!(
            "POST /verifications HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{offer}\r\n{json}"
        );
        let heard = parse(&exchange(&app.address, post).await);
        assert_eq!(heard.status, 422, "{offer}: {heard:?}");
        assert_eq!(heard.problem(), "phone_number_invalid", "{offer}");
        assert_eq!(heard.header("connection"), Some("close"), "{offer}");
    }
}

#[actix_web::test]
async fn b49_what_follows_the_offer_of_a_websocket_is_not_read_as_another_request() {
    let app = TestApp::spawn().await;
    let hidden = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    for length in ["", "Content-Length: 2\r\n"] {
        let offer = format!("Host: a\r\n{length}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        let asked = format!("GET /livez HTTP/1.1\r\n{offer}{{}}{hidden}");
        let heard = exchange(&app.address, asked).await;
        let text = String::from_utf8_lossy(&heard);
        assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{text}");
        assert_eq!(parse(&heard).status, 200, "{text}");
    }
}

#[actix_web::test]
async fn b49_a_body_behind_an_offer_is_as_small_as_any() {
    let app = TestApp::spawn().await;
    for lines in [
        "Upgrade: websocket\r\nContent-Length: 5000\r\n",
        "Upgrade: websocket\r\nTransfer-Encoding: chunked\r\n",
    ] {
        let body = format!("1388\r\n{}\r\n0\r\n\r\n", "a".repeat(5000));
        let post = format!("POST /verifications HTTP/1.1\r\nHost: a\r\n{lines}\r\n{body}");
        let mut client = Raw::open(&app.address).await;
        client.send(post).await;
        parse(&client.until_closed().await).assert_refused(413, "body_too_large");
    }
}
