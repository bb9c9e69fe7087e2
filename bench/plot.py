"""Draws lines of processor time over a logarithmic axis, as SVG."""

from math import log10

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 300, 56, 16, 40, 48
COLOURS = {"ringproof": "#0b5fff", "nginx": "#767676"}
SPREAD = 0.15


def chart(title, axis, lines):
    """One chart; around the first line's mean a band of 15 % either way."""
    points = [point for line in lines.values() for point in line]
    most = max(cost for _, cost in points) * 1.3
    right = max(log10(max(x for x, _ in points)), 1)

    def x(value):
        return LEFT + log10(value) / right * (WIDTH - LEFT - RIGHT)

    def y(value):
        return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM)

    out = [f'<text x="{LEFT}" y="20" font-weight="bold">{title}</text>']
    first = [cost for _, cost in next(iter(lines.values()))]
    mean = (max(first) + min(first)) / 2
    top, bottom = y(mean * (1 + SPREAD / 2)), y(mean * (1 - SPREAD / 2))
    out.append(
        f'<rect x="{LEFT}" y="{top:.1f}" width="{WIDTH - LEFT - RIGHT}" height="{bottom - top:.1f}"'
        ' fill="#0b5fff" fill-opacity="0.1"/>'
    )
    for power in range(int(right) + 1):
        place = x(10**power)
        out.append(f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        out.append(f'<text x="{place:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{10**power:,}</text>')
    for step in range(5):
        value = most * step / 4
        out.append(f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.0f}</text>')
    out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(0):.1f}" y2="{y(0):.1f}" stroke="#333"/>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{axis}</text>')
    for name, line in lines.items():
        path = " ".join(f"{x(at):.1f},{y(cost):.1f}" for at, cost in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        out += [f'<circle cx="{x(at):.1f}" cy="{y(cost):.1f}" r="3" fill="{COLOURS[name]}"/>' for at, cost in line]
        at, cost = line[-1]
        out.append(
            f'<text x="{x(at):.1f}" y="{y(cost) - 10:.1f}" text-anchor="end" fill="{COLOURS[name]}">{name}</text>'
        )
    return "\n".join(out)


def figure(charts):
    """Charts side by side: `(title, axis, lines)`, lines by name."""
    body = "".join(f'<g transform="translate({WIDTH * n},0)">{chart(*c)}</g>\n' for n, c in enumerate(charts))
    width = WIDTH * len(charts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}"'
        f' font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}</svg>\n'
    )
