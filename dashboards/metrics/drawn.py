"""The figures as charts: each with the sentence that reads it, its definition and its table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dashboards import charts
from dashboards.charts import Bar, Chart, Key, Table
from dashboards.metrics import cycle, progress, throughput
from dashboards.metrics.cycle import Cycle
from dashboards.metrics.percentiles import Spread
from dashboards.metrics.period import Period
from dashboards.metrics.progress import Level
from dashboards.metrics.throughput import Throughput
from dashboards.templatetags.times import span


def day(at: date) -> str:
    return f"{at.day} {at:%b}"


def counted(count: int, noun: str = "run") -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def per_day(found: Throughput) -> Chart:
    """Columns: what started beside what ended, for each day."""
    scale = charts.axis(max(max(day.started, day.ended) for day in found.days), charts.COUNTS, str)
    parts = []
    for one in found.days:
        name = day(one.date)
        completed = ("done", float(one.completed), f"{name}: {counted(one.completed)} completed")
        otherwise = ("bad", float(one.ended_otherwise), f"{name}: {counted(one.ended_otherwise)} ended otherwise")
        parts.append(
            (Bar((("", float(one.started), f"{name}: {counted(one.started)} started"),)), Bar((completed, otherwise)))
        )
    otherwise = f", {found.ended_otherwise:,} ended otherwise" if found.ended_otherwise else ""
    return Chart(
        name="throughput",
        title="Throughput per day",
        reading=f"{counted(found.started)} started, {found.completed:,} completed{otherwise}.",
        definition=throughput.DEFINITION,
        alt=f"Columns: runs started and ended on each day; {found.started} started, {found.completed} completed",
        axis=scale,
        labels=charts.labels([day(one.date) for one in found.days]),
        legend=(
            Key("key--accent", "started"),
            Key("key--work", "completed"),
            Key("key--bad", "failed, cancelled or rolled back"),
        ),
        table=Table(
            ("Day", "Started", "Completed", "Ended otherwise"),
            tuple(
                (day(one.date), str(one.started), str(one.completed), str(one.ended_otherwise)) for one in found.days
            ),
        ),
        columns=charts.columns(parts, scale),
    )


def cycle_time(found: Cycle, whole: Spread, period: Period) -> Chart:
    """Lines: p50, p85 and p95 of each day or week."""
    part = "week" if period.by_week else "day"
    return _lines(
        [(part.starts_on, part.spread) for part in found.parts],
        whole,
        part,
        noun="run",
        name="cycle-time",
        title=f"Cycle time per {part}",
        reading=f"Half of {counted(whole.count)} took at most {span(whole.p50)}; 85 of 100 at most {span(whole.p85)}.",
        definition=cycle.DEFINITION + (" Weeks begin on Monday." if period.by_week else ""),
    )


def waiting(weeks: Sequence[tuple[date, Spread | None]], whole: Spread, definition: str) -> Chart:
    """Lines: p50, p85 and p95 of how long one gate was waited at, each week."""
    return _lines(
        weeks,
        whole,
        "week",
        noun="gate",
        name="waiting",
        title="Waiting per week",
        reading=f"Half of {counted(whole.count, 'gate')} waited at most {span(whole.p50)}; 85 of 100 at most "
        f"{span(whole.p85)}.",
        definition=f"{definition} Weeks begin on Monday.",
    )


def _lines(
    parts: Sequence[tuple[date, Spread | None]],
    whole: Spread,
    part: str,
    *,
    noun: str,
    name: str,
    title: str,
    reading: str,
    definition: str,
) -> Chart:
    """Draw how a duration is spread in each part, beside the spread of the whole."""
    spreads = [spread for _, spread in parts]
    scale = charts.axis(max(spread.p95 for spread in spreads if spread), charts.SECONDS, span)
    return Chart(
        name=name,
        title=title,
        reading=reading,
        definition=definition,
        alt=f"Lines: {title.lower()}; over the whole period p50 is {span(whole.p50)}, p85 {span(whole.p85)}, "
        f"p95 {span(whole.p95)}",
        axis=scale,
        labels=charts.labels([day(starts_on) for starts_on, _ in parts]),
        legend=(
            Key("key--line key--accent", f"p50, {span(whole.p50)}"),
            Key("key--line key--gate", f"p85, {span(whole.p85)}"),
            Key("key--line key--dashed key--hot", f"p95, {span(whole.p95)}"),
        ),
        table=Table(
            ("Week of" if part == "week" else "Day", f"{noun.capitalize()}s", "p50", "p85", "p95"),
            tuple(_row(starts_on, spread) for starts_on, spread in parts),
        ),
        lines=tuple(
            line
            for which in ("p95", "p85", "p50")
            for line in charts.line(which, [getattr(spread, which) if spread else None for spread in spreads], scale)
        ),
    )


def _row(starts_on: date, spread: Spread | None) -> tuple[str, ...]:
    if spread is None:
        return (day(starts_on), "0", "–", "–", "–")
    return (day(starts_on), str(spread.count), span(spread.p50), span(spread.p85), span(spread.p95))


def under_way(levels: tuple[Level, ...]) -> Chart:
    """A band: how many runs were under way at the end of each day."""
    values = [float(level.under_way) for level in levels]
    scale = charts.axis(max(values), charts.COUNTS, str)
    first, now = levels[0].under_way, levels[-1].under_way
    change = "as many as" if now == first else f"{abs(now - first):,} {'more' if now > first else 'fewer'} than"
    return Chart(
        name="in-progress",
        title="Work in progress",
        reading=f"{counted(now)} under way now, {change} {len(levels) - 1} days ago.",
        definition=progress.DEFINITION,
        alt=f"Area: runs under way by day, from {first} to {now}",
        axis=scale,
        labels=charts.labels([day(level.date) for level in levels]),
        legend=(Key("key--machine", "under way"),),
        table=Table(("Day", "Under way"), tuple((day(level.date), str(level.under_way)) for level in levels)),
        bands=(charts.band("work", values, scale),),
    )
