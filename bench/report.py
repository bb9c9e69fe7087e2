"""Writes what was measured into bench/RESULTS.md, between its own markers."""

import platform
import subprocess
from statistics import median

from compare import middle, ratios
from servers import HERE

BEGIN, END = "<!-- bench/run: begin -->", "<!-- bench/run: end -->"
RESULTS = HERE / "RESULTS.md"
HEAD = "# What was measured\n\nWritten by scripts, each between its own markers.\n\n"


def table(head, rows):
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def verdict(met):
    return "met" if met else "**missed**"


def target(name, limit, value, shown, unit=""):
    """A row of the table of targets."""
    return [name, f"{limit:,}{unit}", shown, verdict(value <= limit)]


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


def write(section):
    """Replaces the section, and leaves those of others as they are."""
    text = RESULTS.read_text() if RESULTS.exists() else HEAD
    section = f"{BEGIN}\n{section.strip()}\n{END}"
    if BEGIN in text:
        before, _, rest = text.partition(BEGIN)
        text = before + section + rest.partition(END)[2]
    else:
        text = text.rstrip() + "\n\n" + section + "\n"
    RESULTS.write_text(text)
