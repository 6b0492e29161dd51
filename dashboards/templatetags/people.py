"""People on pages: `{% person someone %}` with the face of initials, `{% face someone %}` alone."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.board.rows import group_name
from workflows.models import Person

register = template.Library()


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
