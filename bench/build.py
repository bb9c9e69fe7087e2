"""What building from nothing costs: processor seconds, units, and the packages that take most of them."""

import json
import os
import resource
import shutil
import subprocess
import time
from collections import Counter

from servers import HERE, ROOT, SCRATCH

LARGEST = 12


def from_nothing(folder, *options):
    """Builds the service's program into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    return build(folder, "--bin", "ringproof", *options)


def build(folder, *options):
    """Builds what is missing: `cpu` and `clock` in seconds, `units`, and `packages` with the seconds of rustc in each."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    costs = SCRATCH / "rustc-costs"
    costs.write_text("")
    env = {**os.environ, "RUSTC_WRAPPER": str(HERE / "rustc-cost"), "RUSTC_COSTS": str(costs)}
    command = ["cargo", "build", "--locked", "--target-dir", str(folder), "--message-format=json", *options]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    said = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    after, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    packages = Counter()
    for line in costs.read_text().splitlines():
        package, user, system = line.split()
        packages[package] += float(user) + float(system)
    reasons = Counter(message["reason"] for message in map(json.loads, said.splitlines()))
    return {
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "clock": clock,
        "units": reasons["compiler-artifact"] + reasons["build-script-executed"],
        "packages": packages,
    }


def told(found):
    """The largest packages in one sentence; what is no rustc is cargo and the compilers of C."""
    largest = ", ".join(f"{name} {seconds:.0f}" for name, seconds in found["packages"].most_common(LARGEST))
    other = found["cpu"] - sum(found["packages"].values())
    return f"{largest}; cargo, build scripts and what they compile {other:.0f}"
