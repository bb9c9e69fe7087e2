"""What a run saw, and whether invariants I1 to I7 hold over it.

Some are judged as answers come (I4, I5), the rest at the end from the minutes of the proxy.
"""

import collections
import contextlib
import json
import re
import time

from world import COOLDOWNS, NUMBER_LIMITS, PROVIDERS, SECRETS

# Between the charge and the call lie a connection and the scheduling of a busy machine.
SLACK = 2.0
# With appendfsync everysec a store that dies may forget what it counted this long before.
FORGETTABLE = 2.0
MAX_ATTEMPTS = 5
PROBLEM = {"type", "title", "status", "detail", "instance", "code"}
# Members that hold long digits by right; everywhere else they would be a number or a code.
LONG = {"id", "receipt", "instance", "timestamp", "duration_ms", "request_id", "span", "addr", "ops_addr"} | {"verification", "replaces", "trace_id", "span_id"}


class Evidence:
    """Collects; `verdicts` judges."""

    def __init__(self, world):
        self.world = world
        self.injected, self.answers = collections.Counter(), collections.Counter()
        self.broken = collections.defaultdict(list)
        self.inbox, self.incorrect = collections.defaultdict(dict), collections.Counter()
        self.numbers, self.verified, self.lost = {}, [], []
        self.windows, self.store_deaths, self.endings = [], [], []

    # What happens, as it happens.

    def heard(self, number, messages):
        """What the phone of a number got: the simulator's own word, whoever called."""
        for message in messages:
            self.inbox[number][message["verify_id"]] = message

    def store_died(self):
        self.store_deaths.append(time.monotonic())

    def ended(self, replica, code):
        self.endings.append((replica.name, code))

    @contextlib.contextmanager
    def excused(self, replica):
        """A span in which requests to this replica may be lost: it is being killed or stopped."""
        began = time.monotonic()
        yield
        self.windows.append((replica, began, time.monotonic()))

    def saw(self, replica, began, method, path, body, answer):
        if answer.failure:
            self.answers[answer.failure] += 1
            self.lost.append((replica, began, time.monotonic(), f"{method} {route(path)}: {answer.failure}"))
            return
        self.answers[f"{answer.status} {answer.code or ''}".strip()] += 1
        where = f"{method} {route(path)} {answer.status}"
        if path == "mangled" and not answer.body:
            return  # What no parser could read is refused without a body.
        if fault := shape_fault(answer):
            self.broken["I4"].append(f"{where}: {fault}: {answer.body[:120]!r}")
            return
        whole = method == "POST" and path == "/verifications" and answer.status == 201
        secrets = dict(answer.json, phone_number="") if whole else answer.json
        raw = answer.body.decode("utf-8", "replace") + str(answer.headers)
        if any(it in raw for it in SECRETS + PROVIDERS) or long_digits(secrets):
            self.broken["I5"].append(f"{where}: {answer.body[:200]!r}")
        if answer.status == 201 and body and isinstance(body, dict) and "phone_number" in body:
            self.numbers[answer.json["id"]] = body["phone_number"]
        if method == "POST" and path.endswith("/check"):
            about = path.split("/")[2]
            if answer.status == 200:
                self.verified.append((time.monotonic(), self.numbers.get(about), body["code"]))
            self.incorrect[about] += answer.code == "code_incorrect"

    # What it proves, in the end.

    def calls(self):
        """I1: calls per number that the carriers together may have placed, against cool-downs and quotas."""
        by_number, by_provider = collections.defaultdict(list), collections.Counter()
        for exchange in self.world.minutes:
            if exchange.is_create and not exchange.refused:
                by_number[exchange.number].append(exchange.at)
                by_provider[exchange.provider] += 1
        forgiven = 0
        for number, times in by_number.items():
            for index, at in enumerate(times):
                for earlier in range(index):
                    before = times[earlier]
                    used = sum(1 for other in times[: earlier + 1] if before - other < NUMBER_LIMITS[-1][1])
                    wait = COOLDOWNS[min(used, len(COOLDOWNS)) - 1] if earlier == index - 1 else 0
                    quota = [span for quota, span in NUMBER_LIMITS if index - earlier == quota]
                    if at - before < max([wait, *quota]) - SLACK:
                        if any(before <= death <= before + FORGETTABLE for death in self.store_deaths):
                            forgiven += 1
                            continue
                        self.broken["I1"].append(f"…{number[-3:]}: call {index + 1} came {at - before:.1f} s after call {earlier + 1}")
        most = max((len(times) for times in by_number.values()), default=0)
        shares = ", ".join(f"{by_provider[name]} {name}" for name in PROVIDERS)
        return (
            f"{by_provider.total()} calls ({shares}) to {len(by_number)} numbers, at most {most} to one by both together; "
            f"{forgiven} excused by a dying store"
        )

    def verifications(self):
        """I2: nobody is verified but by the code that was told on the phone: by the carrier that keeps it, which
        must have said so, or with the one that we made, which must be in the simulator's inbox."""
        made, proven, by_provider = collections.defaultdict(set), {}, collections.Counter()
        for exchange in self.world.minutes:
            if exchange.is_create:
                made[exchange.number].update(exchange.made)
            elif exchange.provider == "messagebird" and exchange.about and exchange.says("verified"):
                proven.setdefault(exchange.about, exchange.at)
        for at, number, code in self.verified:
            told = [it for it in self.inbox[number].values() if it["code"] == code and it["verify_id"] in made[(number or "")[1:]]]
            good = [it["provider"] for it in told if it["provider"] == "twilio" or proven.get(it["verify_id"], at + 1) <= at]
            if not good:
                self.broken["I2"].append(f"…{(number or '?')[-3:]} was verified by nobody")
            by_provider.update(good[:1])
        shares = ", ".join(f"{by_provider[name]} {name}" for name in PROVIDERS)
        return f"{len(self.verified)} verified ({shares}), {len(proven)} at the carrier that keeps its codes"

    def checks(self):
        """I3: codes compared by the carrier that keeps them, codes found wrong by whoever compared them, and
        cancels that the carriers got, per verification."""
        tries = collections.Counter(it.about for it in self.world.minutes if it.is_check and not it.refused)
        for name, count in (tries | self.incorrect).items():
            if count > MAX_ATTEMPTS:
                self.broken["I3"].append(f"{count} codes compared for {name[:6]}…")
        cancels = collections.defaultdict(list)
        for exchange in self.world.minutes:
            if exchange.is_cancel:
                cancels[exchange.about].append(exchange.at)
        for name, times in cancels.items():
            forgotten = sum(any(before <= death <= after for death in self.store_deaths) for before, after in zip(times, times[1:]))
            if len(times) - forgotten > 1:
                self.broken["I3"].append(f"{len(times)} cancels sent for {name[:6]}…")
        most = max(map(len, cancels.values()), default=0)
        return (
            f"{sum(tries.values())} codes compared by the carrier that keeps them, at most {max(tries.values(), default=0)} for one verification; "
            f"{self.incorrect.total()} found wrong by either, at most {max(self.incorrect.values(), default=0)} for one; "
            f"{sum(map(len, cancels.values()))} cancelled at a carrier, at most {most} times one"
        )

    def shapes(self):
        """I4: judged as they came; and nothing was lost outside of kills and standstills."""
        excused = 0
        for replica, began, ended, what in self.lost:
            if any(replica is it and began < until and since < ended for it, since, until in self.windows):
                excused += 1
            else:
                self.broken["I4"].append(f"{replica.name}: {what} after {ended - began:.1f} s, without a kill")
        for name, code in self.endings:
            if code != 0:
                self.broken["I4"].append(f"{name} ended with {code} after SIGTERM")
        total = sum(self.answers.values()) - len(self.lost)
        rolled = sum(code == 0 for _, code in self.endings)
        return f"{total} answers; {len(self.lost)} requests lost, {excused} of them to kills and standstills; {rolled} of {len(self.endings)} ended well when told to"

    def secrecy(self, metrics):
        """I5: no number, code or key in logs, metrics or the store's own file."""
        lines = 0
        for log in self.world.folder.glob("replica-*.log"):
            for line in log.read_text(errors="replace").splitlines():
                lines += 1
                try:
                    told = json.loads(line)
                except ValueError:
                    told = line
                if "panicked" in line or any(it in line for it in SECRETS) or long_digits(told):
                    self.broken["I5"].append(f"{log.name}: {line[:300]}")
        for label in re.findall(r"\{([^}]*)\}", metrics):
            if re.search(r"\d{6}", label) or any(it in label for it in SECRETS):
                self.broken["I5"].append(f"metrics: {label}")
        kept = b"".join(file.read_bytes() for file in self.world.folder.glob("appendonlydir/*"))
        if re.search(rb"1[2-9]\d\d55501\d\d", kept) or any(it.encode() in kept for it in SECRETS):
            self.broken["I5"].append("the store's file holds a number or a key")
        return f"{lines} log lines, {len(metrics.splitlines())} metric lines, {len(kept) // 1024} KiB of the store read"


def route(path):
    return re.sub(r"/verifications/[^/?]+", "/verifications/{id}", path)


def shape_fault(answer):
    """What is wrong with an answer's shape, if anything."""
    kind = answer.headers.get("content-type", "")
    if answer.status == 204:
        return "a body without content" if answer.body else None
    if not isinstance(answer.json, dict):
        return "no JSON object"
    if answer.status < 300:
        return None if kind == "application/json" else f"called {kind}"
    if kind != "application/problem+json" or not PROBLEM <= answer.json.keys():
        return "no problem"
    return None if answer.json["status"] == answer.status else "another status inside"


def long_digits(told):
    """Whether a run of six digits or more is anywhere but where it belongs."""
    if isinstance(told, dict):
        return any(long_digits(value) for name, value in told.items() if name not in LONG)
    if isinstance(told, list):
        return any(map(long_digits, told))
    return isinstance(told, str) and re.search(r"\d{6}", told) is not None
