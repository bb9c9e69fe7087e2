//! What the second provider does when the first one fails: who rings, how often, what is charged, and what
//! the person is told.

use crate::fake::{Act, Fake, json, with_headers};
use crate::helpers::{Answer, TestApp};
use crate::world::{BOTH, Carrier, WIDE, assert_told, breaker, hurried, number, service_with};
use ringproof::config::Config;
use serde_json::json as object;
use std::time::{Duration, Instant};

/// Both, MessageBird first.
const IN_TURN: (&str, &str) = ("PROVIDERS", "messagebird,twilio");

/// The service with both, of which this one is first, in front of whatever listens there; the other is the
/// simulator's.
async fn first(
    carrier: Carrier,
    base: &str,
    vars: &[(&str, &str)],
    adjust: fn(&mut Config),
) -> TestApp {
    let order = match carrier {
        Carrier::MessageBird => "messagebird,twilio",
        Carrier::Twilio => "twilio,messagebird",
    };
    let mut all = WIDE.to_vec();
    all.extend([("PROVIDERS", order), (carrier.variable(), base)]);
    all.extend(vars);
    TestApp::adjusted(&all, adjust).await
}

/// Only this one is given up on soon: the other has its time, however busy the machine is.
fn hurry(carrier: Carrier) -> fn(&mut Config) {
    match carrier {
        Carrier::MessageBird => |config| {
            let other = config.twilio.client;
            hurried(config);
            config.twilio.client = other;
        },
        Carrier::Twilio => |config| {
            let other = config.messagebird.client;
            hurried(config);
            config.messagebird.client = other;
        },
    }
}

/// What the first provider does, and what a person is told then.
#[derive(Clone, Copy)]
enum Told {
    /// The second one rings.
    Called,
    /// Nobody rings, and it is certain.
    NotCalled(u16, &'static str),
    /// Nobody knows whether the first one rings; the second does not.
    Unknown(u16),
}

fn failures(of: Carrier) -> [(&'static str, Option<Act>, Told); 12] {
    let reply = |status, headers: &str| Some(Act::Reply(with_headers(status, headers, "")));
    let either =
        |messagebird: i64, twilio: i64| if of == Carrier::Twilio { twilio } else { messagebird };
    let fault = |status, code, about| Some(of.fault(status, code, about));
    let unknown = Told::Unknown(502);
    // Only MessageBird promises with it that nothing was done.
    let unavailable = if of == Carrier::Twilio { unknown } else { Told::Called };
    [
        ("connection refused", None, Told::Called),
        ("key revoked", fault(401, either(2, 20003), "access_key"), Told::Called),
        ("no balance", fault(402, either(25, 20005), ""), Told::Called),
        ("too many requests", reply(429, "Retry-After: 30\r\n"), Told::Called),
        ("unavailable until then", reply(503, "Retry-After: 30\r\n"), unavailable),
        ("a request it does not serve", fault(400, either(9, 21210), "type"), Told::Called),
        ("internal error", reply(500, ""), unknown),
        ("bad gateway", reply(502, ""), unknown),
        ("HTML", Some(Act::Reply(json(200, "<h1>no</h1>"))), unknown),
        ("no answer", Some(Act::Hold), Told::Unknown(504)),
        (
            "recipient refused",
            fault(422, either(10, 21211), "recipient"),
            Told::NotCalled(422, "phone_number_invalid"),
        ),
        (
            "accepted, and failed at once",
            Some(Act::Reply(json(201, &of.failed(0)))),
            Told::NotCalled(503, "temporarily_unavailable"),
        ),
    ]
}

async fn start(app: &TestApp, channel: &str, number: &str) -> Answer {
    app.post("/verifications", object!({ "phone_number": number, "channel": channel })).await
}

#[actix_web::test]
async fn a_second_provider_rings_only_when_the_first_certainly_did_not() {
    for (channel, number) in [("voice", "+442079460030"), ("sms", "+12025550130")] {
        for (carrier, (failure, act, told)) in
            BOTH.into_iter().flat_map(|it| failures(it).map(|row| (it, row)))
        {
            let what = format!("{carrier:?}: {failure}, {channel}");
            let fake = Fake::start(act).await;
            let base = if failure == "connection refused" {
                unused_port().await
            } else {
                fake.url.to_string()
            };
            let app = first(carrier, &base, &[], hurry(carrier)).await;
            let began = Instant::now();
            let answer = start(&app, channel, number).await;
            assert!(began.elapsed() < Duration::from_secs(10), "{what}: {:?}", began.elapsed());
            let rings = match told {
                Told::Called => {
                    assert_eq!(answer.status, 201, "{what}: {}", answer.text);
                    let code = app.provider.code(number).await;
                    assert_eq!(app.check(&answer.id(), &code).await.status, 200, "{what}");
                    1
                }
                Told::NotCalled(status, code) => {
                    assert_eq!(answer.problem(), (status, code.to_owned()), "{what}");
                    0
                }
                Told::Unknown(status) => {
                    assert_told(&answer, status, "delivery_unknown", 60..=60);
                    0
                }
            };
            assert_eq!(app.provider.rings(number).await, rings, "{what}");
            assert!(fake.requests().len() <= 1, "{what}: asked once");
            // The charge is made once, and given back when it is certain that nobody rang.
            let again = start(&app, channel, number).await;
            let kept = again.status == 429;
            assert_eq!(kept, !matches!(told, Told::NotCalled(..)), "{what}: {}", again.text);
        }
    }
}

async fn unused_port() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[actix_web::test]
async fn both_that_cannot_be_reached_are_no_call_and_no_charge() {
    let nowhere = unused_port().await;
    let app = service_with(&nowhere, &[IN_TURN, ("TWILIO_BASE_URL", &nowhere)], |_| ()).await;
    for _ in 0..3 {
        assert_told(&app.start(&number(0)).await, 503, "temporarily_unavailable", 5..=7);
    }
}

#[actix_web::test]
async fn once_the_breaker_knows_the_second_rings_at_once() {
    let fake = Fake::start((0..5).map(|_| Act::Reply(with_headers(500, "", "")))).await;
    let app = service_with(fake.url.as_str(), &[IN_TURN], |_| ()).await;
    for index in 0..5 {
        assert_told(&app.start(&number(index)).await, 502, "delivery_unknown", 60..=60);
    }
    app.start(&number(5)).await.id();
    // At once: in one exchange, and none with the first.
    assert_eq!((fake.requests().len(), app.provider.rings(&number(5)).await), (5, 1));
}

#[actix_web::test]
async fn a_code_of_ours_is_checked_while_no_carrier_can_be_reached() {
    let mut app = service_with(&unused_port().await, &[IN_TURN], |_| ()).await;
    let id = app.start(&number(0)).await.id();
    let (code, wrong) = (app.provider.code(&number(0)).await, app.wrong_code(&number(0)).await);
    let seen = app.provider.seen_in_all().await;
    assert_eq!(app.check(&id, &wrong).await.json()["attempts_remaining"], 4);
    let first = app.check(&id, &code).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(app.check(&id, &code).await.unsigned(), first.unsigned());
    assert_told(&app.check(&id, &wrong).await, 409, "already_verified", 0..=0);
    assert_eq!(app.provider.seen_in_all().await, seen, "nobody was asked");
    // A store that lost its memory has lost the tries: the code goes with them.
    app.reborn(&[]);
    assert_told(&app.check(&id, &code).await, 410, "verification_expired", 0..=0);
}

#[actix_web::test]
async fn the_carrier_alone_calls_writes_tells_and_ends() {
    let app = TestApp::with(&[("PROVIDERS", "twilio"), ("MESSAGEBIRD_API_KEY", "")]).await;
    for (channel, number) in [("voice", "+442079460031"), ("sms", "+12025550131")] {
        let id = start(&app, channel, number).await.id();
        assert_eq!(app.provider.message(number).await["provider"], "twilio");
        let shown = app.get(&format!("/verifications/{id}")).await.json();
        assert_eq!(shown["status"], "pending");
        assert_ne!(shown["delivery"]["state"], "unknown", "{shown}");
        assert_eq!(app.cancel(&id).await.status, 204);
        let code = app.provider.code(number).await;
        assert_told(&app.check(&id, &code).await, 410, "verification_canceled", 0..=0);
    }
}

#[actix_web::test]
async fn a_provider_is_used_for_its_channel_alone() {
    let app = TestApp::with(&[("PROVIDERS", "messagebird:sms,twilio:voice")]).await;
    for (channel, number, provider) in
        [("voice", "+442079460032", "twilio"), ("sms", "+12025550132", "messagebird")]
    {
        start(&app, channel, number).await.id();
        assert_eq!(app.provider.message(number).await["provider"], provider);
    }
}

#[actix_web::test]
async fn a_destination_that_one_does_not_call_is_called_by_the_other() {
    for (channel, number, codes) in
        [("voice", number(40), [21215, 13225]), ("sms", "+12025550140".to_owned(), [21408, 13226])]
    {
        for code in codes {
            let fake = Fake::start([Carrier::Twilio.fault(400, code, "")]).await;
            let app = first(Carrier::Twilio, fake.url.as_str(), &[], |_| ()).await;
            start(&app, channel, &number).await.id();
            assert_eq!(app.provider.message(&number).await["provider"], "messagebird", "{code}");
            assert_eq!((fake.requests().len(), app.provider.rings(&number).await), (1, 1));
            assert_eq!(breaker(&app, Carrier::Twilio, "start").await, Some(0), "it is no failure");
        }
    }
    // One that cannot be reached may yet call there: the person comes back.
    let nowhere = unused_port().await;
    let fake = Fake::start([Carrier::Twilio.fault(400, 21215, "")]).await;
    let vars = [("TWILIO_BASE_URL", fake.url.as_str())];
    let app = first(Carrier::MessageBird, &nowhere, &vars, |_| ()).await;
    assert_told(&app.start(&number(40)).await, 503, "temporarily_unavailable", 5..=7);
    assert_eq!(fake.requests().len(), 1);
}

#[actix_web::test]
async fn what_one_blocks_as_fraud_the_other_does_not_carry() {
    for (channel, number) in [("voice", number(41)), ("sms", "+12025550141".to_owned())] {
        for code in [21216, 60238, 60410, 60412, 60413] {
            let blocked = || Carrier::Twilio.fault(403, code, "");
            let fake = Fake::start([blocked(), blocked()]).await;
            let app = first(Carrier::Twilio, fake.url.as_str(), &[], |_| ()).await;
            for asked in 1..=2 {
                let answer = start(&app, channel, &number).await;
                assert_told(&answer, 403, "destination_not_allowed", 0..=0);
                assert_eq!(
                    fake.requests().len(),
                    asked,
                    "nobody was called, so nothing is charged"
                );
            }
            assert_eq!(app.provider.seen_in_all().await, 0, "{code}: the other is not even asked");
        }
    }
}

#[actix_web::test]
async fn what_is_closed_here_is_asked_of_nobody() {
    for carrier in BOTH {
        let fake = Fake::start([]).await;
        let app =
            first(carrier, fake.url.as_str(), &[("GUARD_ALLOWED_REGIONS", "GB")], |_| ()).await;
        let lever = |path: &str, body| {
            let url = format!("{}{path}", app.ops);
            let request = crate::helpers::client().put(url).json(&body);
            async { assert!((200..300).contains(&crate::helpers::send(request).await.status)) }
        };
        lever("/blocked/+442079460042", object!({ "for": "1h" })).await;
        let closed = (403, "destination_not_allowed");
        for (number, channel) in [
            ("+33199000042", "voice"),
            ("+33199000042", "sms"),
            ("+449098790042", "voice"),
            ("+442079460042", "voice"),
        ] {
            assert_told(&start(&app, channel, number).await, closed.0, closed.1, 0..=0);
        }
        lever("/pause", object!({ "channel": "voice", "for": "1h" })).await;
        assert_eq!(app.start(&number(43)).await.problem(), (503, "paused".into()));
        assert_eq!((fake.requests().len(), app.provider.seen_in_all().await), (0, 0));
    }
}

#[actix_web::test]
async fn a_language_is_spoken_by_whoever_speaks_it() {
    // With voices of Polly alone, Twilio speaks no Greek; it writes all languages.
    let (greek, polly) = ("el-GR", ("TWILIO_VOICE", "Polly"));
    let app = TestApp::with(&[("PROVIDERS", "twilio,messagebird"), polly]).await;
    for (locale, channel, number, by) in [
        (greek, "voice", "+442079460044", "messagebird"),
        (greek, "sms", "+12025550144", "twilio"),
        ("nl-NL", "voice", "+442079460045", "twilio"),
    ] {
        let body = object!({ "phone_number": number, "channel": channel, "locale": locale });
        let started = app.post("/verifications", body).await.json();
        assert_eq!(started["locale"], locale, "{started}");
        assert_eq!(app.provider.message(number).await["provider"], by, "{locale} {channel}");
    }
    // While nobody who speaks it can be reached, it is the nearest that the other speaks.
    let vars = [IN_TURN, polly];
    let app = service_with(&unused_port().await, &vars, |_| ()).await;
    let body = object!({ "phone_number": number(46), "locale": greek });
    let started = app.post("/verifications", body).await.json();
    assert_eq!(started["locale"], "en-GB", "{started}");
    let told = app.provider.message(&number(46)).await;
    assert_eq!((&told["provider"], &told["language"]), (&"twilio".into(), &"en-GB".into()));
}

/// A refusal that takes so many tenths of a second.
fn slowly(tenths: usize) -> Act {
    let head = format!("HTTP/1.1 401 X\r\nContent-Length: {tenths}\r\n\r\n");
    let pause = Duration::from_millis(100);
    Act::Drip { head: head.into_bytes(), piece: b" ".to_vec(), pause }
}

#[actix_web::test]
async fn all_providers_together_have_ten_seconds() {
    let too_late = async {
        let fake = Fake::start([slowly(75)]).await;
        let app = first(Carrier::MessageBird, fake.url.as_str(), &[], |_| ()).await;
        assert_told(&app.start(&number(47)).await, 502, "provider_error", 60..=60);
        assert_eq!(
            app.provider.seen_in_all().await,
            0,
            "with less than three left nobody is asked"
        );
    };
    let in_time = async {
        let (fake, silent) = (Fake::start([slowly(40)]).await, Fake::start([Act::Hold]).await);
        let vars = [("TWILIO_BASE_URL", silent.url.as_str())];
        let app = first(Carrier::MessageBird, fake.url.as_str(), &vars, |_| ()).await;
        let began = Instant::now();
        assert_told(&app.start(&number(48)).await, 504, "delivery_unknown", 60..=60);
        assert_eq!(silent.requests().len(), 1);
        let took = began.elapsed();
        assert!(took < Duration::from_secs(12), "{took:?}: alone the second may take eight");
    };
    tokio::join!(too_late, in_time);
}

#[actix_web::test]
async fn however_many_are_asked_one_call_is_charged() {
    let limits = [
        ("GUARD_NUMBER_LIMITS", "2/1h"),
        ("GUARD_COOLDOWNS", "0s"),
        ("GUARD_HOURLY_CAP", "3"),
        IN_TURN,
    ];
    let app = service_with(&unused_port().await, &limits, |_| ()).await;
    for _ in 0..2 {
        app.start(&number(49)).await.id();
    }
    assert_eq!(app.start(&number(49)).await.problem(), (429, "rate_limited".into()));
    app.start(&number(50)).await.id();
    assert_eq!(app.start(&number(51)).await.problem(), (503, "capacity_reached".into()));
    assert_eq!(app.provider.seen("create").await, 3);
}

#[actix_web::test]
async fn the_code_of_a_call_whose_start_was_lost_verifies_nothing() {
    for (carrier, order) in BOTH.into_iter().zip([IN_TURN.1, "twilio,messagebird"]) {
        let vars = [("PROVIDERS", order), ("VERIFY_CODE_LENGTH", "10")];
        let app = TestApp::with(&vars).await;
        let fault =
            object!({ "operation": "create", "fault": "reset", "provider": carrier.name() });
        app.provider.fault(fault).await;
        let lost = app.start(&number(52)).await;
        assert_told(&lost, 502, "delivery_unknown", 60..=60);
        assert!(lost.text.contains("that code will not work here"), "{}", lost.text);
        let heard = app.provider.code(&number(52)).await;
        assert_eq!(app.provider.rings(&number(52)).await, 1, "by the first alone");
        app.advance(60).await;
        let id = app.start(&number(52)).await.id();
        let code = app.provider.code(&number(52)).await;
        let answer = app.check(&id, &heard).await;
        assert_told(&answer, 422, "code_incorrect", 0..=0);
        assert_eq!(answer.json()["attempts_remaining"], 4);
        assert_eq!(app.check(&id, &code).await.status, 200);
    }
}
