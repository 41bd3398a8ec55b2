"""Drawings of a report, as SVG texts: stance over time with its uncertainty, and one bar of three parts.

Time runs from right to left, as the page is read; each point and bar is a link to its statements.
"""

import datetime
import html
from collections.abc import Callable, Sequence

from serving.archive.report.change import wilson
from serving.archive.report.figures import STANCE_ORDER, Group

WIDTH, HEIGHT, VOLUME = 960, 250, 70
_LEFT, _RIGHT, _TOP, _GAP, _FOOT = 46, 14, 14, 18, 26
LinkTo = Callable[[dict[str, str]], str]


def over_time(periods: Sequence[Group], labels: Sequence[str], link: LinkTo, words: dict[str, str], days: int) -> str:
    """Shares of against and favor in each period with 95 % bands, over the number of statements.

    Args:
        periods: in order of time.
        labels: what stands under each.
        link: makes the address of a filter.
        words: Arabic names of the stances.
        days: of the longest period; a line does not cross a longer gap.
    """
    if not periods:
        return ""
    inner = WIDTH - _LEFT - _RIGHT
    step = inner / len(periods)
    base = _TOP + HEIGHT

    def x(index: int) -> float:
        return WIDTH - _RIGHT - step * (index + 0.5)

    both = [wilson(one.counts[stance], one.total)[1] for one in periods for stance in ("against", "favor")]
    top = next(step for step in (0.2, 0.4, 0.6, 0.8, 1.0) if step >= min(1.0, max(both)))

    def y(share: float) -> float:
        return base - share / top * HEIGHT

    out = [
        f'<svg class="time" viewBox="0 0 {WIDTH} {base + _GAP + VOLUME + _FOOT}" role="img" '
        'aria-label="المواقف عبر الزمن">'
    ]
    for share in (top * quarter / 4 for quarter in range(5)):
        out.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(share):.1f}" y2="{y(share):.1f}"/>')
        out.append(f'<text class="tick" x="{_LEFT - 6}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    for stance in ("against", "favor"):
        bounds = [wilson(one.counts[stance], one.total) for one in periods]
        for run in _runs([one.name for one in periods], days):
            upper = [f"{x(i):.1f},{y(bounds[i][1]):.1f}" for i in run]
            lower = [f"{x(i):.1f},{y(bounds[i][0]):.1f}" for i in run]
            line = " ".join(f"{x(i):.1f},{y(periods[i].counts[stance] / periods[i].total):.1f}" for i in run)
            out.append(f'<polygon class="band {stance}" points="{" ".join([*upper, *reversed(lower)])}"/>')
            out.append(f'<polyline class="line {stance}" points="{line}"/>')
        for i, one in enumerate(periods):
            low, high = bounds[i]
            part = one.counts[stance]
            told = f"{labels[i]} · {words[stance]}: {part} من {one.total} ({low:.0%}–{high:.0%})"
            middle = y(part / one.total)
            # Nothing stands behind a zero.
            tag = f'a href="{link({"period": one.name, "stance": stance})}" data-count="{part}"' if part else "g"
            out.append(
                f"<{tag}><title>{html.escape(told)}</title>"
                f'<line class="whisker {stance}" x1="{x(i):.1f}" x2="{x(i):.1f}" y1="{y(low):.1f}" y2="{y(high):.1f}"/>'
                f'<circle class="dot {stance}" cx="{x(i):.1f}" cy="{middle:.1f}" r="{4.5 if one.total >= 5 else 3}"/>'
                f"</{tag[0]}>"
            )
    out.extend(_volume(periods, labels, link, x, step, base))
    out.append("</svg>")
    return "".join(out)


def _runs(starts: Sequence[str], days: int) -> list[list[int]]:
    """Indices of periods without a gap between them, two or more together."""
    dates = [datetime.date.fromisoformat(start) for start in starts]
    runs: list[list[int]] = [[]]
    for index, date in enumerate(dates):
        if runs[-1] and (date - dates[index - 1]).days > days:
            runs.append([])
        runs[-1].append(index)
    return [run for run in runs if len(run) > 1]


def _volume(
    periods: Sequence[Group],
    labels: Sequence[str],
    link: LinkTo,
    x: Callable[[int], float],
    step: float,
    base: int,
) -> list[str]:
    out: list[str] = []
    floor = base + _GAP + VOLUME
    most = max(one.total for one in periods)
    every = max(1, -(-len(periods) // 12))
    width = min(step * 0.72, 42)
    for i, one in enumerate(periods):
        at = float(floor)
        out.append(
            f'<a href="{link({"period": one.name})}" data-count="{one.total}">'
            f"<title>{html.escape(labels[i])} · الأقوال: {one.total}</title>"
        )
        for stance in STANCE_ORDER:
            tall = one.counts[stance] / most * VOLUME
            at -= tall
            out.append(
                f'<rect class="bar {stance}" x="{x(i) - width / 2:.1f}" y="{at:.1f}" width="{width:.1f}" '
                f'height="{tall:.1f}"/>'
            )
        out.append("</a>")
        if i % every == 0:
            out.append(
                f'<text class="tick" x="{x(i):.1f}" y="{floor + 18}" text-anchor="middle">'
                f"{html.escape(labels[i])}</text>"
            )
    out.append(f'<text class="tick" x="{_LEFT - 6}" y="{floor - VOLUME + 10}" text-anchor="end">{most}</text>')
    out.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{floor}" y2="{floor}"/>')
    return out


def lean(group: Group) -> str:
    """The share of against among the statements that take a side, with its 95 % interval, as a small drawing."""
    sides = group.counts["against"] + group.counts["favor"]
    if not sides:
        return '<span class="none">—</span>'
    low, high = wilson(group.counts["against"], sides)
    share = group.counts["against"] / sides
    told = f"معارض {group.counts['against']} من {sides} ({low:.0%}–{high:.0%})"
    # From right to left: all favor at the left end, all against at the right one.
    return (
        f'<svg class="lean" viewBox="0 0 120 16" role="img" aria-label="{told}"><title>{told}</title>'
        '<line class="axis" x1="4" x2="116" y1="8" y2="8"/><line class="axis" x1="60" x2="60" y1="3" y2="13"/>'
        f'<line class="interval" x1="{4 + 112 * low:.1f}" x2="{4 + 112 * high:.1f}" y1="8" y2="8"/>'
        f'<circle class="{"against" if share >= 0.5 else "favor"}" cx="{4 + 112 * share:.1f}" cy="8" r="5"/></svg>'
    )
