"""Keeps what was measured in bench/results.json, and writes bench/RESULTS.md and docs/SCALING.md of it, between their markers.

As a program, says whether the documents still show what was kept.
"""

import json
import os
import platform
import subprocess
import time
from statistics import median

import scaling
from compare import middle, ratios
from scaling import table
from servers import HERE, ROOT

BEGIN, END = "<!-- bench/run: begin -->", "<!-- bench/run: end -->"
RESULTS, SCALING = HERE / "RESULTS.md", ROOT / "docs" / "SCALING.md"
# Of the tree as it is before anything is written into it.
COMMIT = subprocess.run(
    ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
).stdout.strip()
# What RESULTS.md is made of, part by part, so that one part can be measured again.
KEPT = HERE / "results.json"
ORDER = [
    "start", "check", "wrong", "files", "instructions", "traces", "latency", "crowd", "flat", "startup", "dev", "release",
]


def verdict(met):
    return "met" if met else "**missed**"


def compared(results):
    """One row per server; a ratio is the median of the rounds' ratios."""
    with_store = any(each["store_us"] for rounds in results.values() for each in rounds)
    rows = []
    for name, rounds in results.items():
        row = [name, f"{middle(rounds, 'cpu_us'):.1f}", ratio(results, name, nginx_for(name))]
        if "bare" in results:
            row.append(ratio(results, name, "bare"))
        if with_store:
            row.append(f"{middle(rounds, 'store_us'):.1f}" if rounds[0]["store_us"] else "")
        row.append(f"{middle(rounds, 'per_second'):,.0f}")
        row += [f"{middle(rounds, key):.2f}" for key in ("p50_ms", "p99_ms")]
        rows.append([*row, f"{middle(rounds, 'rss_mib'):.0f}"])
    head = ["", "CPU µs per request", "÷ nginx, median (range)"]
    head += ["÷ bare, median (range)"] if "bare" in results else []
    head += ["Redis's own CPU µs"] if with_store else []
    return table([*head, "requests/s", "p50 ms", "p99 ms", "resident MiB"], rows)


def ratio(results, name, base):
    if name == base:
        return "1"
    each = ratios(results, name, base)
    return f"{median(each):.2f} ({min(each):.2f}–{max(each):.2f})"


def nginx_for(name):
    """The nginx that a server is compared with: with its log on, or off as well."""
    return "nginx, log off" if "log off" in name else "nginx"


def machine():
    model = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if "model name" in line), "?")
    cores = sum(1 for line in open("/proc/cpuinfo") if line.startswith("processor"))
    nginx = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout
    system = f"Linux {platform.release()}, {nginx.split(': ')[-1].strip()}, {rustc.split(' (')[0]}"
    return f"{cores} cores ({model}), {system}"


class Part:
    """What one part found: its targets, and the tables they come from."""

    def __init__(self, name):
        self.name, self.targets, self.text, self.figures = name, [], [], {}
        self.load = os.getloadavg()[0]

    def target(self, what, limit, value, shown, unit=""):
        """A row of the table of targets."""
        self.targets.append([what, f"{limit:,}{unit}", shown, verdict(value <= limit)])

    def say(self, *paragraphs):
        self.text += paragraphs

    def kept(self):
        """What is written of it: also when, of which commit, and how many processes wanted the machine as it began."""
        when = f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())}, {COMMIT}"
        return {
            "when": when, "load": round(self.load, 1), "machine": machine(),
            "targets": self.targets, "text": self.text, "figures": self.figures,
        }


def keep(part):
    """Puts what a part found beside what was kept of other parts, and writes all documents that show it."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    kept[part.name] = part.kept()
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    for document, text in documents(kept):
        document.write_text(text)


def documents(kept):
    """The documents that show what was measured, as they must be."""
    yield RESULTS, between_markers(RESULTS.read_text(), rendered(kept))
    if {"start", "check"} <= set(kept):
        yield SCALING, between_markers(SCALING.read_text(), scaling.rendered(kept))


def between_markers(text, section):
    """The section in its place; what others wrote stays as it is."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"no markers {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{section.strip()}\n{END}{after}"


def rendered(kept):
    """The section of RESULTS.md: the targets of all parts first, then part by part."""
    absent = [name for name in ORDER if name not in kept]
    kept = [kept[name] for name in ORDER if name in kept]
    machines = " ".join(sorted({f"{part['machine']}." for part in kept}))
    rows = [row for part in kept for row in part["targets"]]
    missed = sum(row[-1] != verdict(True) for row in rows)
    about = f"{machines} {len(rows)} targets, {missed} missed; what is missed, and why, is in NOTES.md."
    paragraphs = ["## Speed", about, table(["target", "at most", "measured", ""], rows)]
    for part in kept:
        if part["text"]:
            paragraphs += part["text"]
            busy = f"; {part['load']} processes wanted the processors as it began" if part["load"] >= 1 else ""
            paragraphs.append(f"*{part['when']}{busy}.*")
    if absent and len(kept) > 1:
        paragraphs.append(f"Not measured of this release: {', '.join(absent)}.")
    return "\n\n".join(paragraphs)


if __name__ == "__main__":
    stale = [document.name for document, text in documents(json.loads(KEPT.read_text())) if document.read_text() != text]
    if stale:
        raise SystemExit(f"{', '.join(stale)}: not what bench/results.json says; written by bench/run, not by hand")
