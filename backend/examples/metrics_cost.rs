//! What a start counts and times, and nothing else, as often as told: `bench/run` has callgrind count the
//! instructions. Which calls these are is in `http::verifications`, `http::edge`, `adapters::provider` and
//! `adapters::metered_counters`.
//!
//! `metrics_cost TIMES`.

#![expect(clippy::unwrap_used, reason = "an example stops where it fails")]

use actix_web::http::Method;
use ringproof::telemetry::{Metrics, RegionLabel, Way};
use std::time::Duration;
use verification::{Channel, Region};

/// The service's allocator, so that this is no difference.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let times: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let metrics = Metrics::default();
    let create = metrics.provider.operation("messagebird", "create", true);
    let country: Region = "NL".parse().unwrap();
    for each in 0..times {
        let took = Duration::from_micros(u64::from(each % 1_000));
        metrics.store.operation("decide", took, false);
        drop(create.begin());
        create.success();
        metrics.start(Channel::Voice, country, None);
        let region = RegionLabel(country);
        metrics.funnel.placed(&Way { channel: "voice", region, provider: "messagebird" });
        metrics.request(&Method::POST, "/verifications", 201, took);
    }
}
