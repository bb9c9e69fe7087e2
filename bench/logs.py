"""Fills the logs of the counters that all starts share, as a day of traffic leaves them: some sixty moments in each.

How a log is kept is told by decide.lua, which also reads what is written here.
"""

import struct
import subprocess

# Kind of counter in the key's name: the windows of the hourly cap and the conversion watch, of the daily cap and the region.
SPANS_MS = {"h": 3_600_000, "s": 3_600_000, "d": 86_400_000, "r": 86_400_000}
MOMENTS = 60


def fill(port):
    """Fills them in the Redis on this port; how many."""
    seconds, micros = asked(port, "TIME").split()
    now = int(seconds) * 1000 + int(micros) // 1000
    filled = 0
    for key in asked(port, "--scan", "--pattern", "ringproof:{guard}:*").split():
        span = SPANS_MS.get(key.split(":")[2])
        if span:
            subprocess.run(["redis-cli", "-p", str(port), "-x", "SET", key], input=log(now, span), check=True, capture_output=True)
            filled += 1
    return filled


def log(now, span):
    """A log with one charge in each grain but the present one: MessagePack of {expiry, eased, at, units, …}."""
    grain = span // MOMENTS
    first = now - (now - 1) % grain - (MOMENTS - 1) * grain
    moments = [first + each * grain for each in range(MOMENTS - 1)]
    packed = b"".join(b"\xcf" + struct.pack(">Q", moment) + b"\x01" for moment in moments)
    return b"\xdc" + struct.pack(">H", 2 + 2 * len(moments)) + b"\xcf" + struct.pack(">Q", now + span) + b"\xc2" + packed


def asked(port, *words):
    return subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True, check=True).stdout
