"""A line of the board, drawn in one go: a template takes longer over five hundred cells than all else of the page.

{% line row %}       a row of the board, with the columns that may be chosen where the context holds `extras`
{% pick run %}       the box to tick, of a run that has not ended
{% run_link run %}   its title, leading to it
{% way row %}        how far it is: a meter and the words
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.safestring import SafeString

from dashboards.board.rows import Row
from dashboards.templatetags.charts import share_of
from dashboards.templatetags.people import whom
from dashboards.templatetags.statuses import run_status, status
from dashboards.templatetags.times import ago, due, lasting
from runs.models import Run

register = template.Library()

_NOTHING = SafeString('<span class="quiet">–</span>')


@register.simple_tag(takes_context=True)
def line(context: Context, row: Row) -> SafeString:
    """Draw one row. `extras` of the context: with all columns that may be chosen; the table shows those that were."""
    run = row.run
    caller = ""
    if row.caller:
        caller = f', called by <a href="{_address(row.caller)}">{row.caller}</a>'
    version = f'<span class="table__only-wide">, {escape(run.version.title)}</span>'
    also = f" {status('paused')}" if run.paused and run.incident_count and run.is_open else ""
    cells = [
        f'<td role="cell" class="table__pick">{pick(run)}</td>',
        f'<td role="cell" class="table__title"><span class="table__line">{run_link(run)} '
        f"<small>{run.number}{version}{caller}</small></span></td>",
        _cell("Status", f"{run_status(run)}{also}"),
    ]
    if run.is_open:
        help_ = f'<small class="table__note">{escape(row.help)}</small>' if row.help else ""
        if run.paused:
            until: SafeString | str = status("paused", "stands still")
        else:
            until = due(context, row.until) if row.until else SafeString('<span class="quiet">no due date</span>')
        cells += [
            _cell("Where it stands", f"{escape(row.stands or 'Between two steps')}{help_}{way(row)}"),
            _cell("Waiting for", whom(row, context.get("user"))),
            _cell("Since", lasting(context, row.since) if row.since else _NOTHING, "nowrap"),
            _cell("Until", until, "nowrap"),
        ]
    else:
        cells += [
            _cell("Where it stands", f'<span class="quiet">Ended</span>{way(row)}'),
            _cell("Waiting for", _NOTHING),
            _cell("Since", ago(context, row.since), "nowrap"),
            _cell("Until", _NOTHING, "nowrap"),
        ]
    if context.get("extras"):
        cells += _extras(context, row)
    lines = "\n  ".join(cells)
    return SafeString(f'<tr role="row" id="row-{run.number}" data-item>\n  {lines}\n</tr>')


def _extras(context: Context, row: Row) -> list[str]:
    run, version = row.run, row.run.version
    titled = f"{escape(version.title)}<small>version {version.number}</small>"
    risk = escape(version.risk[:1].upper() + version.risk[1:]) if version.risk else _NOTHING
    progress = way(row, "progress-of")
    return [
        _cell("Playbook", titled, "extra extra--playbook"),
        _cell("Unit", escape(run.unit.title), "extra extra--unit"),
        _cell("Started by", escape(str(run.started_by)), "extra extra--starter"),
        _cell("Started", ago(context, run.started_at), "extra extra--started nowrap"),
        _cell("Risk", risk, "extra extra--risk"),
        f'<td role="cell" data-label="Progress" class="extra extra--progress nowrap">{progress}</td>',
    ]


def _cell(label: str, drawn: str, classes: str = "") -> str:
    """`drawn` is markup: what people wrote is escaped in it."""
    looks = f' class="{classes}"' if classes else ""
    return f'<td role="cell" data-label="{label}"{looks}><span>{drawn}</span></td>'


@register.simple_tag
def pick(run: Run) -> SafeString | str:
    if not run.is_open:
        return ""
    return SafeString(
        f'<input class="tick" type="checkbox" name="run" value="{run.number}" id="pick-{run.number}"'
        f' aria-label="Select run {run.number}">'
    )


@register.simple_tag
def run_link(run: Run) -> SafeString:
    title = escape(run.title)
    return SafeString(f'<a class="table__main" id="run-{run.number}" href="{_address(run.number)}">{title}</a>')


@register.simple_tag
def way(row: Row, kind: str = "way") -> SafeString:
    return SafeString(
        f'<span class="{kind}"><svg class="meter" aria-hidden="true"><rect width="{share_of(row.done, row.steps)}"'
        f' height="100%"/></svg><small>{row.done} of {row.steps} steps</small></span>'
    )


@lru_cache(10_000)
def _address(number: int) -> str:
    return reverse("run", args=[number])
