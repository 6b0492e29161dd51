"""Find anything by the keyboard alone, on a phone's width, with nothing for axe to find in the open dialog."""

from __future__ import annotations

import re
import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignedIn


def test_a_run_is_found_and_opened_by_keys_alone(page: Page, signed_in: SignedIn) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    deniz = signed_in("deniz", page=page)
    deniz.goto("/runs/")
    first = deniz.locator("tr[id^='row-'] a.table__main").first
    title = first.inner_text()
    first.focus()
    deniz.keyboard.press("Control+k")
    finder, box = deniz.get_by_role("dialog", name="Find"), deniz.get_by_role("combobox", name="Find a run")
    expect(box).to_be_focused()
    expect(finder.get_by_role("group", name="Pages")).to_be_visible()  # before anything is typed
    assert Axe().run(deniz, options={"preload": False}).response["violations"] == []
    deniz.keyboard.press("Escape")
    expect(first).to_be_focused()  # where one was

    deniz.keyboard.press("Control+k")
    box.press_sequentially(title.lower()[:12])
    runs = finder.get_by_role("group", name="Runs")
    expect(runs.get_by_role("option", name=re.compile(re.escape(title))).first).to_be_visible()
    expect(finder.get_by_role("option", selected=True)).to_have_count(1)
    begun = box.get_attribute("aria-activedescendant")
    deniz.keyboard.press("ArrowDown")
    chosen = finder.get_by_role("option", selected=True)
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id") != begun
    assert Axe().run(deniz, options={"preload": False}).response["violations"] == []
    assert finder.evaluate("one => one.scrollWidth <= one.clientWidth && one.getBoundingClientRect().right <= 360")
    deniz.keyboard.press("ArrowUp")
    deniz.keyboard.press("Enter")
    deniz.wait_for_url(re.compile(r"/runs/\d+/"))

    # Enter before the answer is there goes where it says, not where an older answer that is still settling does
    deniz.evaluate("() => { htmx.config.defaultSettleDelay = 500 }")
    deniz.route("**/find/?q=holiday", lambda route: (time.sleep(1), route.continue_()))
    deniz.keyboard.press("Control+k")
    expect(finder.get_by_role("group", name="Pages")).to_be_visible()
    box.fill("holiday")
    deniz.keyboard.press("Enter")
    deniz.wait_for_url("**/absence/")

    # an answer that never comes is told
    deniz.keyboard.press("Control+k")
    expect(finder.get_by_role("option").first).to_be_visible()
    deniz.route("**/find/?q=*", lambda route: route.abort())
    box.fill("nothing can be asked")
    expect(finder.get_by_role("alert")).to_contain_text("What you typed is kept")


def test_single_letters_can_be_switched_off(page: Page, signed_in: SignedIn) -> None:
    marit = signed_in("marit", page=page)
    marit.goto("/")
    marit.get_by_label("Account of Marit de Vries").click()
    with marit.expect_response("**/letters/"):
        marit.get_by_role("group", name="Single-letter keys").get_by_label("Off").check()
    marit.reload()
    marit.keyboard.press("?")
    marit.keyboard.press("g")
    marit.keyboard.press("r")
    marit.get_by_label("Account of Marit de Vries").click()
    marit.get_by_role("button", name="Keys of this page").click()
    keys = marit.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Single-letter keys are off")
    expect(keys).not_to_contain_text("g r")
    marit.keyboard.press("Escape")
    marit.keyboard.press("Control+k")
    expect(marit.get_by_role("dialog", name="Find")).to_be_visible()
    expect(marit).to_have_url(re.compile(r":\d+/$"))
