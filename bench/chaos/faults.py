"""What goes wrong in a run, in five tracks at once: each carrier, both together, the store, the replicas.

Each track deals from a shuffled deck, so that a long run has seen every fault several times.
"""

import asyncio
import random
import signal

from world import ACCOUNT, PROVIDERS

# What the simulator does to an operation when told (its README says what each is).
AFTER = ["hang", "slow", "drip", "reset", "truncate", "garbage", "huge", "missing_id", "unknown_status"]
CHECK = ["hang", "slow", "reset", "truncate", "garbage", "unknown_status", "http_429", "http_500", "http_503"]
INSTEAD = ["http_401", "http_402", "http_429", "http_500", "http_503", "redirect"]


class Faults:
    """Injects until told to stop, and counts in `evidence.injected`."""

    def __init__(self, world, evidence, seed):
        self.world, self.evidence, self.seed = world, evidence, seed

    async def run(self, seconds):
        """Everything at once for so long; afterwards nothing is wrong any more."""
        tracks = [
            *(self.deal(name, self.carrier_deck(name), (0.5, 3)) for name in PROVIDERS),
            self.deal("carriers", self.both_deck(), (10, 25)),
            self.deal("store", self.store_deck(), (3, 9)),
            self.deal("replica", self.replica_deck(), (4, 12)),
        ]
        tasks = [asyncio.create_task(track) for track in tracks]
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        self.stopping = True
        for task in done:
            task.result()
        # Each fault undoes itself, so a track is left to finish the one it is at.
        await asyncio.gather(*tasks)

    stopping = False

    async def deal(self, track, deck, pause):
        # A sequence of its own: which faults come, and for how long, depends on no other track's pace.
        dice = random.Random(f"{self.seed} {track}")
        while True:
            dice.shuffle(deck)
            for label, inject in deck:
                await asyncio.sleep(dice.uniform(*pause))
                if self.stopping:
                    return
                self.evidence.injected[label] += 1
                await inject(dice)

    def carrier_deck(self, name):
        way, deck = self.world.ways[name], []
        for fault in AFTER + INSTEAD + ["born_failed"]:
            deck.append((f"{name}: create {fault}", self.armed(name, "create", fault)))
        for fault in CHECK if name == "messagebird" else []:  # The other one compares no code.
            deck.append((f"{name}: check {fault}", self.armed(name, "check", fault)))
        for operation, fault in [("view", "reset"), ("view", "http_500"), ("delete", "reset"), ("delete", "http_500")]:
            deck.append((f"{name}: {operation} {fault}", self.armed(name, operation, fault)))
        for fault in [
            ("latency", 0.2, 1.5),
            ("black_hole",),
            ("reset_before",),
            ("reset_after",),
            ("limit", 40),
            ("slice", 3, 0.002),
            ("slow_close", 3),
        ]:
            deck.append((f"way to {name}: {fault[0]}", self.on_the_way(way, fault, (2, 6))))
        # Longer than anybody waits for an answer.
        deck.append((f"{name}: silent", self.on_the_way(way, ("black_hole",), (9, 14))))
        deck += [(f"{name}: killed, and back", self.refusing(way, (2, 15)))] * 2
        return deck

    def both_deck(self):
        return [
            ("both carriers: silent", self.both(lambda way: self.on_the_way(way, ("black_hole",), (3, 10)))),
            ("both carriers: killed, and have forgotten everything", self.carriers_die),
            ("phone: clock jumps ahead by up to 11 minutes", self.clock_jumps),
        ]

    def both(self, fault):
        async def inject(dice):
            await asyncio.gather(*(fault(way)(dice) for way in self.world.ways.values()))

        return inject

    def store_deck(self):
        return [
            ("store: SIGSTOP, SIGCONT", self.store_stands_still),
            ("store: kill -9, restart from its log", self.store_dies),
            ("way to the store: latency", self.on_the_way(self.world.to_redis, ("latency", 0.02, 0.4), (2, 5))),
            # Asked in time, and decided when whoever asked has long been told that nothing was sent.
            ("way to the store: late", self.on_the_way(self.world.to_redis, ("late", 0.5, 4), (3, 8))),
            ("way to the store: black_hole", self.on_the_way(self.world.to_redis, ("black_hole",), (1, 4))),
            ("way to the store: reset_after", self.on_the_way(self.world.to_redis, ("reset_after",), (1, 4))),
            ("way to the store: refused", self.refusing(self.world.to_redis, (1, 4))),
        ]

    def replica_deck(self):
        return [
            ("replica: kill -9, restart", self.replica_dies),
            ("replica: kill -9, restart", self.replica_dies),
            ("replicas: rolling restart with SIGTERM", self.rolling_restart),
            ("replica: SIGSTOP, SIGCONT", self.replica_stands_still),
        ]

    def armed(self, name, operation, fault):
        async def inject(dice):
            order = {"provider": name, "operation": operation, "fault": fault, "times": dice.randint(1, 12)}
            if fault == "slow":
                order["milliseconds"] = dice.choice([2000, 9000])
            if fault == "drip":
                order["milliseconds"] = 30
            if fault == "http_429" or fault == "http_503" and dice.random() < 0.5:
                order["retry_after"] = dice.randint(1, 5)
            if fault == "redirect":
                # Past the proxy: a call that came of it would be one that the minutes do not know.
                path = "/verify" if name == "messagebird" else f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
                order["location"] = f"http://127.0.0.1:{self.world.sandbox.port}{path}"
            await self.world.phone("PUT", "/phone/faults", order)
            await asyncio.sleep(dice.uniform(1, 4))
            await self.world.phone("DELETE", f"/phone/faults?provider={name}")

        return inject

    def on_the_way(self, proxy, fault, seconds):
        async def inject(dice):
            proxy.fault = fault
            await asyncio.sleep(dice.uniform(*seconds))
            proxy.fault = None

        return inject

    def refusing(self, proxy, seconds):
        async def inject(dice):
            await proxy.refuse()
            await asyncio.sleep(dice.uniform(*seconds))
            await proxy.start()

        return inject

    async def carriers_die(self, dice):
        ways = self.world.ways.values()
        for way in ways:
            await way.refuse()
        await self.world.sandbox.kill()
        await asyncio.sleep(dice.uniform(0.2, 12))
        await self.world.sandbox.start()
        for way in ways:
            await way.start()

    async def clock_jumps(self, dice):
        await self.world.phone("POST", "/phone/clock", {"advance_seconds": dice.randint(5, 660)})

    async def store_stands_still(self, dice):
        self.world.redis.signal(signal.SIGSTOP)
        await asyncio.sleep(dice.uniform(0.2, 4))
        self.world.redis.signal(signal.SIGCONT)

    async def store_dies(self, dice):
        self.evidence.store_died()
        await self.world.redis.kill()
        await asyncio.sleep(dice.uniform(0.2, 2))
        await self.world.redis.start()

    async def replica_dies(self, dice):
        replica = dice.choice(self.world.replicas)
        with self.evidence.excused(replica):
            await replica.kill()
            await asyncio.sleep(dice.uniform(0.2, 2))
            await replica.start()

    async def replica_stands_still(self, dice):
        replica = dice.choice(self.world.replicas)
        with self.evidence.excused(replica):
            replica.signal(signal.SIGSTOP)
            await asyncio.sleep(dice.uniform(0.5, 3))
            replica.signal(signal.SIGCONT)

    async def rolling_restart(self, _dice):
        for replica in self.world.replicas:
            code = await replica.terminate(25)
            self.evidence.ended(replica, code)
            if code is None:
                await replica.kill()
            await replica.start()
            await asyncio.sleep(1.5)
