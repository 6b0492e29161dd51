"""The pictures of the docs, taken of the real pages over the real demo: `make screenshots`.

Not among the tests: it writes files. Each picture is named by what it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

RELEASE = "/library/django-security-release/"
IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"


def _runs(page: Page) -> None:
    page.goto("/runs/")


def _gate(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="tariff-api?").first.click()


def _run(page: Page) -> None:
    page.goto("/runs/?q=tariff-api")
    page.get_by_role("link", name="Ship tariff-api").first.click()


def _as_of(page: Page) -> None:
    _run(page)
    page.goto(f"{page.url.split('?')[0]}?seq=7")


def _playbook(page: Page) -> None:
    page.goto("/library/production-change/")


def _review(page: Page) -> None:
    page.goto("/reviews/")
    page.get_by_role("link", name="Review it").first.click()


SHOTS: list[tuple[str, str, Callable[[Page], None], str, tuple[int, int]]] = [
    ("my-work", "marit", lambda page: None, "light", (1280, 800)),
    ("gate", "marit", _gate, "light", (1280, 860)),
    ("gate-phone", "marit", _gate, "dark", (390, 844)),
    ("runs", "deniz", _runs, "light", (1280, 800)),
    ("run", "deniz", _run, "light", (1280, 860)),
    ("run-as-of", "deniz", _as_of, "light", (1280, 860)),
    ("playbook", "priya", _playbook, "light", (1280, 800)),
    ("review", "priya", _review, "light", (1280, 860)),
    ("governance", "priya", lambda page: page.goto("/governance/") and None, "light", (1280, 860)),
    ("rollout", "priya", lambda page: page.goto(f"{RELEASE}rollout/") and None, "light", (1280, 720)),
    ("plan", "aiko", lambda page: page.goto("/plans/new-meters/") and None, "light", (1280, 720)),
    ("metrics", "priya", lambda page: page.goto("/metrics/") and None, "dark", (1280, 860)),
]


@pytest.mark.parametrize(("name", "person", "go", "scheme", "size"), SHOTS, ids=[shot[0] for shot in SHOTS])
def test_take(
    browser: Browser,
    base_url: str,
    name: str,
    person: str,
    go: Callable[[Page], None],
    scheme: str,
    size: tuple[int, int],
) -> None:
    context = browser.new_context(
        base_url=base_url,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": size[0], "height": size[1]},
    )
    page = context.new_page()
    page.goto("/sign-in/")
    page.locator(f'button[name="as"][value="{person}"]').click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    go(page)
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()
