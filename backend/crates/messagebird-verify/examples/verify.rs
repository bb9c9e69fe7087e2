//! A manual smoke test: has MessageBird call (or write to) a number, asks for the code on stdin, tries it.
//! Costs money and rings a phone. No test runs it.
//!
//! ```text
//! MESSAGEBIRD_API_KEY=… cargo run -p messagebird-verify --example verify -- 31612345678 [sms]
//! ```
//!
//! `MESSAGEBIRD_BASE_URL` points it at a simulator.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]
#![expect(clippy::disallowed_methods, reason = "there is no configuration here but two variables")]

use std::env;
use std::error::Error;
use std::io::{BufRead, Write};

use messagebird_verify::{
    Client, ClientConfig, CreateVerify, Kind, SecretString, Status, Verify, Voice,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let recipient = arguments.next().ok_or("usage: verify <number> [sms]")?;
    let kind = match arguments.next().as_deref() {
        None => Kind::Tts,
        Some("sms") => Kind::Sms,
        Some(_) => return Err("usage: verify <number> [sms]".into()),
    };
    let key = env::var("MESSAGEBIRD_API_KEY").map_err(|_| "MESSAGEBIRD_API_KEY is not set")?;
    let base_url = env::var("MESSAGEBIRD_BASE_URL")
        .unwrap_or_else(|_| "https://rest.messagebird.com".to_owned());
    let client = Client::new(ClientConfig::new(base_url.parse()?, SecretString::from(key)))?;

    let created = client
        .create(&CreateVerify {
            recipient: recipient.trim_start_matches('+').to_owned(),
            kind,
            originator: None,
            reference: None,
            template: "Your code is %token.".to_owned(),
            timeout_seconds: 600,
            token_length: 6,
            max_attempts: 5,
            language: "en-gb".to_owned(),
            voice: Voice::Female,
        })
        .await?;
    println!("accepted, status {:?}", created.status);

    let verified = ask_until_verified(&client, &created).await;
    if let Some(message) = &created.message {
        println!("delivery: {:?}", client.delivery(message).await);
    }
    println!("state now: {:?}", client.view(&created.id).await);
    if !verified? {
        println!("deleted: {:?}", client.delete(&created.id).await);
    }
    Ok(())
}

/// Tries codes until one is right; an empty line gives up. Prints each refusal, so that all can be seen.
async fn ask_until_verified(client: &Client, created: &Verify) -> Result<bool, Box<dyn Error>> {
    let mut lines = std::io::stdin().lock().lines();
    loop {
        print!("code (empty to give up): ");
        std::io::stdout().flush()?;
        let Some(line) = lines.next().transpose()?.filter(|line| !line.trim().is_empty()) else {
            return Ok(false);
        };
        match client.check(&created.id, line.trim()).await {
            Ok(Verify { status: Status::Verified, .. }) => {
                println!("verified");
                return Ok(true);
            }
            Ok(other) => println!("not verified, status {:?}", other.status),
            Err(error) => println!("{error}"),
        }
    }
}
