//! The process, as its kernel sees it, and which build it is. Systems without `/proc` show the build alone.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use std::fmt;
use std::fs;

/// Memory, files, threads and processor time.
#[derive(Debug)]
pub(super) struct Process;

/// What the text of `/proc/self/status` says under a name, without its unit.
fn status(text: &str, name: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Processor time of all threads in seconds: the scheduler's own count, in nanoseconds.
fn cpu_seconds() -> f64 {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let stats = threads.filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok());
    let nanoseconds = stats.filter_map(|stat| stat.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.sum::<f64>() / 1e9
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        let help = "The build";
        build.encode(encoder.encode_descriptor("build", help, None, build.metric_type())?)?;
        let Ok(text) = fs::read_to_string("/proc/self/status") else { return Ok(()) };
        let files = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        for (name, help, value) in [
            (
                "process_resident_memory_bytes",
                "Resident memory",
                status(&text, "VmRSS").unwrap_or(0) * 1024,
            ),
            ("process_open_fds", "Open files", i64::try_from(files).unwrap_or(i64::MAX)),
            ("process_threads", "Threads", status(&text, "Threads").unwrap_or(0)),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        let cpu = ConstGauge::new(cpu_seconds());
        let help = "Processor time of the threads that run now";
        let name = "process_threads_cpu_seconds";
        cpu.encode(encoder.encode_descriptor(name, help, None, cpu.metric_type())?)
    }
}
