//! `REDIS_URL`: replicas that share their counters, and what callers see when the store fails.

use crate::helpers::TestApp;
use crate::servers::Server;
use secrecy::ExposeSecret;
use std::time::{Duration, Instant};

/// What a caller waits at most while the store cannot decide, on a machine with time for it: the
/// quickest of a few is held to it, for the others may be waiting for a processor.
const SOON: Duration = Duration::from_millis(150);

async fn on(server: &Server) -> TestApp {
    let url = server.url();
    let limits = [("GUARD_PREFIX_LIMITS", "1000/1h"), ("REDIS_URL", url.expose_secret())];
    let app = TestApp::with(&limits).await;
    becomes_ready(&app).await;
    app
}

async fn becomes_ready(app: &TestApp) {
    let since = Instant::now();
    while app.get("/readyz").await.status != 200 {
        assert!(since.elapsed() < Duration::from_secs(2), "not ready again within two seconds");
    }
}

/// Starts to numbers nobody called yet, all at once; returns how many were placed. Those that were
/// not are 503.
async fn storm(app: &TestApp, wave: u32) -> u64 {
    let starts = (0..20)
        .map(async |index| app.start(&format!("+44207946{:04}", 1000 + wave * 20 + index)).await);
    let answers = futures_util::future::join_all(starts).await;
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(refused.problem(), (503, "temporarily_unavailable".into()));
    }
    answers.iter().filter(|answer| answer.status == 201).count() as u64
}

async fn refuses_soon(app: &TestApp) {
    let mut quickest = Duration::MAX;
    for _ in 0..5 {
        let since = Instant::now();
        app.start("+442079460500").await.problem();
        quickest = quickest.min(since.elapsed());
    }
    println!("without its store it answers 503 within {quickest:?}");
    assert!(quickest < SOON, "{quickest:?}");
}

#[actix_web::test]
async fn replicas_share_cooldowns_tries_and_endings() {
    let server = Server::start(&[]);
    let mut app = on(&server).await;
    let number = "+442079460187";
    let id = app.start(number).await.id();
    let wrong = app.wrong_code(number).await;
    let first = app.address.clone();
    app.reborn(&[]);
    assert_ne!(app.address, first, "another replica");
    becomes_ready(&app).await;
    assert_eq!(app.start(number).await.problem(), (429, "rate_limited".into()));
    assert_eq!(app.check(&id, &wrong).await.json()["attempts_remaining"], 4);
    let code = app.provider.code(number).await;
    assert_eq!(app.check(&id, &code).await.status, 200);
    app.reborn(&[]);
    becomes_ready(&app).await;
    let checks = app.provider.seen("check").await;
    assert_eq!(app.check(&id, &code).await.problem(), (409, "already_verified".into()));
    assert_eq!(app.provider.seen("check").await, checks, "the shared store knows");
}

#[actix_web::test]
async fn no_call_is_placed_that_a_killed_store_did_not_count() {
    let mut server = Server::start(&[]);
    let app = on(&server).await;
    assert_eq!(storm(&app, 0).await, 20);
    let (placed, ()) = tokio::join!(storm(&app, 1), async { server.kill() });
    assert_eq!(app.provider.seen("create").await, 20 + placed);
    assert_eq!(storm(&app, 2).await, 0);
    refuses_soon(&app).await;
    assert_eq!(app.get("/livez").await.status, 200);
    assert_eq!(app.get("/").await.status, 200);
    assert_eq!(app.get("/readyz").await.problem(), (503, "temporarily_unavailable".into()));
    assert_eq!(app.provider.seen("create").await, 20 + placed);
    server.resume();
    becomes_ready(&app).await;
    assert_eq!(storm(&app, 3).await, 20);
}

#[actix_web::test]
async fn a_store_that_sleeps_or_is_full_is_no_licence_to_call() {
    let server = Server::start(&[]);
    let app = on(&server).await;
    assert_eq!(storm(&app, 0).await, 20);
    let asleep = std::thread::spawn({
        let mut admin = server.admin();
        move || {
            let nap = redis::cmd("DEBUG").arg("SLEEP").arg("2").query::<redis::Value>(&mut admin);
            nap.unwrap();
        }
    });
    while app.get("/readyz").await.status == 200 {}
    refuses_soon(&app).await;
    assert_eq!(storm(&app, 1).await, 0);
    assert_eq!(app.provider.seen("create").await, 20);
    asleep.join().unwrap();
    becomes_ready(&app).await;

    server.run("CONFIG SET maxmemory 1").unwrap();
    assert_eq!(storm(&app, 2).await, 0);
    assert_eq!(app.provider.seen("create").await, 20);
    server.run("CONFIG SET maxmemory 0").unwrap();
    becomes_ready(&app).await;
    assert_eq!(storm(&app, 3).await, 20);
}
