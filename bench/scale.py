"""How it bears growth: many starts at once, many connections, many numbers, and how soon it is up."""

import re
import subprocess
import time
from statistics import median

import loads
import servers
from loads import START, all_answered, paced
from servers import SCRATCH

RATE = 1_000
# Enough to keep the service at work: what a start costs a machine that idles between two depends on how deep it slept.
RATE_BY_NUMBERS = 5_000
# After a thousand requests the service closes a connection, and each is used once before.
RATE_OF_ONE = 900
LATE_MS = 5


def added_latency(bench, rounds, seconds):
    """p50 and p99 at a steady rate: the provider alone, and behind each proxy; medians."""
    service, numbers = bench.service, bench.numbers
    asked = {
        "provider alone": (bench.provider, "/verify"),
        "nginx": (service["nginx"], "/verifications"),
        "ringproof": (service["ringproof"], "/verifications"),
    }
    results = {name: [] for name in asked}
    for _ in range(rounds):
        for name, (server, path) in asked.items():
            result = paced(server.address, path, START, RATE, 32, seconds, numbers)
            results[name].append(all_answered(result, 201))
    return {
        name: {key: median(result[key] for result in all_) for key in ("p50_ms", "p99_ms")}
        for name, all_ in results.items()
    }


def crowd(binary, numbers, count, wait_ms):
    """So many starts in flight at a provider that takes its time; then beyond the cap."""
    provider = slow_provider(wait_ms)
    # A quarter of the client's places is not open to starts.
    caps = {"HTTP_MAX_IN_FLIGHT": str(count), "MESSAGEBIRD_MAX_IN_FLIGHT": str(count * 4 // 3 + 1)}
    service = servers.ringproof("crowd", 18210, binary, provider.address, **caps)
    try:
        asking, highest, refused = ask_together(service, numbers, count), 0, None
        while asking.poll() is None:
            highest = max(highest, service.rss_mib())
            if refused is None and in_flight(service) >= count and at_rest(service):
                # Full: whatever comes now is more than the cap.
                refused = all_answered(
                    paced(service.address, "/verifications", START, 200, 1, 1, numbers), 503
                )
            time.sleep(0.05)
        answered = loads.json.loads(asking.stdout.read())
        return {"answered": answered, "refused": refused, "rss_mib": highest}
    finally:
        service.stop()
        provider.stop()


def crowd_at_bare(numbers, count, wait_ms):
    """The memory of the bare proxy, in MiB, with as many starts in flight: what the frameworks alone take."""
    provider = slow_provider(wait_ms)
    service = servers.bare("bare-crowd", 18210, loads.BARE, provider.address)
    try:
        asking, highest = ask_together(service, numbers, count), 0
        while asking.poll() is None:
            highest = max(highest, service.rss_mib())
            time.sleep(0.05)
        all_answered(loads.json.loads(asking.stdout.read()), 201)
        return highest
    finally:
        service.stop()
        provider.stop()


def slow_provider(wait_ms):
    return servers.Server("slow", [str(loads.EXAMPLE), "slow", "127.0.0.1:18200", str(wait_ms)], 18200).ready()


def ask_together(service, numbers, count):
    command = [loads.EXAMPLE, "crowd", service.address, "/verifications", START, count, numbers.take(count)]
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)


def in_flight(service):
    """Starts that are charged but not answered, by what the guard and the metrics count."""
    ops = servers.http.client.HTTPConnection("127.0.0.1", service.port + 1, timeout=10)
    ops.request("GET", "/overview")
    used = loads.json.loads(ops.getresponse().read())["hour"]["used"]
    ops.request("GET", "/metrics")
    text = ops.getresponse().read().decode()
    ops.close()
    return used - sum(int(n) for n in re.findall(r'^verify_starts_total\{channel="voice".*\} (\d+)$', text, re.M))


def at_rest(service):
    """Whether all that came is taken in, and the service only waits."""
    before = service.cpu_us()
    time.sleep(0.1)
    return service.cpu_us() - before < 5_000


def by_connections(bench, counts, rounds):
    """Processor time of a start at the same rate, on ever more connections."""
    points = {"nginx": [], "ringproof": []}
    for count in counts:
        results = {name: [] for name in points}
        for _ in range(rounds):
            for name, all_ in results.items():
                server = bench.service[name]
                load = (server.address, "/verifications", START, RATE_OF_ONE, count, 1, bench.numbers)
                all_.append(all_answered(paced(*load, measured=server), 201)["cpu_us"])
        for name, all_ in results.items():
            points[name].append((count, median(all_)))
    return points


def by_numbers(binary, bench, tracked, rounds):
    """Processor time of a start while the guard remembers ever more numbers."""
    service = servers.ringproof("tracked", 18220, binary, bench.provider.address)
    points, started, numbers = [], 0, loads.Numbers()
    try:
        for wanted in tracked:
            while started < wanted:
                first, window = numbers.take(300_000), 1 if wanted - started < 20_000 else 5
                result = loads.wrk(service, "start", window, **{"from": first})
                started += result["requests"]
            costs = []
            for _ in range(rounds):
                load = (service.address, "/verifications", START, RATE_BY_NUMBERS, 32, 1, numbers)
                costs.append(all_answered(paced(*load, measured=service), 201)["cpu_us"])
            points.append((max(started, 1), median(costs)))
            started += RATE_BY_NUMBERS * rounds
        return points, service.rss_mib()
    finally:
        service.stop()


def start_up(binary, bench, times):
    """Milliseconds from the process to its first 200 on /readyz; the median."""
    took = []
    for _ in range(times):
        began = time.monotonic()
        service = servers.ringproof("start-up", 18230, binary, bench.provider.address)
        status = service.get("/readyz")[0]
        took.append((time.monotonic() - began) * 1e3)
        service.stop()
        if status != 200:
            raise SystemExit(f"/readyz says {status}")
    return median(took)
