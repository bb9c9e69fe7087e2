//! Replicas as processes of their own, with one shared store, behind a balancer that heeds
//! `/readyz`.

use crate::helpers::{Answer, KEY, Provider, SECRET, client, send};
use crate::process::{Process, line_with, ringproof};
use crate::raw::PATIENCE;
use crate::servers::Server;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::io::{BufReader, Read};
use std::rc::Rc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// One process.
pub struct Replica {
    pub address: String,
    /// The operators' listener, the last to come up.
    pub ops: String,
    process: Process,
    log: JoinHandle<String>,
}

impl Replica {
    /// A replica that listens.
    pub fn start(provider: &Provider, vars: &[(&str, &str)]) -> Self {
        Self::run(ringproof(&["serve"]), provider, vars)
    }

    /// A replica that may have no more than so many file descriptors.
    pub fn limited(provider: &Provider, descriptors: u32) -> Self {
        let service = ringproof(&["serve"]);
        let mut command = std::process::Command::new("prlimit");
        command.arg(format!("--nofile={descriptors}")).arg(service.get_program());
        command.args(service.get_args()).current_dir(service.get_current_dir().unwrap());
        command.env_clear();
        command.env("HTTP_LISTEN", "127.0.0.1:0").env("OPS_LISTEN", "127.0.0.1:0");
        Self::run(command, provider, &[])
    }

    fn run(mut command: std::process::Command, provider: &Provider, vars: &[(&str, &str)]) -> Self {
        for (name, value) in [
            ("MESSAGEBIRD_API_KEY", KEY),
            ("MESSAGEBIRD_BASE_URL", &provider.address),
            ("SECRET_KEY", SECRET),
            ("GUARD_ALLOWED_REGIONS", "GB,US,FR"),
            ("GUARD_CLIENT_LIMITS", "1000000/1m"),
            ("GUARD_PREFIX_LIMITS", "1000000/1h"),
            ("GUARD_HOURLY_CAP", "1000000"),
            ("GUARD_DAILY_CAP", "1000000"),
            ("GUARD_CONVERSION", "observe"),
            ("HTTP_DRAIN_SECONDS", "0"),
            ("RUST_LOG", "warn,ringproof::startup=info"),
        ] {
            command.env(name, value);
        }
        command.envs(vars.iter().copied());
        let mut process = Process::start(&mut command);
        let mut log = BufReader::new(process.0.stdout.take().unwrap());
        let line: Value = serde_json::from_str(&line_with(&mut log, "listening")).unwrap();
        let at = |listener: &str| format!("http://{}", line[listener].as_str().unwrap());
        let (address, ops) = (at("addr"), at("ops_addr"));
        // Somebody reads its log, as somebody does in production.
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            text
        });
        Self { address, ops, process, log }
    }

    pub fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// Tells it to stop, as an orchestrator does.
    pub fn tell_to_stop(&self) {
        let pid = self.pid().to_string();
        let told = std::process::Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.unwrap().success());
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }

    /// What it has logged in all. Ends when it does.
    pub fn log(self) -> String {
        self.log.join().unwrap()
    }

    /// Its exit code, once it has ended.
    pub async fn exit_code(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.process.0.try_wait().unwrap() {
                return status.code();
            }
            assert!(began.elapsed() < PATIENCE, "it does not end");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// What replicas share beside the provider.
pub fn sharing(store: &Server) -> (&'static str, String) {
    ("REDIS_URL", store.url().expose_secret().to_owned())
}

/// Asks the replicas every few milliseconds whether they are ready, and sends requests in turn to
/// those that were, over connections that it keeps.
pub struct Balancer {
    http: reqwest::Client,
    replicas: RefCell<Vec<(String, Rc<Cell<bool>>)>>,
    turn: Cell<usize>,
}

impl Balancer {
    pub fn new() -> Rc<Self> {
        let replicas = RefCell::default();
        Rc::new(Self { http: client(), replicas, turn: Cell::new(0) })
    }

    /// Begins to ask and, once it is ready, to use a replica. Ends when it is removed.
    pub async fn add(self: &Rc<Self>, address: &str) {
        let ready = Rc::new(Cell::new(false));
        self.replicas.borrow_mut().push((address.to_owned(), Rc::clone(&ready)));
        let url = format!("{address}/readyz");
        let (asker, state) = (client(), Rc::downgrade(&ready));
        actix_web::rt::spawn(async move {
            while let Some(state) = state.upgrade() {
                // A connection of its own each time: whether it accepts is part of the question.
                let answer = asker.get(&url).header("connection", "close").send().await;
                state.set(answer.is_ok_and(|answer| answer.status().is_success()));
                drop(state);
                sleep(Duration::from_millis(20)).await;
            }
        });
        let began = Instant::now();
        while !ready.get() {
            assert!(began.elapsed() < PATIENCE, "{address} is never ready");
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn remove(&self, address: &str) {
        self.replicas.borrow_mut().retain(|(other, _)| other != address);
    }

    /// Whose turn it is among those that are ready.
    fn next(&self) -> Option<String> {
        let replicas = self.replicas.borrow();
        let ready: Vec<_> = replicas.iter().filter(|(_, ready)| ready.get()).collect();
        self.turn.set(self.turn.get() + 1);
        ready.get(self.turn.get() % ready.len().max(1)).map(|(address, _)| address.clone())
    }

    /// One request. That it is answered at all is what this is about.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let began = Instant::now();
        let address = loop {
            if let Some(address) = self.next() {
                break address;
            }
            assert!(began.elapsed() < PATIENCE, "no replica is ready");
            sleep(Duration::from_millis(5)).await;
        };
        let request = self.http.request(method, format!("{address}{path}"));
        send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }
}
