"""Instructions in user space of one request, counted by callgrind: the same on every machine.

A server answers, on one kept-alive connection, first some requests and in a second run twice as
many: the difference is what those requests took, with neither the start nor the end of the process.
"""

import http.client
import json
import re
import subprocess

import servers
from compare import RIGHT, WRONG
from servers import SCRATCH

# Below the thousand after which the service closes a connection.
REQUESTS = 300


class Run:
    """One life of a server under callgrind."""

    def __init__(self, bench, server):
        self.bench, self.server = bench, server
        self.connection = http.client.HTTPConnection(server.address, timeout=60)

    def ask(self, method, path, body=None, status=200):
        headers = {"Accept-Encoding": "gzip", "Content-Type": "application/json"}
        self.connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != status:
            raise SystemExit(f"{self.server.name}: {method} {path}: {answer.status} {content!r}")
        return content

    def start(self, count):
        """Starts, each for a number of its own; their ids, each with its code."""
        first, said = self.bench.numbers.take(count), servers.said_so_far()
        numbers = (f"+316{number(first + each)}" for each in range(count))
        answers = [self.ask("POST", "/verifications", {"phone_number": phone}, 201) for phone in numbers]
        started = [json.loads(answer) for answer in answers]
        codes = servers.said(said)
        # A yardstick answers what the provider does.
        return [(each["id"], codes.get(each.get("phone_number", "")[1:], RIGHT)) for each in started]

    def check(self, started, code, status):
        for each, right in started:
            self.ask("POST", f"/verifications/{each}/check", {"code": code or right}, status)


def of(bench, launch, what):
    """The instructions of one request."""
    load = LOADS[what]
    return (once(bench, launch, load, 2) - once(bench, launch, load, 1)) / REQUESTS


def start(run, rounds):
    run.start(REQUESTS * rounds)


def right(run, rounds):
    checks(run, rounds, None, 200)


def wrong(run, rounds):
    checks(run, rounds, WRONG, 422)


def checks(run, rounds, code, status):
    # As many starts in the shorter run: they are no part of the difference.
    started = run.start(REQUESTS * 2)
    run.connection.close()
    run.check(started[: REQUESTS * rounds], code, status)


def page(run, rounds):
    for _ in range(REQUESTS * rounds):
        run.ask("GET", "/")


LOADS = {"start": start, "wrong check": wrong, "check": right, "page": page}


def of_program(program):
    """Instructions of one more time in a program that is told how often it does its work."""

    def life(times):
        command = [str(program), str(times)]
        return under_callgrind(lambda under: subprocess.run([*under, *command], check=True, capture_output=True))

    return (life(2_000) - life(1_000)) / 1_000


def once(bench, launch, load, rounds):
    """All instructions of a server's life in which it answers `rounds` times as many requests."""

    def live(under):
        server = launch(under)
        try:
            load(Run(bench, server), rounds)
        finally:
            server.stop()

    return under_callgrind(live)


def under_callgrind(work):
    """The instructions of what `work` starts, and waits for, with these words before it."""
    out = SCRATCH / "callgrind.out"
    out.unlink(missing_ok=True)
    work(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"])
    found = re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.M)
    if not found:
        raise SystemExit("callgrind counted nothing")
    return int(found[1])


def number(count):
    """The last eight digits of a Dutch mobile number, in the order of load.lua."""
    lead = [1, 2, 3, 4, 5, 8][count // 10_000_000 % 6]
    rest = count % 10_000_000
    return f"{lead}{rest % 1_000:03}{rest // 1_000:04}"
