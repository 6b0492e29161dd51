"""People on pages: `{% person someone %}` with the face of initials, `{% face someone %}` alone."""

from __future__ import annotations

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
    kind = "person__face person__face--me" if me is not None and me == someone else "person__face"
    return format_html('<span class="{}" aria-hidden="true">{}</span>', kind, initials(str(someone)))


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
    more = f' <span class="quiet">and {row.more} more</span>' if row.more else ""
    if whom.person is not None:
        name = "You" if whom.person == reader else whom.name
        drawn = face(whom.person, reader)
        return format_html('<span class="person">{}<span>{}{}</span></span>', drawn, name, SafeString(more))
    if whom.kind == "group":
        drawn = '<span class="person"><span class="person__face person__face--role" aria-hidden="true">{}</span>'
        return format_html(drawn + "<span>{}{}</span></span>", initials(whom.name), whom.name, SafeString(more))
    if whom.kind == "operator":
        return format_html('<span class="person">{} <span>{}</span></span>', icon("attention", "s"), whom.name)
    says = whom.name if whom.kind != "signal" else f"signal {whom.name}"
    if whom.kind == "time":
        says = moment(whom.until) or "its time"
    return format_html(
        '<span class="person">{} <span class="quiet">{}</span></span>', icon(WAITED_FOR[whom.kind], "s"), says
    )
