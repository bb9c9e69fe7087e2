//! What the guard costs: processor time of a decision, memory of a number. Prints; asserts nothing,
//! for your machine is not ours. A round is shorter than a slice of the scheduler, so the median
//! round was not interrupted, and its time is processor time also on a busy machine.
//!
//! `cargo run --release --example guard_cost`, with `REDIS_URL` for the same on Redis.

#![expect(clippy::unwrap_used, reason = "an example stops where it fails")]
#![expect(clippy::print_stdout, reason = "it is there to print")]

mod no_cost;

use no_cost::{NoCounters, Silent};
use ringproof::adapters::memory_counters::MemoryCounters;
use ringproof::adapters::redis_counters::RedisCounters;
use ringproof::config::{self, Config, Mode};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::{Duration, Instant};
use verification::guard::{Blocks, Start};
use verification::ports::Capabilities;
use verification::testing::{CountedRandomness, FixedClock};
use verification::{
    AnyProvider, Channel, Client, Clock, Code, Context, Counters, Guard, InUse, Keyring, Opened,
    PhoneNumber, ProviderTag, Providers, Settings, StartRequest, Timestamp, Verification,
    Verifications,
};

const ROUNDS: usize = 201;
const PER_ROUND: u64 = 50;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Dutch mobile numbers, each other one in another prefix; none twice.
struct Numbers(u64);

impl Numbers {
    fn batch(&mut self, size: u64) -> Vec<(PhoneNumber, Client)> {
        let numbers = self.0..self.0 + size;
        self.0 += size;
        numbers.map(|n| (Self::number(n), Client::V4((n as u32).to_be_bytes()))).collect()
    }

    fn number(n: u64) -> PhoneNumber {
        let text = format!("+316{:04}{:04}", 1_000 + n % 5_000, n / 5_000);
        PhoneNumber::parse(&text, None).unwrap()
    }
}

/// What a round took: by the clock, and of this thread's processor.
#[derive(Clone, Copy)]
struct Cost {
    elapsed: Duration,
    processor: Duration,
}

async fn timed(work: impl Future<Output = ()>) -> Cost {
    let (began, ran) = (Instant::now(), processor_time());
    work.await;
    Cost { elapsed: began.elapsed(), processor: processor_time().saturating_sub(ran) }
}

/// The kernel's account of this thread. It is brought up to date when the thread waits, so it is
/// exact for rounds that wait for Redis, and too coarse for those that never wait.
fn processor_time() -> Duration {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(account.split(' ').next().unwrap().parse().unwrap())
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}

fn service(counters: Arc<dyn Counters>, clock: &Arc<FixedClock>) -> Verifications {
    let vars = [
        ("MESSAGEBIRD_API_KEY", "live_measured"),
        ("HTTP_FRONTEND_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend")),
        ("GUARD_ALLOWED_REGIONS", "NL"),
        ("GUARD_HOURLY_CAP", "1000000000"),
        ("GUARD_DAILY_CAP", "1000000000"),
        // Nobody here types a code; enforced, the watch would close the region.
        ("GUARD_CONVERSION", "observe"),
    ];
    let vars = vars.into_iter().map(|(name, value)| (name.into(), value.into()));
    let Config { verify, guard, .. } = Config::read(vars, Mode::Serve).unwrap();
    let config::Verify { channels, code_length, ttl, max_attempts, .. } = verify;
    let (default_locale, texts) = (verify.default_locale, verify.texts);
    let silent = Silent(Capabilities {
        channels: Channel::ALL.map(|channel| (channel, texts.keys().copied().collect())).into(),
        code_lengths: 6..=10,
        lifetimes: Duration::ZERO..=Duration::MAX,
        press_a_key: false,
    });
    let silent = InUse {
        tag: ProviderTag(0),
        name: "silent",
        channels: Channel::ALL.to_vec(),
        provider: AnyProvider::KeepsCode(Arc::new(silent)),
    };
    let destinations = guard.destinations;
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Verifications {
        settings: Settings {
            channels,
            code_length,
            ttl,
            max_attempts,
            default_locale,
            texts,
            destinations,
        },
        guard: Guard {
            counters,
            clock: Arc::clone(&clock),
            keys: Keyring::new(&[7; 32], None),
            limits: guard.limits,
            conversion: guard.conversion,
            blocks: Blocks::default(),
            on_poor_conversion: Box::new(|_| {}),
            on_unreadable_blocks: Box::new(|| {}),
        },
        providers: Providers::new(vec![silent]).unwrap(),
        clock,
        randomness: Arc::new(CountedRandomness::default()),
        on_verified: Box::new(|_, _, _| {}),
    }
}

async fn admit(service: &Verifications, number: &PhoneNumber, client: &Client) {
    let context = &Context::default();
    let start = Start { number, channel: Channel::Voice, client, context };
    service.guard.admit(&start, None).await.unwrap();
}

/// Charges so many numbers, spread over a day, as no prefix takes more than ten an hour.
async fn track(
    service: &Verifications,
    clock: &FixedClock,
    numbers: &mut Numbers,
    tracked: u64,
) -> Duration {
    let gap = HOUR * 22 / tracked as u32;
    let mut longest = Duration::ZERO;
    for _ in 0..tracked.div_ceil(1_000) {
        for (number, client) in numbers.batch(tracked.min(1_000)) {
            let began = Instant::now();
            admit(service, &number, &client).await;
            longest = longest.max(began.elapsed());
            clock.advance(gap);
        }
    }
    longest
}

/// Prints a row, and returns the processor time of a start, a charged start, a charged try and a
/// verified code, in µs.
async fn measure(
    name: &str,
    service: &Verifications,
    numbers: &mut Numbers,
    clock: &FixedClock,
) -> [f64; 4] {
    let (mut starts, mut admits, mut tries, mut proofs) = (vec![], vec![], vec![], vec![]);
    // The prefixes rest, to take what is measured now.
    clock.advance(HOUR);
    for _ in 0..ROUNDS {
        let (for_start, for_admit) = (numbers.batch(PER_ROUND), numbers.batch(PER_ROUND));
        let mut started = vec![];
        starts.push(
            timed(async {
                for (number, client) in for_start {
                    let request = StartRequest {
                        number,
                        channel: Channel::Voice,
                        locale: None,
                        client,
                        context: Context::default(),
                    };
                    started.push(service.start(request).await.unwrap());
                }
            })
            .await,
        );
        let opened = |Verification { id, sealed, .. }| Opened { id, sealed };
        let started: Vec<_> = started.into_iter().map(opened).collect();
        admits.push(
            timed(async {
                for (number, client) in &for_admit {
                    admit(service, number, client).await;
                }
            })
            .await,
        );
        let mut charged = vec![];
        tries.push(
            timed(async {
                for Opened { id, sealed } in &started {
                    let right = Code::parse("471108", 6).unwrap();
                    let right = service.guard.fingerprint(id, &right);
                    charged.push(service.guard.take_try(id, sealed, right, None).await.unwrap());
                }
            })
            .await,
        );
        proofs.push(
            timed(async {
                for (Opened { id, sealed }, sent) in started.iter().zip(&charged) {
                    service.guard.verified(id, sealed, sent).await.unwrap();
                }
            })
            .await,
        );
    }
    let rounds = [starts, admits, tries, proofs];
    let [start, admit, tries, proof] =
        rounds.each_ref().map(|rounds| median(rounds, |r| r.elapsed));
    println!(
        "{name:<34} | start {start:6.2} | admit {admit:6.2} | take_try {tries:6.2} | \
         verified {proof:6.2}"
    );
    rounds.each_ref().map(|rounds| median(rounds, |round| round.processor))
}

/// The middle round, in µs for each of what it did.
fn median(rounds: &[Cost], of: impl Fn(&Cost) -> Duration) -> f64 {
    let mut rounds: Vec<_> = rounds.iter().map(of).collect();
    rounds.sort();
    rounds[rounds.len() / 2].as_secs_f64() * 1e6 / PER_ROUND as f64
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let clock = || Arc::new(FixedClock::new(Timestamp(1_795_000_020_000)));
    println!("µs each, median of {ROUNDS} rounds of {PER_ROUND}");

    let time = clock();
    let unguarded = service(Arc::new(NoCounters), &time);
    measure("unguarded", &unguarded, &mut Numbers(0), &time).await;
    let mut weights = vec![];
    for tracked in [1, 1_000, 1_000_000] {
        let time = clock();
        let counters = Arc::new(MemoryCounters::new(Arc::clone(&time) as Arc<dyn Clock>));
        let service = service(Arc::clone(&counters) as Arc<dyn Counters>, &time);
        let mut numbers = Numbers(0);
        let before = resident();
        let longest = track(&service, &time, &mut numbers, tracked).await;
        let bytes = resident().saturating_sub(before);
        weights.push((tracked, counters.len(), bytes, longest));
        let name = format!("in memory, {tracked} numbers tracked");
        measure(&name, &service, &mut numbers, &time).await;
    }
    for (tracked, entries, bytes, longest) in weights {
        println!(
            "{tracked} numbers, each from an address of its own: {entries} entries, {bytes} bytes, \
             {} a number; longest decision while growing {longest:?}",
            bytes / tracked,
        );
    }
    if let Some(url) = std::env::var_os("REDIS_URL") {
        let url = SecretString::from(url.into_string().unwrap());
        let counters = RedisCounters::connect(&url).unwrap().within(Duration::from_secs(5));
        let time = clock();
        let service = service(Arc::new(counters), &time);
        let [start, admit, tries, proof] =
            measure("on Redis, waiting included", &service, &mut Numbers(0), &time).await;
        println!(
            "{:<34} | start {start:6.2} | admit {admit:6.2} | take_try {tries:6.2} | \
             verified {proof:6.2}",
            "on Redis, our own processor time"
        );
    }
}
