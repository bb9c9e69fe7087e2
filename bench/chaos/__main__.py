"""The chaos run: two replicas on one Redis, two carriers, honest and hostile users, and everything going wrong at once.

    scripts/chaos --seconds 600 --seed 1 --write   prints a summary, puts it into bench/RESULTS.md,
                                                   and fails when one of invariants I1 to I7 does not hold
"""

import argparse
import asyncio
import os
import pathlib
import random
import re
import shutil
import sys
import time

from evidence import Evidence
from faults import Faults
from load import Balancer, Crowd, send
from world import ROOT, World, until

RECOVERED_WITHIN = 65  # the breaker's longest pause, and a little
BASELINE_WITHIN = 70  # the longest that an idle connection is kept, and a little
WITNESSES = 25  # journeys in a row that must succeed to call it recovered


async def run(options, folder):
    world = World(pathlib.Path(options.program).resolve(), folder)
    evidence = Evidence(world)
    balancer = Balancer(world, evidence, random.Random(f"{options.seed} balancer"))
    crowd = Crowd(world, balancer, evidence, random.Random(f"{options.seed} crowd"))
    try:
        await world.start()
        watch = asyncio.create_task(balancer.watch())
        load = asyncio.create_task(crowd.run(options.rate))
        crowd.hostile = False
        await until(lambda: succeeded(crowd, 0), "the first users to get through")
        baseline = [replica.resources() for replica in world.replicas]
        crowd.hostile = True
        began = time.monotonic()
        faults = asyncio.create_task(Faults(world, evidence, options.seed).run(options.seconds))
        done, _ = await asyncio.wait([faults, load, watch], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        ended = time.monotonic()
        recovery = await recovered(crowd, evidence, ended)
        metrics = await scrape(world)
        crowd.hostile = False
        load.cancel()
        watch.cancel()
        await asyncio.gather(load, watch, return_exceptions=True)
        resources = await at_rest(world, evidence, baseline)
        verdicts = {
            "I1 calls per number within cool-down and quota, over both carriers": ("I1", evidence.calls()),
            "I2 verified only by the code that was told on the phone": ("I2", evidence.verifications()),
            "I3 at most 5 codes compared, at most one cancel sent, for each verification": ("I3", evidence.checks()),
            "I4 every answer by the contract": ("I4", evidence.shapes()),
            "I5 no number, code or key told": ("I5", evidence.secrecy(metrics)),
            "I6 memory and files back to baseline": ("I6", resources),
            "I7 success back to 100 %": ("I7", recovery),
        }
        return summary(options, evidence, crowd, verdicts, began, ended), evidence.broken
    finally:
        await world.stop()


async def succeeded(crowd, since, count=WITNESSES):
    """Whether the last journeys begun after `since` all got through."""
    latest = [journey for journey in crowd.journeys if journey[0] >= since][-count:]
    return len(latest) == count and all(journey[2] for journey in latest)


async def recovered(crowd, evidence, ended):
    """I7: from here on nothing is wrong; when does everybody get what they came for?"""
    try:
        await until(lambda: succeeded(crowd, ended), "success to return", RECOVERED_WITHIN + 30)
    except TimeoutError:
        pass
    late = [it for it in crowd.journeys if it[0] >= ended + RECOVERED_WITHIN and not it[2]]
    failed = [it for it in crowd.journeys if it[0] >= ended and not it[2]]
    if late or not await succeeded(crowd, ended):
        evidence.broken["I7"].append(f"still failing: {sorted({it[3] for it in late or failed})}")
    last = max((it[0] - ended for it in failed), default=0)
    return f"the last journey that failed began {last:.0f} s after the faults ended; then {WITNESSES} in a row got through"


async def at_rest(world, evidence, baseline):
    """I6: without load, what replicas hold goes back to what they held before the faults."""

    def excess():
        now = [replica.resources() for replica in world.replicas]
        # A heap keeps some of what it once needed, and a pool some connections.
        return [it for it, base in zip(now, baseline) if it[0] > base[0] * 1.5 or it[1] > base[1] + 8], now

    began = time.monotonic()

    async def rests():
        return not excess()[0]

    try:
        await until(rests, "replicas to rest", BASELINE_WITHIN)
    except TimeoutError:
        evidence.broken["I6"].append(f"{excess()[0]} against {baseline}")
    shown = [f"{rss / 1024:.0f} MiB, {fds} files (before: {base[0] / 1024:.0f} MiB, {base[1]})" for (rss, fds), base in zip(excess()[1], baseline)]
    return f"after {time.monotonic() - began:.0f} s: " + "; ".join(shown)


async def scrape(world):
    answers = [await send(replica.ops, "GET", "/metrics") for replica in world.replicas]
    return "\n".join(answer.body.decode() for answer in answers)


def summary(options, evidence, crowd, verdicts, began, ended):
    during = [it for it in crowd.journeys if began <= it[0] < ended]
    through = sum(it[2] for it in during)
    lines = [
        f"Two replicas on one Redis, two carriers in turn, {ended - began:.0f} s of faults, seed {options.seed}; "
        f"{len(during)} people tried to verify a number meanwhile and {through} did at once "
        f"({100 * through / max(1, len(during)):.0f} %); as many meant harm.",
        "",
        "| invariant | holds | evidence |",
        "|---|---|---|",
    ]
    for name, (key, told) in verdicts.items():
        lines.append(f"| {name} | {'**no**' if evidence.broken[key] else 'yes'} | {told} |")
    lines += ["", "| injected | times |", "|---|---|"]
    lines += [f"| {label} | {count} |" for label, count in sorted(evidence.injected.items())]
    lines += ["", "| answer | times |", "|---|---|"]
    lines += [f"| {label} | {count} |" for label, count in sorted(evidence.answers.items())]
    return "\n".join(lines)


def write(text, path):
    """Puts the summary between its markers; the rest of the file is others'."""
    block = f"<!-- chaos -->\n{text}\n<!-- /chaos -->"
    old = path.read_text() if path.exists() else "# Results\n\n## Chaos\n\n<!-- chaos --><!-- /chaos -->\n"
    if "<!-- chaos -->" not in old:
        old += "\n## Chaos\n\n<!-- chaos --><!-- /chaos -->\n"
    path.write_text(re.sub(r"<!-- chaos -->.*<!-- /chaos -->", lambda _: block, old, flags=re.S))


def main():
    parser = argparse.ArgumentParser(prog="scripts/chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=600, help="how long things go wrong (600)")
    parser.add_argument("--seed", type=int, default=1, help="which faults, in which order and for how long (1)")
    parser.add_argument("--rate", type=float, default=8, help="people, and as many villains, a second (8)")
    parser.add_argument("--write", action="store_true", help="put the summary into bench/RESULTS.md")
    program = os.environ.get("RINGPROOF_BIN", ROOT / "target/release/ringproof")
    parser.add_argument("--program", default=program, help="the program (RINGPROOF_BIN, or the release build)")
    options = parser.parse_args()
    folder = ROOT / "target" / "chaos"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    text, broken = asyncio.run(run(options, folder))
    print(text)
    if options.write:
        write(text, ROOT / "bench" / "RESULTS.md")
    for invariant, faults in sorted(broken.items()):
        for fault in faults[:20]:
            print(f"{invariant} broken: {fault}", file=sys.stderr)
    return 1 if any(broken.values()) else 0


sys.exit(main())
