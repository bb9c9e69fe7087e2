#!/usr/bin/env python3
"""What the instructions of one request are for: a table for each load, in user space, by callgrind.

    bench/shares.py                        a start and a wrong check
    bench/shares.py check page             other loads of instructions.py
    bench/shares.py "own wrong check"      with a code of our own, which no carrier is asked about
    BINARY=path bench/shares.py start      a binary that was built with its symbols

Builds a release with the names of its functions in target/bench/named. A function counts for the first
row below that names it; what many use (copying, memory, text, JSON) counts for its callers, in the
proportion in which they called it.
"""

import os
import pathlib
import re
import subprocess
import sys
from collections import Counter, defaultdict

import instructions
import loads
import report
import servers
from servers import ROOT, SCRATCH

ROWS = {
    "the receipt: signed": r"p256|nistz256|(?i:limb)|ecdsa|bn_|ring::ec|verification::receipt|jsonwebtoken",
    "hashes: names of counters, of the verification in the log": r"ring_core|\bring::|sha2::|Keyring::names",
    "the id: sealed, opened, base64": r"\baes|cmac|siv::|ctr::|verification::id|base64|keys::Keys",
    "reading the number": r"rlibphonenumber|regex_lite|verification::phone|dec_from_char",
    "the log: lines and a span": r"tracing|sharded_slab|crossbeam_channel",
    "metrics": r"prometheus_client|ringproof::telemetry",
    "the guard's decisions": r"memory_counters|redis_counters|metered_counters|verification::(log|guard|rule)",
    "Redis's protocol": r"\bredis::|combine::",
    "reqwest and hyper: the provider's request": r"reqwest|hyper|tower|\burl::|idna|http::uri|provider_http|http_body|rustls",
    "the provider's JSON, breaker, bulkhead": r"messagebird|twilio|adapters::provider",
    "actix: reading, routing, writing": r"actix|httparse|regex_automata|\bregex::",
    "what is ours of HTTP": r"ringproof::http|ringproof::config",
    "the use case": r"verification::",
    "tokio: tasks, timers, sockets": r"tokio|\bmio::",
}
REST = "the rest"
# Before a load: of the service with its second provider.
OWN = "own "


def main():
    whats = sys.argv[1:] or ["start", "wrong check"]
    if not {what.removeprefix(OWN) for what in whats} <= set(instructions.LOADS):
        raise SystemExit(__doc__)
    binary = pathlib.Path(os.environ.get("BINARY") or build())
    provider = servers.upstream(18100)
    try:
        columns = {what: shares(provider, binary, what) for what in whats}
    finally:
        provider.stop()
    rows = [[name, *(f"{found[name]:,.0f}" for found in columns.values())] for name in [*ROWS, REST]]
    total = ["**all**", *(f"**{sum(found.values()):,.0f}**" for found in columns.values())]
    print(report.table(["instructions of", *columns], [*rows, total]))


def build():
    folder = SCRATCH / "named"
    command = ["cargo", "build", "--release", "--bin", "ringproof", "--target-dir", str(folder)]
    subprocess.run([*command, "--config", 'profile.release.strip="none"'], cwd=ROOT, check=True)
    return folder / "release/ringproof"


def shares(provider, binary, what):
    """Instructions of one request, by row."""
    own, calls = Counter(), Counter()
    for rounds, sign in ((2, 1), (1, -1)):
        bench = Numbered()
        service = servers.carrier if what.startswith(OWN) else servers.ringproof
        launch = lambda under: service("shares", 18150, binary, provider.address, under)
        instructions.once(bench, launch, instructions.LOADS[what.removeprefix(OWN)], rounds)
        for counter, found in zip((own, calls), read(SCRATCH / "callgrind.out")):
            for key, cost in found.items():
                counter[key] += sign * cost / instructions.REQUESTS
    row = {name: next((row for row, names in ROWS.items() if re.search(names, name)), None) for name in own}
    callers = defaultdict(list)
    for (caller, callee), cost in calls.items():
        if cost > 0 and caller != callee and caller in row:
            callers[callee].append((caller, cost))
    parts = {name: Counter({row[name] or REST: 1.0}) for name in own}
    # What has no row is given to its callers; a few times, for they may have none either.
    for _ in range(40):
        for name in (name for name in own if row[name] is None and callers[name]):
            whole, mixed = sum(cost for _, cost in callers[name]), Counter()
            for caller, cost in callers[name]:
                for part, share in parts[caller].items():
                    mixed[part] += share * cost / whole
            parts[name] = mixed
    found = Counter()
    for name, cost in own.items():
        for part, share in parts[name].items():
            found[part] += cost * share
    return found


class Numbered:
    """As much of a bench as the loads need."""

    def __init__(self):
        self.numbers = loads.Numbers()


def read(file):
    """Instructions of each function itself, and of each pair of caller and callee, of callgrind's file."""
    names, own, calls = {}, Counter(), Counter()
    function = callee = None
    called = False

    def name(text):
        number, text = re.match(r"\((\d+)\)(?: (.*))?", text).groups()
        # Recursion is told apart by a suffix.
        return names.setdefault(number, text and re.sub(r"'\d+$", "", text))

    for line in file.open(errors="replace"):
        key, _, value = line.rstrip().partition("=")
        if key == "fn":
            function = name(value)
        elif key == "cfn":
            callee = name(value)
        elif key == "calls":
            called = True
        elif cost := re.match(r"[+\-*\d]\S* (\d+)$", line):
            if called:
                calls[function, callee] += int(cost[1])
            else:
                own[function] += int(cost[1])
            called = False
    return own, calls


if __name__ == "__main__":
    main()
