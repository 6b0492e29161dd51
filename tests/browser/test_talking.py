"""Somebody is called into a run by name, chosen from a list by keyboard, and the log is narrowed without a reload."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignedIn

SOON = 20_000


def test_a_colleague_is_mentioned_and_the_comment_found_again(page: Page, signed_in: SignedIn) -> None:
    signed_in("deniz", page)
    page.goto("/runs/?q=ship")
    page.locator(".table__main").first.click()
    page.wait_for_url("**/runs/*/")  # and until its scripts have run
    field = page.get_by_label("Your comment")
    field.press_sequentially("Please look, @mari")
    expect(page.get_by_role("option", name=re.compile("Marit de Vries"))).to_be_visible(timeout=SOON)
    found = Axe().run(page, context="#said", options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()
    field.press("Enter")
    expect(field).to_have_value("Please look, @Marit de Vries ")
    page.get_by_role("button", name="Comment", exact=True).click()
    # the page that is left shows the comment too, by news of the run, before the answer comes
    page.wait_for_url(re.compile("#said$"), timeout=SOON)
    expect(page.locator("#said .mention").last).to_have_text("Marit de Vries", timeout=SOON)
    page.get_by_label("Your comment").fill("Half a")
    page.locator("#log-what").select_option("comments")
    # news of the run draw its log anew, and leave what is being asked for
    marit = signed_in("marit")
    marit.goto(urlsplit(page.url).path)
    marit.get_by_label("Your comment").fill("I have looked")
    marit.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#log-lines")).to_contain_text("I have looked", timeout=SOON)
    expect(page.locator("#log-what")).to_have_value("comments")
    page.locator("#log-section form button").click()
    expect(page).to_have_url(re.compile(r"/runs/\d+/\?what=comments$"), timeout=SOON)
    for line in page.locator("#log-section .log li:not(.log__day) > span").all():
        expect(line).to_contain_text("comment")
    expect(page.get_by_label("Your comment")).to_have_value("Half a")
