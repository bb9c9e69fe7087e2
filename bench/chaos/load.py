"""Who uses the service during a run: people who verify their number, and people who mean harm.

Every answer goes to `evidence`; nothing is judged here beyond whether a person got what they came for.
"""

import asyncio
import json
import time

AREAS = [201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228]
AREAS += [229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302]
AREAS += [303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330]
AREAS += [334, 336, 337, 339, 347, 351, 352, 360, 361, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412]
AREAS += [413, 414, 415, 417, 419, 423, 424, 425, 430, 432, 434, 435, 440, 443, 469, 470, 478, 479, 480, 484]
# Lines reserved for fiction; the simulator misbehaves for those from 90 on.
HONEST = [f"+1{area}55501{line:02}" for line in range(10, 90) for area in AREAS]
VICTIMS = [f"+1{area}55501{line:02}" for line in range(10) for area in AREAS[:2]]

POST = b"POST /verifications HTTP/1.1\r\n"
MANGLED = [
    POST + b"Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Host: a\r\nHost: b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    POST + b"Content-Length: 0\r\nConnection: close\r\n\r\n",
    POST + b"Host: a\r\nContent-Length: many\r\n\r\n",
    POST + b"Host: a\r\n" + b"X: y\r\n" * 120 + b"Content-Length: 0\r\nConnection: close\r\n\r\n",
    POST + b"Host: a\r\nX: " + b"y" * 20_000 + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    b"GET /" + b"y" * 3000 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
]


class Answer:
    """What came back: a status with headers and body, or the failure to get one."""

    def __init__(self, status=None, headers=None, body=b"", failure=None):
        self.status, self.headers, self.body, self.failure = status, headers or {}, body, failure

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def code(self):
        return (self.json or {}).get("code") if isinstance(self.json, dict) else None


class Balancer:
    """Sends each request to a ready replica. Tries the other one only when nothing was sent."""

    def __init__(self, world, evidence, random):
        self.world, self.evidence, self.random = world, evidence, random

    async def watch(self):
        """Asks every replica for its readiness, twice a second, and why it is not ready."""
        while True:
            for replica in self.world.replicas:
                answer = await send(replica.ops, "GET", "/readyz", timeout=1)
                replica.ready = answer.status == 200
                replica.leaving = answer.status is None or answer.json["draining"]
            await asyncio.sleep(0.5)

    def candidates(self):
        """The ready ones; without any those that only lack their store, and will say so."""
        replicas = list(self.world.replicas)
        self.random.shuffle(replicas)
        staying = [replica for replica in replicas if not replica.leaving]
        return [replica for replica in replicas if replica.ready] or staying or replicas

    def address(self):
        """A client of its own, as a balancer in front would name it."""
        return {"X-Forwarded-For": f"10.{self.random.randrange(256)}.{self.random.randrange(256)}.9"}

    async def ask(self, method, path, body=None, headers=None, timeout=20):
        ready = self.candidates()
        headers = headers or self.address()
        for replica in ready:
            began = time.monotonic()
            answer = await send(replica.port, method, path, body, headers, timeout)
            if answer.failure == "not sent" and replica is not ready[-1]:
                continue
            self.evidence.saw(replica, began, method, path, body, answer)
            return answer


async def send(port, method, path, body=None, headers=None, timeout=20):
    """One well-formed request."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", f"Content-Length: {len(content)}"]
    if body is not None:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return await exchange(port, "\r\n".join(lines).encode() + b"\r\n\r\n" + content, timeout)


async def exchange(port, request, timeout):
    """Sends bytes on a connection of their own and reads to its end."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), timeout)
    except (OSError, TimeoutError):
        return Answer(failure="not sent")
    try:
        writer.write(request)
        raw = await asyncio.wait_for(reader.read(1 << 20), timeout)
        while more := await asyncio.wait_for(reader.read(1 << 20), timeout):
            raw += more
    except (OSError, TimeoutError) as error:
        return Answer(failure=type(error).__name__)
    finally:
        writer.close()
    head, found, text = raw.partition(b"\r\n\r\n")
    if not found:
        return Answer(failure="no answer")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = dict((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest))
    if headers.get("transfer-encoding") == "chunked":
        text = unchunked(text)
    return Answer(int(first.split()[1]), headers, text)


def unchunked(raw):
    text = b""
    while raw:
        size, _, raw = raw.partition(b"\r\n")
        length = int(size, 16)
        text, raw = text + raw[:length], raw[length + 2 :]
    return text


class Crowd:
    """All users together. `journeys` holds (began, ended, got what they came for, where it ended)."""

    def __init__(self, world, balancer, evidence, random):
        self.world, self.balancer, self.evidence, self.random = world, balancer, evidence, random
        self.fresh, self.journeys, self.hostile = iter(HONEST), [], True

    async def run(self, rate):
        """Starts users at a steady rate until cancelled; nobody waits for anybody."""
        async with asyncio.TaskGroup() as users:
            while True:
                users.create_task(self.honest())
                if self.hostile:
                    users.create_task(self.random.choice(self.villains)(self))
                await asyncio.sleep(1 / rate)

    async def honest(self):
        """Starts, hears the code, sometimes mistypes it, and types it."""
        number = next(self.fresh, None)
        if number is None:
            return
        began = time.monotonic()
        outcome = await self.journey(number)
        self.journeys.append((began, time.monotonic(), outcome == "verified", outcome))

    async def journey(self, number):
        channel = self.random.choice(["voice", "voice", "sms"])
        # A retry is the same client with the same key.
        headers = {"Idempotency-Key": f"{self.random.getrandbits(128):032x}", **self.balancer.address()}
        started = None
        for _ in range(3):
            body = {"phone_number": number, "channel": channel}
            started = await self.balancer.ask("POST", "/verifications", body, headers)
            if started.status == 201 or started.code not in (None, "temporarily_unavailable", "idempotency_key_in_use"):
                break
            await asyncio.sleep(1)
        if started.status != 201:
            return f"start: {started.code or started.failure}"
        shown = started.json
        path = f"/verifications/{shown['id']}"
        if self.random.random() < 0.3:
            await self.balancer.ask("GET", path)
        heard = await self.world.phone("GET", f"/phone/messages?recipient={number[1:]}")
        if not heard:
            return "nothing rang"
        code = heard[0]["code"]
        self.evidence.heard(number, heard)
        if self.random.random() < 0.2:
            await self.balancer.ask("POST", f"{path}/check", {"code": wrong(code)})
        if self.random.random() < 0.05:
            gone = await self.balancer.ask("DELETE", path)
            return "verified" if gone.status == 204 else f"cancel: {gone.code or gone.failure}"
        for _ in range(3):
            checked = await self.balancer.ask("POST", f"{path}/check", {"code": code})
            if checked.status == 200:
                return "verified"
            if checked.code not in (None, "temporarily_unavailable", "check_unknown"):
                break
            await asyncio.sleep(1)
        return f"check: {checked.code or checked.failure}"

    async def harass(self):
        """Rings one number from everywhere at once, under many keys."""
        number = self.random.choice(VICTIMS)
        body = {"phone_number": number, "channel": "voice"}
        tries = [self.balancer.ask("POST", "/verifications", body) for _ in range(6)]
        for answer in await asyncio.gather(*tries):
            if answer.status == 201 and self.random.random() < 0.5:
                await self.guess(answer.json["id"])
                await self.balancer.ask("POST", f"/verifications/{answer.json['id']}/resend", {})

    async def guess(self, verification):
        """Tries many codes at once."""
        codes = [f"{self.random.randrange(10**6):06}" for _ in range(12)]
        path = f"/verifications/{verification}/check"
        await asyncio.gather(*(self.balancer.ask("POST", path, {"code": code}) for code in codes))

    async def cancel_flood(self):
        """Starts once, and cancels that from everywhere at once: cancelling is free, so it must not be a weapon."""
        number = next(self.fresh, None)
        if number is None:
            return
        started = await self.balancer.ask("POST", "/verifications", {"phone_number": number})
        if started.status != 201:
            return
        self.evidence.injected["client cancels one verification forty times"] += 1
        path = f"/verifications/{started.json['id']}"
        await asyncio.gather(*(self.balancer.ask("DELETE", path) for _ in range(40)))

    async def forge(self):
        """Asks for ids that nobody gave out, and paths that lead elsewhere."""
        odd = ["../verify", "%2e%2e/verify", "x?token=123456", "A" * 300, "%00", "AAAA" * 20]
        for path in self.random.sample(odd, 2):
            await self.balancer.ask("GET", f"/verifications/{path}")
            await self.balancer.ask("POST", f"/verifications/{path}/check", {"code": "123456"})

    async def babble(self):
        """Sends what is not a request for a verification."""
        bodies = [b"", b"{", b"[" * 3000, b'{"phone_number":"+12025550110","x":1}', b"\xff\xfe", b"x" * 5000]
        await self.balancer.ask("POST", "/verifications", self.random.choice(bodies))

    async def mangle(self):
        """Sends what is no proper HTTP: answered by a problem, or by the end of the connection."""
        replica = self.random.choice(self.world.replicas)
        began = time.monotonic()
        answer = await exchange(replica.port, self.random.choice(MANGLED), 15)
        if answer.status:
            self.evidence.saw(replica, began, "POST", "mangled", None, answer)

    async def hang_up(self):
        """Sends a start for a number of its own and leaves before the answer."""
        number = next(self.fresh, None)
        replica = self.random.choice(self.world.replicas)
        if number is None or not replica.ready:
            return
        self.evidence.injected["client hangs up mid-start"] += 1
        body = {"phone_number": number}
        await send(replica.port, "POST", "/verifications", body, timeout=self.random.choice([0.001, 0.003, 0.01]))

    async def dawdle(self):
        """Sends half a request and waits."""
        replica = self.random.choice(self.world.replicas)
        self.evidence.injected["client stops mid-request"] += 1
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", replica.port)
            writer.write(b"POST /verifications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{")
            await asyncio.sleep(self.random.uniform(0.5, 8))
            writer.transport.abort()
        except OSError:
            pass

    villains = (harass, harass, cancel_flood, forge, babble, mangle, hang_up, dawdle)


def wrong(code):
    return f"{(int(code) + 1) % 10**len(code):0{len(code)}}"
