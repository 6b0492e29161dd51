"""`{{ file.size|size }}`: 312 kB. `{{ text|written }}`: what somebody wrote, escaped, with its lines and links."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.template.defaultfilters import linebreaksbr
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

from dashboards.attachments import Held, Shown
from engine.attachments import Attachment
from runs import kinds

register = template.Library()


@register.filter
def size(count: int) -> str:
    return kinds.said(count)


@register.filter
def in_run(attachments: Iterable[Attachment], held: Held) -> list[Shown]:
    """What is attached, with the links of this run's files."""
    return held.shown(attachments)


@register.simple_tag
def accepted() -> str:
    """The endings that a browser offers to choose."""
    return ",".join(f".{kind}" for kind in kinds.taken())


@register.filter
def written(text: str) -> SafeString:
    # what the text itself says of `rel` is escaped before, so the only one that is found is that of urlize
    linked = urlize(str(text), nofollow=True, autoescape=True)
    linked = linked.replace(' rel="nofollow"', ' rel="nofollow noopener noreferrer" target="_blank"')
    return linebreaksbr(mark_safe(linked))
