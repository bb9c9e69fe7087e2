//! The simulated world: the service, its clock, the phone network, and what happened.

use async_trait::async_trait;
use ringproof::adapters::memory_counters::MemoryCounters;
use ringproof::config::{Config, Mode};
use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use verification::guard::Blocks;
use verification::limits::COLD_FOR;
use verification::ports::{
    Capabilities, CheckAnswer, CodeRules, CounterKind, Deadline, Delivery, KeepsCode, Progress,
    ProviderRef, ProviderStatus, Reading,
};
use verification::testing::{CountedRandomness, FixedClock};
use verification::{
    AnyProvider, Call, Channel, CheckError, Client, Clock, Code, Context, Failure, Guard, InUse,
    Keyring, NotDone, Opened, PhoneNumber, Provider, ProviderTag, Providers, Settings, StartError,
    StartRequest, Timestamp, Verification, Verifications,
};

/// On the minute, so that figures do not depend on when the minutes of the counters begin.
pub const EPOCH: Timestamp = Timestamp(1_795_000_020_000);
/// The code of every call.
pub const RIGHT: &str = "471108";
/// Another code.
pub const WRONG: &str = "000000";

/// The service and what surrounds it.
pub struct World {
    pub service: Verifications,
    pub clock: Arc<FixedClock>,
    pub network: Arc<Network>,
}

/// The provider double: it places every call it is asked for, finds every line busy, and compares
/// every code it is given, so that whatever is refused was refused by the guard.
pub struct Network {
    clock: Arc<FixedClock>,
    /// When each call was placed.
    pub placed: Mutex<Vec<Timestamp>>,
    /// When each code was compared.
    pub compared: Mutex<Vec<Timestamp>>,
    last_ref: AtomicU64,
    outage: Mutex<Outage>,
    capabilities: Capabilities,
}

/// What the provider cannot do for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    None,
    /// It says nothing of the calls that it is asked for.
    StartsLost,
    /// It takes no code.
    ChecksNotMade,
    /// It takes codes and says nothing, also when asked again.
    ChecksLost,
}

impl Network {
    pub fn suffer(&self, outage: Outage) {
        *self.outage.lock().unwrap() = outage;
    }

    fn suffers(&self, outage: Outage) -> bool {
        *self.outage.lock().unwrap() == outage
    }
}

#[async_trait]
impl Provider for Network {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn progress(&self, _of: &ProviderRef, _channel: Channel) -> Reading {
        let (status, delivery) = (Some(ProviderStatus::Pending), Delivery::Busy);
        let progress =
            Some(Progress { status, delivery, updated_at: self.clock.now(), is_news: false });
        Reading { progress, again_after: Duration::from_secs(2) }
    }

    async fn cancel(&self, _of: &ProviderRef) -> Result<(), Failure> {
        Ok(())
    }
}

#[async_trait]
impl KeepsCode for Network {
    async fn start(&self, _call: &Call<'_>, _code: CodeRules) -> Result<ProviderRef, Failure> {
        if self.suffers(Outage::StartsLost) {
            return Err(Failure::Unknown { timed_out: true });
        }
        self.placed.lock().unwrap().push(self.clock.now());
        Ok(ProviderRef(format!("{:016x}", self.last_ref.fetch_add(1, Ordering::Relaxed))))
    }

    async fn check(
        &self,
        _of: &ProviderRef,
        code: &Code,
        _by: Deadline,
    ) -> Result<CheckAnswer, Failure> {
        if self.suffers(Outage::ChecksNotMade) {
            let retry_after = Duration::from_secs(5);
            return Err(Failure::NotDone(NotDone::NotSent { retry_after }));
        }
        if self.suffers(Outage::ChecksLost) {
            return Err(Failure::Unknown { timed_out: true });
        }
        self.compared.lock().unwrap().push(self.clock.now());
        // The answer takes its time, so that parallel guesses overlap.
        tokio::task::yield_now().await;
        Ok(match code.expose() {
            RIGHT => CheckAnswer::Verified,
            _ => CheckAnswer::Incorrect,
        })
    }

    async fn status(&self, _of: &ProviderRef, _by: Deadline) -> Result<ProviderStatus, Failure> {
        if self.suffers(Outage::ChecksLost) {
            return Err(Failure::Unknown { timed_out: true });
        }
        Ok(ProviderStatus::Pending)
    }
}

/// A service as `serve` builds it: these variables, everything else at its default.
pub fn service(
    vars: &[(&str, &str)],
    clock: &Arc<FixedClock>,
    providers: Vec<AnyProvider>,
) -> Verifications {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend");
    let account = [("MESSAGEBIRD_API_KEY", "live_simulated"), ("HTTP_FRONTEND_DIR", page)];
    let vars = account.iter().chain(vars).map(|(name, value)| (name.into(), value.into()));
    let Config { verify, guard, .. } = Config::read(vars, Mode::Serve).unwrap();
    Verifications {
        settings: Settings {
            channels: verify.channels,
            code_length: verify.code_length,
            ttl: verify.ttl,
            max_attempts: verify.max_attempts,
            default_locale: verify.default_locale,
            texts: verify.texts,
            destinations: guard.destinations,
        },
        guard: Guard {
            counters: Arc::new(MemoryCounters::new(Arc::clone(clock) as Arc<dyn Clock>)),
            clock: Arc::clone(clock) as Arc<dyn Clock>,
            keys: Keyring::new(&[7; 32], None),
            limits: guard.limits,
            conversion: guard.conversion,
            blocks: Blocks::default(),
            on_poor_conversion: Box::new(|_| {}),
            on_unreadable_blocks: Box::new(|| {}),
        },
        providers: in_order(providers),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        randomness: Arc::new(CountedRandomness::default()),
        on_verified: Box::new(|_, _, _| {}),
    }
}

fn in_order(providers: Vec<AnyProvider>) -> Providers {
    let in_use = |(tag, provider)| InUse {
        tag: ProviderTag(tag),
        name: "simulated",
        channels: Channel::ALL.to_vec(),
        provider,
    };
    Providers::new((0..).zip(providers).map(in_use).collect()).unwrap()
}

impl World {
    /// The one provider that is this network.
    pub fn providers(network: &Arc<Network>) -> Providers {
        in_order(vec![AnyProvider::KeepsCode(Arc::clone(network) as Arc<dyn KeepsCode>)])
    }

    /// A service with these variables, and what surrounds it.
    pub fn new(vars: &[(&str, &str)]) -> Self {
        // What has just begun to count admits a part of the caps only: this has counted for long.
        let clock = Arc::new(FixedClock::new(Timestamp(EPOCH.0 - COLD_FOR.as_millis() as u64)));
        let network = Arc::new(Network {
            clock: Arc::clone(&clock),
            placed: Mutex::default(),
            compared: Mutex::default(),
            last_ref: AtomicU64::default(),
            outage: Mutex::new(Outage::None),
            capabilities: Capabilities {
                channels: Channel::ALL.map(|channel| (channel, Vec::new())).into(),
                code_lengths: 6..=10,
                lifetimes: Duration::from_secs(30)..=Duration::from_secs(600),
                press_a_key: false,
            },
        });
        let provider = AnyProvider::KeepsCode(Arc::clone(&network) as Arc<dyn KeepsCode>);
        let service = service(vars, &clock, vec![provider]);
        clock.advance(COLD_FOR);
        Self { service, clock, network }
    }

    pub async fn start(&self, number: PhoneNumber, from: Ipv4Addr) -> Result<Opened, StartError> {
        let channel = Channel::Voice;
        let client = Client::V4(from.octets());
        let request =
            StartRequest { number, channel, locale: None, client, context: Context::default() };
        self.service.start(request).await.map(opened)
    }

    pub async fn resend(&self, earlier: &Opened, from: Ipv4Addr) -> Result<Opened, StartError> {
        let client = Client::V4(from.octets());
        self.service.resend(earlier, None, None, client).await.map(opened)
    }

    pub async fn check(&self, opened: &Opened, code: &str) -> Result<(), CheckError> {
        self.service.check(opened, code).await.map(drop)
    }

    /// Reads where a verification stands, and so learns that its line is busy.
    pub async fn read(&self, opened: &Opened) -> Verification {
        self.service.status(opened.clone()).await.unwrap()
    }

    /// Moves the clock to so long after the beginning; never back.
    pub fn at(&self, since_epoch: Duration) {
        self.clock.advance((EPOCH + since_epoch).since(self.clock.now()));
    }

    pub fn since_epoch(&self) -> Duration {
        self.clock.now().since(EPOCH)
    }

    pub fn placed(&self) -> usize {
        self.network.placed.lock().unwrap().len()
    }

    pub fn compared(&self) -> usize {
        self.network.compared.lock().unwrap().len()
    }
}

fn opened(Verification { id, sealed, .. }: Verification) -> Opened {
    Opened { id, sealed }
}

/// Replicas on one store, one clock and one phone network, with the same secret.
pub fn replicas<const N: usize>(vars: &[(&str, &str)]) -> [World; N] {
    let first = World::new(vars);
    [(); N].map(|()| {
        let mut world = World::new(vars);
        world.service.guard.counters = Arc::clone(&first.service.guard.counters);
        world.service.clock = Arc::clone(&first.clock) as Arc<dyn Clock>;
        world.service.guard.clock = Arc::clone(&first.clock) as Arc<dyn Clock>;
        world.service.providers = World::providers(&first.network);
        (world.clock, world.network) = (Arc::clone(&first.clock), Arc::clone(&first.network));
        world
    })
}

/// The most moments within any span of this length.
pub fn most_within(moments: &[Timestamp], span: Duration) -> usize {
    let within = |(index, first): (usize, &Timestamp)| {
        moments[index..].iter().take_while(|at| at.since(*first) < span).count()
    };
    moments.iter().enumerate().map(within).max().unwrap_or(0)
}

/// How often each outcome was seen.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Tally(BTreeMap<&'static str, usize>);

impl Tally {
    pub fn count(&mut self, outcome: &'static str) {
        *self.0.entry(outcome).or_default() += 1;
    }

    pub fn start<T>(&mut self, result: &Result<T, StartError>) {
        self.count(match result {
            Ok(_) => "placed",
            Err(StartError::Limited(limited)) => rule(limited.rule),
            Err(error) => panic!("{error}"),
        });
    }

    pub fn of(&self, outcome: &str) -> usize {
        self.0.get(outcome).copied().unwrap_or_default()
    }

    pub fn all(&self) -> usize {
        self.0.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(|(name, count)| format!("{name} {count}")).collect();
        f.write_str(if parts.is_empty() { "none" } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}

/// The name of a limit.
pub fn rule(kind: CounterKind) -> &'static str {
    match kind {
        CounterKind::Number => "number",
        CounterKind::Client => "client",
        CounterKind::Prefix => "prefix",
        CounterKind::Region => "region",
        CounterKind::Hour => "hourly cap",
        CounterKind::Day => "daily cap",
        CounterKind::Closed => "conversion watch",
        CounterKind::Codes => "wrong codes",
        other => panic!("{other:?} limits nothing"),
    }
}

/// Numbers that look random and are the same in every run: xorshift64*.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From nought to below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % n
    }
}

pub fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text, None).unwrap()
}

/// The `n`th address of a network of attackers.
pub fn address(n: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x0a00_0000 + n)
}
