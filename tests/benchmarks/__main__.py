"""`make bench`: measure on an empty database of its own, as durable as the product's; TEST_DATABASE=postgres too."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("DURABLE", "1")

import django

django.setup()

from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from tests.benchmarks import board, measures, watching


def main() -> None:
    made = setup_databases(verbosity=0, interactive=False)
    print(f"On {connection.vendor}:")
    try:
        for measure in measures.ALL:
            show(measure())
        for figure in watching.watching():
            show(figure)
        for figure in board.watching_the_board():
            show(figure)
    finally:
        teardown_databases(made, verbosity=0)


def show(figure: measures.Figure) -> None:
    promised = f"   (promised: {figure.promised})" if figure.promised else ""
    print(f"  {figure.name:<60} {figure.value:>10,.0f} {figure.unit}{promised}", flush=True)


if __name__ == "__main__":
    main()
