//! The service, the far side that breaks, and what every row of the matrix asks: what a person is
//! told, how often the provider was asked, and whether the charge was kept.

use crate::fake::{Act, Fake, json};
use crate::helpers::{Answer, TestApp, client, send};
use messagebird_verify::Limits;
use ringproof::config::Config;
use sandbox::fault_proxy::{FaultProxy, Faults, Way};
use serde_json::json as object;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Who is asked. Each row of the matrix is tried with both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    MessageBird,
    Twilio,
}

pub const BOTH: [Carrier; 2] = [Carrier::MessageBird, Carrier::Twilio];

impl Carrier {
    pub fn name(self) -> &'static str {
        match self {
            Self::MessageBird => "messagebird",
            Self::Twilio => "twilio",
        }
    }

    /// The service, with this carrier alone, in front of whatever listens there.
    pub async fn service(self, base: &str) -> TestApp {
        self.service_with(base, &[], |_| ()).await
    }

    pub async fn service_with(
        self,
        base: &str,
        vars: &[(&str, &str)],
        adjust: fn(&mut Config),
    ) -> TestApp {
        let mut all = vec![("PROVIDERS", self.name()), (self.variable(), base)];
        all.extend(vars);
        service_with("http://127.0.0.1:9", &all, adjust).await
    }

    /// The service, a spoiled connection, and the simulator behind it.
    pub async fn behind_a_proxy(self, down: Way, adjust: fn(&mut Config)) -> (TestApp, FaultProxy) {
        let mut all = WIDE.to_vec();
        all.push(("PROVIDERS", self.name()));
        let mut app = TestApp::adjusted(&all, adjust).await;
        let upstream = app.provider.address.trim_start_matches("http://").parse().unwrap();
        let proxy = FaultProxy::start("127.0.0.1:0".parse().unwrap(), upstream).await.unwrap();
        proxy.set(Faults { down, ..Faults::default() });
        let path = if self == Self::Twilio { "/2010-04-01" } else { "" };
        app.reborn(&[(self.variable(), &format!("http://{}{path}", proxy.addr()))]);
        (app, proxy)
    }

    /// What its address is configured by.
    pub fn variable(self) -> &'static str {
        match self {
            Self::MessageBird => "MESSAGEBIRD_BASE_URL",
            Self::Twilio => "TWILIO_BASE_URL",
        }
    }

    /// What it says of a call that it accepts, whose id nobody else has.
    pub fn made(self, index: usize) -> String {
        match self {
            Self::MessageBird => verify(index, "sent"),
            Self::Twilio => object!({ "sid": sid(index), "status": "queued" }).to_string(),
        }
    }

    /// A call that is placed.
    pub fn placed(self, index: usize) -> Act {
        Act::Reply(json(201, &self.made(index)))
    }

    /// What it says of a call that it accepts, and that failed at once.
    pub fn failed(self, index: usize) -> String {
        match self {
            Self::MessageBird => verify(index, "failed"),
            Self::Twilio => object!({ "sid": sid(index), "status": "failed" }).to_string(),
        }
    }

    /// A refusal as it writes one; `about` is the parameter at fault, where it names any.
    pub fn fault(self, status: u16, code: i64, about: &str) -> Act {
        let body = match self {
            Self::MessageBird => {
                object!({ "errors": [{ "code": code, "description": "no", "parameter": about }] })
            }
            Self::Twilio => object!({ "code": code, "message": "no", "status": status }),
        };
        Act::Reply(json(status, &body.to_string()))
    }
}

/// The sid of a call.
pub fn sid(index: usize) -> String {
    format!("CA{index:032x}")
}

/// Gives the clients of both carriers other settings, which hold nothing of their surroundings.
macro_rules! clients {
    ($config:ident, $($field:ident: $value:expr),+) => {
        $config.messagebird.client = |url, key| messagebird_verify::ClientConfig {
            $($field: $value,)+
            ..messagebird_verify::ClientConfig::new(url, key)
        };
        $config.twilio.client = |url, account, key, secret| twilio_rest::ClientConfig {
            $($field: $value,)+
            ..twilio_rest::ClientConfig::new(url, account, key, secret)
        };
    };
}
pub(crate) use clients;

/// A number that nobody else asks for in the same service; the first 90 misbehave in no simulator.
pub fn number(index: usize) -> String {
    format!("+442079460{index:03}")
}

/// Limits that do not meet a test that calls many numbers at once.
pub const WIDE: [(&str, &str); 2] =
    [("GUARD_PREFIX_LIMITS", "10000/1h"), ("GUARD_CONVERSION", "off")];

/// The service in front of whatever listens there.
pub async fn service(provider: &str) -> TestApp {
    service_with(provider, &[], |_| ()).await
}

pub async fn service_with(
    provider: &str,
    vars: &[(&str, &str)],
    adjust: fn(&mut Config),
) -> TestApp {
    let mut all = WIDE.to_vec();
    all.push(("MESSAGEBIRD_BASE_URL", provider));
    all.extend(vars);
    TestApp::adjusted(&all, adjust).await
}

/// Connecting, or answering, is given up on soon; a repetition still has its three seconds.
pub fn hurried(config: &mut Config) {
    clients!(config, limits: Limits {
        connect: Duration::from_millis(500),
        first_byte: Duration::from_millis(1_200),
        ..Limits::default()
    });
}

/// The whole answer must be there soon.
pub fn hurried_to_the_end(config: &mut Config) {
    clients!(config, limits: Limits { total: Duration::from_millis(1_000), ..Limits::default() });
}

/// The Verify object of a call, whose id nobody else has.
pub fn verify(index: usize, status: &str) -> String {
    object!({ "id": format!("{index:032x}"), "recipient": 442_079_460_000_u64, "status": status })
        .to_string()
}

/// A call that is placed.
pub fn placed(index: usize) -> Act {
    Act::Reply(json(201, &verify(index, "sent")))
}

/// A code that is right.
pub fn verified(index: usize) -> Act {
    Act::Reply(json(200, &verify(index, "verified")))
}

/// What the person is told: status, code, and seconds to wait (0: not told).
#[track_caller]
pub fn assert_told(answer: &Answer, status: u16, code: &str, wait: RangeInclusive<u64>) {
    assert_eq!(answer.problem(), (status, code.to_owned()), "{}", answer.text);
    let told = answer.header("retry-after").parse().unwrap_or(0);
    assert!(wait.contains(&told), "told to wait {told} s, not {wait:?}");
}

/// The charge is kept: the number must wait.
pub async fn assert_kept(app: &TestApp, number: &str) {
    assert_told(&app.start(number).await, 429, "rate_limited", 1..=60);
}

/// The charge is given back: whatever comes of the next start, it is not the number's limit.
pub async fn assert_given_back(app: &TestApp, number: &str) {
    let next = app.start(number).await;
    assert_ne!(next.status, 429, "{}", next.text);
}

/// Each act meets a call of its own: nobody knows whether it was placed, so it is asked for once and
/// the charge is kept. A good call between them keeps the breaker out of it.
pub async fn assert_all_unknown<Acts: IntoIterator<Item = Act>>(
    acts: impl Fn(Carrier) -> Acts,
    adjust: fn(&mut Config),
) {
    for carrier in BOTH {
        let acts = acts(carrier).into_iter().enumerate();
        let script: Vec<_> = acts.flat_map(|(index, act)| [act, carrier.placed(index)]).collect();
        let calls = script.len();
        let fake = Fake::start(script).await;
        let app = carrier.service_with(fake.url.as_str(), &[], adjust).await;
        for index in (0..calls).step_by(2) {
            assert_told(&app.start(&number(index)).await, 502, "delivery_unknown", 60..=60);
            assert_eq!(fake.requests().len(), index + 1, "asked once");
            assert_kept(&app, &number(index)).await;
            assert_eq!(app.start(&number(index + 1)).await.status, 201);
            assert_eq!(fake.requests().len(), index + 2);
        }
    }
}

/// The value of a series of `/metrics`, written as `name{labels}`.
pub async fn metric(app: &TestApp, series: &str) -> Option<u64> {
    let text = send(client().get(format!("{}/metrics", app.ops))).await.text;
    text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

/// How often a start was tried that never left.
pub async fn attempts_not_sent(app: &TestApp, carrier: Carrier) -> Option<u64> {
    let name = carrier.name();
    let labels = format!("provider=\"{name}\",op=\"start\",outcome=\"not_sent\"");
    metric(app, &format!("provider_requests_total{{{labels}}}")).await
}

/// The state of the breaker of a carrier's operation: 0 closed, 1 finding out, 2 open.
pub async fn breaker(app: &TestApp, carrier: Carrier, operation: &str) -> Option<u64> {
    let name = carrier.name();
    metric(app, &format!("breaker_state{{provider=\"{name}\",op=\"{operation}\"}}")).await
}
