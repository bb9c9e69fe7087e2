//! F15–F20, F28, F29: a whole answer with a status that is no yes.

use crate::fake::{Act, Fake, json, with_headers};
use crate::world::{
    assert_all_unknown, assert_given_back, assert_told, metric, number, placed, service, verify,
};
use std::time::Duration;

/// An error as MessageBird writes it.
fn fault(status: u16, code: i64, parameter: &str) -> Act {
    let body =
        format!(r#"{{"errors":[{{"code":{code},"description":"no","parameter":"{parameter}"}}]}}"#);
    Act::Reply(json(status, &body))
}

#[actix_web::test]
async fn f15_internal_server_error() {
    let html = with_headers(500, "Content-Type: text/html\r\n", "<h1>500</h1>");
    // Not even a body that reads like a refusal proves that nothing was placed.
    assert_all_unknown([Act::Reply(html), fault(500, 10, "recipient")], |_| ()).await;
}

#[actix_web::test]
async fn f16_bad_gateway_unavailable_gateway_timeout() {
    let acts = [502, 503, 504].map(|status| Act::Reply(with_headers(status, "", "")));
    let dated = [502, 504].map(|status| Act::Reply(with_headers(status, "Retry-After: 5\r\n", "")));
    assert_all_unknown(acts.into_iter().chain(dated), |_| ()).await;
}

#[actix_web::test]
async fn f16_unavailable_until_then() {
    for (told, wait) in [("30", 30..=38), ("100000", 120..=150)] {
        let busy = with_headers(503, &format!("Retry-After: {told}\r\n"), "");
        let fake = Fake::start([Act::Reply(busy), placed(0)]).await;
        let app = service(fake.url.as_str()).await;
        assert_told(&app.start(&number(0)).await, 503, "temporarily_unavailable", wait);
        assert_eq!(fake.requests().len(), 1);
        assert_given_back(&app, &number(0)).await;
    }
}

#[actix_web::test]
async fn f17_too_many_requests() {
    const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    for (headers, shut) in [
        ("Retry-After: 30\r\n".to_owned(), 30_u64),
        (format!("{DATE}Retry-After: Sun, 06 Nov 1994 08:50:22 GMT\r\n"), 45),
        ("Retry-After: soon\r\n".to_owned(), 5),
        ("Retry-After: 99999999999999999999999\r\n".to_owned(), 300),
    ] {
        let busy = with_headers(429, &headers, "");
        let fake = Fake::start([Act::Reply(busy), placed(0)]).await;
        let app = service(fake.url.as_str()).await;
        // Never earlier than told, a little later so that not everybody comes at once.
        let wait = shut..=(shut * 5).div_ceil(4);
        for index in 0..4 {
            let answer = app.start(&number(index)).await;
            assert_told(&answer, 503, "temporarily_unavailable", wait.clone());
        }
        assert_eq!(fake.requests().len(), 1, "who asks to be left alone is");
        app.clock.advance(Duration::from_secs(shut - 1));
        assert_told(&app.start(&number(0)).await, 503, "temporarily_unavailable", 1..=2);
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(app.start(&number(0)).await.status, 201, "open for exactly as long");
        assert_eq!(fake.requests().len(), 2);
    }
}

#[actix_web::test]
async fn f18_key_revoked() {
    for status in [401, 403] {
        let fake = Fake::start([fault(status, 2, "access_key"), placed(0)]).await;
        let app = service(fake.url.as_str()).await;
        let answer = app.start(&number(0)).await;
        assert_told(&answer, 502, "provider_error", 60..=60);
        for word in ["key", "access", "messagebird"] {
            assert!(!answer.text.to_lowercase().contains(word), "{word}: {}", answer.text);
        }
        assert_eq!(
            metric(&app, "breaker_state{provider=\"messagebird\",op=\"start\"}").await,
            Some(2)
        );
        assert_told(&app.start(&number(0)).await, 503, "temporarily_unavailable", 60..=75);
        assert_eq!(fake.requests().len(), 1);
        app.clock.advance(Duration::from_secs(60));
        assert_eq!(app.start(&number(0)).await.status, 201);
    }
}

#[actix_web::test]
async fn f19_no_balance() {
    for no in [Act::Reply(with_headers(402, "", "")), fault(422, 25, "")] {
        let fake = Fake::start([no, placed(0)]).await;
        let app = service(fake.url.as_str()).await;
        assert_told(&app.start(&number(0)).await, 503, "temporarily_unavailable", 300..=300);
        assert_given_back(&app, &number(0)).await;
        assert_eq!(fake.requests().len(), 1, "not asked again before somebody could have paid");
        app.clock.advance(Duration::from_secs(60));
        assert_eq!(app.start(&number(0)).await.status, 201);
    }
}

#[actix_web::test]
async fn f20_recipient_not_accepted() {
    for (no, status, code, wait) in [
        (fault(422, 10, "recipient"), 422, "phone_number_invalid", 0),
        (fault(400, 21, "recipient"), 422, "phone_number_invalid", 0),
        (fault(422, 12, "recipient"), 422, "phone_number_invalid", 0),
        (fault(422, 4711, "recipient"), 502, "provider_error", 60),
        (Act::Reply(with_headers(400, "", "?")), 502, "provider_error", 60),
    ] {
        let fake = Fake::start([no, placed(0)]).await;
        let app = service(fake.url.as_str()).await;
        assert_told(&app.start(&number(0)).await, status, code, wait..=wait);
        assert_eq!(fake.requests().len(), 1);
        assert_eq!(app.start(&number(0)).await.status, 201, "nothing was charged");
    }
}

#[actix_web::test]
async fn f28_redirect_to_another_host() {
    let canary = Fake::start([]).await;
    let headers = format!("Location: {}verify\r\n", canary.url);
    let acts = [301, 302, 303, 307, 308].map(|it| Act::Reply(with_headers(it, &headers, "")));
    assert_all_unknown(acts, |_| ()).await;
    assert_eq!(canary.connections(), 0, "the number goes nowhere else");
}

#[actix_web::test]
async fn f29_answers_nobody_promised() {
    let flood = Act::ReplyAndClose(b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(500));
    let empty = Act::Reply(b"HTTP/1.1 204 X\r\n\r\n".to_vec());
    let odd = [206, 418].map(|status| Act::Reply(json(status, &verify(900, "sent"))));
    assert_all_unknown([flood, empty].into_iter().chain(odd), |_| ()).await;
}
