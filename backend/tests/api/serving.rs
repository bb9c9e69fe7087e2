//! A service as a process of its own whose lines are read while it serves.

use crate::helpers::{KEY, PATIENT, SECRET};
use crate::process::{Process, line_with, ringproof};
use serde_json::Value;
use std::io::{BufReader, Read};
use std::thread::JoinHandle;

/// A service that is up, and whose lines are read.
pub struct Serving {
    pub address: String,
    pub ops: String,
    process: Process,
    reader: JoinHandle<String>,
}

impl Serving {
    /// Starts `serve` in front of a simulator, with limits that meet nobody, and these variables on top.
    pub fn start(provider: &str, vars: &[(&str, &str)]) -> Self {
        let mut command = ringproof(&["serve"]);
        command.env("MESSAGEBIRD_API_KEY", KEY).env("MESSAGEBIRD_BASE_URL", provider);
        command.env("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef");
        command.env("TWILIO_API_KEY", "SK0123456789abcdef0123456789abcdef");
        command.env("TWILIO_API_SECRET", "canary_secret_4711").env("TWILIO_FROM", "+12025550100");
        command.env("TWILIO_BASE_URL", format!("{provider}/2010-04-01"));
        command.env("SECRET_KEY", SECRET).env("GUARD_ALLOWED_REGIONS", "US,GB");
        command.env("GUARD_COOLDOWNS", "0s").env("GUARD_NUMBER_LIMITS", "1000/1h");
        command.env("GUARD_CLIENT_LIMITS", "1000/1h").env("GUARD_PREFIX_LIMITS", "1000/1h");
        command.env("HTTP_DRAIN_SECONDS", "0").env("HTTP_TRUSTED_PROXIES", "127.0.0.1");
        command.envs([PATIENT]).envs(vars.iter().copied());
        let mut process = Process::start(&mut command);
        let mut log = BufReader::new(process.0.stdout.take().unwrap());
        let line: Value = serde_json::from_str(&line_with(&mut log, "\"listening\"")).unwrap();
        let address = |name: &str| format!("http://{}", line[name].as_str().unwrap());
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            text
        });
        Self { address: address("addr"), ops: address("ops_addr"), process, reader }
    }

    /// Stops it, and returns the lines that it wrote since it listens.
    pub fn stop(self) -> Vec<Value> {
        let (text, _) = self.end();
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Stops it, and returns all that it said since it listens: to its output, and as errors.
    pub fn end(mut self) -> (String, String) {
        assert_eq!(self.process.terminate(), Some(0));
        let (text, mut errors) = (self.reader.join().unwrap(), String::new());
        self.process.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (text, errors)
    }
}
