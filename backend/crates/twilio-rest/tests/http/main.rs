//! The client over real TCP against a server of a few lines that can misbehave in every way (`fake`).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails; the lint's own exception does not see helper functions"
)]

#[path = "../../../messagebird-verify/tests/http/capture.rs"]
mod capture;
#[expect(dead_code, reason = "the tests of other clients need more of it")]
#[path = "../../../messagebird-verify/tests/http/fake.rs"]
mod fake;
mod not_sent;
mod refused;
mod secrecy;
mod sent;
mod unknown;
mod unusable;

use std::time::Duration;

use fake::Fake;
use twilio_rest::{
    Call, Client, ClientConfig, Language, Message, SecretString, Sid, Speech, Twiml, Url,
};

/// Values that must never be seen outside the request itself.
const ACCOUNT: &str = "ACca11ca11ca11ca11ca11ca11ca11ca11";
const KEY: &str = "SKcanary0123456789";
const SECRET: &str = "canarysecret0123456789";
const NUMBER: &str = "+31600482913";
const CODE: &str = "048291";
const SPOKEN: &str = "0, 4, 8, 2, 9, 1";
const CALL: &str = "CA2cec4f4195e74d8c8f2b7a4d1e1f43a6";

/// Longer than any machine is busy.
const HOUR: Duration = Duration::from_secs(3600);

/// Time goes by at once, for the client and for the server.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

fn config(base_url: &Url) -> ClientConfig {
    let secret = SecretString::from(SECRET);
    ClientConfig::new(base_url.clone(), ACCOUNT.to_owned(), KEY.to_owned(), secret)
}

fn client(fake: &Fake) -> Client {
    Client::new(config(&fake.url)).unwrap()
}

fn id() -> Sid {
    Sid::parse(CALL).unwrap()
}

fn call() -> Call {
    let speech = Speech { language: Language::find("nl-NL").unwrap(), voice: None, times: 2 };
    Call {
        to: NUMBER.to_owned(),
        from: "+31201234567".to_owned(),
        twiml: Twiml::say(speech, "Uw code is: %token", CODE).unwrap(),
        ring_seconds: Some(45),
        talk_seconds: Some(120),
        detect_machine: true,
    }
}

fn message() -> Message {
    Message {
        to: NUMBER.to_owned(),
        from: "+31201234567".to_owned(),
        text: "%token is uw code.".to_owned(),
        code: CODE.to_owned(),
        valid_seconds: Some(600),
    }
}

/// A call or message with this status.
fn object(status: &str) -> String {
    format!(
        r#"{{"sid":"{CALL}","account_sid":"{ACCOUNT}","to":"{NUMBER}","status":"{status}","answered_by":null,"price":null,"duration":"0"}}"#
    )
}

/// An error as Twilio writes it.
fn fault(status: u16, code: &str) -> String {
    format!(
        r#"{{"code":{code},"message":"The number {NUMBER} is not","more_info":"https://www.twilio.com/docs/errors","status":{status}}}"#
    )
}
