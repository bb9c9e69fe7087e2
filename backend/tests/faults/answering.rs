//! F9–F14: the request left, and the answer is late, broken off or never comes.

use crate::fake::{Act, Fake};
use crate::world::{
    BOTH, Carrier, assert_all_unknown, assert_kept, assert_told, hurried, hurried_to_the_end,
    number,
};
use sandbox::fault_proxy::{Cut, Way};
use std::time::Duration;

#[actix_web::test]
async fn f09_first_byte_slow_but_in_time() {
    for carrier in BOTH {
        let down = Way {
            latency: Duration::from_millis(300),
            jitter: Duration::from_millis(100),
            ..Way::default()
        };
        let (app, _proxy) = carrier.behind_a_proxy(down, |_| ()).await;
        let id = app.start(&number(0)).await.id();
        assert_eq!(app.provider.seen("create").await, 1);
        let code = app.provider.code(&number(0)).await;
        assert_eq!(app.check(&id, &code).await.status, 200);
    }
}

#[actix_web::test]
async fn f10_no_first_byte_in_time() {
    for carrier in BOTH {
        let hole = Way { limit: Some(0), cut: Cut::BlackHole, ..Way::default() };
        let (app, _proxy) = carrier.behind_a_proxy(hole, hurried).await;
        assert_told(&app.start(&number(0)).await, 504, "delivery_unknown", 60..=60);
        assert_eq!(app.provider.rings(&number(0)).await, 1, "it rings all the same");
        assert_kept(&app, &number(0)).await;
        assert_eq!(app.provider.seen("create").await, 1);
    }
}

#[actix_web::test]
async fn f11_answer_drips() {
    for carrier in BOTH {
        let drip = Way { slice: Some(1), pause: Duration::from_millis(50), ..Way::default() };
        let (app, _proxy) = carrier.behind_a_proxy(drip, hurried_to_the_end).await;
        assert_told(&app.start(&number(0)).await, 504, "delivery_unknown", 60..=60);
        assert_kept(&app, &number(0)).await;
        assert_eq!(app.provider.seen("create").await, 1);

        let body = Act::Drip {
            head: b"HTTP/1.1 201 Created\r\nContent-Length: 1000000\r\n\r\n".to_vec(),
            piece: b" ".to_vec(),
            pause: Duration::from_millis(10),
        };
        let fake = Fake::start([body]).await;
        let app = carrier.service_with(fake.url.as_str(), &[], hurried_to_the_end).await;
        assert_told(&app.start(&number(0)).await, 504, "delivery_unknown", 60..=60);
        assert_kept(&app, &number(0)).await;
        assert_eq!(fake.requests().len(), 1);
    }
}

#[actix_web::test]
async fn f12_reset_before_any_answer_byte() {
    for carrier in BOTH {
        for cut in [Cut::Reset, Cut::Close] {
            let down = Way { limit: Some(0), cut, ..Way::default() };
            let (app, _proxy) = carrier.behind_a_proxy(down, |_| ()).await;
            assert_told(&app.start(&number(0)).await, 502, "delivery_unknown", 60..=60);
            assert_eq!(app.provider.rings(&number(0)).await, 1, "it rings all the same");
            assert_kept(&app, &number(0)).await;
            assert_eq!(app.provider.seen("create").await, 1);
        }
    }
}

#[actix_web::test]
async fn f13_answer_cut_short() {
    // Even when what came could be read: it did not come whole.
    let acts = |carrier: Carrier| {
        let body = carrier.made(900);
        let length = body.len();
        let short = format!("HTTP/1.1 201 X\r\nContent-Length: {}\r\n\r\n{body}", length + 1);
        let chunk =
            format!("HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n");
        let refusal = "HTTP/1.1 422 X\r\nContent-Length: 100\r\n\r\n{\"errors\":[".to_owned();
        [short, chunk, refusal].map(|answer| Act::ReplyAndClose(answer.into_bytes()))
    };
    assert_all_unknown(acts, |_| ()).await;

    for (carrier, cut) in BOTH.into_iter().flat_map(|it| [(it, Cut::Reset), (it, Cut::Close)]) {
        // Within the head of every answer of the simulator.
        let down = Way { limit: Some(40), cut, ..Way::default() };
        let (app, _proxy) = carrier.behind_a_proxy(down, |_| ()).await;
        assert_told(&app.start(&number(0)).await, 502, "delivery_unknown", 60..=60);
        assert_kept(&app, &number(0)).await;
        assert_eq!(app.provider.rings(&number(0)).await, 1);
    }
}

#[actix_web::test]
async fn f14_kept_connection_closed_as_we_send() {
    for carrier in BOTH {
        for last in [Act::Close, Act::Reset] {
            let fake = Fake::start([carrier.placed(0), last, carrier.placed(1)]).await;
            let app = carrier.service(fake.url.as_str()).await;
            app.start(&number(0)).await.id();
            assert_told(&app.start(&number(1)).await, 502, "delivery_unknown", 60..=60);
            assert_eq!(
                (fake.connections(), fake.requests().len()),
                (1, 2),
                "sent once, on the kept one"
            );
            assert_kept(&app, &number(1)).await;
            app.start(&number(2)).await.id();
            assert_eq!((fake.connections(), fake.requests().len()), (2, 3));
        }
    }
}
