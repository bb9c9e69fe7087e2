"""The tables of docs/SCALING.md, computed from what `bench/run` kept."""

# What of a processor is meant to be used: beyond it, waits grow faster than the load.
USED = 0.7
# The defaults of GUARD_HOURLY_CAP, with which a newcomer begins.
HOURLY_CAP = 500


def table(head, rows):
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def rendered(kept):
    """What one core of a replica and one Redis hold."""
    start, check = (kept[name]["figures"][name]["ringproof, Redis"] for name in ("start", "check"))
    # What a newcomer's Redis takes is no measure: its logs are still short.
    start = {**start, "store_us": kept["start"]["figures"]["store_us_full"]}
    both = {key: start[key] + check[key] for key in ("cpu_us", "store_us")}
    ways = (start, check, both)
    rows = [
        ["processor time of a replica, µs", *(f"{way['cpu_us']:.0f}" for way in ways)],
        ["processor time of Redis after a day of traffic, µs", *(f"{way['store_us']:.0f}" for way in ways)],
        ["one core of a replica holds, a second", *(f"{holds(way['cpu_us']):,.0f}" for way in ways)],
        ["one Redis holds, a second", *(f"{holds(way['store_us']):,.0f}" for way in ways)],
    ]
    cores = both["cpu_us"] / both["store_us"]
    times = holds(both["store_us"]) * 3600 / HOURLY_CAP
    return "\n\n".join([
        table(["", "a start", "a check with the right code", "both"], rows),
        f"At {USED:.0%} of a core. One Redis keeps {cores:.1f} cores of replicas busy, and holds {rounded(times):,} times the default "
        f"`GUARD_HOURLY_CAP` of {HOURLY_CAP}. A number that was called takes {kept['start']['figures']['store_bytes']:.0f} bytes of it. "
        f"Measured {kept['start']['when']} ({kept['start']['machine']}).",
    ])


def holds(cost_us):
    return 1e6 / cost_us * USED


def rounded(count):
    """To two figures: more would be a lie."""
    return int(float(f"{count:.2g}"))
