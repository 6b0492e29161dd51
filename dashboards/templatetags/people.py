"""People on pages: `{% person someone %}` with the face of initials, `{% face someone %}` alone."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.board.rows import Row, group_name
from dashboards.templatetags.icons import icon
from dashboards.templatetags.times import moment
from workflows.models import Person

register = template.Library()

#: The icon of what is no person that a run waits for.
WAITED_FOR = {"time": "wait", "signal": "bell", "run": "call", "place": "next", "machine": "action"}


@register.filter
def initials(name: str) -> str:
    """Two letters for a face: of the first and the last word, or the first two of the only one."""
    words = name.replace("-", " ").split()
    if not words:
        return "?"
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


@register.filter
def group_words(name: str) -> str:
    """A group's name for reading: `release-managers` as `Release managers`."""
    return group_name(name)


@register.simple_tag
def face(someone: Person | str, me: Person | None = None) -> SafeString:
    """The round face alone; whose face it is must stand beside it."""
    return _drawn(initials(str(someone)), "me" if me is not None and me == someone else "")


@lru_cache(4096)
def _drawn(letters: str, kind: str = "") -> SafeString:
    classes = f"person__face person__face--{kind}" if kind else "person__face"
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, letters)


@register.simple_tag
def person(someone: Person | str | None, note: str = "", me: Person | None = None) -> SafeString | str:
    """Face and name, `You` for the reader, and a quiet note such as the role."""
    if not someone:
        return ""
    name = "You" if me is not None and me == someone else str(someone)
    tail = format_html(' <span class="quiet">{}</span>', note) if note else ""
    return format_html('<span class="person">{}<span><b>{}</b>{}</span></span>', face(someone, me), name, tail)


@register.simple_tag
def whom(row: Row, reader: Person | None = None) -> SafeString:
    """Who or what a row of the board waits for, and how many more."""
    whom = row.whom
    if whom is None:
        return SafeString('<span class="quiet">nobody</span>')
    # drawn for every row of a board: what people wrote is escaped here, once
    name = escape(whom.name)
    more = f' <span class="quiet">and {row.more} more</span>' if row.more else ""
    if whom.person is not None:
        said = "You" if whom.person == reader else name
        return SafeString(f'<span class="person">{face(whom.person, reader)}<span>{said}{more}</span></span>')
    if whom.kind == "group":
        drawn = _drawn(initials(whom.name), "role")
        return SafeString(f'<span class="person">{drawn}<span>{name}{more}</span></span>')
    if whom.kind == "operator":
        return SafeString(f'<span class="person">{icon("attention", "s")} <span>{name}</span></span>')
    if whom.kind == "signal":
        name = f"signal {name}"
    elif whom.kind == "time":
        name = moment(whom.until) or "its time"
    drawn = icon(WAITED_FOR[whom.kind], "s")
    return SafeString(f'<span class="person">{drawn} <span class="quiet">{name}</span></span>')
