"""Looking back at a run: the slider changes the page under the hand that is on it, and the address says the moment."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.conftest import SignedIn


def under_the_hand(page: Page, slider: Locator) -> FloatRect:
    """Put the hand on the knob at the end of the slider, and return where the slider is.

    Until it holds it: what is loaded last may move the page under the hand.
    """
    for _ in range(50):
        slider.hover()  # waits until it stands still
        box = slider.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] - 9, box["y"] + box["height"] / 2)
        if slider.evaluate("slider => slider.matches(':hover')") and slider.bounding_box() == box:
            return box
        page.wait_for_timeout(100)
    raise AssertionError("the page never stood still")


def test_a_drag_through_the_past_and_back_to_now(page: Page, signed_in: SignedIn) -> None:
    deniz = signed_in("deniz", page=page)
    deniz.goto("/runs/?q=tariff-api")
    deniz.get_by_role("link", name="Ship tariff-api").first.click()
    deniz.wait_for_url("**/runs/*/")  # and until its scripts have run
    slider = deniz.get_by_role("slider")
    now = int(slider.get_attribute("max") or 0)
    box = under_the_hand(deniz, slider)
    middle = box["y"] + box["height"] / 2
    deniz.mouse.down()
    deniz.mouse.move(box["x"] + box["width"] * 0.7, middle, steps=3)
    banner = deniz.get_by_role("status").filter(has_text="As it was on")
    expect(banner).to_be_visible()
    deniz.mouse.move(box["x"] + box["width"] * 0.3, middle, steps=3)
    expect(deniz).to_have_url(re.compile(r"\?seq=\d+$"))
    deniz.mouse.up()
    seq = int(slider.input_value())
    assert 1 < seq < now, "the hand was not shaken off"
    expect(banner).to_contain_text(f"after event {seq}:")
    expect(deniz.get_by_text("Operate")).to_have_count(0)
    slider.press("ArrowLeft")
    expect(banner).to_contain_text(f"after event {seq - 1}:")
    expect(slider).to_be_focused()
    violations = [rule["id"] for rule in Axe().run(deniz).response["violations"]]
    assert violations == []
    deniz.get_by_role("link", name="Back to now").click()
    expect(deniz.get_by_text("Operate")).to_be_visible()
    expect(slider).to_have_value(str(now))
    deniz.go_back()
    expect(banner).to_contain_text(f"after event {seq - 1}:")
