"""The watching pages on the demo, in a browser: clean for axe, inside the screen, live without a reload.

The policy that the `context` fixture keeps: no style attribute, no inline script.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Server, SignedIn
from tests.processes import NIGHTLY, ROOT, python

PAGES = (
    "/runs/",
    "/runs/?state=attention",
    "/runs/?state=all&q=ship",
    "/runs/?q=nothing-has-this-name",
    "/runs/?playbook=production-change&risk=high&columns=playbook,unit,starter,started,risk,progress&staet=1",
    "/runs/views/",
    "/runs/?wall=1",
    "/library/",
    "/library/?q=security&risk=critical",
    "/library/production-change/",
    "/library/site-access/compare/1/2/",
    "/library/site-access/adapt/",
    "/library/site-access-substation/adaptation/",
    "/library/site-access-substation/adaptation/newer/",
    "/calendars/",
    "/calendars/office-hours-eu/",
    "/library/production-change/start/",
    "/metrics/",
    "/metrics/?days=90&playbook=purchase-approval",
)
#: A script run with the product's settings: claim, or give back, the task of a run.
TURN = """
import sys, django
django.setup()
from runs import claim
from runs.models import Run
from workflows.models import Person
run = Run.objects.get(number=int(sys.argv[1]))
step = run.steps.get(kind="task", status__in=["open", "active"])
verb = claim.release if step.claimed_by_id else claim.claim
print(verb(run, step.number, Person.objects.get(username=sys.argv[2])))
"""


def addresses(page: Page) -> tuple[str, ...]:
    """The pages, with a run that needs an operator, its page of consequences, and the run that changed last."""
    page.goto("/runs/?state=attention")
    stuck = page.locator(".table__main").first.get_attribute("href")
    page.goto("/runs/?state=all&order=change")
    newest = page.locator(".table__main").first.get_attribute("href")
    assert stuck
    assert newest
    return (*PAGES, stuck, f"{stuck}cancel/", newest)


def wider(page: Page) -> int:
    """How many pixels the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.nightly
def test_the_pages_fit_a_phone_and_keep_the_policy(page: Page, signed_in: SignedIn) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    signed_in("deniz", page=page)
    found = {}
    for address in addresses(page):
        page.goto(address)
        if pixels := wider(page):
            found[address] = pixels
    assert found == {}


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1440, "light")])
def test_axe_finds_nothing(signed_in: SignedIn, width: int, scheme: str) -> None:
    """In a browser of its own: axe writes styles to measure, which the policy rightly stops."""
    page = signed_in("deniz")
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    found = {}
    there = addresses(page)
    # each page in one of the two, unless there is the night for it
    for address in there if NIGHTLY else there[width == 360 :: 2]:
        page.goto(address)
        faults = Axe().run(page).response["violations"]
        said = [f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:160]})" for one in faults]
        said += [f"{pixels} px wider than the screen"] if (pixels := wider(page)) > 0 else []
        if said:
            found[address] = said
    assert found == {}


def test_the_board_and_a_run_follow_without_a_reload(server: Server, signed_in: SignedIn) -> None:
    board = signed_in("deniz")
    board.goto("/runs/?playbook=production-change&state=waiting")
    link = board.locator("#board tr", has_text="Write the change plan").locator(".table__main").first
    address, number = link.get_attribute("href"), (link.get_attribute("id") or "").removeprefix("run-")
    assert address
    one = signed_in("deniz")
    one.goto(address)
    marks = [board.evaluate("window.first = true"), one.evaluate("window.first = true")]
    row = board.locator("tr", has=board.locator(f"#run-{number}"))
    had = "Ines Okafor" in row.inner_text()

    turn(server, number, "ines")

    if had:
        expect(row).not_to_contain_text("Ines Okafor", timeout=10_000)
        expect(one.locator("section", has=one.locator("#next"))).to_contain_text("Waits for somebody", timeout=10_000)
    else:
        expect(row).to_contain_text("Ines Okafor", timeout=10_000)
        expect(one.locator("section", has=one.locator("#next"))).to_contain_text("Is with Ines Okafor", timeout=10_000)
    expect(one.locator(".log li").nth(1)).to_contain_text(re.compile("Ines Okafor (took|gave)"))
    assert marks == [board.evaluate("window.first"), one.evaluate("window.first")] == [True, True]


def test_a_page_whose_stream_is_blocked_or_cut_says_so_and_misses_nothing(server: Server, signed_in: SignedIn) -> None:
    """A proxy that lets no events through: the page asks by itself. Then the network is gone, and comes back."""
    board = signed_in("deniz")
    board.route("**/live/?**", lambda route: route.abort())
    board.goto("/runs/?playbook=production-change&state=waiting")
    mark, said = board.locator("[data-live-mark]"), board.locator("[data-live-said]")
    expect(mark).to_have_text(re.compile(r"^Not live since \d\d:\d\d.*, asking every 5 s$"), timeout=10_000)
    expect(said).to_contain_text("Not live since", timeout=10_000)
    planned = board.locator("#board tr", has_text="Write the change plan").first
    number = (planned.get_attribute("id") or "").removeprefix("row-")
    row = board.locator(f"#row-{number}")
    has = "Ines Okafor" in row.inner_text()
    board.locator(f"#pick-{number}").check()
    board.locator(f"#run-{number}").focus()

    turn(server, number, "ines")
    expect_name(row, not has)

    board.unroute("**/live/?**")
    board.context.set_offline(True)
    expect(mark).to_have_text(re.compile(r"^Offline since \d\d:\d\d"))
    turn(server, number, "ines")
    board.context.set_offline(False)
    expect_name(row, has)
    expect(mark).to_have_text(re.compile("^Live"))
    expect(said).to_have_text("Live again. Nothing was missed.")
    expect(board.locator(f"#pick-{number}")).to_be_checked()
    assert board.evaluate("document.activeElement.id") == f"run-{number}"


def test_what_is_selected_stays_and_what_fails_is_said_with_a_way_to_ask_again(signed_in: SignedIn) -> None:
    board = signed_in("deniz")
    board.goto("/runs/")
    for nth in (0, 2):
        board.locator("#board tbody .tick").nth(nth).check()
    expect(board.locator("#bulk-count")).to_have_text("2 selected")
    with board.expect_response("**/runs/"):
        board.evaluate("htmx.trigger('#board', 'board-asked')")
    expect(board.locator("#board tbody .tick:checked")).to_have_count(2)
    expect(board.locator("#bulk-count")).to_have_text("2 selected")

    board.route("**/runs/", lambda route: route.abort())
    failed = board.locator("#board-failed")
    for _ in range(20):  # what is asked while an answer is under way is asked with the next change
        board.evaluate("htmx.trigger('#board', 'board-asked')")
        board.wait_for_timeout(500)
        if failed.is_visible():
            break
    expect(failed).to_contain_text("Penstock could not be reached at")
    board.unroute("**/runs/")
    failed.get_by_role("button", name="Try again").click()
    expect(failed).to_be_hidden()

    board.get_by_label("Select all on this page").check()
    expect(board.locator("#board tbody .tick:not(:checked)")).to_have_count(0)


def expect_name(row: Locator, is_there: bool) -> None:
    if is_there:
        expect(row).to_contain_text("Ines Okafor", timeout=10_000)
    else:
        expect(row).not_to_contain_text("Ines Okafor", timeout=10_000)


def turn(server: Server, number: str, username: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PENSTOCK_ENV")}
    environment |= {
        "PENSTOCK_DATA": str(server.data),
        "DJANGO_SETTINGS_MODULE": "dashboards.settings",
        "PYTHONPATH": str(Path(ROOT)),
    }
    done = subprocess.run(
        python("-c", TURN, number, username), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert "Accepted(" in done.stdout, done.stdout + done.stderr
