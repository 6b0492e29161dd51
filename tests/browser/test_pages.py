"""Every kind of page in a browser: nothing for axe to find, nothing wider than a phone, keys, theme, double clicks."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, SignedIn
from tests.processes import NIGHTLY

#: The demo has no administrator: this one is made one meanwhile.
ADMINISTRATOR = "emil"
#: Whose eyes, and the way to the page: an address, and the first link to follow there; what follows a “>” is the way
#: on from there. One sign-in a person. Boards, library and metrics are looked at in test_boards.
PAGES = (
    ("", "/sign-in/", ""),
    ("marit", "/", ""),
    ("marit", "/", "Read and decide"),
    ("marit", "/runs/987654/", ""),
    ("hanna", "/", "Read and decide"),
    ("ines", "/", "Open"),
    ("deniz", "/runs/1/", ""),
    ("deniz", "/runs/?q=4.2", "Roll out 4.2"),
    ("deniz", "/runs/?q=4.0", "Roll out 4.0"),
    ("deniz", "/", "Undo: Book"),
)
#: Those that are looked at in one of the two forms each, turn about.
TURN_ABOUT = (
    ("priya", "/people/", ""),
    ("priya", "/people/groups/", ""),
    ("priya", "/people/log/", ""),
    ("priya", "/person/marit/", ""),
    ("priya", "/units/", ""),
    ("priya", "/units/platform/", ""),
    ("priya", "/gates/", ""),
    ("priya", "/gates/payment-release/release/", ""),
    ("priya", "/library/four-eyes/", ""),
    ("priya", "/library/django-security-release/rollout/", ""),
    ("deniz", "/library/django-security-release/move/?version=2", ""),
    ("deniz", "/library/site-access/move/", ""),
    ("deniz", "/runs/?q=6.0.5", "Security release of Django 6.0.5 > migrate/"),
    ("priya", "/exceptions/", ""),
    ("priya", "/reviews/", ""),
    ("priya", "/reviews/3/?line=80", ""),
    ("aiko", "/reviews/1/", ""),
    ("priya", "/drafts/new/", ""),
    ("priya", "/library/production-change/confirm/", ""),
    ("priya", "/library/production-change/owner/", ""),
    ("priya", "/library/production-change/retire/", ""),
    ("priya", "/library/emergency-fix/", ""),
    ("priya", "/library/production-change/compare/1/2/", ""),
    ("priya", "/exceptions/1/", ""),
    ("aiko", "/exceptions/ask/?policy=four-eyes&playbook=emergency-fix", ""),
    ("aiko", "/drafts/new/?kind=plan", ""),
    ("priya", "/governance/", ""),
    ("priya", "/governance/log/", ""),
    ("sofia", "/", "Read and decide Release"),
    ("sofia", "/absence/", ""),
    ("deniz", "/health/", ""),
    ("marit", "/notices/", ""),
    ("marit", "/notices/preferences/", ""),
    ("rafael", "/", "Prepare the payment"),
    ("aiko", "/plans/new-meters/", ""),
    ("aiko", "/plans/", ""),
    (ADMINISTRATOR, "/add-unit/", ""),
    (ADMINISTRATOR, "/units/platform/change/", ""),
    (ADMINISTRATOR, "/units/metering/move/", ""),
    (ADMINISTRATOR, "/people/import/", ""),
)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (360, "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    browser: Browser, server: Server, signed_in: SignedIn, width: int, theme: str
) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    axe, faults, now = Axe(), [], ""
    # each page in one of the two, unless there is the night for it
    for who, address, link in (*PAGES, *TURN_ABOUT) if NIGHTLY else (*PAGES, *TURN_ABOUT)[width == 360 :: 2]:
        if who != now:
            signed_in(who, page=page)
            make_administrator(server, is_meant=who == ADMINISTRATOR)
            now = who
        page.goto(address)
        if link:
            name, _, further = link.partition(" > ")
            page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
            page.wait_for_url(re.compile(r"/runs/\d+/"))
            if further:
                page.goto(page.url + further)
        expect(page.locator("h1").first).to_be_visible()
        # as wide as it gets: every menu and every table that is folded away stands open
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = axe.run(page, options={"preload": False}).response["violations"]
        faults += [f"{address} {link}: {wider} px wider than the screen"] if wider > 0 else []
        faults += [f"{address} {link}: {one['id']} {[node['target'] for node in one['nodes']][:3]}" for one in found]
    context.close()
    make_administrator(server, is_meant=False)
    assert not faults, "\n".join(faults)


def make_administrator(server: Server, is_meant: bool) -> None:
    """Once they have signed in: nobody becomes an administrator at a click."""
    with closing(sqlite3.connect(server.data / "penstock.sqlite3", timeout=30)) as database, database:
        database.execute("UPDATE workflows_person SET is_superuser = ? WHERE username = ?", [is_meant, ADMINISTRATOR])


def test_everything_can_be_reached_by_keys(page: Page, signed_in: SignedIn) -> None:
    marit = signed_in("marit", page=page)
    marit.goto("/")
    marit.keyboard.press("Tab")
    expect(marit.get_by_role("link", name="Skip to the page")).to_be_focused()
    marit.keyboard.press("Enter")
    expect(marit.locator("#main")).to_be_focused()
    marit.keyboard.press("?")
    expect(marit.get_by_role("dialog", name="Keys")).to_contain_text("g r")
    marit.keyboard.press("Escape")
    expect(marit.get_by_role("dialog", name="Keys")).to_be_hidden()
    marit.keyboard.press("g")
    marit.keyboard.press("r")
    marit.wait_for_url("**/runs/")


def test_letters_typed_into_a_field_stay_there(page: Page, signed_in: SignedIn) -> None:
    ines = signed_in("ines", page=page)
    ines.goto("/library/production-change/start/")
    ines.get_by_label("Service", exact=True).press_sequentially("gr?gm")
    expect(ines.get_by_label("Service", exact=True)).to_have_value("gr?gm")
    expect(ines).to_have_url(re.compile("/start/"))


def test_the_theme_stays_without_a_flash(page: Page, signed_in: SignedIn) -> None:
    marit = signed_in("marit", page=page)
    marit.goto("/")
    marit.get_by_label("Account of Marit de Vries").click()
    with marit.expect_response("**/theme/"):
        marit.get_by_label("Dark").check()
    marit.reload()
    expect(marit.locator("html")).to_have_attribute("data-theme", "dark")
    assert marit.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
