"""Ringproof beside nginx: the same load in alternating rounds, the ratio of each round."""

import gzip
import pathlib
import re
import shutil
from statistics import median

import loads
import logs
import servers
from servers import ROOT, SCRATCH

WARM_UP = 2
# The second provider, for which codes are made and compared by the service itself.
CARRIER = "ringproof, own code"
CHECKED = ["nginx", "bare", "ringproof", "ringproof, Redis", CARRIER]
RIGHT, WRONG = "123456", "000000"


class Bench:
    """The servers that are compared, and what they are asked.

    With `earlier`, another binary of the service is measured in the same rounds.
    """

    def __init__(self, binary, earlier, rounds, seconds, quick):
        self.rounds, self.seconds, self.numbers = rounds, seconds, loads.Numbers()
        self.binary, self.warmed_up = binary, {}
        self.provider = servers.upstream(18100)
        root = self.files_for_nginx()
        words = {"upstream": self.provider.address, "root": root}
        to = self.provider.address
        redis = servers.redis("redis", 18190)
        self.service = {
            "nginx": servers.nginx("nginx", 18110, "nginx.conf", log="access.log", **words),
            "bare": servers.bare("bare", 18130, loads.BARE, to),
            "ringproof": servers.ringproof("ringproof", 18120, binary, to),
            "ringproof, Redis": servers.ringproof_on(redis, "ringproof-redis", 18124, binary, to),
            CARRIER: servers.carrier("ringproof-carrier", 18126, binary, to),
        }
        if not quick:
            self.service |= {
                "nginx, log off": servers.nginx("nginx-quiet", 18112, "nginx.conf", log="off", **words),
                "ringproof, log off": servers.ringproof("ringproof-quiet", 18122, binary, to, RUST_LOG="off"),
            }
        if earlier:
            store = servers.redis("redis-earlier", 18191)
            self.service |= {
                "earlier": servers.ringproof("earlier", 18140, earlier, to),
                "earlier, Redis": servers.ringproof_on(store, "earlier-redis", 18142, earlier, to),
            }
        config = self.service["ringproof"].get("/config")[2]
        write_both(root / "config", config)

    def files_for_nginx(self):
        """The page's files, each beside its compressed copy."""
        root = SCRATCH / "www"
        shutil.rmtree(root, ignore_errors=True)
        for file in page_files():
            target = root / file
            target.parent.mkdir(parents=True, exist_ok=True)
            write_both(target, (ROOT / "frontend" / file).read_bytes())
        return root

    def stop(self):
        for server in self.service.values():
            server.stop()
            if server.store:
                server.store.stop()
        self.provider.stop()

    def rounds_of(self, names, load):
        """Runs `load(name)` on the servers in turn, round after round, and keeps every result."""
        self.warmed_up |= {name: load(name, WARM_UP) for name in names}
        results = {name: [] for name in names}
        for number in range(self.rounds):
            # Every other round the other way about: what drifts meets all alike.
            for name in names if number % 2 == 0 else names[::-1]:
                results[name].append(load(name, self.seconds))
        return results

    def start(self):
        """Starts, each for a number of its own."""
        return self.rounds_of(list(self.service), self.load_of_starts)

    def load_of_starts(self, name, seconds):
        # More than any server here answers; numbers are plenty.
        first = self.numbers.take(60_000 * seconds)
        return clean(name, loads.wrk(self.service[name], "start", seconds, **{"from": first}))

    def start_with_full_logs(self):
        """Starts on Redis, with the logs of what all starts share as full as a day of traffic leaves them."""
        names = [name for name, server in self.service.items() if server.store]
        self.fill_logs(names)
        return self.rounds_of(names, self.load_of_starts)

    def fill_logs(self, names):
        for name in names:
            # They are there from the first start on.
            self.load_of_starts(name, 1)
            if logs.fill(self.service[name].store.port) < 4:
                raise SystemExit(f"{name}: not all logs were found")

    def check(self, code=None):
        """Checks, each of a verification of its own that was started before; with the right code or with `code`."""
        names = CHECKED if code is None else [CARRIER, "ringproof", "nginx"]
        self.fill_logs(name for name in names if self.service[name].store)
        ids = {name: Ids(self, name) for name in names if not is_yardstick(name)}

        def load(name, seconds):
            # A yardstick opens no ids, so it is sent those of ringproof again.
            stock = ids[name.replace("nginx", "ringproof").replace("bare", "ringproof")]
            ours = not is_yardstick(name)
            if ours:
                stock.fill(seconds)
            before = servers.seen(self.provider)
            words = {"from": stock.used if ours else 0, "ids": stock.file} | ({"code": code} if code else {})
            result = loads.wrk(self.service[name], "check", seconds, **words)
            reached = servers.seen(self.provider) - before - 1
            if ours:
                stock.spend(result)
                asked = 0 if name == CARRIER else result["requests"]
                # Some that were sent were not answered before the end.
                if not -result["requests"] // 50 <= reached - asked <= 1_000:
                    raise SystemExit(f"{name}: {result['requests']} checks, {reached} reached the provider")
            return clean(name, result, result["requests"] if ours and code == WRONG else 0)

        # Ringproof first: its ids must be there before the yardsticks are sent them.
        return self.rounds_of(sorted(names, key=is_yardstick), load)

    def files(self, paths):
        """Files, compressed."""

        def load(name, seconds):
            return clean(name, loads.wrk(self.service[name], "files", seconds, paths=" ".join(paths)))

        return self.rounds_of(["nginx", "ringproof"], load)


def is_yardstick(name):
    return name.startswith(("nginx", "bare"))


class Ids:
    """Verifications of one service that were started and not yet checked, each with its code, in a file."""

    def __init__(self, bench, name):
        self.bench, self.name, self.used = bench, name, 0
        # Checks a second at least so many; without a carrier they are quick.
        self.fastest = 40_000 if name == CARRIER else 15_000
        self.file = SCRATCH / f"{name.replace(', ', '-').replace(' ', '-')}.ids"
        self.file.unlink(missing_ok=True)

    def fill(self, seconds):
        """Starts as many as so many seconds of checks need, and half as many more."""
        while self.held() - self.used < self.fastest * seconds * 1.5:
            first, said = self.bench.numbers.take(60_000 * 3), servers.said_so_far()
            started = self.file.with_suffix(".started")
            started.unlink(missing_ok=True)
            load = loads.wrk(self.bench.service[self.name], "start", 3, ids=started, **{"from": first})
            clean(self.name, load)
            codes = servers.said(said) if self.name == CARRIER else {}
            with open(started) as answered, open(self.file, "a") as file:
                # What was cut off at the end of the load is no line.
                for line in answered.readlines()[:-1]:
                    id_, number = line.split()
                    file.write(f"{id_} {codes[number] if codes else RIGHT}\n")

    def held(self):
        if not self.file.exists():
            return 0
        with open(self.file, "rb") as file:
            # All are of one length.
            return self.file.stat().st_size // len(file.readline())

    def spend(self, result):
        self.used += result["requests"] + 1_000
        self.fastest = max(self.fastest, result["per_second"])


def clean(name, result, refused=0):
    """Refuses a round in which anything but the wished answer came, of which so many are refusals.

    With Redis, one in fifty may be refused: what the store does not answer within 100 ms is, and on
    two cores, full of load, it sometimes does not.
    """
    tolerated = result["requests"] // 50 if "Redis" in name else 0
    if result["refused"] > refused + tolerated or result["refused"] < refused or result["broken"]:
        raise SystemExit(f"{name}: {result}")
    return result


def page_files():
    """What the page is made of: the files that ringproof would serve."""
    public = re.search(r"const PUBLIC.*?\[(.*?)\];", (ROOT / "backend/src/http/spa.rs").read_text(), re.S)
    for name in re.findall(r'"([^"]+)"', public[1]):
        path = ROOT / "frontend" / name
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file():
                yield file.relative_to(ROOT / "frontend")


def write_both(path, content):
    """A file and its compressed copy, of the same age, as gzip_static wants it."""
    path.write_bytes(content)
    pathlib.Path(f"{path}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def ratios(results, name, base):
    """The ratio of each round."""
    pairs = zip(results[name], results[base], strict=True)
    return [ours["cpu_us"] / theirs["cpu_us"] for ours, theirs in pairs]


def middle(results, key):
    """The middle round."""
    return median(result[key] for result in results)


def apart(results, name, base, key):
    """The ratio of the middle rounds of `key`, of two servers that are not beside each other."""
    return middle(results[name], key) / middle(results[base], key)
