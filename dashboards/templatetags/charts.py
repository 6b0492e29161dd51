"""Figures on pages.

{{ seconds|figure }}      3 d 2 h, the units small
{{ part|share:whole }}    42.50%, a width (`share_of`: nothing is nothing)
{{ place|percent }}       42.50%, a place on a track
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from dashboards.templatetags.times import span

register = template.Library()


@register.filter
def figure(seconds: float | str | None) -> SafeString | str:
    """Write a duration for a tile: `3 d 2 h` with the units small; a dash where there is none."""
    if seconds is None or isinstance(seconds, str):  # Django gives filters "" for what is not there
        return "–"
    words = span(seconds).split()
    pairs = zip(words[::2], words[1::2], strict=True)
    return format_html_join(" ", "{} <small>{}</small>", pairs)


@register.filter
def share(part: float, whole: float) -> str:
    """Return a part of a whole as an SVG length: `42.5%`, at least a visible sliver."""
    return f"{max(100 * part / whole, 0.5):.2f}%" if whole else "0%"


@register.filter
def share_of(part: float, whole: float) -> str:
    """As `share`, but nothing is nothing."""
    return share(part, whole) if part else "0%"


@register.filter
def percent(place: float) -> str:
    """Write a place on a track as an SVG length."""
    return f"{place:.2f}%"


@register.filter
def at_least(value: float, least: float) -> float:
    return max(value, least)


@register.filter
def words(text: str) -> list[str]:
    return text.split()
