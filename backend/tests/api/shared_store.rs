//! `REDIS_URL`: replicas that share their counters, and what callers see when the store fails.

use crate::helpers::{Answer, PATIENT, TestApp};
use crate::servers::{Server, pass};
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

/// A service on a shared store that may take its time, whose replicas do, too.
pub async fn patient(server: &Server, vars: &[(&str, &str)]) -> TestApp {
    let url = server.url();
    let shared = [("REDIS_URL", url.expose_secret()), PATIENT];
    let app = TestApp::with(&[vars, &shared].concat()).await;
    becomes_ready(&app).await;
    app
}

pub async fn becomes_ready(app: &TestApp) {
    tokio::select! {
        biased;
        () = async { while app.get("/readyz").await.status != 200 {} } => {}
        () = pass(Duration::from_secs(2)) => panic!("not ready again within two seconds"),
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

/// Checks a code; again when a busy machine let the store's time run out, which spends nothing.
async fn check(app: &TestApp, id: &str, code: &str) -> Answer {
    in_time(async || app.check(id, code).await).await
}

/// Starts, and returns the id; again when a busy machine let the store's time run out.
async fn started(app: &TestApp, number: &str) -> String {
    in_time(async || app.start(number).await).await.id()
}

async fn in_time(ask: impl AsyncFn() -> Answer) -> Answer {
    let since = Instant::now();
    loop {
        let answer = ask().await;
        if answer.status != 503 || since.elapsed() > Duration::from_secs(20) {
            return answer;
        }
    }
}

#[actix_web::test]
async fn replicas_share_cooldowns_tries_and_endings() {
    let server = Server::start(&[]);
    let mut app = patient(&server, &[]).await;
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
    assert_eq!(app.check(&id, &code).await.status, 200, "the same answer");
    assert_eq!(app.check(&id, &wrong).await.problem(), (409, "already_verified".into()));
    assert_eq!(app.provider.seen("check").await, checks, "the shared store knows");
}

#[actix_web::test]
async fn a_right_code_stays_right_on_another_replica_and_over_a_rotation() {
    let server = Server::start(&[]);
    for provider in ["messagebird", "twilio"] {
        let mut app = patient(&server, &[("PROVIDERS", provider)]).await;
        let number = if provider == "twilio" { "+442079460188" } else { "+442079460189" };
        let id = app.start(number).await.id();
        let (code, wrong) = (app.provider.code(number).await, app.wrong_code(number).await);
        assert_eq!(app.check(&id, &code).await.status, 200);
        let old = crate::helpers::SECRET;
        app.reborn(&[("SECRET_KEY", &"01".repeat(32)), ("SECRET_KEY_PREVIOUS", old)]);
        becomes_ready(&app).await;
        assert_eq!(app.check(&id, &code).await.status, 200, "{provider}");
        assert_eq!(app.check(&id, &wrong).await.problem(), (409, "already_verified".into()));
    }
}

#[actix_web::test]
async fn a_store_that_fails_leaves_a_code_of_ours_as_good_as_it_was() {
    let server = Server::start(&[]);
    let url = server.url();
    let vars = [("REDIS_URL", url.expose_secret()), ("PROVIDERS", "twilio")];
    let app = TestApp::with(&vars).await;
    becomes_ready(&app).await;
    let id = app.start("+442079460186").await.id();
    let code = app.provider.code("+442079460186").await;
    server.run("CLIENT PAUSE 2000").unwrap();
    for _ in 0..6 {
        assert_eq!(app.check(&id, &code).await.problem(), (503, "temporarily_unavailable".into()));
    }
    while app.get("/readyz").await.status != 200 {}
    assert_eq!(check(&app, &id, &code).await.json()["attempts_remaining"], 4);
}

#[actix_web::test]
async fn codes_of_ours_that_are_tried_at_once_cost_a_try_each_and_verify_once() {
    let server = Server::start(&[]);
    let app = patient(&server, &[("PROVIDERS", "twilio")]).await;
    let [guessed, held] = ["+442079460162", "+442079460163"];
    let (id, wrong) = (app.start(guessed).await.id(), app.wrong_code(guessed).await);
    let guesses = (0..60).map(|_| app.check(&id, &wrong));
    let answers = futures_util::future::join_all(guesses).await;
    let of = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((of(422), of(410)), (5, 55), "{answers:?}");
    assert_eq!(app.provider.seen("delete").await, 1);

    let (id, code) = (app.start(held).await.id(), app.provider.code(held).await);
    let clicks = (0..20).map(|_| app.check(&id, &code));
    let answers = futures_util::future::join_all(clicks).await;
    for answer in &answers {
        assert_eq!((answer.status, answer.unsigned()), (200, answers[0].unsigned()));
    }
    assert_eq!(app.check(&id, &app.wrong_code(held).await).await.problem().0, 409);
}

#[actix_web::test]
async fn a_code_of_ours_is_gone_with_a_shared_store_that_lost_its_memory() {
    // Also where the number's own limits forget a start before its code's time is over, or count it only
    // to a sixtieth of a day.
    for (limits, cooldowns) in
        [("3/10m,5/1h,10/24h", "60s,120s"), ("1000/1m", "0s"), ("1000/24h", "0s")]
    {
        let mut server = Server::start(&[]);
        let url = server.url();
        let vars = [
            ("REDIS_URL", url.expose_secret()),
            ("PROVIDERS", "twilio"),
            ("GUARD_NUMBER_LIMITS", limits),
            ("GUARD_COOLDOWNS", cooldowns),
            PATIENT,
        ];
        let app = TestApp::with(&vars).await;
        becomes_ready(&app).await;
        let old = app.start("+442079460160").await.id();
        let (code, wrong) =
            (app.provider.code("+442079460160").await, app.wrong_code("+442079460160").await);
        let another = app.start("+442079460161").await.id();
        let other = app.provider.code("+442079460161").await;
        app.advance(300).await;
        assert_eq!(check(&app, &old, &wrong).await.json()["attempts_remaining"], 4, "{limits}");
        assert_eq!(check(&app, &another, &other).await.status, 200, "{limits}: still known");
        server.kill();
        server.resume();
        becomes_ready(&app).await;
        let expired = || (410, "verification_expired".to_owned());
        for code in [&wrong, &code] {
            assert_eq!(check(&app, &old, code).await.problem(), expired(), "{limits}");
        }
        assert_eq!(check(&app, &another, &other).await.problem(), expired(), "{limits}");
        // What is begun since is as good as ever, and brings nothing back.
        let new = app.start("+442079460160").await.id();
        assert_eq!(check(&app, &old, &code).await.problem(), expired(), "{limits}");
        let code = app.provider.code("+442079460160").await;
        assert_eq!(check(&app, &new, &code).await.status, 200, "{limits}");
    }
}

/// Nothing is started, checked or read; what needs no store is as ever. Returns soon.
async fn refuses_everything(app: &TestApp, id: &str, code: &str) {
    let seen = app.provider.seen_in_all().await;
    for answer in
        [app.start("+442079460501").await, app.check(id, code).await, app.resend(id).await]
    {
        assert_eq!(answer.problem(), (503, "temporarily_unavailable".into()));
        assert_eq!(answer.header("retry-after"), "5");
    }
    assert_eq!(app.get("/livez").await.status, 200);
    assert_eq!(app.get("/").await.status, 200);
    assert_eq!(app.get("/readyz").await.problem(), (503, "temporarily_unavailable".into()));
    assert_eq!(app.provider.seen_in_all().await, seen, "the provider is not asked");
}

#[actix_web::test]
async fn f40_no_call_is_placed_that_a_stopped_store_did_not_count() {
    let mut server = Server::start(&[]);
    let app = on(&server).await;
    let id = started(&app, "+442079460502").await;
    let code = app.provider.code("+442079460502").await;
    // On a busy machine some are refused, because even a store that runs does not decide in time.
    let before = 1 + storm(&app, 0).await;
    let (placed, ()) = tokio::join!(storm(&app, 1), async { server.kill() });
    assert_eq!(app.provider.seen("create").await, before + placed);
    assert_eq!(storm(&app, 2).await, 0);
    refuses_soon(&app).await;
    refuses_everything(&app, &id, &code).await;
    assert_eq!(app.provider.seen("create").await, before + placed);
    server.resume();
    becomes_ready(&app).await;
    assert_ne!(storm(&app, 3).await, 0, "it calls again");
    assert_eq!(check(&app, &id, &code).await.status, 200);
}

#[actix_web::test]
async fn f41_redis_asleep_is_refused_within_the_wait() {
    let server = Server::start(&[]);
    let app = on(&server).await;
    let id = started(&app, "+442079460502").await;
    let code = app.provider.code("+442079460502").await;
    let asleep = std::thread::spawn({
        let mut admin = server.admin();
        move || {
            let nap = redis::cmd("DEBUG").arg("SLEEP").arg("3").query::<redis::Value>(&mut admin);
            nap.unwrap();
        }
    });
    while app.get("/readyz").await.status == 200 {}
    refuses_soon(&app).await;
    refuses_everything(&app, &id, &code).await;
    asleep.join().unwrap();
    becomes_ready(&app).await;
    assert_eq!(check(&app, &id, &code).await.status, 200);
}

#[actix_web::test]
async fn f42_ids_outlive_a_store_that_forgot_and_spending_does_not_begin_anew() {
    let mut server = Server::start(&[]);
    let url = server.url();
    let vars = [
        ("GUARD_HOURLY_CAP", "8"),
        ("GUARD_PREFIX_LIMITS", "1000/1h"),
        ("REDIS_URL", url.expose_secret()),
        PATIENT,
    ];
    let app = TestApp::with(&vars).await;
    becomes_ready(&app).await;
    // New as it is, it may as well have forgotten: two of eight, for ten minutes.
    let id = app.start("+442079460510").await.id();
    app.start("+442079460511").await.id();
    assert_eq!(app.start("+442079460512").await.problem(), (503, "capacity_reached".into()));
    app.advance(600).await;
    for index in 512..518 {
        app.start(&format!("+442079460{index}")).await.id();
    }
    assert_eq!(app.start("+442079460518").await.problem(), (503, "capacity_reached".into()));
    server.kill();
    server.resume();
    becomes_ready(&app).await;
    for index in 519..521 {
        app.start(&format!("+442079460{index}")).await.id();
    }
    assert_eq!(app.start("+442079460521").await.problem(), (503, "capacity_reached".into()));
    // No record was lost, for none is stored.
    assert_eq!(app.get(&format!("/verifications/{id}")).await.json()["status"], "expired");
    assert_eq!(app.get("/verifications/unknown").await.problem().0, 404);
}

#[actix_web::test]
async fn f44_a_store_that_is_full_or_demoted_is_no_licence_to_call() {
    let server = Server::start(&[]);
    // What such a store cannot do it says at once.
    let app = patient(&server, &[("GUARD_PREFIX_LIMITS", "1000/1h")]).await;
    let id = app.start("+442079460502").await.id();
    let code = app.provider.code("+442079460502").await;
    // Within the cool-down a start is refused without a write, which such a store still can.
    app.advance(60).await;
    for (fault, mending) in [
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
    ] {
        server.run(fault).unwrap();
        refuses_everything(&app, &id, &code).await;
        server.run(mending).unwrap();
        becomes_ready(&app).await;
    }
    assert_eq!(storm(&app, 3).await, 20);
}

#[actix_web::test]
async fn f45_a_store_that_may_evict_keeps_the_service_unready() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]);
    let url = server.url();
    let app = TestApp::with(&[("REDIS_URL", url.expose_secret())]).await;
    for _ in 0..5 {
        assert_eq!(app.get("/readyz").await.status, 503);
    }
    assert_eq!(app.start("+442079460502").await.problem(), (503, "temporarily_unavailable".into()));
    assert_eq!(app.provider.seen_in_all().await, 0);
    server.run("CONFIG SET maxmemory-policy noeviction").unwrap();
    becomes_ready(&app).await;
    started(&app, "+442079460502").await;
}

/// A replica with its keys, on one store and one provider with the others.
async fn with_keys(server: &Server, first: Option<&TestApp>, key: &str, previous: &str) -> TestApp {
    let mut vars = vec![("SECRET_KEY", key)];
    if !previous.is_empty() {
        vars.push(("SECRET_KEY_PREVIOUS", previous));
    }
    if let Some(first) = first {
        vars.push(("MESSAGEBIRD_BASE_URL", &first.provider.address));
    }
    patient(server, &vars).await
}

#[actix_web::test]
async fn a_secret_is_replaced_in_three_steps_and_nothing_is_lost() {
    let server = Server::start(&[]);
    let (old, new) = ("01".repeat(32), "02".repeat(32));
    // The second step, half done: both know both keys.
    let before = with_keys(&server, None, &old, &new).await;
    let after = with_keys(&server, Some(&before), &new, &old).await;
    let numbers = ["+442079460188", "+442079460189"];
    for (number, [here, there]) in numbers.iter().zip([[&before, &after], [&after, &before]]) {
        let start = |app: &TestApp| {
            let request = app.request(reqwest::Method::POST, "/verifications");
            let request = request.header("idempotency-key", *number);
            crate::helpers::send(request.json(&serde_json::json!({ "phone_number": number })))
        };
        let placed = start(here).await;
        let id = placed.id();
        let again = start(there).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.json(), placed.json());
        assert_eq!(there.start(number).await.problem(), (429, "rate_limited".into()));
        let wrong = before.wrong_code(number).await;
        assert_eq!(there.check(&id, &wrong).await.json()["attempts_remaining"], 4);
        assert_eq!(here.check(&id, &wrong).await.json()["attempts_remaining"], 3);
        let code = before.provider.code(number).await;
        assert_eq!(there.check(&id, &code).await.status, 200);
        let status = here.get(&format!("/verifications/{id}")).await.json();
        assert_eq!(status["status"], "verified");
    }
    // The third step: what both counted is known under the new key alone.
    let last = with_keys(&server, Some(&before), &new, "").await;
    for number in numbers {
        assert_eq!(last.start(number).await.problem(), (429, "rate_limited".into()));
    }
}

#[actix_web::test]
async fn a_lever_that_one_replica_is_told_of_is_obeyed_by_the_next_start_of_another() {
    let server = Server::start(&[]);
    let key = "01".repeat(32);
    let told = with_keys(&server, None, &key, "").await;
    let other = with_keys(&server, Some(&told), &key, "").await;
    let ops = async |method: reqwest::Method, path: &str| {
        let request = crate::helpers::client().request(method, format!("{}{path}", told.ops));
        let answer = crate::helpers::send(request.json(&serde_json::json!({ "for": "1h" }))).await;
        assert_eq!(answer.status, 204, "{path}");
    };
    for (lever, refused) in [
        ("/pause", (503, "paused")),
        ("/regions/GB", (403, "destination_not_allowed")),
        ("/blocked/+442079460185", (403, "destination_not_allowed")),
        ("/blocked/442079", (403, "destination_not_allowed")),
    ] {
        ops(reqwest::Method::PUT, lever).await;
        let (status, code) = other.start("+442079460185").await.problem();
        assert_eq!((status, code.as_str()), refused, "{lever}");
        ops(reqwest::Method::DELETE, lever).await;
    }
    assert_eq!(told.provider.seen_in_all().await, 0);
    other.start("+442079460185").await.id();
    // Nothing in the store says which numbers are blocked.
    ops(reqwest::Method::PUT, "/blocked/+442079460186").await;
    let mut admin = server.admin();
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query(&mut admin).unwrap();
    let digits = 442_079_460_186_u64;
    for name in keys {
        let value: Vec<u8> = redis::cmd("GET").arg(&name).query(&mut admin).unwrap();
        for secret in [digits.to_string().into_bytes(), digits.to_be_bytes()[2..].to_vec()] {
            let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
            assert!(!holds(&name) && !holds(&value), "{name:?}");
        }
    }
}
