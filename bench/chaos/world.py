"""The processes of a run: one Redis, one simulator of both carriers, two replicas of the real program, and proxies between.

Starting, stopping, killing; nothing random, nothing judged.
"""

import asyncio
import json
import os
import pathlib
import signal
import socket
import time

from proxy import Proxy

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEY = "live_canary_key_of_the_chaos_run"
TWILIO_SECRET = "canary_secret_of_the_chaos_run"
SECRET = "5e" * 32
# What nobody may be told.
SECRETS = (KEY, TWILIO_SECRET, SECRET)
PROVIDERS = ("messagebird", "twilio")
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
# Below the 15 s after which a call that nobody took may be repeated, so that no news of a call shortens them.
COOLDOWNS = (8, 12, 15)
NUMBER_LIMITS = ((3, 60), (6, 300))


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Process:
    """A program with a fixed port that may die and come back; all its lives write one log."""

    def __init__(self, name, command, env, log, port):
        self.name, self.command, self.env, self.log, self.port = name, command, env, log, port
        self.child = None

    async def start(self):
        with open(self.log, "ab") as log:
            self.child = await asyncio.create_subprocess_exec(
                *map(str, self.command), env=self.env, stdout=log, stderr=log, cwd=self.log.parent
            )
        await until(self.listens, f"{self.name} to listen")

    async def listens(self):
        if self.child.returncode is not None:
            raise RuntimeError(f"{self.name} ended with {self.child.returncode}, see {self.log}")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.close()
            return True
        except OSError:
            return False

    def signal(self, number):
        if self.child and self.child.returncode is None:
            self.child.send_signal(number)

    async def kill(self):
        self.signal(signal.SIGKILL)
        await self.child.wait()

    async def terminate(self, seconds):
        """Asks it to end; its exit code, or None when it did not end in time."""
        self.signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.child.wait(), seconds)
        except TimeoutError:
            return None

    def resources(self):
        """Resident memory in KiB and open files."""
        process = pathlib.Path(f"/proc/{self.child.pid}")
        status = (process / "status").read_text()
        rss = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(rss.split()[1]), len(os.listdir(process / "fd"))


async def until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        await asyncio.sleep(0.05)


class World:
    """Everything that runs. `minutes` is what the providers were asked and answered."""

    def __init__(self, program, folder):
        self.folder, self.minutes = folder, []
        redis_port, sandbox_port = free_port(), free_port()
        # As docker-compose.yml runs it.
        durable = "--appendonly yes --appendfsync everysec --maxmemory 192mb --maxmemory-policy noeviction"
        self.redis = Process(
            "redis",
            ["redis-server", "--port", redis_port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", *durable.split()],
            os.environ,
            folder / "redis.log",
            redis_port,
        )
        self.sandbox = Process(
            "simulator",
            [program, "sandbox", "--listen", f"127.0.0.1:{sandbox_port}"],
            {},
            folder / "simulator.log",
            sandbox_port,
        )
        # One phone, and to each carrier a way of its own, which can break alone.
        self.ways = {name: Proxy(sandbox_port, self.minutes, name) for name in PROVIDERS}
        self.to_redis = Proxy(redis_port)
        self.program, self.replicas = program, []

    async def start(self):
        await asyncio.gather(self.redis.start(), self.sandbox.start())
        await asyncio.gather(self.to_redis.start(), *(way.start() for way in self.ways.values()))
        for name in "ab":
            port, ops = free_port(), free_port()
            env = {
                "HTTP_LISTEN": f"127.0.0.1:{port}",
                "OPS_LISTEN": f"127.0.0.1:{ops}",
                "HTTP_FRONTEND_DIR": str(ROOT / "frontend"),
                # The load speaks as a balancer in front of many clients.
                "HTTP_TRUSTED_PROXIES": "127.0.0.0/8",
                "PROVIDERS": ",".join(PROVIDERS),
                "MESSAGEBIRD_API_KEY": KEY,
                "MESSAGEBIRD_BASE_URL": f"http://127.0.0.1:{self.ways['messagebird'].port}",
                "TWILIO_ACCOUNT_SID": ACCOUNT,
                "TWILIO_API_KEY": "SK0123456789abcdef0123456789abcdef",
                "TWILIO_API_SECRET": TWILIO_SECRET,
                "TWILIO_FROM": "+12025550100",
                "TWILIO_BASE_URL": f"http://127.0.0.1:{self.ways['twilio'].port}/2010-04-01",
                "REDIS_URL": f"redis://127.0.0.1:{self.to_redis.port}",
                "SECRET_KEY": SECRET,
                "GUARD_ALLOWED_REGIONS": "US",
                "GUARD_COOLDOWNS": ",".join(f"{wait}s" for wait in COOLDOWNS),
                "GUARD_NUMBER_LIMITS": ",".join(f"{quota}/{span}s" for quota, span in NUMBER_LIMITS),
                # Out of the way: they are about money, and would end the run early.
                "GUARD_CLIENT_LIMITS": "1000000/1h",
                "GUARD_PREFIX_LIMITS": "1000000/1h",
                "GUARD_HOURLY_CAP": "1000000",
                "GUARD_DAILY_CAP": "2000000",
                "GUARD_CONVERSION": "enforce",
                "LOG_FORMAT": "json",
                "RUST_LOG": "debug",
            }
            log = self.folder / f"replica-{name}.log"
            replica = Process(f"replica {name}", [self.program, "serve"], env, log, port)
            replica.ops, replica.ready, replica.leaving = ops, False, True
            self.replicas.append(replica)
        await asyncio.gather(*(replica.start() for replica in self.replicas))

    async def stop(self):
        for process in (*self.replicas, self.sandbox, self.redis):
            if process.child and process.child.returncode is None:
                process.signal(signal.SIGCONT)
                await process.kill()

    async def phone(self, method, path, body=None):
        """The simulator's own levers, past the proxy; None while it is down."""
        try:
            return await asyncio.wait_for(self.lever(method, path, body), 5)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return None

    async def lever(self, method, path, body):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.sandbox.port)
        content = json.dumps(body).encode() if body is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content)
        answer = await reader.read()
        writer.close()
        _, _, text = answer.partition(b"\r\n\r\n")
        if b" 20" not in answer[:13]:
            raise RuntimeError(f"{method} {path}: {answer[:200]!r}")
        return json.loads(text) if text else None
