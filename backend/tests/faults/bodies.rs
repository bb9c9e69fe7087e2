//! F22–F27, F30: a yes that cannot be used. The call may be on its way, its id is lost.

use crate::fake::{Act, Fake, json, with_headers};
use crate::world::{BOTH, Carrier, assert_all_unknown, assert_kept, assert_told, number};

#[actix_web::test]
async fn f22_html() {
    let acts = |_| {
        [200, 201].map(|status| {
            let html = "<!DOCTYPE html><title>Welcome</title><p>It works!";
            Act::Reply(with_headers(status, "Content-Type: text/html\r\n", html))
        })
    };
    assert_all_unknown(acts, |_| ()).await;
}

#[actix_web::test]
async fn f23_broken_json() {
    let acts = |carrier: Carrier| {
        let whole = carrier.made(900);
        let half = &whole[..whole.len() / 2];
        let (list, twice) = (format!("[{whole}]"), format!("{whole}{whole}"));
        ["", "null", "{", "true", "\"id\"", half, &list, &twice]
            .map(|body| Act::Reply(json(201, body)))
    };
    assert_all_unknown(acts, |_| ()).await;
}

#[actix_web::test]
async fn f24_missing_or_odd_id() {
    let acts = |carrier| {
        let name = if carrier == Carrier::Twilio { "sid" } else { "id" };
        let long = format!("\"{}\"", "a".repeat(10_000));
        let ids = [
            "",
            "\"\"",
            "null",
            "4711",
            "[\"a\"]",
            "\"../verify\"",
            "\"a b\"",
            "\"a\\r\\nb\"",
            &long,
        ];
        ids.map(|id| match id {
            "" => "{\"status\":\"sent\"}".to_owned(),
            id => format!("{{\"{name}\":{id},\"status\":\"sent\"}}"),
        })
        .map(|body| Act::Reply(json(201, &body)))
    };
    assert_all_unknown(acts, |_| ()).await;
}

#[actix_web::test]
async fn f25_wrong_content_type() {
    for carrier in BOTH {
        for (index, kind) in
            ["text/html", "text/plain", "application/octet-stream"].iter().enumerate()
        {
            let headers = format!("Content-Type: {kind}\r\n");
            let answer = with_headers(201, &headers, &carrier.made(index));
            let fake = Fake::start([Act::Reply(answer)]).await;
            let app = carrier.service(fake.url.as_str()).await;
            assert_eq!(app.start(&number(0)).await.status, 201, "{kind}");
        }
    }
}

#[actix_web::test]
async fn f26_body_without_an_end() {
    for carrier in BOTH {
        let act = Act::Endless {
            head: b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
            piece: b"4\r\n    \r\n".repeat(1_000),
        };
        let mut fake = Fake::start([act]).await;
        let app = carrier.service(fake.url.as_str()).await;
        assert_told(&app.start(&number(0)).await, 502, "delivery_unknown", 60..=60);
        // What was written beyond the limit is what the kernel's buffers took.
        assert!(fake.departure().await < 16 * 1024 * 1024);
        assert_kept(&app, &number(0)).await;
        assert_eq!(fake.requests().len(), 1);
    }
}

#[actix_web::test]
async fn f27_compressed_without_being_asked() {
    let acts = |carrier: Carrier| {
        ["gzip", "br", "zstd", "deflate"].map(|encoding| {
            let headers = format!("Content-Encoding: {encoding}\r\n");
            // Were it unpacked it would be broken; were the header ignored it would be fine.
            Act::Reply(with_headers(201, &headers, &carrier.made(900)))
        })
    };
    assert_all_unknown(acts, |_| ()).await;
}

#[actix_web::test]
async fn f30_flood_of_headers() {
    let acts = |_| {
        let many = format!("HTTP/1.1 201 X\r\n{}\r\n", "A: b\r\n".repeat(5_000));
        let long = format!("HTTP/1.1 201 X\r\nA: {}\r\n\r\n", "b".repeat(2_000_000));
        let no_http = "SSH-2.0-server\r\n\r\n".to_owned();
        [many, long, no_http].map(|answer| Act::ReplyAndClose(answer.into_bytes()))
    };
    assert_all_unknown(acts, |_| ()).await;
}
