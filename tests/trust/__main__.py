"""`python -m tests.trust`: print the ways to cheat as the docs show them."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.trust import table  # noqa: E402

print(table.text(), end="")
