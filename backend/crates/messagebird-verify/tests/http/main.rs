//! The client over real TCP against a server of a few lines that can misbehave in every way (`fake`).
//! A leading `f12` and the like is the row of the project's fault matrix that a test covers.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails; the lint's own exception does not see helper functions"
)]

mod answers;
mod capture;
mod fake;
mod not_sent;
mod refused;
mod secrecy;
mod sent;
mod unknown;
mod unusable;

use std::time::Duration;

use fake::Fake;
use messagebird_verify::{
    Client, ClientConfig, CreateVerify, Kind, MessageId, SecretString, Url, VerifyId, Voice,
};

/// Values that must never be seen outside the request itself.
const KEY: &str = "live_canarykey0123456789";
const RECIPIENT: &str = "31600482913";
const TOKEN: &str = "048291";
const ID: &str = "2cec4f4195e74d8c8f2b7a4d1e1f43a6";
const MESSAGE_ID: &str = "7b1f4598c0ffee42b7d1a2e3f4056172";

/// Short enough to wait for in a test, long enough for an answer that is already there.
const SHORT: Duration = Duration::from_millis(250);

/// Longer than any machine is busy.
const HOUR: Duration = Duration::from_secs(3600);

/// Time goes by at once, for the client and for the server.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

fn config(base_url: &Url) -> ClientConfig {
    ClientConfig::new(base_url.clone(), SecretString::from(KEY))
}

fn client(fake: &Fake) -> Client {
    Client::new(config(&fake.url)).unwrap()
}

fn id() -> VerifyId {
    VerifyId::parse(ID).unwrap()
}

fn message_id() -> MessageId {
    MessageId::parse(MESSAGE_ID).unwrap()
}

fn call() -> CreateVerify {
    CreateVerify {
        recipient: RECIPIENT.to_owned(),
        kind: Kind::Tts,
        originator: Some("31201234567".to_owned()),
        reference: Some("canaryreference".to_owned()),
        template: "Uw code is %token".to_owned(),
        timeout_seconds: 600,
        token_length: 6,
        max_attempts: 5,
        language: "nl-nl".to_owned(),
        voice: Voice::Female,
    }
}

/// A whole Verify object with this status.
fn object(status: &str) -> String {
    format!(
        r#"{{"id":"{ID}","recipient":{RECIPIENT},"messages":{{"id":"{MESSAGE_ID}","href":"https://rest.messagebird.com/voicemessages/{MESSAGE_ID}"}},"status":"{status}"}}"#
    )
}

/// An error envelope with one entry.
fn fault(code: i64, description: &str, parameter: &str) -> String {
    format!(
        r#"{{"errors":[{{"code":{code},"description":"{description}","parameter":"{parameter}"}}]}}"#
    )
}
