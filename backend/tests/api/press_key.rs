//! `TWILIO_PRESS_KEY` and the carrier's call-back, `/providers/twilio/calls/{sealed}`: nothing is said before a
//! key was pressed, and then only to the call it was pressed in. The first tests go through the simulator;
//! the others are a carrier themselves, which signs as Twilio does, well and badly.

use crate::callers;
use crate::fake::{Act, Fake, json};
use crate::helpers::{Answer, PATIENT, SECRET, TestApp, client, send};
use crate::servers::Server;
use crate::shared_store::becomes_ready;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use serde_json::json as object;
use sha1::Sha1;
use verification::Keyring;

const NUMBER: &str = "+442079460033";
const VOICEMAIL: &str = "+442079460093";
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "canary_secret_4711";
const CALL: &str = "CA00112233445566778899aabbccddeeff";
const OTHER_CALL: &str = "CAffeeddccbbaa99887766554433221100";
/// What the world calls the service: not where the tests reach it.
const PUBLIC: &str = "https://codes.example";
const PATH: &str = "/providers/twilio/calls/";
const SILENCE: &str = "<Response><Hangup/></Response>";

const ASKING: [(&str, &str); 3] =
    [("PROVIDERS", "twilio"), ("TWILIO_PRESS_KEY", "true"), ("TWILIO_AUTH_TOKEN", TOKEN)];

/// A service that the simulator can reach.
async fn reachable() -> TestApp {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let public = format!("http://{address}");
    let mut vars = ASKING.to_vec();
    vars.extend([("PUBLIC_URL", public.as_str()), ("HTTP_LISTEN", &address)]);
    TestApp::with(&vars).await
}

/// Does something to the newest call at the phone.
async fn at_phone(app: &TestApp, number: &str, what: &str, body: serde_json::Value) {
    let message = app.provider.message(number).await;
    let id = message["id"].as_str().unwrap();
    let url = format!("{}/phone/messages/{id}/{what}", app.provider.address);
    let answer = send(client().post(url).json(&body)).await;
    assert!((200..300).contains(&answer.status), "{what}: {}", answer.text);
}

/// The state of the call, read when it may be read again.
async fn delivery(app: &TestApp, id: &str) -> String {
    let shown = app.get(&format!("/verifications/{id}")).await.json();
    shown["delivery"]["state"].as_str().unwrap_or_else(|| panic!("{shown}")).to_owned()
}

/// That nothing was said of a code: neither as one, nor in the text that a person or a machine heard.
async fn assert_nothing_was_said(app: &TestApp, number: &str) {
    let message = app.provider.message(number).await;
    assert_eq!(message["code"], "", "{message}");
    let text = message["text"].as_str().unwrap();
    assert!(!text.is_empty() && !text.contains(|letter: char| letter.is_ascii_digit()), "{text}");
}

#[actix_web::test]
async fn a_code_is_said_once_a_key_was_pressed() {
    let app = reachable().await;
    let started = app.start(NUMBER).await;
    assert_eq!(started.json()["press_key"], true, "{}", started.text);
    let id = started.id();
    assert_nothing_was_said(&app, NUMBER).await;
    at_phone(&app, NUMBER, "answer", object!({})).await;
    assert_nothing_was_said(&app, NUMBER).await;
    assert_eq!(delivery(&app, &id).await, "ringing", "whether a person picked up is not known yet");
    at_phone(&app, NUMBER, "keys", object!({ "digits": "7" })).await;
    let code = app.provider.code(NUMBER).await;
    app.advance(2).await;
    assert_eq!(delivery(&app, &id).await, "answered");
    assert_eq!(app.check(&id, &code).await.status, 200);
}

#[actix_web::test]
async fn without_a_key_nothing_is_said_to_a_person_or_left_on_a_machine() {
    let app = reachable().await;
    for number in [NUMBER, VOICEMAIL] {
        let id = app.start(number).await.id();
        // Six seconds of ringing, the prompt, eight seconds of waiting, and the end.
        app.advance(60).await;
        assert_nothing_was_said(&app, number).await;
        assert_eq!(delivery(&app, &id).await, "voicemail", "{number}");
        assert_eq!(app.provider.message(number).await["keypad"], false);
    }
}

#[actix_web::test]
async fn an_sms_asks_for_no_key() {
    let app = reachable().await;
    let body = object!({ "phone_number": "+12025550133", "channel": "sms" });
    let started = app.post("/verifications", body).await;
    assert_eq!(started.json().get("press_key"), None, "{}", started.text);
    let code = app.provider.code("+12025550133").await;
    assert_eq!(app.check(&started.id(), &code).await.status, 200);
}

/// What a carrier posts when a key was pressed.
#[derive(Clone)]
pub struct Press {
    /// The address as it was given to the carrier.
    url: String,
    token: &'static str,
    fields: Vec<(&'static str, String)>,
}

impl Press {
    pub fn of(sealed: &str) -> Self {
        let fields = [
            ("AccountSid", ACCOUNT),
            ("CallSid", CALL),
            ("CallStatus", "in-progress"),
            ("Digits", "1"),
            ("From", "+12025550100"),
            ("To", NUMBER),
        ];
        let fields = fields.map(|(name, value)| (name, value.to_owned())).to_vec();
        Self { url: format!("{PUBLIC}{PATH}{sealed}"), token: TOKEN, fields }
    }

    /// The same with another value of a field; without the field for none.
    fn with(&self, name: &str, value: Option<&str>) -> Self {
        let mut other = self.clone();
        match value {
            None => other.fields.retain(|(it, _)| *it != name),
            Some(value) => {
                let field = other.fields.iter_mut().find(|(it, _)| *it == name).unwrap();
                value.clone_into(&mut field.1);
            }
        }
        other
    }

    fn signature(&self) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(self.token.as_bytes()).unwrap();
        mac.update(self.url.as_bytes());
        for (name, value) in &self.fields {
            mac.update(format!("{name}{value}").as_bytes());
        }
        STANDARD.encode(mac.finalize().into_bytes())
    }

    /// The request, to one replica, at the path that was signed.
    fn request(&self, app: &TestApp) -> reqwest::RequestBuilder {
        let path = self.url.strip_prefix(PUBLIC).unwrap_or(&self.url);
        app.request(reqwest::Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
            .header("x-twilio-signature", self.signature())
            .body(serde_urlencoded::to_string(&self.fields).unwrap())
    }

    async fn answer(&self, app: &TestApp) -> Answer {
        send(self.request(app)).await
    }
}

/// The carrier that a call was ordered from, which places none.
struct Carrier(Fake);

impl Carrier {
    /// It answers with a call that is so, one request after the other.
    async fn start(states: &[&str]) -> Self {
        let answers = states.iter().map(|status| {
            let call = object!({ "sid": CALL, "status": status }).to_string();
            Act::Reply(json(if *status == "queued" { 201 } else { 200 }, &call))
        });
        Self(Fake::start(answers.collect::<Vec<_>>()).await)
    }

    /// The variables of a service that orders its calls here.
    fn vars<'a>(
        &self,
        url: &'a mut String,
        more: &[(&'a str, &'a str)],
    ) -> Vec<(&'a str, &'a str)> {
        *url = format!("{}2010-04-01", self.0.url);
        let mut vars = ASKING.to_vec();
        vars.extend([("PUBLIC_URL", PUBLIC), ("TWILIO_BASE_URL", url.as_str())]);
        vars.extend(more);
        vars
    }

    /// How many calls it was told to end.
    fn ended(&self) -> usize {
        self.0.requests().iter().filter(|request| request.contains("Status=canceled")).count()
    }

    /// What is sealed into the address that the newest call came with.
    fn sealed(&self) -> String {
        self.action().strip_prefix(&format!("{PUBLIC}{PATH}")).unwrap().to_owned()
    }

    /// That address.
    fn action(&self) -> String {
        let requests = self.0.requests();
        let ordered = requests.iter().rfind(|it| it.contains("Twiml=")).unwrap();
        let (_, form) = ordered.split_once("\r\n\r\n").unwrap();
        let form: Vec<(String, String)> = serde_urlencoded::from_str(form).unwrap();
        let (_, twiml) = form.iter().find(|(name, _)| name == "Twiml").unwrap();
        let document = roxmltree::Document::parse(twiml).unwrap();
        let gather = document.descendants().find(|node| node.has_tag_name("Gather")).unwrap();
        gather.attribute("action").unwrap().to_owned()
    }
}

/// A code of the same length that is another one.
fn wrong(code: &str) -> String {
    format!("{}{}", if code.starts_with('9') { 0 } else { 9 }, &code[1..])
}

/// A carrier, a service that orders from it, and a call: its id and what its address holds.
async fn called(states: &[&str], more: &[(&str, &str)]) -> (Carrier, TestApp, String, String) {
    let carrier = Carrier::start(states).await;
    let app = TestApp::with(&carrier.vars(&mut String::new(), more)).await;
    becomes_ready(&app).await;
    let id = app.start(NUMBER).await.id();
    let sealed = carrier.sealed();
    (carrier, app, id, sealed)
}

/// The code that is said, its digits apart.
#[track_caller]
fn said(answer: &Answer) -> String {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "text/xml"),
        "{}",
        answer.text
    );
    let document = roxmltree::Document::parse(&answer.text).unwrap();
    let say = document.descendants().find(|node| node.has_tag_name("Say"));
    let text = say.unwrap_or_else(|| panic!("nothing is said: {}", answer.text)).text().unwrap();
    text.chars().filter(char::is_ascii_digit).take(6).collect()
}

#[track_caller]
fn assert_silent(answer: &Answer) {
    assert_eq!((answer.status, answer.text.as_str()), (200, SILENCE));
}

#[track_caller]
fn assert_not_there(answer: &Answer) {
    assert_eq!(answer.problem(), (404, "not_found".into()));
}

#[actix_web::test]
async fn the_first_call_is_told_as_often_as_it_asks_and_no_other() {
    let (_carrier, app, id, sealed) = called(&["queued"], &[]).await;
    let press = Press::of(&sealed);
    let code = said(&press.answer(&app).await);
    for key in ["1", "#", "0"] {
        assert_eq!(said(&press.with("Digits", Some(key)).answer(&app).await), code, "{key}");
        assert_not_there(&press.with("CallSid", Some(OTHER_CALL)).answer(&app).await);
    }
    assert_eq!(app.check(&id, &code).await.status, 200);
    // Of no use to anybody any more, also not to a repetition that arrives after the code was typed.
    assert_silent(&press.answer(&app).await);
    assert_not_there(&press.with("CallSid", Some(OTHER_CALL)).answer(&app).await);
}

#[actix_web::test]
async fn two_calls_that_press_at_once_are_not_both_told() {
    let (_carrier, app, _, sealed) = called(&["queued"], &[]).await;
    let press = Press::of(&sealed);
    let calls = (0..20).map(|index| press.with("CallSid", Some(&format!("CA{index:032x}"))));
    let answers = futures_util::future::join_all(calls.map(async |it| it.answer(&app).await)).await;
    let (told, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 200);
    assert_eq!((told.len(), refused.len()), (1, 19));
    refused.into_iter().for_each(assert_not_there);
}

#[actix_web::test]
async fn without_a_key_the_call_ends_and_claims_nothing() {
    let (_carrier, app, _, sealed) = called(&["queued"], &[]).await;
    let press = Press::of(&sealed);
    let other = press.with("CallSid", Some(OTHER_CALL));
    assert_silent(&other.with("Digits", Some("")).answer(&app).await);
    assert_silent(&other.with("Digits", None).answer(&app).await);
    said(&press.answer(&app).await);
}

#[actix_web::test]
async fn what_is_not_signed_for_this_address_this_account_and_this_number_is_not_there() {
    let (_carrier, app, _, sealed) = called(&["queued"], &[]).await;
    let press = Press::of(&sealed);
    let at = |url: String| Press { url, ..press.clone() };
    let signed_as = |other: &Press| {
        let form = serde_urlencoded::to_string(&press.fields).unwrap();
        let request = app.request(reqwest::Method::POST, &format!("{PATH}{sealed}"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        send(request.header("x-twilio-signature", other.signature()).body(form))
    };
    for other in [
        Press { token: "another_token", ..press.clone() },
        at(format!("http://codes.example{PATH}{sealed}")),
        at(format!("https://elsewhere.example{PATH}{sealed}")),
        at(format!("{}{PATH}{sealed}", app.address)),
        at(format!("{PUBLIC}{PATH}{sealed}?a=1")),
        at(format!("{PUBLIC}{PATH}{sealed}/")),
        press.with("Digits", Some("2")),
        press.with("From", None),
    ] {
        assert_not_there(&signed_as(&other).await);
    }
    for (name, value) in [
        ("AccountSid", Some("ACffffffffffffffffffffffffffffffff")),
        ("AccountSid", None),
        ("CallSid", Some("")),
        ("CallSid", None),
        ("To", Some("+442079460034")),
        ("To", Some("442079460033")),
        ("To", None),
    ] {
        assert_not_there(&press.with(name, value).answer(&app).await);
    }
    let (path, signature) = (format!("{PATH}{sealed}"), press.signature());
    for (body, signature) in [("", ""), ("Digits=1", ""), ("", signature.as_str()), ("{}", "AAAA")]
    {
        let request = app.request(reqwest::Method::POST, &path);
        assert_not_there(
            &send(request.header("x-twilio-signature", signature).body(body.to_owned())).await,
        );
    }
    // None of them has claimed the call.
    said(&press.answer(&app).await);
}

#[actix_web::test]
async fn what_was_sealed_otherwise_is_not_there_however_well_it_is_signed() {
    let (_carrier, app, _, sealed) = called(&["queued"; 2], &[]).await;
    let keys =
        Keyring::new(&(0..32).map(|byte| [0x5e, 0xc2, 0xe7][byte % 3]).collect::<Vec<u8>>(), None);
    let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
    let plain = keys.open("twilio call v1", &bytes).expect("it is sealed with SECRET_KEY");
    let again = |keys: &Keyring, purpose: &str| URL_SAFE_NO_PAD.encode(keys.seal(purpose, &plain));
    assert_eq!(again(&keys, "twilio call v1"), sealed);
    let mut altered = bytes.clone();
    altered[3] ^= 1;
    let cut = &sealed[..sealed.len() - 2];
    for other in [
        again(&keys, "twilio call v0"),
        again(&keys, "twilio call v2"),
        again(&keys, "verification id v1"),
        again(&Keyring::new(&[7; 32], None), "twilio call v1"),
        URL_SAFE_NO_PAD.encode(altered),
        cut.to_owned(),
        format!("{sealed}="),
        "x".to_owned(),
        app.start("+442079460034").await.id(),
    ] {
        assert_not_there(&Press::of(&other).answer(&app).await);
    }
    said(&Press::of(&sealed).answer(&app).await);
}

#[actix_web::test]
async fn a_key_that_comes_after_the_codes_end_is_told_nothing() {
    let (_carrier, app, _, sealed) = called(&["queued"], &[]).await;
    let press = Press::of(&sealed);
    app.advance(599).await;
    let code = said(&press.answer(&app).await);
    app.advance(1).await;
    assert_eq!(code.len(), 6);
    assert_silent(&press.answer(&app).await);
    app.advance(24 * 60 * 60).await;
    assert_silent(&press.answer(&app).await);
}

#[actix_web::test]
async fn a_key_in_a_call_whose_code_was_given_up_is_told_nothing() {
    for way in ["canceled", "replaced", "verified", "out of tries"] {
        let (carrier, app, id, sealed) = called(&["queued"; 3], &[]).await;
        let press = Press::of(&sealed);
        let mut requests = 2;
        match way {
            "canceled" => assert_eq!(app.cancel(&id).await.status, 204),
            "replaced" => {
                app.advance(60).await;
                app.resend(&id).await.id();
                requests = 3;
            }
            "verified" => {
                let code = said(&press.answer(&app).await);
                assert_eq!(app.check(&id, &code).await.status, 200);
                requests = 1;
            }
            _ => {
                // A carrier may ask again for a call that was told its code before.
                let wrong = wrong(&said(&press.answer(&app).await));
                for left in [4, 3, 2, 1, 0] {
                    let checked = app.check(&id, &wrong).await;
                    assert_eq!(checked.json()["attempts_remaining"], left, "{}", checked.text);
                }
            }
        }
        assert_silent(&press.answer(&app).await);
        assert_eq!(carrier.0.requests().len(), requests, "{way}");
    }
}

#[actix_web::test]
async fn replicas_with_two_secrets_tell_the_same_call_and_know_that_a_person_picked_up() {
    let server = Server::start(&[]);
    let url = server.url();
    let old = [("REDIS_URL", url.expose_secret()), PATIENT];
    let new = "01".repeat(32);
    let states = ["queued", "in-progress", "completed", "queued"];
    let (carrier, mut app, id, sealed) = called(&states, &old).await;
    assert_eq!(delivery(&app, &id).await, "ringing", "in progress, and nobody has pressed");
    let first = app.second(&[("SECRET_KEY", &new), ("SECRET_KEY_PREVIOUS", SECRET)]);
    becomes_ready(&app).await;
    let press = Press::of(&sealed);
    let other = press.with("CallSid", Some(OTHER_CALL));
    let code = said(&press.answer(&app).await);
    // The next life has nothing in its memory, and the old secret alone again.
    drop(first);
    app.reborn(&[("SECRET_KEY", SECRET), ("SECRET_KEY_PREVIOUS", &new)]);
    becomes_ready(&app).await;
    assert_not_there(&other.answer(&app).await);
    assert_eq!(said(&press.answer(&app).await), code);
    app.advance(2).await;
    assert_eq!(delivery(&app, &id).await, "answered");
    assert_eq!(app.check(&id, &code).await.status, 200);

    app.advance(600).await;
    app.start(NUMBER).await.id();
    let newest = carrier.sealed();
    assert_ne!(newest, sealed);
    // What was sealed with a secret that nobody knows any more is as if it had never been.
    app.reborn(&[("SECRET_KEY", &new), ("SECRET_KEY_PREVIOUS", &"02".repeat(32))]);
    becomes_ready(&app).await;
    assert_not_there(&Press::of(&newest).answer(&app).await);
}

#[actix_web::test]
async fn a_store_that_cannot_decide_lets_nothing_be_said_and_is_not_asked_about_forgeries() {
    let mut server = Server::start(&[]);
    let url = server.url();
    let redis = [("REDIS_URL", url.expose_secret())];
    let (_carrier, app, _, sealed) = called(&["queued"], &redis).await;
    let press = Press::of(&sealed);
    server.run("CLIENT PAUSE 1000").unwrap();
    let late = press.with("CallSid", Some(OTHER_CALL)).answer(&app).await;
    assert_eq!(late.problem(), (503, "temporarily_unavailable".into()));
    assert_eq!(late.header("retry-after"), "5");
    becomes_ready(&app).await;
    let code = said(&press.answer(&app).await);
    server.kill();
    assert_eq!(press.answer(&app).await.problem().0, 503);
    assert_not_there(&Press { token: "another_token", ..press.clone() }.answer(&app).await);
    assert_not_there(&press.with("To", Some("+442079460034")).answer(&app).await);
    assert_silent(&press.with("Digits", Some("")).answer(&app).await);
    assert_eq!(code.len(), 6);
    // It has lost its memory, and with it the tries: the code is refused, and so it is not said.
    server.resume();
    becomes_ready(&app).await;
    assert_silent(&press.answer(&app).await);
}

#[actix_web::test]
async fn a_call_that_waits_for_an_expired_code_is_ended_by_whoever_comes_upon_it() {
    for way in ["read", "checked", "cancelled"] {
        let (carrier, app, id, _) = called(&["queued"; 2], &[]).await;
        app.advance(601).await;
        assert_eq!(carrier.ended(), 0, "nobody has asked");
        for _ in 0..2 {
            match way {
                "read" => {
                    let shown = app.get(&format!("/verifications/{id}")).await.json();
                    assert_eq!(shown["status"], "expired");
                }
                "checked" => {
                    let late = app.check(&id, "471108").await;
                    assert_eq!(late.problem(), (410, "verification_expired".into()));
                }
                _ => {
                    let late = app.cancel(&id).await;
                    assert_eq!(late.problem(), (410, "verification_expired".into()));
                }
            }
            assert_eq!((carrier.ended(), carrier.0.requests().len()), (1, 2), "{way}");
        }
    }
}

#[actix_web::test]
async fn a_key_in_a_call_whose_start_was_lost_is_told_nothing() {
    let app = reachable().await;
    for fault in ["reset", "truncate"] {
        let fault = object!({ "operation": "create", "provider": "twilio", "fault": fault });
        app.provider.fault(fault).await;
        let lost = app.start(NUMBER).await;
        assert_eq!(lost.problem(), (502, "delivery_unknown".into()));
        at_phone(&app, NUMBER, "answer", object!({})).await;
        at_phone(&app, NUMBER, "keys", object!({ "digits": "7" })).await;
        assert_nothing_was_said(&app, NUMBER).await;
        app.advance(120).await;
    }
}

#[actix_web::test]
async fn a_code_whose_end_the_store_did_not_hear_of_is_silenced_by_the_next_request() {
    for read in [true, false] {
        let server = Server::start(&[]);
        let url = server.url();
        let redis = [("REDIS_URL", url.expose_secret())];
        let (carrier, app, id, sealed) = called(&["queued"; 3], &redis).await;
        let press = Press::of(&sealed);
        let code = said(&press.answer(&app).await);
        let wrong = wrong(&code);
        for _ in 0..5 {
            assert_eq!(app.check(&id, &wrong).await.problem().0, 422);
        }
        // As if it had failed between the last wrong code and the note that nobody needs the right one.
        let forget =
            "for _, key in ipairs(redis.call('KEYS', '*:K:*')) do redis.call('DEL', key) end";
        redis::cmd("EVAL").arg(forget).arg(0).exec(&mut server.admin()).unwrap();
        match read {
            true => assert_eq!(app.get(&format!("/verifications/{id}")).await.status, 200),
            false => assert_eq!(app.check(&id, &code).await.problem().0, 410),
        }
        assert_silent(&press.answer(&app).await);
        assert_eq!(carrier.0.requests().len(), 3, "{:?}", carrier.0.requests());
    }
}

#[actix_web::test]
async fn behind_a_proxy_the_address_that_was_given_out_counts_and_no_header() {
    let proxied = [("HTTP_TRUSTED_PROXIES", "127.0.0.1")];
    let (_carrier, app, _, sealed) = called(&["queued"], &proxied).await;
    let press = Press::of(&sealed);
    for (scheme, host) in [("http", "10.0.0.7:8080"), ("https", "codes.example:443"), ("http", "x")]
    {
        let through = |press: &Press| {
            let request = press.request(&app).header("host", host);
            let request = request.header("x-forwarded-host", host);
            send(request.header("x-forwarded-proto", scheme).header("x-forwarded-for", "192.0.2.1"))
        };
        said(&through(&press).await);
        if host != "codes.example:443" {
            let url = format!("{scheme}://{host}{PATH}{sealed}");
            let signature = Press { url, ..press.clone() }.signature();
            let request = press.request(&app).header("host", host);
            let mut request = request.build().unwrap();
            request.headers_mut().insert("x-twilio-signature", signature.parse().unwrap());
            assert_eq!(client().execute(request).await.unwrap().status(), 404, "{host}");
        }
    }
}

/// A carrier asks at the address that stood in the call, whose host has no capitals and whose port is left out.
#[actix_web::test]
async fn what_is_signed_is_the_address_in_the_call_however_public_url_is_spelt() {
    for (public, given) in [
        ("https://Codes.Example", "https://codes.example"),
        ("HTTPS://codes.example:443/", "https://codes.example"),
        ("https://codes.example:8443", "https://codes.example:8443"),
        ("https://codes.example/verify/", "https://codes.example/verify"),
        ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
    ] {
        let carrier = Carrier::start(&["queued"]).await;
        let app = TestApp::with(&carrier.vars(&mut String::new(), &[("PUBLIC_URL", public)])).await;
        app.start(NUMBER).await.id();
        let action = carrier.action();
        let sealed =
            action.strip_prefix(&format!("{given}{PATH}")).unwrap_or_else(|| panic!("{action}"));
        let signed = Press { url: action.clone(), ..Press::of(sealed) };
        // The proxy has taken away what it adds.
        let mut request = Press::of(sealed).request(&app).build().unwrap();
        request.headers_mut().insert("x-twilio-signature", signed.signature().parse().unwrap());
        let answer = send(reqwest::RequestBuilder::from_parts(client(), request)).await;
        assert_eq!(said(&answer).len(), 6, "{public}");
    }
}

#[actix_web::test]
async fn what_is_no_forms_post_of_a_carrier_is_refused_as_everywhere() {
    let (_carrier, app, _, sealed) = called(&["queued"], &[]).await;
    let (press, path) = (Press::of(&sealed), format!("{PATH}{sealed}"));
    let got = app.get(&path).await;
    assert_eq!(got.problem(), (405, "method_not_allowed".into()));
    assert_eq!(got.header("allow"), "POST");
    let long = press.with("From", Some(&"1".repeat(5000)));
    assert_eq!(long.answer(&app).await.problem(), (413, "body_too_large".into()));
    let from_a_page = press.request(&app).header("origin", "https://elsewhere.example");
    assert_eq!(send(from_a_page).await.problem(), (403, "cross_site_request".into()));
    let endless = Press::of(&"A".repeat(3000)).answer(&app).await;
    assert_eq!(endless.problem(), (414, "uri_too_long".into()));
    let signed = |body: &str, content_type: &str| {
        let request = app.request(reqwest::Method::POST, &path);
        let request = request.header("x-twilio-signature", press.signature());
        send(request.header("content-type", content_type).body(body.to_owned()))
    };
    for body in [r#"{"Digits":"1"}"#, "%ff%fe", "\u{0}", "=&=&="] {
        for content_type in ["application/json", "application/x-www-form-urlencoded", "x"] {
            assert_not_there(&signed(body, content_type).await);
        }
    }
    // As much as is taken of a form, whatever it is called: its signature says what it is.
    let form = serde_urlencoded::to_string(&press.fields).unwrap();
    for content_type in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] {
        said(&signed(&form, content_type).await);
    }
}

#[actix_web::test]
async fn where_no_key_is_asked_for_there_is_no_such_address() {
    for vars in
        [&[][..], &[("PROVIDERS", "twilio"), ("TWILIO_AUTH_TOKEN", TOKEN), ("PUBLIC_URL", PUBLIC)]]
    {
        let app = TestApp::with(vars).await;
        assert_not_there(&Press::of("x").answer(&app).await);
    }
}

#[actix_web::test]
async fn a_carrier_needs_no_callers_key() {
    let carrier = Carrier::start(&["queued"]).await;
    let mut url = String::new();
    let app = callers::app(&carrier.vars(&mut url, &[("CALLERS_REQUIRED", "true")])).await;
    assert_eq!(app.start(NUMBER).await.problem(), (401, "caller_required".into()));
    callers::start(&app, callers::SHOP, object!({ "phone_number": NUMBER })).await.id();
    said(&Press::of(&carrier.sealed()).answer(&app).await);
}
