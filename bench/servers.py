"""Starts and stops what is measured, and reads its processor time and memory from /proc."""

import grp
import http.client
import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
SCRATCH = ROOT / "target" / "bench"

# Open for a million numbers from one address, but counting as always. Nobody here types a code
# while starts are measured; enforced, the conversion watch would rightly close the region.
GUARD = {
    "GUARD_ALLOWED_REGIONS": "NL",
    "GUARD_CLIENT_LIMITS": "1000000000/1m,1000000000/1h,1000000000/24h",
    "GUARD_PREFIX_LIMITS": "1000000000/1h",
    "GUARD_HOURLY_CAP": "1000000000",
    "GUARD_DAILY_CAP": "1000000000",
    "GUARD_CONVERSION": "observe",
}


class Server:
    """A process with its children, listening on a port of its own."""

    def __init__(self, name, command, port, env=None, log=None):
        self.name, self.port = name, port
        self.address = f"127.0.0.1:{port}"
        # A store that serves this one alone, to be measured with it.
        self.store = None
        SCRATCH.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise SystemExit(f"{name}: somebody listens on port {port} already")
        self.log = open(log or SCRATCH / f"{name}.log", "w")
        self.process = subprocess.Popen(
            command, env={"PATH": os.environ["PATH"], **(env or {})}, stdout=self.log, stderr=self.log
        )

    def ready(self, seconds=60):
        """Waits until it accepts connections."""
        until = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"{self.name} does not start: {self.log.name}") from None
                time.sleep(0.005)

    def tree(self):
        """This process and all below it."""
        children = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, parent = int(entry.parent.name), int(fields(entry)[1])
            except (OSError, ValueError):
                continue
            children.setdefault(parent, []).append(pid)
        found = [self.process.pid]
        for pid in found:
            found += children.get(pid, [])
        return found

    def cpu_us(self):
        """User and system time of the tree since its start."""
        # The kernel's own clock of each process; /proc counts in hundredths of a second.
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.tree()) * 1e6

    def rss_mib(self):
        """Resident memory of the tree."""
        pages = sum(
            int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.tree()
        )
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def store_bytes(self):
        """What its Redis says that its data take, in bytes."""
        port = str(self.store.port)
        said = subprocess.run(["redis-cli", "-p", port, "info", "memory"], capture_output=True, text=True, check=True)
        return int(re.search(r"used_memory_dataset:(\d+)", said.stdout)[1])

    def get(self, path, headers=None):
        """A GET: status, headers and body."""
        connection = http.client.HTTPConnection(self.address, timeout=10)
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    def stop(self):
        """Stops it and waits for its end."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


def fields(stat):
    """What follows the name of the process, which may hold anything."""
    return stat.read_text().rpartition(")")[2].split()


def nginx(name, port, template, **words):
    """An nginx of our own, with its files in its own folder."""
    folder = SCRATCH / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    text = (HERE / template).read_text()
    user = f"{pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name}"
    for word, value in {"listen": f"127.0.0.1:{port}", "user": user, **words}.items():
        text = text.replace(f"@{word}@", str(value))
    (folder / "nginx.conf").write_text(text)
    command = ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off;"]
    return Server(name, command, port).ready()


def upstream(port):
    """The static providers. An id that was given out before would rightly be refused: each has its own.

    MessageBird's part takes every code but 000000; the carrier's answers calls as our simulator does.
    """
    fixtures = ROOT / "backend/crates/messagebird-verify/fixtures"
    created = json.loads((fixtures / "verify_created_voice.json").read_text())
    verified = {**created, "id": "$id", "status": "verified"}
    wrong = json.loads((fixtures / "errors/token_invalid.json").read_text())
    created = {**created, "id": "$request_id"}
    answers = {"created": created, "verified": verified, "wrong": wrong, "called": CALLED}
    return nginx("upstream", port, "upstream.conf", **{name: json.dumps(body) for name, body in answers.items()})


CALLED = {
    "sid": "CA$request_id", "account_sid": "ACbench", "to": "+31612345678", "from": "+12025550100",
    "status": "queued", "direction": "outbound-api", "api_version": "2010-04-01", "price": None,
    "price_unit": "USD", "date_created": "Mon, 02 Nov 2026 09:15:00 +0000",
    "date_updated": "Mon, 02 Nov 2026 09:15:00 +0000", "uri": "/2010-04-01/Accounts/ACbench/Calls/CA$request_id.json",
    "answered_by": None, "start_time": None, "end_time": None, "duration": None, "queue_time": "0",
    "caller_name": None, "parent_call_sid": None,
    "subresource_uris": {"recordings": "/2010-04-01/Accounts/ACbench/Calls/CA$request_id/Recordings.json"},
}


SAID = SCRATCH / "upstream" / "said.log"


def said_so_far():
    """Where the log of what a carrier was told to say ends."""
    return SAID.stat().st_size if SAID.exists() else 0


def said(since):
    """The code of each number that a carrier was told to call, from a place in its log on."""
    codes = {}
    with open(SAID) as log:
        log.seek(since)
        for line in log:
            call = urllib.parse.parse_qs(line.strip())
            digits = re.search(r"\d(?:, \d){5}", call["Twiml"][0])
            codes[call["To"][0].removeprefix("+")] = digits[0].replace(", ", "")
    return codes


def seen(provider):
    """How many requests the static provider has answered, this one not counted."""
    numbers = provider.get("/seen")[2].split(b"\n")[2].split()
    return int(numbers[2]) - 1


def redis(name, port):
    """A Redis that writes nothing to disk."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    return Server(name, command, port).ready()


def ringproof(name, port, binary, provider, under=(), **env):
    """The service, its access log in a file; `under` is a tool that runs it."""
    settings = {
        "HTTP_LISTEN": f"127.0.0.1:{port}",
        "OPS_LISTEN": f"127.0.0.1:{port + 1}",
        "HTTP_FRONTEND_DIR": str(ROOT / "frontend"),
        "HTTP_DRAIN_SECONDS": "0",
        "MESSAGEBIRD_API_KEY": "benchmark",
        "MESSAGEBIRD_BASE_URL": f"http://{provider}",
        "SECRET_KEY": "ab" * 32,
        "LOG_FORMAT": "json",
        **GUARD,
        **env,
    }
    return Server(name, [*under, str(binary), "serve"], port, env=settings).ready()


def ringproof_on(store, name, port, binary, provider):
    """The service on a Redis of its own."""
    service = ringproof(name, port, binary, provider, REDIS_URL=f"redis://{store.address}")
    service.store = store
    return service


def carrier(name, port, binary, provider, under=(), **env):
    """The service with the second provider: the code is its own, and its checks ask nobody."""
    settings = {
        "PROVIDERS": "twilio",
        "TWILIO_ACCOUNT_SID": "ACbench",
        "TWILIO_API_KEY": "SKbench",
        "TWILIO_API_SECRET": "benchmark",
        "TWILIO_FROM": "+12025550100",
        "TWILIO_BASE_URL": f"http://{provider}/2010-04-01",
    }
    return ringproof(name, port, binary, provider, under, **settings, **env)


def bare(name, port, binary, provider, under=()):
    """The same frameworks with nothing of ours between them: `backend/examples/bare.rs`."""
    command = [*under, str(binary), f"127.0.0.1:{port}", f"http://{provider}/verify"]
    return Server(name, command, port).ready()
