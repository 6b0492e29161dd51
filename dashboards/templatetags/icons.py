"""`{% icon "gate" %}`: one picture of the sprite `static/icons.svg`, always beside a word that says the same."""

from __future__ import annotations

from functools import cache, lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@cache
def _sprite() -> str:
    return static("icons.svg")


@register.simple_tag
@lru_cache(512)
def icon(name: str, size: str = "") -> SafeString:
    """Draw the icon of this name; `size="s"` is the small one."""
    kind = "icon icon--s" if size == "s" else "icon"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', kind, _sprite(), name)


@register.simple_tag
def sprite(name: str) -> SafeString:
    """The picture alone, for an SVG that places it itself."""
    return format_html('<use href="{}#i-{}"/>', _sprite(), name)


#: Which icon stands for which kind of step.
STEP_ICONS = {
    "task": "task",
    "gate": "gate",
    "action": "action",
    "decide": "decision",
    "set": "pencil",
    "wait": "wait",
    "parallel": "parallel",
    "each": "each",
    "call": "call",
    "rollback": "rollback",
    "end": "end",
}


@register.filter
def step_icon(kind: str) -> str:
    """The name of the icon for a kind of step."""
    return STEP_ICONS.get(kind, "task")
