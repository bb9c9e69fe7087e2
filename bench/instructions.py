"""Instructions in user space of one request, counted by callgrind: the same on every machine.

A server answers, on one kept-alive connection, first some requests and in a second run twice as
many: the difference is what those requests took, with neither the start nor the end of the process.
"""

import http.client
import json
import re
from statistics import median

import servers
from servers import SCRATCH

# Below the thousand after which the service closes a connection.
REQUESTS = 300
RIGHT, WRONG = {"code": "123456"}, {"code": "000000"}


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
        """Starts, each for a number of its own; their ids."""
        first = self.bench.numbers.take(count)
        numbers = (f"+316{number(first + each)}" for each in range(count))
        answers = [self.ask("POST", "/verifications", {"phone_number": phone}, 201) for phone in numbers]
        return [json.loads(answer)["id"] for answer in answers]

    def check(self, ids, code, status):
        for each in ids:
            self.ask("POST", f"/verifications/{each}/check", code, status)


def of(bench, launch, what, times):
    """The median of `times` counts of one request."""
    load = LOADS[what]
    return median((once(bench, launch, load, 2) - once(bench, launch, load, 1)) / REQUESTS for _ in range(times))


def start(run, rounds):
    run.start(REQUESTS * rounds)


def right(run, rounds):
    checks(run, rounds, RIGHT, 200)


def wrong(run, rounds):
    checks(run, rounds, WRONG, 422)


def checks(run, rounds, code, status):
    # As many starts in the shorter run: they are no part of the difference.
    ids = run.start(REQUESTS * 2)
    run.connection.close()
    run.check(ids[: REQUESTS * rounds], code, status)


def page(run, rounds):
    for _ in range(REQUESTS * rounds):
        run.ask("GET", "/")


LOADS = {"start": start, "wrong check": wrong, "check": right, "page": page}


def once(bench, launch, load, rounds):
    """All instructions of a server's life in which it answers `rounds` times as many requests."""
    out = SCRATCH / "callgrind.out"
    out.unlink(missing_ok=True)
    server = launch(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"])
    try:
        load(Run(bench, server), rounds)
    finally:
        server.stop()
    found = re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.M)
    if not found:
        raise SystemExit(f"{server.name}: callgrind counted nothing, see {server.log.name}")
    return int(found[1])


def number(count):
    """The last eight digits of a Dutch mobile number, in the order of load.lua."""
    lead = [1, 2, 3, 4, 5, 8][count // 10_000_000 % 6]
    rest = count % 10_000_000
    return f"{lead}{rest % 1_000:03}{rest // 1_000:04}"
