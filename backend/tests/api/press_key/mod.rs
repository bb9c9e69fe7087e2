//! `TWILIO_PRESS_KEY` and the carrier's call-back, `/providers/twilio/calls/{sealed}`: nothing is said before a
//! key was pressed, and then only to the call it was pressed in. Here is the carrier that the tests are
//! themselves, which signs as Twilio does, well and badly.
//!
//! | what | where |
//! |---|---|
//! | through the simulator: a person, a machine, a message | `phone` |
//! | who is told a code, and when nobody is any more | `told` |
//! | which requests are a carrier's | `signed` |

mod phone;
mod signed;
mod told;

use crate::fake::{Act, Fake, json};
use crate::helpers::{Answer, TestApp, send};
use crate::shared_store::becomes_ready;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json as object;
use sha1::Sha1;

const NUMBER: &str = "+442079460033";
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

/// The state of the call, read when it may be read again.
async fn delivery(app: &TestApp, id: &str) -> String {
    let shown = app.get(&format!("/verifications/{id}")).await.json();
    shown["delivery"]["state"].as_str().unwrap_or_else(|| panic!("{shown}")).to_owned()
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
    assert_eq!(answer.header("cache-control"), "no-store");
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
