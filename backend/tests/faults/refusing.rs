//! F15–F20, F28, F29: a whole answer with a status that is no yes.

use crate::fake::{Act, Fake, json, with_headers};
use crate::world::{
    BOTH, Carrier, assert_all_unknown, assert_given_back, assert_told, breaker, number, placed,
    service,
};
use std::time::Duration;

#[actix_web::test]
async fn f15_internal_server_error() {
    let acts = |carrier: Carrier| {
        let html = with_headers(500, "Content-Type: text/html\r\n", "<h1>500</h1>");
        // Not even a body that reads like a refusal proves that nothing was placed.
        let code = if carrier == Carrier::Twilio { 21211 } else { 10 };
        [Act::Reply(html), carrier.fault(500, code, "recipient")]
    };
    assert_all_unknown(acts, |_| ()).await;
}

#[actix_web::test]
async fn f16_bad_gateway_unavailable_gateway_timeout() {
    let acts = |carrier| {
        let acts = [502, 503, 504].map(|status| Act::Reply(with_headers(status, "", "")));
        // Of the two only MessageBird promises with a 503 that nothing was done.
        let dated = if carrier == Carrier::Twilio { vec![502, 503, 504] } else { vec![502, 504] };
        let dated = dated
            .into_iter()
            .map(|status| Act::Reply(with_headers(status, "Retry-After: 5\r\n", "")));
        acts.into_iter().chain(dated)
    };
    assert_all_unknown(acts, |_| ()).await;
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
    for carrier in BOTH {
        const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        for (headers, shut) in [
            ("Retry-After: 30\r\n".to_owned(), 30_u64),
            (format!("{DATE}Retry-After: Sun, 06 Nov 1994 08:50:22 GMT\r\n"), 45),
            ("Retry-After: soon\r\n".to_owned(), 5),
            ("Retry-After: 99999999999999999999999\r\n".to_owned(), 300),
        ] {
            let busy = with_headers(429, &headers, "");
            let fake = Fake::start([Act::Reply(busy), carrier.placed(0)]).await;
            let app = carrier.service(fake.url.as_str()).await;
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
}

#[actix_web::test]
async fn f18_key_revoked() {
    for carrier in BOTH {
        let revoked = if carrier == Carrier::Twilio { 20003 } else { 2 };
        for status in [401, 403] {
            let fake =
                Fake::start([carrier.fault(status, revoked, "access_key"), carrier.placed(0)])
                    .await;
            let app = carrier.service(fake.url.as_str()).await;
            let answer = app.start(&number(0)).await;
            assert_told(&answer, 502, "provider_error", 60..=60);
            for word in ["key", "access", carrier.name()] {
                assert!(!answer.text.to_lowercase().contains(word), "{word}: {}", answer.text);
            }
            assert_eq!(breaker(&app, carrier, "start").await, Some(2));
            assert_told(&app.start(&number(0)).await, 503, "temporarily_unavailable", 60..=75);
            assert_eq!(fake.requests().len(), 1);
            app.clock.advance(Duration::from_secs(60));
            assert_eq!(app.start(&number(0)).await.status, 201);
        }
    }
}

#[actix_web::test]
async fn f19_no_balance() {
    for carrier in BOTH {
        let (status, code) = if carrier == Carrier::Twilio { (403, 20005) } else { (422, 25) };
        for no in [Act::Reply(with_headers(402, "", "")), carrier.fault(status, code, "")] {
            let fake = Fake::start([no, carrier.placed(0)]).await;
            let app = carrier.service(fake.url.as_str()).await;
            assert_told(&app.start(&number(0)).await, 503, "temporarily_unavailable", 300..=300);
            assert_given_back(&app, &number(0)).await;
            assert_eq!(fake.requests().len(), 1, "not asked again before somebody could have paid");
            app.clock.advance(Duration::from_secs(60));
            assert_eq!(app.start(&number(0)).await.status, 201);
        }
    }
}

#[actix_web::test]
async fn f20_recipient_not_accepted() {
    for carrier in BOTH {
        let invalid = (422, "phone_number_invalid", 0);
        let closed = (403, "destination_not_allowed", 0);
        let ours = (502, "provider_error", 60);
        let refusals = match carrier {
            Carrier::MessageBird => {
                vec![(422, 10, invalid), (400, 21, invalid), (422, 12, invalid), (422, 4711, ours)]
            }
            Carrier::Twilio => vec![
                (400, 21211, invalid),
                (400, 21217, invalid),
                (422, 13224, invalid),
                (400, 21215, closed),
                (400, 21216, closed),
                (400, 21210, ours),
            ],
        };
        let refusals = refusals
            .into_iter()
            .map(|(status, code, told)| (carrier.fault(status, code, "recipient"), told))
            .chain([(Act::Reply(with_headers(400, "", "?")), ours)]);
        for (no, (status, code, wait)) in refusals {
            let fake = Fake::start([no, carrier.placed(0)]).await;
            let app = carrier.service(fake.url.as_str()).await;
            assert_told(&app.start(&number(0)).await, status, code, wait..=wait);
            assert_eq!(fake.requests().len(), 1);
            assert_eq!(app.start(&number(0)).await.status, 201, "nothing was charged");
        }
    }
}

#[actix_web::test]
async fn f28_redirect_to_another_host() {
    let canary = Fake::start([]).await;
    let headers = format!("Location: {}verify\r\n", canary.url);
    let acts = |_| [301, 302, 303, 307, 308].map(|it| Act::Reply(with_headers(it, &headers, "")));
    assert_all_unknown(acts, |_| ()).await;
    assert_eq!(canary.connections(), 0, "the number goes nowhere else");
}

#[actix_web::test]
async fn f29_answers_nobody_promised() {
    let acts = |carrier: Carrier| {
        let flood = Act::ReplyAndClose(b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(500));
        let empty = Act::Reply(b"HTTP/1.1 204 X\r\n\r\n".to_vec());
        let odd = [206, 418].map(|status| Act::Reply(json(status, &carrier.made(900))));
        [flood, empty].into_iter().chain(odd)
    };
    assert_all_unknown(acts, |_| ()).await;
}
