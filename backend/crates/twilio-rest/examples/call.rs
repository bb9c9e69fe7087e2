//! A manual smoke test: has the carrier call (or write to) a number with a made-up code, and follows it to its end.
//! Costs money and rings a phone. No test runs it.
//!
//! ```text
//! TWILIO_ACCOUNT_SID=AC… TWILIO_API_KEY=SK… TWILIO_API_SECRET=… TWILIO_FROM=+31201234567 \
//!   cargo run -p twilio-rest --example call -- +31612345678 [sms] [nl-NL]
//! ```
//!
//! `TWILIO_BASE_URL` points it at another carrier or a simulator.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]
#![expect(
    clippy::disallowed_methods,
    reason = "there is no configuration here but the environment"
)]

use std::env;
use std::error::Error;
use std::time::Duration;

use twilio_rest::{
    Call, CallStatus, Client, ClientConfig, Language, Message, MessageStatus, SecretString, Speech,
    Twiml,
};

const USAGE: &str = "usage: call <+number> [sms] [language]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1).peekable();
    let to = arguments.next().filter(|number| number.starts_with('+')).ok_or(USAGE)?;
    let sms = arguments.next_if(|word| word == "sms").is_some();
    let tag = arguments.next().unwrap_or_else(|| "en-GB".to_owned());
    let variable = |name: &str| env::var(name).map_err(|_| format!("{name} is not set"));
    let base_url = env::var("TWILIO_BASE_URL")
        .unwrap_or_else(|_| "https://api.twilio.com/2010-04-01".to_owned());
    let client = Client::new(ClientConfig::new(
        base_url.parse()?,
        variable("TWILIO_ACCOUNT_SID")?,
        variable("TWILIO_API_KEY")?,
        SecretString::from(variable("TWILIO_API_SECRET")?),
    ))?;
    client.probe().await?;
    println!("account and credentials are good");
    let from = variable("TWILIO_FROM")?;
    if sms { write(&client, to, from).await } else { ring(&client, to, from, &tag).await }
}

async fn ring(client: &Client, to: String, from: String, tag: &str) -> Result<(), Box<dyn Error>> {
    let language = Language::find(tag).ok_or("that language is not spoken")?;
    let speech = Speech { language, voice: None, times: 2 };
    let twiml = Twiml::say(speech, "%token. %token.", "042917")?;
    let call = Call {
        to,
        from,
        twiml,
        ring_seconds: Some(45),
        talk_seconds: Some(60),
        detect_machine: false,
    };
    let placed = client.call(&call).await?;
    let mut last = None;
    loop {
        let state = client.call_state(&placed.id).await?;
        if last.as_ref() != Some(&state.status) {
            println!("{:?}, answered by {:?}", state.status, state.answered_by);
        }
        let goes_on = matches!(
            state.status,
            CallStatus::Queued | CallStatus::Ringing | CallStatus::InProgress
        );
        if !goes_on {
            return Ok(());
        }
        last = Some(state.status);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn write(client: &Client, to: String, from: String) -> Result<(), Box<dyn Error>> {
    let text = "%token is your code.".to_owned();
    let message = Message { to, from, text, code: "042917".to_owned(), valid_seconds: Some(600) };
    let sent = client.message(&message).await?;
    for _second in 0..30 {
        let state = client.message_state(&sent.id).await?;
        println!("{:?}", state.status);
        if matches!(state.status, MessageStatus::Delivered | MessageStatus::Failed) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}
