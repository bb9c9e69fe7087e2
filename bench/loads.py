"""Runs one load against one server, and says what it cost per request."""

import json
import os
import subprocess

from servers import HERE, ROOT

# Programs that `run` builds.
EXAMPLE, BARE, METRICS = (ROOT / "target/release/examples" / name for name in ("load", "bare", "metrics_cost"))
START = '{"phone_number":"+316########"}'


class Numbers:
    """Phone numbers that no load has used yet: each start needs one of its own."""

    def __init__(self):
        self.next = 0

    def take(self, count):
        first = self.next
        self.next += count
        # There are sixty million of them in the scheme of load.lua.
        if self.next > 60_000_000:
            raise SystemExit("out of phone numbers")
        return first


def wrk(server, load, seconds, connections=32, **env):
    """One thread of wrk; beside wrk's own, the result has `cpu_us` per request, `per_second`, and `store_us`,
    the processor time of the server's own store.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(HERE / "load.lua"), f"http://{server.address}"]
    settings = {"PATH": os.environ["PATH"], "LOAD": load}
    settings |= {name.upper(): str(value) for name, value in env.items()}
    measured = [server, server.store] if server.store else [server]
    before = [each.cpu_us() for each in measured]
    output = subprocess.run(command, env=settings, capture_output=True, text=True, check=True).stdout
    spent = [each.cpu_us() - then for each, then in zip(measured, before, strict=True)]
    result = json.loads(output.strip().splitlines()[-1])
    answered = max(result["requests"], 1)
    return {
        **result,
        "cpu_us": spent[0] / answered,
        "store_us": spent[1] / answered if server.store else None,
        "per_second": result["requests"] / result["seconds"],
        "rss_mib": server.rss_mib(),
    }


def paced(address, path, body, rate, connections, seconds, numbers, measured=None):
    """Requests at a rate, on connections that were each used once before; `cpu_us` per request of `measured`."""
    first = numbers.take(rate * seconds + connections)
    command = [EXAMPLE, "paced", address, path, body, rate, connections, seconds, first]
    load = subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with load:
        load.stdout.readline()
        before = measured.cpu_us() if measured else 0
        load.stdin.write("go\n")
        load.stdin.flush()
        result = json.loads(load.stdout.readline())
        if measured:
            result["cpu_us"] = (measured.cpu_us() - before) / max(result["answers"], 1)
        load.stdin.close()
    return result


def all_answered(result, status):
    """Stops the script when a load did not get the answers it is about."""
    if list(result["statuses"]) != [str(status)]:
        raise SystemExit(f"expected {status} everywhere: {result}")
    return result
