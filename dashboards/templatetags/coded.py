"""`{{ sentence|coded }}`: a sentence of the engine, its `words` in backticks as code."""

from __future__ import annotations

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

register = template.Library()

_CODE = re.compile(r"`([^`]+)`")


@register.filter
def coded(sentence: str) -> SafeString:
    return SafeString(_CODE.sub(r"<code>\1</code>", escape(sentence)))
