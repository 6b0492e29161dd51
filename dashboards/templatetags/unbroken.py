"""`{{ title|unbroken }}`: short words with a hyphen, such as CHG-2041, stay on one line."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

LONGEST = 20


@register.filter
def unbroken(text: str) -> SafeString:
    return format_html_join(" ", "{}", ((_kept(word),) for word in str(text).split(" ")))


def _kept(word: str) -> str | SafeString:
    return format_html('<span class="nowrap">{}</span>', word) if "-" in word and len(word) <= LONGEST else word
