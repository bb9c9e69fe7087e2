"""A TCP proxy that does to connections what networks do, and keeps minutes of what passed to a provider.

When which fault strikes is decided in `faults`; what the minutes prove, in `evidence`.
"""

import asyncio
import re
import socket
import struct
import time
import urllib.parse

REFUSALS = {400, 401, 402, 403, 404, 422, 429}  # complete answers that say: nothing was placed


class Exchange:
    """One request to a provider, and as much of its answer as the provider gave."""

    def __init__(self, provider, method, target, body):
        self.at = time.monotonic()
        self.provider, self.method, self.target, self.body = provider, method, target, body
        self.answer = bytearray()

    @property
    def status(self):
        found = re.match(rb"HTTP/1\.1 (\d{3})", self.answer)
        return int(found[1]) if found else None

    @property
    def number(self):
        if self.provider == "twilio":
            return self.form.get("To", [""])[0].lstrip("+") or None
        found = re.search(rb'"recipient":"\+?(\d+)"', self.body)
        return found[1].decode() if found else None

    @property
    def form(self):
        return urllib.parse.parse_qs(self.body.decode())

    @property
    def made(self):
        """The ids of what it made, as far as they were told."""
        name = b"sid" if self.provider == "twilio" else b"id"
        return [it.decode() for it in re.findall(rb'"%b":"([0-9A-Za-z]{32,34})"' % name, self.answer)]

    @property
    def about(self):
        """The id of the verification, call or message that is asked about."""
        found = re.match(r"/verify/([0-9a-z]+)|.*/(?:Calls|Messages)/(\w+)\.json", self.target)
        return found and (found[1] or found[2])

    @property
    def is_create(self):
        return self.method == "POST" and not self.about

    @property
    def is_cancel(self):
        return bool(self.about) and (self.method == "DELETE" or self.method == "POST" and "Status" in self.form)

    @property
    def is_check(self):
        return self.method == "GET" and "?token=" in self.target

    def says(self, status):
        return b'"status":"%b"' % status.encode() in self.answer

    @property
    def refused(self):
        """Whether the answer proves that nothing was placed, or no code compared."""
        if self.status == 503:
            return b"retry-after" in bytes(self.answer).lower()
        if self.status == 422 and self.is_check:
            return False
        return self.status in REFUSALS or self.is_create and self.says("failed")


class Proxy:
    """Listens on a port of its own for as long as the run lasts; `fault` is what it does at the moment."""

    def __init__(self, target, minutes=None, provider=None):
        self.target, self.minutes, self.provider = target, minutes, provider
        self.fault, self.server, self.port, self.open = None, None, 0, set()
        self.refusals = 1

    async def start(self):
        """Listens again, once nobody wants it refused any more."""
        self.refusals -= 1
        if self.refusals:
            return
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=1024)
        self.port = self.server.sockets[0].getsockname()[1]

    async def refuse(self):
        """Nothing listens any more, and what was open is reset."""
        self.refusals += 1
        self.server.close()
        for writer in list(self.open):
            tear(writer)

    async def serve(self, reader, writer):
        self.open.add(writer)
        upstream = None
        try:
            there, upstream = await asyncio.open_connection("127.0.0.1", self.target)
            stenographer = Stenographer(self.minutes, self.provider) if self.minutes is not None else None
            await asyncio.gather(
                self.carry(reader, upstream, stenographer and stenographer.asked, False, writer),
                self.carry(there, writer, stenographer and stenographer.answered, True, writer),
            )
        except OSError:
            pass
        finally:
            self.open.discard(writer)
            tear(writer)
            if upstream:
                upstream.close()

    async def carry(self, source, sink, note, is_answer, client):
        """Copies one direction, chunk by chunk, through whatever is wrong at the moment."""
        while chunk := await source.read(65536):
            if note:
                note(chunk)
            match self.fault:
                case ("latency", low, high) if is_answer:
                    # Spread by the chunk's own size, so that a run with the same seed sees the same.
                    await asyncio.sleep(low + (high - low) * (len(chunk) % 97) / 97)
                case ("late", low, high) if not is_answer:
                    await asyncio.sleep(low + (high - low) * (len(chunk) % 97) / 97)
                case ("black_hole",):
                    while self.fault == ("black_hole",):
                        await asyncio.sleep(0.1)
                    raise ConnectionResetError
                case ("reset_before",) if not is_answer:
                    raise ConnectionResetError
                case ("reset_after",) if is_answer:
                    raise ConnectionResetError
                case ("limit", size) if is_answer:
                    sink.write(chunk[:size])
                    await sink.drain()
                    raise ConnectionResetError
                case ("slice", size, pause) if is_answer:
                    for at in range(0, len(chunk), size):
                        sink.write(chunk[at : at + size])
                        await sink.drain()
                        await asyncio.sleep(pause)
                    continue
            sink.write(chunk)
            await sink.drain()
        if isinstance(self.fault, tuple) and self.fault[0] == "slow_close":
            await asyncio.sleep(self.fault[1])
        # Either side's end is the end of both: nobody here speaks half-closed.
        raise ConnectionResetError


class Stenographer:
    """Takes down one connection: requests as they are complete, answers as they come."""

    def __init__(self, minutes, provider):
        self.minutes, self.provider, self.buffer, self.current = minutes, provider, bytearray(), None

    def asked(self, chunk):
        self.buffer += chunk
        head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if found and len(rest) >= int(length[1] if length else 0):
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
            self.current = Exchange(self.provider, method, target, rest)
            self.minutes.append(self.current)
            self.buffer.clear()

    def answered(self, chunk):
        if self.current and len(self.current.answer) < 65536:
            self.current.answer += chunk


def tear(writer):
    """Closes with RST rather than FIN."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
    writer.transport.abort()
