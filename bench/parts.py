"""The parts of `bench/run`: what each measures, the targets it is held to, and the tables it writes."""

import os
import resource
import shutil

import build
import compare
import instructions
import loads
import plot
import report
import scale
import servers
from servers import HERE, SCRATCH


def start(part, bench, _binary, _quick):
    results = bench.start()
    against(part, "start", results, bare=1.6)
    shared = report.median(compare.ratios(results, "ringproof, Redis", "ringproof"))
    part.target("start: CPU with Redis ÷ in memory", 1.4, shared, f"{shared:.2f}", "×")
    # After the warm-up: later it is the numbers remembered that take the room, not the connections.
    warm = bench.warmed_up["ringproof"]
    shown = f"{warm['rss_mib']:.0f} MiB ({warm['requests']:,} numbers remembered)"
    part.target("resident memory at 32 connections", 60, warm["rss_mib"], shown, " MiB")
    started = sum(each["requests"] for each in [bench.warmed_up["ringproof, Redis"], *results["ringproof, Redis"]])
    store_bytes = bench.service["ringproof, Redis"].store_bytes() / started
    if "earlier" in results:
        store = compare.apart(results, "ringproof, Redis", "earlier, Redis", "store_us")
        part.target("start: Redis's own CPU ÷ earlier", 0.5, store, f"{store:.2f}", "×")
    full = bench.start_with_full_logs()
    took = {name: compare.middle(rounds, "store_us") for name, rounds in full.items()}
    told = " and ".join(f"{us:.1f} µs ({name})" for name, us in took.items())
    part.say(f"With the logs of the caps and the region as full as a day of traffic leaves them, Redis's own CPU of a start: {told}.")
    if len(took) > 1:
        ratio = compare.apart(full, "ringproof, Redis", "earlier, Redis", "store_us")
        part.target("… after a day of traffic", 0.5, ratio, f"{ratio:.2f}", "×")
    part.figures |= {"store_bytes": store_bytes, "store_us_full": took["ringproof, Redis"]}


def check(part, bench, _binary, _quick):
    results = bench.check()
    against(part, "check", results, bare=1.4)
    without_carrier(part, "right", results)


def wrong(part, bench, _binary, _quick):
    results = bench.check(compare.WRONG)
    against(part, "wrong check", results)
    without_carrier(part, "wrong", results)


def without_carrier(part, code, results):
    """Whether a check that asks no carrier costs less than passing one on to a carrier costs nginx."""
    ratio = report.median(compare.ratios(results, compare.CARRIER, "nginx"))
    part.target(f"check of a {code} code of our own, no carrier asked: CPU ÷ nginx, which asks", 1, ratio, f"{ratio:.2f}", "×")


def against(part, name, results, **limits):
    """The table of a load, and its targets: at most so many times what another server takes."""
    for base, limit in limits.items():
        ratio = report.median(compare.ratios(results, "ringproof", base))
        part.target(f"{name}: CPU ÷ {base}", limit, ratio, f"{ratio:.2f}", "×")
    part.say(f"### {name.capitalize()}", report.compared(results))
    part.figures[name] = {
        server: {key: compare.middle(rounds, key) for key in ("cpu_us", "store_us") if rounds[0][key]}
        for server, rounds in results.items()
    }


def files(part, bench, _binary, _quick):
    page = [f"/{file}" for file in compare.page_files() if file.suffix in {".js", ".css", ".svg"}]
    against(part, "page", bench.files(["/", *page]), nginx=2)
    against(part, "config", bench.files(["/config"]), nginx=2)


def count(part, bench, binary, _quick):
    """Instructions, once for each: from run to run they differ by one in a hundred."""
    to = bench.provider.address
    ours = list(instructions.LOADS)
    counted = {
        "ringproof": (ours, lambda under: servers.ringproof("callgrind", 18150, binary, to, under)),
        compare.CARRIER: (ours[:3], lambda under: servers.carrier("callgrind", 18150, binary, to, under)),
        "bare": (["start", "check"], lambda under: servers.bare("callgrind", 18150, loads.BARE, to, under)),
    }
    rows = []
    for name, (loads_, launch) in counted.items():
        found = {what: instructions.of(bench, launch, what) for what in loads_}
        rows.append([name, *(f"{found[what]:,.0f}" if what in found else "" for what in ours)])
        part.figures[name] = found
    for what, limit in (("start", 250_000), ("wrong check", 140_000)):
        found = part.figures["ringproof"][what]
        part.target(f"{what}: instructions", limit, found, f"{found:,.0f}")
    part.say("### Instructions", "In user space, per request.", report.table(["", *ours], rows))


def traces(part, bench, binary, _quick):
    """What watching it costs a start: its metrics, the feature for traces, and a trace that is sent."""
    folder, to = loads.BARE.parent.parent.parent, bench.provider.address
    build.build(folder, "--release", "--bin", "ringproof", "--features", "otel")
    with_traces = shutil.copy2(folder / "release/ringproof", SCRATCH / "ringproof-otel")
    sent = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{to}", "OTEL_TRACES_SAMPLER": "always_on"}
    ways = {"": (binary, {}), "no collector": (with_traces, {}), "each start sampled and sent": (with_traces, sent)}
    found = {
        way: instructions.of(
            bench, lambda under: servers.ringproof("callgrind", 18150, program, to, under, **env), "start"
        )
        for way, (program, env) in ways.items()
    }
    counting = instructions.of_program(loads.METRICS)
    plain, idle, _ = found.values()
    more = (idle / (plain - counting) - 1) * 100
    part.target("start with metrics and the feature `otel`, no collector: more instructions", 2, more, f"{more:.1f} %", " %")
    part.figures |= {"metrics": counting, **found}
    bare = plain - counting
    rows = [["neither", f"{bare:,.0f}", ""], ["metrics, as ever", f"{plain:,.0f}", f"{counting:,.0f}"]]
    for way in ("no collector", "each start sampled and sent"):
        rows.append([f"metrics and the feature `otel`, {way}", f"{found[way]:,.0f}", f"{found[way] - bare:,.0f}"])
    part.say("### What watching costs a start", report.table(["", "instructions", "more than with neither"], rows))


def latency(part, bench, _binary, quick):
    found = scale.added_latency(bench, *((1, 3) if quick else (3, 4)))
    added = found["ringproof"]["p99_ms"] - found["provider alone"]["p99_ms"]
    part.target("p99 added at 1 000 starts/s", 1, added, f"{added:.2f} ms", " ms")
    rows = [[name, f"{f['p50_ms']:.2f}", f"{f['p99_ms']:.2f}"] for name, f in found.items()]
    part.say("### Latency at 1 000 starts a second", report.table(["", "p50 ms", "p99 ms"], rows))


def crowd(part, bench, binary, quick):
    count = 2_000 if quick else starts_at_once()
    found = scale.crowd(binary, bench.numbers, count, 5_000)
    answered, refused = found["answered"], found["refused"]
    lost = count - answered["statuses"].get("201", 0)
    part.target(f"{count:,} starts in flight: not answered", 0, lost, f"{lost}")
    part.target("… resident memory", 400, found["rss_mib"], f"{found['rss_mib']:.0f} MiB", " MiB")
    if not refused:
        raise SystemExit(f"never so many at once: {answered}")
    bare = scale.crowd_at_bare(bench.numbers, count, 5_000)
    slowest = refused["p99_ms"]
    part.target("… refusals beyond the cap, p99", scale.LATE_MS, slowest, f"{slowest:.2f} ms", " ms")
    part.say(
        "### At once",
        f"{count:,} starts sent together to a provider that answers after 5 s, with `HTTP_MAX_IN_FLIGHT={count}`: "
        f"{told(answered)}, half of them within {answered['p50_ms'] / 1e3:.2f} s, all within {answered['max_ms'] / 1e3:.2f} s. "
        f"Sent once all were waiting, beyond the cap: {told(refused)}, "
        f"p50 {refused['p50_ms']:.2f} ms, p99 {slowest:.2f} ms. Bare takes {bare:.0f} MiB with as many in flight: the buffers of the "
        "frameworks' two connections, 8 KiB four times, and their channel.",
    )


def told(answers):
    """How often each status was answered."""
    return ", ".join(f"{count:,} times {status}" for status, count in answers["statuses"].items())


def flat(part, bench, binary, quick):
    counts, rounds = ([1, 32, 1_000], 1) if quick else ([1, 3, 10, 32, 100, 320, 1_000], 3)
    tracked = [0, 30_000, 100_000] if quick else [0, 30_000, 100_000, 300_000]
    connections = scale.by_connections(bench, counts, rounds)
    numbers, memory = scale.by_numbers(binary, bench, tracked, rounds)
    for name, line in {"connections": connections["ringproof"], "numbers": numbers}.items():
        spread = spread_of(line)
        part.target(f"CPU per start from 1 to {line[-1][0]:,} {name}", 15, spread, f"{spread:.0f} %", " %")
    lines = {"ringproof": connections["ringproof"], "nginx": connections["nginx"]}
    drawing = plot.figure([
        ("CPU µs per start, by connections", "connections, 900 starts/s in all", lines),
        ("CPU µs per start, by numbers remembered", "numbers the guard remembers, 5 000 starts/s", {"ringproof": numbers}),
    ])
    (HERE / "flat.svg" if not quick else SCRATCH / "flat.svg").write_text(drawing)
    part.say(
        "### Flat",
        "![CPU per start by connections and by numbers remembered](flat.svg)",
        "At a steady rate, on connections that were opened before. The band is 15 % wide. By connections, nginx spreads "
        f"by {spread_of(lines['nginx']):.0f} % under the same load, and ringproof costs {ratio_at(lines, 0):.1f} times as much "
        f"on the fewest and {ratio_at(lines, -1):.1f} times on the most. With {numbers[-1][0]:,} numbers remembered: {memory:.0f} MiB.",
    )


def spread_of(line):
    """By how many percent the dearest point of a line is above the cheapest."""
    costs = [cost for _, cost in line]
    return (max(costs) / min(costs) - 1) * 100


def ratio_at(lines, place):
    return lines["ringproof"][place][1] / lines["nginx"][place][1]


def startup(part, bench, binary, quick):
    took = scale.start_up(binary, bench, 5 if quick else 21)
    part.target("start-up to the first 200 of /readyz", 100, took, f"{took:.0f} ms", " ms")


def dev(part, folder):
    """What a newcomer waits for: `cargo run -- demo` builds this."""
    found = build.from_nothing(folder)
    part.target("`cargo run -- demo` on a clean target: CPU", 300, found["cpu"], f"{found['cpu']:.0f} s", " s")
    built(part, "`cargo run -- demo`", found)


def release(part, folder):
    built(part, "`cargo build --release`", build.from_nothing(folder, "--release"))


def built(part, what, found):
    part.say(
        f"### {what} from nothing",
        f"{found['cpu']:.0f} s of processor time, {found['clock']:.0f} s on the clock, {found['units']} units. "
        f"Seconds of rustc by package: {build.told(found)}.",
    )


def starts_at_once():
    """Ten thousand, or what the file limit admits: a start in flight is two sockets of the service."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(10_000, files // 2 - 100)


QUICK = ["start", "check", "files", "instructions"]
# Before all others, for they use what these build.
BUILDS = {"dev": dev, "release": release}
PARTS = {
    "start": start,
    "check": check,
    "wrong": wrong,
    "files": files,
    "instructions": count,
    "traces": traces,
    "latency": latency,
    "crowd": crowd,
    "flat": flat,
    "startup": startup,
}
