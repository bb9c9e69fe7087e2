//! The demo's traffic: made-up people who ask this very service for calls through its own front door, hear
//! them on the simulated phone and type the codes; or somebody who pumps. Their numbers are fictional, their
//! addresses are those of documentation. One run at a time, and none without an end.

use crate::config::Demo;
use actix_web::rt::spawn;
use rustls::crypto::ring;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use uuid::Uuid;

/// The most people at once.
const CROWD: usize = 64;
/// How often a person looks how the call fares, and for the code.
const LOOKS: u32 = 12;
const PAUSE: Duration = Duration::from_millis(1_500);
/// Area codes that have numbers of fiction: 555-0100 to 555-0199.
const AREAS: [u32; 8] = [202, 212, 303, 312, 415, 512, 617, 713];

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// People who verify their numbers, most of them.
    People,
    /// Many calls to one range of numbers, of which none is verified.
    Pumping,
}

impl Kind {
    /// Its name, as it is asked for.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Pumping => "pumping",
        }
    }

    /// How many come, and how long after each other.
    fn pace(self) -> (u32, Duration) {
        match self {
            Self::People => (120, Duration::from_millis(2_500)),
            Self::Pumping => (120, Duration::from_millis(500)),
        }
    }
}

/// Who makes it.
pub struct Traffic {
    demo: Demo,
    service: String,
    running: Mutex<Option<(Kind, JoinHandle<()>)>>,
}

impl Traffic {
    /// Traffic to this service.
    #[must_use]
    pub fn new(demo: Demo, service: SocketAddr) -> Self {
        Self { demo, service: format!("http://{service}"), running: Mutex::default() }
    }

    /// What runs now.
    #[must_use]
    pub fn running(&self) -> Option<Kind> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().filter(|(_, task)| !task.is_finished()).map(|(kind, _)| *kind)
    }

    /// Begins one, in place of any other. Must be called on one of the server's own threads.
    pub fn begin(&self, kind: Kind) {
        // The client wants one even for an address without TLS.
        let _already_there = ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(15));
        let Ok(client) = client.build() else { return };
        let (demo, service) = (self.demo.clone(), self.service.clone());
        let task = spawn(run(Visitor { client, demo, service }, kind));
        self.replace(Some((kind, task)));
    }

    /// Ends what runs.
    pub fn end(&self) {
        self.replace(None);
    }

    fn replace(&self, by: Option<(Kind, JoinHandle<()>)>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, task)) = std::mem::replace(&mut *running, by) {
            task.abort();
        }
    }
}

async fn run(visitor: Visitor, kind: Kind) {
    let mut crowd = JoinSet::new();
    let (many, apart) = kind.pace();
    for _ in 0..many {
        while crowd.try_join_next().is_some() {}
        if crowd.len() < CROWD {
            let visitor = visitor.clone();
            crowd.spawn(async move { visitor.visit(kind).await.unwrap_or_default() });
        }
        sleep(apart).await;
    }
    while crowd.join_next().await.is_some() {}
}

#[derive(Clone)]
struct Visitor {
    client: reqwest::Client,
    demo: Demo,
    service: String,
}

impl Visitor {
    /// One person, from asking for a call to the end; nothing when something fails on the way.
    async fn visit(&self, kind: Kind) -> Option<()> {
        let (number, channel) = match kind {
            Kind::People => somebody(),
            Kind::Pumping => (format!("+33199000{}{:02}", below(10), ending()), "voice"),
        };
        let network = if below(2) == 0 { "198.51.100" } else { "203.0.113" };
        let address = format!("{network}.{}", below(256));
        let start =
            json!({ "phone_number": number, "channel": channel, "client_address": address });
        let started = self.ask("/verifications", Some(&start)).await?;
        let id = started.get("id")?.as_str()?;
        let (path, check) = (format!("/verifications/{id}"), format!("/verifications/{id}/check"));
        let mut code = None;
        for _ in 0..LOOKS {
            sleep(PAUSE).await;
            let seen = self.ask(&path, None).await?;
            let state = seen.pointer("/delivery/state").and_then(Value::as_str).unwrap_or_default();
            code = self.code(&number).await;
            if code.is_some() && (state == "answered" || state == "delivered" || channel == "sms") {
                break;
            }
        }
        let code = code.filter(|_| kind == Kind::People && below(100) < 88)?;
        sleep(Duration::from_millis(1_000 + u64::from(below(4_000)))).await;
        if below(100) < 12 {
            let wrong = code.chars().rev().collect::<String>();
            self.ask(&check, Some(&json!({ "code": wrong }))).await;
            sleep(PAUSE).await;
        }
        self.ask(&check, Some(&json!({ "code": code }))).await.map(drop)
    }

    /// What was said or written to a number.
    async fn code(&self, number: &str) -> Option<String> {
        let url = format!(
            "{}/phone/messages?recipient={}",
            self.demo.phone,
            number.trim_start_matches('+')
        );
        let messages: Value = self.answer(self.client.get(url)).await?;
        messages.pointer("/0/code")?.as_str().filter(|code| !code.is_empty()).map(str::to_owned)
    }

    async fn ask(&self, path: &str, body: Option<&Value>) -> Option<Value> {
        let url = format!("{}{path}", self.service);
        let request = match body {
            Some(body) => self
                .client
                .post(url)
                .header("content-type", "application/json")
                .body(body.to_string()),
            None => self.client.get(url),
        };
        self.answer(request.bearer_auth(self.demo.key.expose_secret())).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Option<Value> {
        let text = request.send().await.ok()?.text().await.ok()?;
        serde_json::from_str(&text).ok()
    }
}

/// A number of fiction, and how its holder wants the code.
fn somebody() -> (String, &'static str) {
    let channel = if below(10) < 7 { "voice" } else { "sms" };
    match below(10) {
        0..6 => (format!("+442079460{}{:02}", below(10), ending()), "voice"),
        6..8 => (format!("+3319900{:02}{:02}", below(100), ending()), "voice"),
        _ => {
            let area = AREAS.get(below(8) as usize).copied().unwrap_or(202);
            (format!("+1{area}55501{:02}", ending()), channel)
        }
    }
}

/// The last two digits of a number whose holder may be busy or away; those beyond make the provider fail.
fn ending() -> u32 {
    below(95)
}

/// A random number below another.
fn below(limit: u32) -> u32 {
    (Uuid::new_v4().as_u128() % u128::from(limit)) as u32
}
