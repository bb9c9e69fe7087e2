//! The life of a verification as an operator follows it: lines with the target `audit`, by a name that leads
//! back neither to the id nor to the number.

use crate::callers::{self, SHOP};
use crate::helpers::{Answer, KEY, Provider, client, send};
use crate::privacy;
use crate::servers::Server;
use crate::serving::Serving;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

const NUMBER: &str = "+12025550188";

async fn ask(method: Method, service: &Serving, path: &str, body: Value) -> Answer {
    let request = client().request(method, format!("{}/verifications{path}", service.address));
    send(request.json(&body)).await
}

async fn post(service: &Serving, path: &str, body: Value) -> Answer {
    ask(Method::POST, service, path, body).await
}

/// What docs/LOGGING.md says of the name: anybody who has the id can make it.
fn name(id: &str) -> String {
    let digest = Sha256::digest(format!("ringproof audit v1 {id}"));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The steps of one life in order, each with its fields but for those that every line has.
fn life(lines: &[Value], id: &str) -> Vec<Value> {
    let of = |line: &&Value| line["target"] == "audit" && line["verification"] == name(id);
    let told = |line: &Value| {
        assert_eq!((&line["level"], &line["region"]), (&json!("INFO"), &json!("US")));
        assert!(line["span"]["request_id"].is_string(), "{line}");
        let mut told = line.as_object().unwrap().clone();
        for name in ["timestamp", "level", "target", "message", "span", "verification", "region"] {
            told.remove(name).unwrap();
        }
        Value::from(told)
    };
    lines.iter().filter(of).map(told).collect()
}

#[actix_web::test]
async fn a_life_is_told_step_by_step_and_goes_on_in_the_call_after() {
    let provider = Provider::start().await;
    let entries = callers::entries();
    let service = Serving::start(&provider.address, &[("CALLERS", &entries)]);
    let start = client().post(format!("{}/verifications", service.address)).bearer_auth(SHOP);
    let first =
        send(start.json(&json!({ "phone_number": NUMBER, "reference": "order4711" }))).await;
    let first = first.id();
    let wrong = post(&service, &format!("/{first}/check"), json!({ "code": "000000" })).await;
    assert_eq!(wrong.status, 422);
    let second =
        post(&service, &format!("/{first}/resend"), json!({ "channel": "sms" })).await.id();
    let code = provider.code(NUMBER).await;
    for _ in 0..2 {
        let body = json!({ "code": code });
        assert_eq!(post(&service, &format!("/{second}/check"), body).await.status, 200);
    }
    let lines = service.stop();
    let step = |channel: &str, step: &str| json!({ "step": step, "channel": channel, "provider": "messagebird", "caller": "shop" });
    let with = |mut step: Value, name: &str, value: Value| {
        step[name] = value;
        step
    };
    assert_eq!(
        life(&lines, &first),
        [step("voice", "started"), with(step("voice", "wrong_code"), "tries", json!(1))]
    );
    let mut seconds = life(&lines, &second);
    assert!(seconds[1].as_object_mut().unwrap().remove("seconds").unwrap().is_u64());
    assert_eq!(
        seconds,
        [with(step("sms", "resent"), "replaces", json!(name(&first))), step("sms", "verified")],
        "the code was right once, however often it was sent"
    );
}

/// Reads where a verification stands until its call or message is so. The provider is asked every two
/// seconds at most.
async fn read_until(service: &Serving, id: &str, state: &str) {
    let path = format!("/{id}");
    let read = async || ask(Method::GET, service, &path, json!({})).await.json();
    while read().await["delivery"]["state"] != state {
        actix_web::rt::task::yield_now().await;
    }
}

/// The names of the steps of one life.
fn steps(lines: &[Value], id: &str) -> Vec<String> {
    life(lines, id).iter().map(|line| line["step"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn every_way_to_the_end_is_told_once() {
    let provider = Provider::start().await;
    let vars = [("VERIFY_MAX_ATTEMPTS", "2"), ("VERIFY_TTL_SECONDS", "30")];
    let service = Serving::start(&provider.address, &vars);
    let started = async || post(&service, "", json!({ "phone_number": NUMBER })).await.id();
    let [canceled, exhausted, answered] = [started().await, started().await, started().await];
    for _ in 0..2 {
        assert_eq!(
            ask(Method::DELETE, &service, &format!("/{canceled}"), json!({})).await.status,
            204
        );
    }
    for status in [422, 422, 410] {
        let body = json!({ "code": "000000" });
        assert_eq!(post(&service, &format!("/{exhausted}/check"), body).await.status, status);
    }
    provider.advance(Duration::from_secs(20)).await;
    for _ in 0..2 {
        read_until(&service, &answered, "answered").await;
    }
    let lines = service.stop();
    assert_eq!(steps(&lines, &canceled), ["started", "canceled"]);
    assert_eq!(steps(&lines, &exhausted), ["started", "wrong_code", "wrong_code", "failed"]);
    assert_eq!(life(&lines, &exhausted)[3]["reason"], "attempts_exhausted");
    assert_eq!(steps(&lines, &answered), ["started", "answered"]);
}

#[actix_web::test]
async fn the_provider_that_was_passed_over_is_told_with_its_reason() {
    let provider = Provider::start().await;
    let both = ("PROVIDERS", "messagebird,twilio");
    let service = Serving::start(&provider.address, &[both]);
    let fault = json!({ "provider": "messagebird", "operation": "create", "fault": "http_401" });
    provider.fault(fault).await;
    let id = post(&service, "", json!({ "phone_number": NUMBER })).await.id();
    let lines = service.stop();
    assert_eq!(
        life(&lines, &id),
        [
            json!({ "step": "failed_over", "channel": "voice", "provider": "messagebird", "reason": "refused_us" }),
            json!({ "step": "started", "channel": "voice", "provider": "twilio" }),
        ]
    );
}

#[actix_web::test]
async fn two_replicas_tell_one_life() {
    let (provider, store) = (Provider::start().await, Server::start(&[]));
    let url = store.url();
    let shared = [("REDIS_URL", url.expose_secret())];
    let replicas = [(); 2].map(|()| Serving::start(&provider.address, &shared));
    for replica in &replicas {
        while send(client().get(format!("{}/readyz", replica.address))).await.status != 200 {}
    }
    let [one, other] = &replicas;
    let id = post(one, "", json!({ "phone_number": NUMBER })).await.id();
    provider.advance(Duration::from_secs(20)).await;
    for replica in [one, other] {
        read_until(replica, &id, "answered").await;
    }
    let code = provider.code(NUMBER).await;
    assert_eq!(post(other, &format!("/{id}/check"), json!({ "code": code })).await.status, 200);
    let [one, other] = replicas.map(|replica| steps(&replica.stop(), &id));
    assert_eq!((one, other), (vec!["started".into(), "answered".into()], vec!["verified".into()]));
}

#[actix_web::test]
async fn a_life_that_ran_out_is_told_once() {
    let provider = Provider::start().await;
    let service = Serving::start(&provider.address, &[]);
    let id = post(&service, "", json!({ "phone_number": NUMBER })).await.id();
    provider.advance(Duration::from_secs(601)).await;
    for _ in 0..2 {
        let check = post(&service, &format!("/{id}/check"), json!({ "code": "000000" })).await;
        assert_eq!(check.problem(), (410, "verification_expired".into()));
        ask(Method::GET, &service, &format!("/{id}"), json!({})).await;
    }
    assert_eq!(steps(&service.stop(), &id), ["started", "expired"]);
}

#[actix_web::test]
async fn a_message_is_told_as_it_fared_and_once() {
    const NOBODY: &str = "+12025550192";
    let provider = Provider::start().await;
    let service = Serving::start(&provider.address, &[]);
    let sent = async |number: &str| {
        post(&service, "", json!({ "phone_number": number, "channel": "sms" })).await.id()
    };
    let (delivered, undelivered) = (sent(NUMBER).await, sent(NOBODY).await);
    provider.advance(Duration::from_secs(31)).await;
    for (id, state) in [(&delivered, "delivered"), (&undelivered, "failed")] {
        for _ in 0..2 {
            read_until(&service, id, state).await;
        }
    }
    let body = json!({ "code": provider.code(NUMBER).await });
    assert_eq!(post(&service, &format!("/{delivered}/check"), body).await.status, 200);
    let lines = service.stop();
    assert_eq!(steps(&lines, &delivered), ["started", "delivered", "verified"]);
    assert_eq!(steps(&lines, &undelivered), ["started", "undelivered"]);
    let step = json!({ "step": "undelivered", "channel": "sms", "provider": "messagebird" });
    assert_eq!(life(&lines, &undelivered)[1], step);
}

#[actix_web::test]
async fn what_somebody_else_does_at_the_provider_ends_a_life_once() {
    let provider = Provider::start().await;
    let service = Serving::start(&provider.address, &[]);
    let mut lives = Vec::new();
    for (what, status, code, step) in [
        ("right", 409, "already_verified", json!(["failed", "verified_elsewhere"])),
        ("wrong", 410, "attempts_exhausted", json!(["failed", "provider"])),
        ("deleted", 410, "verification_expired", json!(["expired", null])),
    ] {
        let id = post(&service, "", json!({ "phone_number": NUMBER })).await.id();
        let message = provider.message(NUMBER).await;
        let text = |name: &str| message[name].as_str().unwrap();
        let wrong = if text("code") == "000000" { "111111" } else { "000000" };
        // With our key, but not through us.
        let at_provider = async |method: Method, query: String| {
            let url = format!("{}/verify/{}{query}", provider.address, text("verify_id"));
            let key = format!("AccessKey {KEY}");
            send(client().request(method, url).header("authorization", key)).await
        };
        match what {
            "right" => drop(at_provider(Method::GET, format!("?token={}", text("code"))).await),
            "wrong" => {
                while at_provider(Method::GET, String::new()).await.json()["status"] != "failed" {
                    at_provider(Method::GET, format!("?token={wrong}")).await;
                }
            }
            _ => drop(at_provider(Method::DELETE, String::new()).await),
        }
        for _ in 0..2 {
            let body = json!({ "code": text("code") });
            let check = post(&service, &format!("/{id}/check"), body).await;
            assert_eq!(check.problem(), (status, code.into()), "{what}");
        }
        lives.push((id, step));
    }
    let lines = service.stop();
    for (id, step) in lives {
        let told = life(&lines, &id);
        let told: Vec<_> = told.iter().map(|line| json!([line["step"], line["reason"]])).collect();
        assert_eq!(told, [json!(["started", null]), step]);
    }
}

#[actix_web::test]
async fn a_call_that_asks_for_a_key_is_answered_once_one_was_pressed() {
    const NOBODY_PRESSES: &str = "+12025550187";
    let provider = Provider::start().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (address, public) = (free.to_string(), format!("http://{free}"));
    let service = Serving::start(
        &provider.address,
        &[
            ("PROVIDERS", "twilio"),
            ("TWILIO_PRESS_KEY", "true"),
            ("TWILIO_AUTH_TOKEN", "canary_secret_4711"),
            ("PUBLIC_URL", &public),
            ("HTTP_LISTEN", &address),
        ],
    );
    let call = async |number: &str| post(&service, "", json!({ "phone_number": number })).await;
    let (pressed, silent) = (call(NUMBER).await.id(), call(NOBODY_PRESSES).await.id());
    let message = provider.message(NUMBER).await["id"].as_str().unwrap().to_owned();
    for (what, body) in [("answer", json!({})), ("keys", json!({ "digits": "7" }))] {
        read_until(&service, &pressed, "ringing").await;
        let url = format!("{}/phone/messages/{message}/{what}", provider.address);
        assert_eq!(send(client().post(url).json(&body)).await.status, 204, "{what}");
    }
    // The call-back says the code, and is no step: whoever asks learns that somebody answered.
    let body = json!({ "code": provider.code(NUMBER).await });
    read_until(&service, &pressed, "answered").await;
    assert_eq!(post(&service, &format!("/{pressed}/check"), body).await.status, 200);
    provider.advance(Duration::from_secs(60)).await;
    for _ in 0..2 {
        read_until(&service, &silent, "voicemail").await;
    }
    let lines = service.stop();
    assert_eq!(steps(&lines, &pressed), ["started", "answered", "verified"]);
    assert_eq!(steps(&lines, &silent), ["started", "voicemail"]);
    let step = json!({ "step": "answered", "channel": "voice", "provider": "twilio" });
    assert_eq!(life(&lines, &pressed)[1], step);
}

#[actix_web::test]
async fn no_line_of_a_life_says_whose_it_is() {
    let provider = Provider::start().await;
    let service = Serving::start(
        &provider.address,
        &[("RUST_LOG", "warn,audit=info,ringproof::startup=info")],
    );
    let mut secrets = privacy::walk_every_path(&provider, &service.address).await;
    let lines = service.stop();
    let told: Vec<_> = lines.iter().filter(|line| line["target"] == "audit").collect();
    for step in ["started", "wrong_code", "verified", "resent", "check_unknown"] {
        assert!(told.iter().any(|line| line["step"] == step), "{step}: {told:?}");
    }
    secrets.extend(privacy::CANARIES.map(str::to_owned));
    secrets.push("+12*******88".to_owned());
    for line in told.iter().map(ToString::to_string) {
        let found = secrets.iter().find(|secret| line.contains(*secret));
        assert_eq!(found, None, "{line}");
    }
}
