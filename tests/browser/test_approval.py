"""The whole dialogue of an approval, in a browser: asked, changes wanted, reworked, asked again, approved by two roles.

By keyboard alone where a person decides, on a phone, with evidence and a password, and with nothing for axe to find on
any page of it.
"""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboards.demo.organisation import PASSWORD
from tests.browser.conftest import Server, SignedIn
from tests.browser.test_the_main_job import manage, publish

SOON = 20_000
"""How long a page may take on a busy machine, in milliseconds."""

PLAYBOOK = """
playbook: guarded-change
title: Guarded change
kind: runbook
owner: platform
review_every: 90d
run_title: Change ${inputs.service}
inputs:
  service: {type: text, title: Service}
roles:
  engineer: {groups: [engineers]}
  security: {groups: [security]}
  release-manager: {groups: [release-managers]}
steps:
  - id: plan
    title: Plan the change
    task:
      assign: engineer
      form:
        downtime: {type: text, title: Downtime}
  - id: board
    title: Change board
    gate:
      ask: Change ${inputs.service} with ${steps.plan.downtime} down?
      show: [inputs.service, steps.plan.downtime]
      approvers: [release-manager, security]
      quorum: {release-manager: 1, security: 1}
      exclude: [starter, plan]
      require: [evidence, reauthenticate]
    due: 1d
    on_return: plan
  - id: done
    title: Changed
    end: completed
"""
#: Another one for each time that this is tried on the same database.
SERVICE = f"tariff-{uuid4().hex[:6]}"
QUESTION = f"Change {SERVICE} with {{}} down?"


@pytest.fixture(scope="module")
def playbook(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("playbook") / "guarded-change.yaml"
    file.write_text(PLAYBOOK)
    publish(server, file)
    ask = "from workflows.models import Unit; Unit.objects.filter(slug='platform').update(decision_links=True)"
    manage(server, "shell", "--no-imports", "-c", ask)
    return "guarded-change"


def member(server: Server, group: str, besides: str = "") -> str:
    """Somebody of the demo in this group."""
    ask = (
        f"from workflows.models import Person; "
        f"print(Person.objects.filter(groups__name={group!r}).exclude(username={besides!r})"
        f".order_by('pk').values_list('username', flat=True)[0])"
    )
    return manage(server, "shell", "--no-imports", "-c", ask).strip().splitlines()[-1]


def plan(engineer: Page, downtime: str) -> None:
    engineer.goto("/")
    row = engineer.locator("li", has_text=f"Change {SERVICE}").filter(has_text="Plan the change").first
    row.get_by_role("link", name="Plan the change", exact=True).click()
    engineer.get_by_label("Downtime").fill(downtime)
    engineer.get_by_role("button", name="Hand it in").click()
    expect(engineer.get_by_text("Change board is next.")).to_be_visible(timeout=SOON)


def to(page: Page, question: str) -> None:
    """From My work to the gate by keyboard: down the list, then open."""
    page.goto("/")
    link = page.get_by_role("link", name=question, exact=True)
    expect(link).to_be_visible(timeout=SOON)
    for _ in range(30):
        page.keyboard.press("j")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("o")
    expect(page.get_by_role("heading", name=question, level=1)).to_be_visible(timeout=SOON)


def decide(page: Page, letter: str, comment: str, password: str = PASSWORD) -> None:
    """Type what the gate wants and press the button, without a mouse."""
    page.wait_for_load_state()  # the keys are there once the page is
    page.keyboard.press("c")
    expect(page.locator("#comment")).to_be_focused()
    page.keyboard.type(comment)
    link = page.locator("#decide").get_by_label("Or a link")
    for _ in range(6):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.type("https://ci.example/run/7")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your password")).to_be_focused()
    page.keyboard.type(password)
    page.keyboard.press("Tab")
    page.keyboard.press(letter)
    page.keyboard.press("Enter")


def check(page: Page, what: str) -> list[str]:
    """What axe finds here, and whether the page is wider than its screen."""
    found = Axe().run(page, options={"preload": False}).response["violations"]
    faults = [f"{what}: {one['id']} at {one['nodes'][0]['target']}" for one in found]
    wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return faults + [f"{what}: wider than the screen"] * bool(wider)


def test_an_approval_with_rework_by_keyboard_on_a_phone(
    page: Page, signed_in: SignedIn, server: Server, playbook: str
) -> None:
    engineer = signed_in(member(server, "engineers", "ines"))
    starter = signed_in("ines")
    starter.goto(f"/library/{playbook}/start/")
    starter.get_by_label("Service").fill(SERVICE)
    starter.get_by_role("button", name="Start the run").click()
    starter.wait_for_url(re.compile(r"/runs/\d+/$"))
    plan(engineer, "25 min")

    page.set_viewport_size({"width": 360, "height": 780})
    manager = signed_in("marit", page=page)
    to(manager, QUESTION.format("25 min"))
    decide(manager, "a", "Fine.", "not my password")
    expect(manager.get_by_text("This is not the password of your account.")).to_be_visible(timeout=SOON)
    expect(manager.locator("#comment")).to_have_value("Fine.")
    expect(manager.locator("#decide").get_by_label("Or a link")).to_have_value("https://ci.example/run/7")
    manager.locator("#comment").fill("25 minutes is too long.")
    manager.get_by_label("Your password").fill(PASSWORD)
    manager.get_by_role("button", name="Ask for changes").press("Enter")
    expect(manager.get_by_text("Plan the change is next.").first).to_be_visible(timeout=SOON)

    plan(engineer, "5 min")
    to(manager, QUESTION.format("5 min"))
    expect(manager.get_by_text("Asked for the second time.")).to_be_visible(timeout=SOON)
    expect(manager.locator(".changes del")).to_have_text("25 min")
    decide(manager, "a", "Much better.")
    expect(manager.get_by_text("Your vote is kept: you approve.")).to_be_visible(timeout=SOON)

    security = signed_in(member(server, "security"))
    to(security, QUESTION.format("5 min"))
    gate = security.url
    decide(security, "a", "Nothing opens to the outside.")
    expect(security.get_by_text("The gate is approved.").first).to_be_visible(timeout=SOON)
    expect(security.get_by_text("What it set in motion")).to_be_visible(timeout=SOON)

    starter.goto(gate)
    expect(starter.get_by_text("Closed").first).to_be_visible(timeout=SOON)


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.nightly)])
def test_axe_finds_nothing_on_the_way(
    page: Page, signed_in: SignedIn, server: Server, playbook: str, scheme: str, tmp_path: Path
) -> None:
    """In a browser of its own: axe writes styles to measure, which the policy rightly stops."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(
        base_url=server.url, bypass_csp=True, color_scheme="light" if scheme == "light" else "dark"
    )
    reader = context.new_page()
    reader.set_viewport_size({"width": 360, "height": 780})
    marit = signed_in("marit", page=reader)
    marit.goto("/")
    # the first of the list may be decided by its ladder at any moment
    address = marit.locator("#many h3 a").filter(has_text="Approve CHG-2041").get_attribute("href")
    assert address
    marit.goto(address)
    expect(marit.locator("#comment")).to_be_visible(timeout=SOON)
    marit.wait_for_load_state("networkidle")
    faults = check(marit, "gate")
    run, visit = re.findall(r"\d+", address)
    marit.goto("/")
    marit.locator("#many .tick").first.check()
    faults += check(marit, "my work")
    marit.get_by_role("button", name="See what it does").click()
    expect(marit.get_by_text("What it does at each")).to_be_visible(timeout=SOON)
    faults += check(marit, "several at once")
    marit.goto(f"/runs/{run}/why/?act=vote&visit={visit}&person=ines")
    faults += check(marit, "why")
    ask = (
        "from runs.models import Step; from runs import decision_links; from workflows.models import Person, Unit; "
        "Unit.objects.update(decision_links=True); "
        f"step = Step.objects.select_related('run__unit').get(run__number={run}, number={visit}); "
        "print(decision_links.address(step, Person.objects.get(username='marit')))"
    )
    nobody = browser.new_context(base_url=server.url, bypass_csp=True).new_page()
    nobody.set_viewport_size({"width": 360, "height": 780})
    nobody.goto(manage(server, "shell", "--no-imports", "-c", ask).strip().splitlines()[-1])
    expect(nobody.get_by_role("heading", name="Your decision")).to_be_visible(timeout=SOON)
    faults += check(nobody, "decide by link")
    context.close()
    nobody.context.close()
    assert not faults, "\n".join(faults)


def test_a_link_in_a_mail_decides_by_its_form_in_a_real_browser(page: Page, server: Server, playbook: str) -> None:
    """The page sends no referrer, so a browser sends its form with the origin `null`; that must not stop it."""
    ask = (
        "from runs.models import Step; from runs import decision_links; from workflows.models import Person, Unit; "
        "Unit.objects.update(decision_links=True); marit = Person.objects.get(username='marit')\n"
        "for step in Step.objects.filter(kind='gate', status='open').select_related('run__unit'):\n"
        "    found = decision_links.address(step, marit)\n"
        "    if found and 'Radios' in step.run.title: print(found)"
    )
    page.goto(manage(server, "shell", "--no-imports", "-c", ask).strip().splitlines()[-1])
    page.locator("#comment").fill("Decided on the train.")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("heading", name="Your vote is kept")).to_be_visible(timeout=SOON)
    page.reload()
    expect(page.get_by_role("heading", name="You have decided by this link already")).to_be_visible(timeout=SOON)
