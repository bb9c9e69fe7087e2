//! The API that Twilio made common: calls and messages, what they say, keys, scenarios and faults.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, NUMBER, Simulator, send};

const TO: &str = "+31612345678";
const SAY: &str =
    r#"<Response><Say language="nl-NL" loop="2">Uw code is: 0, 4, 2, 6, 1, 7.</Say></Response>"#;
const ACCOUNT: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000001";

impl Simulator {
    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_as(path, form, "SKany", "secret").await
    }

    async fn post_as(&self, path: &str, form: &[(&str, &str)], key: &str, secret: &str) -> Answer {
        let request = self.http.post(self.url(&format!("{ACCOUNT}{path}")));
        send(request.basic_auth(key, Some(secret)).form(form)).await
    }

    async fn fetch(&self, path: &str) -> Answer {
        let request = self.http.get(self.url(&format!("{ACCOUNT}{path}")));
        send(request.basic_auth("SKany", Some("secret"))).await
    }

    async fn ring(&self, to: &str, twiml: &str) -> Answer {
        self.post("/Calls.json", &[("To", to), ("From", "+31201234567"), ("Twiml", twiml)]).await
    }

    async fn text(&self, to: &str, body: &str) -> Answer {
        self.post("/Messages.json", &[("To", to), ("From", "Ringproof"), ("Body", body)]).await
    }

    async fn call_status(&self, sid: &str) -> String {
        self.fetch(&format!("/Calls/{sid}.json")).await.text("status")
    }

    async fn act(&self, sid: &str, act: &str) -> u16 {
        self.own(Method::POST, &format!("/phone/messages/{sid}/{act}"), Value::Null).await.status
    }

    async fn press(&self, sid: &str, digits: &str) -> u16 {
        let path = format!("/phone/messages/{sid}/keys");
        self.own(Method::POST, &path, json!({ "digits": digits })).await.status
    }
}

/// The sid of what was created.
fn sid(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.text("sid")
}

/// Status and code of a refusal.
fn refusal(answer: &Answer) -> (u16, u64) {
    let body = answer.json();
    assert_eq!(body["status"], answer.status, "{body}");
    assert!(body["more_info"].as_str().unwrap().ends_with(&body["code"].to_string()), "{body}");
    (answer.status, body["code"].as_u64().unwrap())
}

#[actix_web::test]
async fn a_call_rings_the_one_phone_and_says_its_document() {
    let simulator = Simulator::start().await;
    let placed = simulator.ring(TO, SAY).await;
    let sid = sid(&placed);
    assert_eq!((sid.len(), &sid[..2]), (34, "CA"));
    let object = placed.json();
    for (member, value) in [
        ("status", json!("queued")),
        ("to", json!(TO)),
        ("from", json!("+31201234567")),
        ("direction", json!("outbound-api")),
        ("answered_by", Value::Null),
        ("account_sid", json!("AC00000000000000000000000000000001")),
        ("uri", json!(format!("{ACCOUNT}/Calls/{sid}.json"))),
    ] {
        assert_eq!(object[member], value, "{member}");
    }
    assert!(object["date_created"].as_str().unwrap().ends_with(" +0000"), "RFC 2822: {object}");

    let entry = simulator.newest(NUMBER).await;
    for (member, value) in [
        ("id", json!(sid)),
        ("provider", json!("twilio")),
        ("channel", json!("voice")),
        ("recipient", json!(NUMBER)),
        ("language", json!("nl-NL")),
        ("status", json!("calling")),
        ("keypad", json!(false)),
        ("code", json!("042617")),
        ("text", json!("Uw code is: 0, 4, 2, 6, 1, 7. Uw code is: 0, 4, 2, 6, 1, 7.")),
    ] {
        assert_eq!(entry[member], value, "{member}");
    }
}

#[actix_web::test]
async fn a_call_is_followed_from_ringing_to_its_end() {
    let simulator = Simulator::start().await;
    let sid = sid(&simulator.ring(TO, SAY).await);
    assert_eq!(simulator.call_status(&sid).await, "ringing");
    simulator.advance(6).await;
    assert_eq!(simulator.call_status(&sid).await, "in-progress");
    assert_eq!(simulator.newest(NUMBER).await["status"], "answered");
    simulator.advance(60).await;
    let over = simulator.fetch(&format!("/Calls/{sid}.json")).await.json();
    assert_eq!((&over["status"], &over["answered_by"]), (&json!("completed"), &Value::Null));
    assert!(over["duration"].is_string() && over["end_time"].is_string(), "{over}");
}

#[actix_web::test]
async fn a_message_arrives_with_its_code() {
    let simulator = Simulator::start().await;
    let sent = simulator.text(TO, "Ringproof 1899: 042617 is your code").await;
    let sid = sid(&sent);
    assert_eq!((&sid[..2], sent.text("status")), ("SM", "queued".to_owned()));
    let entry = simulator.newest(NUMBER).await;
    assert_eq!((&entry["channel"], &entry["code"]), (&json!("sms"), &json!("042617")));
    let path = format!("/Messages/{sid}.json");
    assert_eq!(simulator.fetch(&path).await.text("status"), "sent");
    simulator.advance(2).await;
    assert_eq!(simulator.fetch(&path).await.text("status"), "delivered");
    assert_eq!(simulator.fetch(&format!("/Calls/{sid}.json")).await.status, 404);
}

#[actix_web::test]
async fn a_messaging_service_may_write() {
    let simulator = Simulator::start().await;
    let form = [("To", TO), ("MessagingServiceSid", "MG1"), ("Body", "x")];
    assert_eq!(simulator.post("/Messages.json", &form).await.status, 201);
    let form = [("To", TO), ("MessagingServiceSid", "MG1"), ("Twiml", SAY)];
    assert_eq!(refusal(&simulator.post("/Calls.json", &form).await), (400, 21213));
}

#[actix_web::test]
async fn a_path_without_json_behind_it_works_as_at_somleng() {
    let simulator = Simulator::start().await;
    let form = [("To", TO), ("From", "1"), ("Twiml", SAY)];
    let sid = sid(&simulator.post("/Calls", &form).await);
    assert_eq!(simulator.fetch(&format!("/Calls/{sid}")).await.text("sid"), sid);
}

#[actix_web::test]
async fn what_is_missing_or_wrong_is_named_by_its_code() {
    let simulator = Simulator::start().await;
    let long = "x".repeat(4001);
    for (form, code) in [
        (vec![("From", "1"), ("Twiml", SAY)], 21201),
        (vec![("To", TO), ("Twiml", SAY)], 21213),
        (vec![("To", TO), ("From", "1")], 21205),
        (vec![("To", TO), ("From", "1"), ("Url", "http://127.0.0.1/")], 21205),
        (vec![("To", "31612345678"), ("From", "1"), ("Twiml", SAY)], 21211),
        (vec![("To", "+0612345678"), ("From", "1"), ("Twiml", SAY)], 21211),
        (vec![("To", "+31 6"), ("From", "1"), ("Twiml", SAY)], 21211),
        (vec![("To", TO), ("From", "1"), ("Twiml", long.as_str())], 20001),
    ] {
        assert_eq!(refusal(&simulator.post("/Calls.json", &form).await), (400, code), "{form:?}");
    }
    for (form, code) in [
        (vec![("From", "1"), ("Body", "x")], 21604),
        (vec![("To", TO), ("Body", "x")], 21603),
        (vec![("To", TO), ("From", "1")], 21602),
        (vec![("To", "nobody"), ("From", "1"), ("Body", "x")], 21211),
        (vec![("To", TO), ("From", "1"), ("Body", long.as_str())], 21617),
    ] {
        let refused = simulator.post("/Messages.json", &form).await;
        assert_eq!(refusal(&refused), (400, code), "{form:?}");
    }
    let message = simulator.ring("+99", SAY).await.text("message");
    assert!(message.contains("+99"), "the real one repeats the number: {message}");
    assert!(simulator.phone(NUMBER).await.is_empty());
}

#[actix_web::test]
async fn only_good_credentials_are_served() {
    let simulator = Simulator::start().await;
    let form = [("To", TO), ("From", "1"), ("Twiml", SAY)];
    for (key, secret) in [("revoked_key", "x"), ("SK", "revoked_secret"), ("", "x"), ("SK", "")] {
        let refused = simulator.post_as("/Calls.json", &form, key, secret).await;
        assert_eq!(refusal(&refused), (401, 20003), "{key}:{secret}");
        assert!(refused.header("www-authenticate").is_some());
    }
    let bare = send(simulator.http.post(simulator.url(&format!("{ACCOUNT}/Calls.json")))).await;
    assert_eq!(refusal(&bare), (401, 20003));
    let fake = simulator.post_as("/Calls.json", &form, "test_key", "x").await;
    let path = format!("/Calls/{}.json", sid(&fake));
    assert_eq!(refusal(&simulator.fetch(&path).await), (404, 20404));
    assert!(simulator.phone(NUMBER).await.is_empty(), "a test key rings nowhere");
}

#[actix_web::test]
async fn another_account_finds_nothing() {
    let simulator = Simulator::start().await;
    let sid = sid(&simulator.ring(TO, SAY).await);
    let url = simulator.url(&format!("/2010-04-01/Accounts/AC2/Calls/{sid}.json"));
    let request = simulator.http.get(url).basic_auth("SKany", Some("secret"));
    assert_eq!(refusal(&send(request).await), (404, 20404));
    assert_eq!(refusal(&simulator.fetch("/Nothing.json").await), (404, 20404));
}

#[actix_web::test]
async fn a_call_is_cancelled_while_it_rings_and_ended_while_it_talks() {
    let simulator = Simulator::start().await;
    let end = |status: &'static str| [("Status", status)];
    for status in ["canceled", "completed"] {
        let path = format!("/Calls/{}.json", sid(&simulator.ring(TO, SAY).await));
        assert_eq!(simulator.post(&path, &end(status)).await.text("status"), "canceled");
        assert_eq!(simulator.newest(NUMBER).await["status"], "canceled");
        assert_eq!(refusal(&simulator.post(&path, &end(status)).await), (400, 21220));
    }
    let sid = sid(&simulator.ring(TO, SAY).await);
    let path = format!("/Calls/{sid}.json");
    assert_eq!(simulator.act(&sid, "answer").await, 204);
    assert_eq!(refusal(&simulator.post(&path, &end("canceled")).await), (400, 21220));
    assert_eq!(simulator.post(&path, &end("completed")).await.text("status"), "completed");
    assert_eq!(refusal(&simulator.post(&path, &end("completed")).await), (400, 21220));
    assert_eq!(refusal(&simulator.post(&path, &end("paused")).await), (400, 20001));
    assert_eq!(refusal(&simulator.post("/Calls/CA0.json", &end("canceled")).await), (404, 20404));
}

#[actix_web::test]
async fn a_document_that_cannot_be_carried_out_is_heard_as_an_error() {
    let simulator = Simulator::start().await;
    sid(&simulator.ring(TO, "<Response><Play>x.mp3</Play></Response>").await);
    let entry = simulator.newest(NUMBER).await;
    assert_eq!((&entry["language"], &entry["code"]), (&json!("en-US"), &json!("")));
    assert!(entry["text"].as_str().unwrap().contains("application error"), "{entry}");
}

#[actix_web::test]
async fn numbers_misbehave_on_this_wire_too() {
    let simulator = Simulator::start().await;
    let number = |ending: &str| format!("+4420794601{ending}");
    let born = simulator.ring(&number("90"), SAY).await;
    assert_eq!((born.status, born.text("status")), (201, "failed".to_owned()));
    assert!(simulator.phone("442079460190").await.is_empty());
    assert_eq!(simulator.call_status(&born.text("sid")).await, "failed");

    for (ending, seconds, status) in [
        ("91", 2, "busy"),
        ("92", 30, "no-answer"),
        ("93", 6, "in-progress"),
        ("94", 40, "in-progress"),
    ] {
        let sid = sid(&simulator.ring(&number(ending), SAY).await);
        assert_eq!(simulator.call_status(&sid).await, "ringing", "{ending}");
        simulator.advance(seconds).await;
        assert_eq!(simulator.call_status(&sid).await, status, "{ending}");
    }
    for (ending, expected) in [("95", (400, 21211)), ("96", (402, 20005)), ("99", (429, 20429))] {
        let refused = simulator.ring(&number(ending), SAY).await;
        assert_eq!(refusal(&refused), expected, "{ending}");
        assert_eq!(refused.header("retry-after"), (ending == "99").then_some("7"));
    }
    let broken = simulator.ring(&number("97"), SAY).await;
    assert_eq!((broken.status, &broken.text[..6]), (500, "<html>"));
}

#[actix_web::test]
async fn a_late_answer_is_late_on_this_wire_too() {
    let simulator = Simulator::start().await;
    let mut answer = Box::pin(simulator.ring("+442079460198", SAY));
    tokio::select! {
        biased;
        answer = &mut answer => panic!("answered at once: {answer:?}"),
        call = simulator.rings("442079460198") => assert_eq!(call["status"], "calling"),
    }
    let (answer, ()) = tokio::join!(answer, simulator.advance(30));
    assert_eq!(answer.status, 201);
}

#[actix_web::test]
async fn who_picked_up_is_told_when_it_was_asked() {
    let simulator = Simulator::start().await;
    for (to, who) in [(TO, "human"), ("+442079460193", "machine_start")] {
        let form = [("To", to), ("From", "1"), ("Twiml", SAY), ("MachineDetection", "Enable")];
        let sid = sid(&simulator.post("/Calls.json", &form).await);
        simulator.advance(6).await;
        assert_eq!(simulator.fetch(&format!("/Calls/{sid}.json")).await.text("answered_by"), who);
    }
}

#[actix_web::test]
async fn the_carrier_gives_up_ringing_when_it_was_told_to() {
    let simulator = Simulator::start().await;
    let form = [("To", "+442079460194"), ("From", "1"), ("Twiml", SAY), ("Timeout", "25")];
    let sid = sid(&simulator.post("/Calls.json", &form).await);
    simulator.advance(25).await;
    assert_eq!(simulator.call_status(&sid).await, "no-answer");
}

#[actix_web::test]
async fn faults_strike_one_wire_or_both() {
    let simulator = Simulator::start().await;
    let aimed = json!({ "operation": "create", "provider": "twilio", "fault": "http_429", "retry_after": 3 });
    simulator.fault(aimed).await;
    assert_eq!(simulator.create(json!({ "recipient": NUMBER })).await.status, 201);
    let refused = simulator.ring(TO, SAY).await;
    assert_eq!((refusal(&refused), refused.header("retry-after")), ((429, 20429), Some("3")));

    for (fault, status, code) in [("http_401", 401, 20003), ("http_402", 402, 20005)] {
        simulator.fault(json!({ "operation": "any", "fault": fault })).await;
        assert_eq!(refusal(&simulator.ring(TO, SAY).await), (status, code));
    }
    simulator.fault(json!({ "operation": "any", "fault": "reset", "times": 2 })).await;
    let request = simulator.http.post(simulator.url(&format!("{ACCOUNT}/Calls.json")));
    let form = [("To", "+31687654321"), ("From", "1"), ("Twiml", SAY)];
    assert!(request.basic_auth("SK", Some("x")).form(&form).send().await.is_err());
    assert_eq!(simulator.phone("31687654321").await.len(), 1, "it took effect");
    let create = simulator.request(Method::POST, "/verify").json(&json!({ "recipient": NUMBER }));
    assert!(create.send().await.is_err(), "what is aimed at nobody strikes everybody");

    simulator.fault(json!({ "operation": "create", "fault": "missing_id" })).await;
    assert_eq!(simulator.ring(TO, SAY).await.json().get("sid"), None);
    simulator.fault(json!({ "operation": "create", "fault": "born_failed" })).await;
    assert_eq!(simulator.ring("+31687654322", SAY).await.text("status"), "failed");
    assert!(simulator.phone("31687654322").await.is_empty());
}

#[actix_web::test]
async fn requests_are_counted_per_provider() {
    let simulator = Simulator::start().await;
    let sid = sid(&simulator.ring(TO, SAY).await);
    simulator.call_status(&sid).await;
    simulator.post(&format!("/Calls/{sid}.json"), &[("Status", "canceled")]).await;
    simulator.create(json!({ "recipient": NUMBER })).await;
    let counts = simulator.own(Method::GET, "/phone/requests", Value::Null).await.json();
    let count = |create, view, delete| json!({ "create": create, "check": 0, "view": view, "delete": delete, "delivery": 0 });
    assert_eq!(counts["twilio"], count(1, 1, 1));
    assert_eq!(counts["messagebird"], count(1, 0, 0));
    assert_eq!(counts["create"], 2);
}

/// A signature and the form it came with.
type Told = (String, BTreeMap<String, String>);

/// The site that a carrier calls back: keeps what it was told, answers with a document.
struct Site {
    url: String,
    told: Arc<Mutex<Vec<Told>>>,
}

impl Site {
    async fn start(status: u16, document: &'static str) -> Self {
        let told: Arc<Mutex<Vec<_>>> = Arc::default();
        let kept = Data::from(Arc::clone(&told));
        let server = HttpServer::new(move || {
            let answer = move |request: HttpRequest, body: Bytes, kept: Data<Mutex<Vec<_>>>| async move {
                let signature = request
                    .headers()
                    .get("x-twilio-signature")
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                let form: BTreeMap<String, String> = serde_urlencoded::from_bytes(&body).unwrap();
                kept.lock().unwrap().push((signature, form));
                let status = actix_web::http::StatusCode::from_u16(status).unwrap();
                HttpResponse::build(status).content_type("text/xml").body(document)
            };
            App::new().app_data(kept.clone()).default_service(web::to(answer))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/key?a=1&b=2", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        Self { url, told }
    }

    fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    /// A document that asks for a key.
    fn prompt(&self) -> String {
        let action = self.url.replace('&', "&amp;");
        format!(
            r#"<Response><Gather numDigits="1" finishOnKey="" timeout="8" action="{action}"><Say language="en-GB">Press any key.</Say></Gather><Hangup/></Response>"#
        )
    }
}

#[actix_web::test]
async fn a_key_brings_the_code_and_only_then() {
    let simulator = Simulator::start().await;
    let site = Site::start(200, SAY).await;
    let sid = sid(&simulator.ring(TO, &site.prompt()).await);
    let entry = simulator.newest(NUMBER).await;
    assert_eq!((&entry["text"], &entry["code"]), (&json!("Press any key."), &json!("")));
    assert_eq!(simulator.press(&sid, "1").await, 409, "nobody has picked up");
    assert_eq!(simulator.act(&sid, "answer").await, 204);
    assert_eq!(simulator.newest(NUMBER).await["keypad"], true);
    assert_eq!(simulator.press(&sid, "#7").await, 204);

    let entry = simulator.newest(NUMBER).await;
    assert_eq!((&entry["code"], &entry["keypad"]), (&json!("042617"), &json!(false)));
    assert!(entry["text"].as_str().unwrap().starts_with("Press any key. Uw code is: 0, 4, 2,"));
    assert_eq!(simulator.call_status(&sid).await, "in-progress");
    assert_eq!(simulator.press(&sid, "1").await, 409, "it was pressed");

    let told = site.told();
    assert_eq!(told.len(), 1);
    let form = &told[0].1;
    for (name, value) in [
        ("AccountSid", "AC00000000000000000000000000000001"),
        ("CallSid", sid.as_str()),
        ("CallStatus", "in-progress"),
        ("Digits", "#"),
        ("From", "+31201234567"),
        ("To", TO),
    ] {
        assert_eq!(form[name], value, "{name}");
    }
}

#[actix_web::test]
async fn a_call_back_is_signed_with_the_secret_or_the_token_that_was_set() {
    let simulator = Simulator::start().await;
    let site = Site::start(200, SAY).await;
    for token in ["secret", "another"] {
        if token == "another" {
            let settings = json!({ "twilio_auth_token": token });
            simulator.own(Method::PUT, "/phone/settings", settings).await;
        }
        let sid = sid(&simulator.ring(TO, &site.prompt()).await);
        simulator.act(&sid, "answer").await;
        assert_eq!(simulator.press(&sid, "5").await, 204);
        let (signature, form) = site.told().pop().unwrap();
        assert_eq!(signature, signed(token, &site.url, &form), "{token}");
    }
}

/// The signature as OpenSSL makes it, so that the simulator's cannot agree with itself.
fn signed(token: &str, url: &str, form: &BTreeMap<String, String>) -> String {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut text = url.to_owned();
    form.iter().for_each(|(name, value)| text.extend([name.as_str(), value.as_str()]));
    let command = format!("openssl dgst -sha1 -hmac '{token}' -binary | base64");
    let mut child = Command::new("sh")
        .args(["-c", &command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

#[actix_web::test]
async fn without_a_key_nothing_is_said_and_the_call_ends() {
    let simulator = Simulator::start().await;
    let site = Site::start(200, SAY).await;
    for (to, act) in [(TO, "answer"), ("+442079460193", "voicemail")] {
        let sid = sid(&simulator.ring(to, &site.prompt()).await);
        if act == "answer" {
            simulator.act(&sid, "answer").await;
            simulator.advance(7).await;
            assert_eq!(simulator.newest(&to[1..]).await["keypad"], true);
        } else {
            simulator.advance(7).await;
            assert_eq!(simulator.press(&sid, "1").await, 409, "a machine presses nothing");
        }
        assert_eq!(simulator.call_status(&sid).await, "in-progress");
        simulator.advance(10).await;
        assert_eq!(simulator.call_status(&sid).await, "completed");
        let entry = simulator.newest(&to[1..]).await;
        assert_eq!((&entry["keypad"], &entry["code"]), (&json!(false), &json!("")));
        assert_eq!(simulator.press(&sid, "1").await, 409, "it is over");
    }
    assert!(site.told().is_empty());
}

#[actix_web::test]
async fn a_site_that_refuses_is_heard_as_an_error() {
    let simulator = Simulator::start().await;
    let site = Site::start(403, "").await;
    let sid = sid(&simulator.ring(TO, &site.prompt()).await);
    simulator.act(&sid, "answer").await;
    assert_eq!(simulator.press(&sid, "1").await, 204);
    let entry = simulator.newest(NUMBER).await;
    assert!(
        entry["text"].as_str().unwrap().ends_with("an application error has occurred. Goodbye.")
    );
    assert_eq!(entry["code"], "");
}

#[actix_web::test]
async fn keys_that_no_phone_has_are_refused() {
    let simulator = Simulator::start().await;
    let site = Site::start(200, SAY).await;
    let sid = sid(&simulator.ring(TO, &site.prompt()).await);
    simulator.act(&sid, "answer").await;
    for (keys, status) in [("", 422), ("A", 422), ("1 2", 422), (&*"1".repeat(33), 422)] {
        assert_eq!(simulator.press(&sid, keys).await, status, "{keys}");
    }
    assert_eq!(simulator.press("nobody", "1").await, 404);
    assert!(site.told().is_empty());
}

#[actix_web::test]
async fn a_browser_that_opens_the_address_is_led_to_the_phone() {
    let simulator = Simulator::start().await;
    let request = simulator.http.get(simulator.url("/")).header("Accept", "text/html,*/*;q=0.8");
    let led = send(request).await;
    assert_eq!((led.status, led.header("location")), (303, Some("/phone")));
}
