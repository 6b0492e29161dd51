"""Parts of a line of the board that are drawn for every run of a page, each in one go: a template takes longer over the
same than all else of the page.

{% pick run %}       the box to tick, of a run that has not ended
{% run_link run %}   its title, leading to it
{% way row %}        how far it is: a meter and the words
"""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.board.rows import Row
from dashboards.templatetags.charts import share_of
from runs.models import Run

register = template.Library()


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
    link = '<a class="table__main" id="run-{}" href="{}">{}</a>'
    return format_html(link, run.number, _address(run.number), run.title)


@register.simple_tag
def way(row: Row, kind: str = "way") -> SafeString:
    return SafeString(
        f'<span class="{kind}"><svg class="meter" aria-hidden="true"><rect width="{share_of(row.done, row.steps)}"'
        f' height="100%"/></svg><small>{row.done} of {row.steps} steps</small></span>'
    )


@lru_cache(10_000)
def _address(number: int) -> str:
    return reverse("run", args=[number])
