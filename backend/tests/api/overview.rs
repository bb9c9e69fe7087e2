//! What operators see at a glance, and the page that shows it. Which levers there are is in `levers`.

use crate::helpers::{Answer, TestApp, client, send};
use crate::servers::Server;
use crate::shared_store::{becomes_ready, patient};
use reqwest::Method;
use serde_json::{Value, json};

const TOKEN: &str = "a long token of the operators";

async fn seen(app: &TestApp) -> Value {
    ops(app, "/overview").await.json()
}

async fn ops(app: &TestApp, path: &str) -> Answer {
    send(client().get(format!("{}{path}", app.ops))).await
}

/// The sums of the last hour, by route: how many were asked for, placed, answered and verified.
fn sums(overview: &Value) -> Vec<(String, [u64; 4])> {
    let sum = |route: &Value, stage: &str| {
        let minutes = route[stage].as_array().unwrap();
        assert_eq!(minutes.len(), 60);
        minutes.iter().map(|count| count.as_u64().unwrap()).sum::<u64>()
    };
    let route = |route: &Value| {
        let name = ["region", "channel", "provider"].map(|it| route[it].as_str().unwrap());
        let stages = ["asked", "placed", "answered", "verified"].map(|it| sum(route, it));
        (name.join(" ").trim_end().to_owned(), stages)
    };
    overview["routes"].as_array().unwrap().iter().map(route).collect()
}

async fn verify(app: &TestApp, number: &str) {
    let id = app.start(number).await.id();
    let code = app.provider.code(number).await;
    // It has been taken by then.
    app.advance(6).await;
    assert_eq!(app.get(&format!("/verifications/{id}")).await.status, 200);
    assert_eq!(app.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn the_last_hour_is_told_by_the_minute_and_route() {
    let app = TestApp::spawn().await;
    let before = seen(&app).await;
    assert_eq!((sums(&before), &before["refused"]), (Vec::new(), &json!({})));
    verify(&app, "+442079460101").await;
    app.advance(114).await;
    app.start("+442079460102").await.id();
    app.start("+442079460102").await.problem();
    app.start("+4915123456789").await.problem();
    let sms = json!({ "phone_number": "+12025550130", "channel": "sms" });
    app.post("/verifications", sms).await.id();
    let after = seen(&app).await;
    assert_eq!(
        sums(&after),
        [
            ("DE voice".to_owned(), [1, 0, 0, 0]),
            ("GB voice".to_owned(), [1, 0, 0, 0]),
            ("GB voice messagebird".to_owned(), [2, 2, 1, 1]),
            ("US sms messagebird".to_owned(), [1, 1, 0, 0]),
        ]
    );
    assert_eq!(after["refused"], json!({ "number_limit": 1, "destination_not_allowed": 1 }));
    // Each in the minute in which it was asked for, the one that runs last.
    let minutes = |stage: &str| after["routes"][2][stage].as_array().unwrap()[57..].to_vec();
    assert_eq!(
        (minutes("asked"), minutes("verified")),
        (vec![json!(1), json!(0), json!(1)], vec![json!(1), json!(0), json!(0)])
    );
    assert_eq!(after["hour"], json!({ "used": 3, "cap": 500 }));
    assert_eq!(
        (&after["store"], &after["replicas"], &after["shared"]),
        (&json!(null), &json!(1), &json!(false))
    );
    let start =
        json!({ "provider": "messagebird", "op": "start", "closed": 1, "half_open": 0, "open": 0 });
    assert!(after["breakers"].as_array().unwrap().contains(&start), "{after}");
    app.advance(58 * 60).await;
    assert_eq!(sums(&seen(&app).await)[2], ("GB voice messagebird".to_owned(), [1, 1, 0, 0]));
    app.advance(2 * 60).await;
    assert_eq!(sums(&seen(&app).await), []);
}

#[actix_web::test]
async fn a_verified_code_that_is_sent_again_and_a_call_that_is_read_again_count_once() {
    let app = TestApp::spawn().await;
    let number = "+442079460103";
    let id = app.start(number).await.id();
    let code = app.provider.code(number).await;
    for _ in 0..3 {
        assert_eq!(app.get(&format!("/verifications/{id}")).await.status, 200);
        app.advance(3).await;
    }
    for _ in 0..2 {
        assert_eq!(app.check(&id, &code).await.status, 200);
    }
    assert_eq!(sums(&seen(&app).await), [("GB voice messagebird".to_owned(), [1, 1, 1, 1])]);
}

#[actix_web::test]
async fn replicas_tell_one_hour_also_of_those_that_are_gone() {
    let server = Server::start(&[]);
    let mut app = patient(&server, &[]).await;
    let id = app.start("+442079460104").await.id();
    let code = app.provider.code("+442079460104").await;
    app.advance(6).await;
    assert_eq!(app.get(&format!("/verifications/{id}")).await.status, 200);
    assert_eq!(seen(&app).await["replicas"], 1);
    let first = app.second(&[]);
    becomes_ready(&app).await;
    // The call is asked after here, too, and verified.
    assert_eq!(app.get(&format!("/verifications/{id}")).await.status, 200);
    assert_eq!(app.check(&id, &code).await.status, 200);
    app.start("+442079460104").await.problem();
    let together = seen(&app).await;
    let all =
        [("GB voice".to_owned(), [1, 0, 0, 0]), ("GB voice messagebird".to_owned(), [1, 1, 1, 1])];
    assert_eq!((sums(&together).as_slice(), &together["replicas"]), (&all[..], &json!(2)));
    assert_eq!(together["shared"], true);
    let breaker =
        json!({ "provider": "messagebird", "op": "start", "closed": 2, "half_open": 0, "open": 0 });
    assert!(together["breakers"].as_array().unwrap().contains(&breaker), "{together}");
    // Both go; what they counted is carried on.
    drop(first);
    app.reborn(&[]);
    becomes_ready(&app).await;
    assert_eq!(sums(&seen(&app).await), all);
    app.advance(21).await;
    assert_eq!(seen(&app).await["replicas"], 1);
    assert_eq!(sums(&seen(&app).await), all);
}

#[actix_web::test]
async fn without_its_store_a_replica_tells_what_it_knows_itself() {
    let app = TestApp::with(&[("REDIS_URL", "redis://127.0.0.1:1")]).await;
    app.start("+442079460105").await.problem();
    let seen = seen(&app).await;
    assert!(seen["store"].as_str().unwrap().starts_with("the store cannot decide"), "{seen}");
    assert_eq!(seen["refused"], json!({ "store_unreachable": 1 }));
    assert_eq!(sums(&seen), [("GB voice".to_owned(), [1, 0, 0, 0])]);
    assert_eq!((&seen["hour"], &seen["stopped"]), (&Value::Null, &Value::Null));
}

#[actix_web::test]
async fn the_page_may_do_nothing_but_ask_this_listener() {
    let app = TestApp::spawn().await;
    let page = ops(&app, "/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "trusted-types 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    // Everything it names is there, and none of it is on the public listener.
    let named = page.text.split('"').filter(|it| {
        it.starts_with("operators/") || it.starts_with("styles/") || *it == "favicon.svg"
    });
    let named: Vec<_> = named.collect();
    assert!(named.len() > 4, "{named:?}");
    for name in named {
        assert_eq!(ops(&app, &format!("/{name}")).await.status, 200, "{name}");
    }
    assert_eq!(app.get("/operators/operators.js").await.status, 404);
    for missing in [
        "/operators/",
        "/operators/..%2Fpackage.json",
        "/operators/.hidden",
        "/index.html",
        "/main.js",
        "/styles/page.css",
    ] {
        assert_eq!(ops(&app, missing).await.status, 404, "{missing}");
    }
}

#[actix_web::test]
async fn the_page_opens_without_the_token_and_its_figures_do_not() {
    let app = TestApp::with(&[("OPS_TOKEN", TOKEN)]).await;
    assert_eq!(ops(&app, "/").await.status, 200);
    assert_eq!(ops(&app, "/operators/operators.js").await.status, 200);
    assert_eq!(ops(&app, "/overview").await.problem(), (401, "caller_required".into()));
    let with = client().get(format!("{}/overview", app.ops)).bearer_auth(TOKEN);
    assert_eq!(send(with.header("host", "ops.example")).await.status, 200);
    // Without one, the page is as closed to a name that resolves to this address as its figures are.
    let app = TestApp::spawn().await;
    for path in ["/", "/operators/operators.js", "/overview"] {
        let named = client().get(format!("{}{path}", app.ops)).header("host", "evil.example");
        assert_eq!(send(named).await.problem(), (403, "cross_site_request".into()), "{path}");
    }
    for method in [Method::PUT, Method::POST, Method::DELETE] {
        let refused = send(client().request(method, &app.ops)).await;
        assert_eq!(refused.problem(), (405, "method_not_allowed".into()));
    }
}
