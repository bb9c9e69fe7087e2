//! A running service with its simulator, on free ports, with a clock that the test moves.

use reqwest::{Method, header::HeaderMap};
use ringproof::config::{Config, Mode};
use ringproof::http::connection::Limits;
use ringproof::startup::Application;
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use verification::limits::COLD_FOR;
use verification::testing::FixedClock;
use verification::{Clock, Timestamp};

pub const KEY: &str = "live_canary_key_4711";
/// A shared store may take its time: what happens when it takes too long has tests of its own, and the others share
/// the processors with whatever else runs.
pub const PATIENT: (&str, &str) = ("REDIS_TIMEOUT_MILLISECONDS", "10000");
pub const SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";

/// A running service and its simulator.
pub struct TestApp {
    pub address: String,
    pub ops: String,
    pub provider: Provider,
    pub clock: Arc<FixedClock>,
    http: reqwest::Client,
    vars: Vec<(String, String)>,
    adjust: fn(&mut Config),
    stop: Option<oneshot::Sender<()>>,
}

/// The simulator's side: the phone that rings, and its knobs.
pub struct Provider {
    pub address: String,
    http: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn id(&self) -> String {
        assert_eq!(self.status, 201, "{}", self.text);
        self.json()["id"].as_str().unwrap().to_owned()
    }

    /// The whole answer but for its receipt's signature, which differs from one to the next.
    pub fn unsigned(&self) -> Value {
        let mut body = self.json();
        if let Some(receipt) = body["receipt"].as_str() {
            body["receipt"] = receipt.rsplit_once('.').unwrap().0.into();
        }
        body
    }

    /// The problem's code, and nothing but a problem.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        let body = self.json();
        assert_eq!(body["status"], self.status);
        (self.status, body["code"].as_str().unwrap().to_owned())
    }
}

pub fn client() -> reqwest::Client {
    let _already_there = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    client.build().unwrap()
}

pub async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

impl Provider {
    pub async fn start() -> Self {
        let sandbox = Sandbox::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = format!("http://{}", sandbox.addr());
        let (stop, stopped) = oneshot::channel::<()>();
        actix_web::rt::spawn(sandbox.run_until(async {
            let _ = stopped.await;
        }));
        Self { address, http: client(), _stop: stop }
    }

    /// The newest message to a number.
    pub async fn message(&self, number: &str) -> Value {
        let digits = number.trim_start_matches('+');
        let url = format!("{}/phone/messages?recipient={digits}", self.address);
        send(self.http.get(url)).await.json()[0].clone()
    }

    /// The code that was last said to a number.
    pub async fn code(&self, number: &str) -> String {
        self.message(number).await["code"].as_str().expect("a call to this number").to_owned()
    }

    /// How many calls and messages there were to a number.
    pub async fn rings(&self, number: &str) -> usize {
        let digits = number.trim_start_matches('+');
        let url = format!("{}/phone/messages?recipient={digits}", self.address);
        send(self.http.get(url)).await.json().as_array().unwrap().len()
    }

    /// How many requests of one kind it saw.
    pub async fn seen(&self, operation: &str) -> u64 {
        let seen = send(self.http.get(format!("{}/phone/requests", self.address))).await.json();
        seen[operation].as_u64().unwrap_or_else(|| panic!("no count of {operation}: {seen}"))
    }

    /// How many requests of any kind it saw.
    pub async fn seen_in_all(&self) -> u64 {
        let seen = send(self.http.get(format!("{}/phone/requests", self.address))).await.json();
        seen.as_object().unwrap().values().filter_map(Value::as_u64).sum()
    }

    pub async fn fault(&self, fault: Value) {
        let answer =
            send(self.http.put(format!("{}/phone/faults", self.address)).json(&fault)).await;
        assert!((200..300).contains(&answer.status), "{}", answer.text);
    }

    pub async fn next_code(&self, code: &str) {
        let url = format!("{}/phone/next-code", self.address);
        let answer = send(self.http.put(url).json(&json!({ "code": code }))).await;
        assert!((200..300).contains(&answer.status), "{}", answer.text);
    }

    pub async fn advance(&self, by: Duration) {
        let url = format!("{}/phone/clock", self.address);
        let body = json!({ "advance_seconds": by.as_secs() });
        let answer = send(self.http.post(url).json(&body)).await;
        assert!((200..300).contains(&answer.status), "{}", answer.text);
    }
}

impl TestApp {
    /// A service with everything at its default but the clients' limits, which would meet every
    /// test at once.
    pub async fn spawn() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(vars: &[(&str, &str)]) -> Self {
        Self::adjusted(vars, |_| ()).await
    }

    /// A service that gives its clients other times than usual.
    pub async fn within(limits: Limits, vars: &[(&str, &str)]) -> Self {
        Self::spawned(vars, |_| (), limits).await
    }

    /// A service whose configuration is changed where no variable reaches.
    pub async fn adjusted(vars: &[(&str, &str)], adjust: fn(&mut Config)) -> Self {
        Self::spawned(vars, adjust, Limits::default()).await
    }

    async fn spawned(vars: &[(&str, &str)], adjust: fn(&mut Config), limits: Limits) -> Self {
        let provider = Provider::start().await;
        let mut all: Vec<(String, String)> = [
            ("HTTP_LISTEN", "127.0.0.1:0"),
            ("OPS_LISTEN", "127.0.0.1:0"),
            ("HTTP_FRONTEND_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend")),
            ("HTTP_DRAIN_SECONDS", "0"),
            ("MESSAGEBIRD_API_KEY", KEY),
            ("MESSAGEBIRD_BASE_URL", &provider.address),
            ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
            ("TWILIO_API_KEY", "SK0123456789abcdef0123456789abcdef"),
            ("TWILIO_API_SECRET", "canary_secret_4711"),
            ("TWILIO_FROM", "+12025550100"),
            ("TWILIO_BASE_URL", &format!("{}/2010-04-01", provider.address)),
            ("GUARD_ALLOWED_REGIONS", "GB,US,FR,NL"),
            ("GUARD_CLIENT_LIMITS", "1000/1m"),
            ("SECRET_KEY", SECRET),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        for (name, value) in vars {
            all.retain(|(other, _)| other != name);
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        let now = ringproof::adapters::system::SystemClock.now();
        // What has just begun to count admits a part of the caps only: this has counted for long.
        let begun = now.0 / 1000 * 1000 - COLD_FOR.as_millis() as u64;
        let clock = Arc::new(FixedClock::new(Timestamp(begun)));
        let (address, ops, stop) =
            serve(&all, adjust, Arc::clone(&clock) as Arc<dyn Clock>, limits);
        clock.advance(COLD_FOR);
        let (http, stop) = (client(), Some(stop));
        Self { address, ops, provider, clock, http, vars: all, adjust, stop }
    }

    /// A second replica, or the next life of this one: same configuration, empty memory.
    pub fn reborn(&mut self, vars: &[(&str, &str)]) {
        for (name, value) in vars {
            self.vars.retain(|(other, _)| other != name);
            self.vars.push(((*name).to_owned(), (*value).to_owned()));
        }
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let (address, ops, stop) = serve(&self.vars, self.adjust, clock, Limits::default());
        (self.address, self.ops, self.stop) = (address, ops, Some(stop));
    }

    /// A second replica beside this one, and the one that is asked from now on. The first serves until
    /// what is returned is dropped.
    pub fn second(&mut self, vars: &[(&str, &str)]) -> Option<oneshot::Sender<()>> {
        let first = self.stop.take();
        self.reborn(vars);
        first
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn start(&self, number: &str) -> Answer {
        self.post("/verifications", json!({ "phone_number": number })).await
    }

    pub async fn check(&self, id: &str, code: &str) -> Answer {
        self.post(&format!("/verifications/{id}/check"), json!({ "code": code })).await
    }

    pub async fn resend(&self, id: &str) -> Answer {
        self.post(&format!("/verifications/{id}/resend"), json!({})).await
    }

    pub async fn cancel(&self, id: &str) -> Answer {
        send(self.request(Method::DELETE, &format!("/verifications/{id}"))).await
    }

    /// A code that is not the one that was said.
    pub async fn wrong_code(&self, number: &str) -> String {
        let code = self.provider.code(number).await;
        let first = if code.starts_with('9') { '0' } else { '9' };
        format!("{first}{}", &code[1..])
    }

    /// Moves the clocks of both sides.
    pub async fn advance(&self, seconds: u64) {
        let by = Duration::from_secs(seconds);
        self.clock.advance(by);
        self.provider.advance(by).await;
    }
}

/// Serves until the sender is dropped.
fn serve(
    vars: &[(String, String)],
    adjust: fn(&mut Config),
    clock: Arc<dyn Clock>,
    limits: Limits,
) -> (String, String, oneshot::Sender<()>) {
    let vars = vars.iter().map(|(name, value)| (name.into(), value.into()));
    let mut config = Config::read(vars, Mode::Serve).unwrap();
    adjust(&mut config);
    run(Application::build_within(config, clock, limits).unwrap())
}

fn run(application: Application) -> (String, String, oneshot::Sender<()>) {
    let address = format!("http://{}", application.addr());
    let ops = format!("http://{}", application.ops_addr());
    let (stop, stopped) = oneshot::channel::<()>();
    actix_web::rt::spawn(application.run_until(async {
        let _ = stopped.await;
    }));
    (address, ops, stop)
}

/// A service whose clock is the test's own.
pub async fn spawn_with_clock(clock: Arc<dyn Clock>) -> (String, Provider, oneshot::Sender<()>) {
    let provider = Provider::start().await;
    let (address, _, stop) = run(service_with_clock(&provider, clock));
    (address, provider, stop)
}

/// The same, bound but not yet serving.
pub fn service_with_clock(provider: &Provider, clock: Arc<dyn Clock>) -> Application {
    let vars = [
        ("HTTP_LISTEN", "127.0.0.1:0"),
        ("OPS_LISTEN", "127.0.0.1:0"),
        ("HTTP_FRONTEND_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend")),
        ("HTTP_DRAIN_SECONDS", "0"),
        ("MESSAGEBIRD_API_KEY", KEY),
        ("MESSAGEBIRD_BASE_URL", &provider.address),
        ("GUARD_ALLOWED_REGIONS", "GB"),
    ];
    let vars = vars.into_iter().map(|(name, value)| (name.into(), value.into()));
    Application::build_with(Config::read(vars, Mode::Serve).unwrap(), clock).unwrap()
}
