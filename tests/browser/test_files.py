"""Files by hand on a phone: chosen, refused, attached, drawn small and saved; and nothing that was typed is lost."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import SignedIn
from tests.runs.uploads import EXE, PDF, PNG

PICTURE: FilePayload = {"name": "the way back.png", "mimeType": "image/png", "buffer": PNG}
PLAN: FilePayload = {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": PDF}
PROGRAM: FilePayload = {"name": "plan.exe", "mimeType": "application/pdf", "buffer": EXE}


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_files_are_attached_drawn_and_saved_on_a_phone(page: Page, signed_in: SignedIn) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    signed_in("marit", page=page)
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Read and decide.*CHG-2041")).first.click()
    page.wait_for_url(re.compile("/gates/"))
    page.get_by_label("Your comment").fill("Page 3 shows the way back.")
    page.locator("#reply summary").click()
    page.locator("#said-files").set_input_files([PICTURE, PLAN, PROGRAM])
    page.get_by_role("button", name="Comment", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("“plan.exe” is of a kind that is not taken")
    expect(page.get_by_label("Your comment")).to_have_value("Page 3 shows the way back.")
    expect(page.get_by_label("plan.pdf")).to_be_checked()
    fits(page)
    page.get_by_role("button", name="Comment", exact=True).click()

    page.wait_for_url(re.compile("/gates/.*#said$"))
    said = page.locator("#said-list article").last
    picture = said.get_by_role("img", name="the way back.png")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 1)
    with page.expect_download() as saved:
        said.get_by_role("link", name="plan.pdf").click()
    assert saved.value.suggested_filename == "plan.pdf"
    assert Path(saved.value.path()).read_bytes() == PDF
    fits(page)


def test_what_is_being_written_survives_the_news_of_the_run(page: Page, signed_in: SignedIn) -> None:
    signed_in("marit", page=page)
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Read and decide.*CHG-2041")).first.click()
    page.wait_for_url(re.compile("/gates/"))
    page.get_by_role("link", name="Open run").click()
    page.wait_for_url("**/runs/*/")
    page.wait_for_url(re.compile(r"/runs/\d+/$"))
    page.get_by_label("Your comment").fill("Half a senten")
    other = signed_in("deniz")
    other.goto(page.url)
    other.get_by_label("Your comment").fill("Meanwhile, somebody else.")
    other.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#said-list")).to_contain_text("Meanwhile, somebody else.", timeout=20_000)
    expect(page.get_by_label("Your comment")).to_have_value("Half a senten")
