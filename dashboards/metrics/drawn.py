"""The figures as charts: each with the sentence that reads it, its definition and its table."""

from __future__ import annotations

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
    spreads = [part.spread for part in found.parts]
    scale = charts.axis(max(spread.p95 for spread in spreads if spread), charts.SECONDS, span)
    part = "week" if period.by_week else "day"
    return Chart(
        name="cycle-time",
        title=f"Cycle time per {part}",
        reading=f"Half of {counted(whole.count)} took at most {span(whole.p50)}; 85 of 100 at most {span(whole.p85)}.",
        definition=cycle.DEFINITION + (" Weeks begin on Monday." if period.by_week else ""),
        alt=f"Lines: cycle time by {part}; over the whole period p50 is {span(whole.p50)}, p85 {span(whole.p85)}, "
        f"p95 {span(whole.p95)}",
        axis=scale,
        labels=charts.labels([day(one.starts_on) for one in found.parts]),
        legend=(
            Key("key--line key--accent", f"p50, {span(whole.p50)}"),
            Key("key--line key--gate", f"p85, {span(whole.p85)}"),
            Key("key--line key--dashed key--hot", f"p95, {span(whole.p95)}"),
        ),
        table=Table(
            ("Week of" if period.by_week else "Day", "Runs", "p50", "p85", "p95"),
            tuple(_cycle_row(one) for one in found.parts),
        ),
        lines=tuple(
            line
            for name in ("p95", "p85", "p50")
            for line in charts.line(name, [getattr(spread, name) if spread else None for spread in spreads], scale)
        ),
    )


def _cycle_row(part: cycle.Part) -> tuple[str, ...]:
    if part.spread is None:
        return (day(part.starts_on), "0", "–", "–", "–")
    spread = part.spread
    return (day(part.starts_on), str(spread.count), span(spread.p50), span(spread.p85), span(spread.p95))


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
