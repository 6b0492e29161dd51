"""The one style sheet that is served holds every small one, in the order of the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

CSS = Path(__file__).parents[2] / "dashboards" / "static" / "css"


@pytest.fixture
def served(tmp_path: Path) -> str:
    storages = {"staticfiles": {"BACKEND": "dashboards.sheets.OneSheet"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)  # what is there already stays whole
    sheets = list((tmp_path / "css").glob("index.*.css"))
    assert len(sheets) == 1
    return sheets[0].read_text()


def test_it_imports_nothing_and_holds_everything_in_order(served: str) -> None:
    assert "@import" not in served
    names = re.findall(r'@import url\("([^"]+)"\);', (CSS / "index.css").read_text())
    assert len(names) > 40
    places = [served.index((CSS / name).read_text().strip()) for name in names]
    assert places == sorted(places)
    assert served.index("@layer reset, tokens, base") < places[0]


def test_every_sheet_is_in_the_index() -> None:
    names = re.findall(r'@import url\("([^"]+)"\);', (CSS / "index.css").read_text())
    kept = {str(path.relative_to(CSS)) for path in CSS.rglob("*.css")} - {"index.css"}
    assert sorted(names) == sorted(kept), "each sheet once"
