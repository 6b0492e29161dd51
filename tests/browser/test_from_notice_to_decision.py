"""From the notice to the decision, in browsers on the real thing.

Two roles, one of them by a delegate, with a rework in between, a password for each vote, and a ladder that reminds and
adds somebody while they think.
"""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from dashboards.demo.organisation import PASSWORD
from tests.browser.conftest import Server, SignedIn
from tests.browser.test_the_main_job import publish

SOON = 20_000
"""How long a page may take on a busy machine, in milliseconds."""

PLAYBOOK = """
playbook: two-keys
title: Two keys
kind: runbook
owner: platform
review_every: 90d
run_title: Open ${inputs.vault}
inputs:
  vault: {type: text, title: Vault}
roles:
  engineer: {groups: [engineers]}
  security: {groups: [security]}
  release-manager: {groups: [release-managers]}
steps:
  - id: plan
    title: Say why
    task:
      assign: engineer
      form:
        why: {type: text, title: Why}
  - id: board
    title: Turn both keys
    gate:
      ask: "Open ${inputs.vault}: ${steps.plan.why}?"
      show: [inputs.vault, steps.plan.why]
      approvers: [release-manager, security]
      quorum: {release-manager: 1, security: 1}
      exclude: [starter, plan]
      require: [comment, reauthenticate]
    due: 1d
    on_return: plan
    escalate:
      - {after: 3s, remind: pending}
      - {after: 6s, add: user:hanna, for: security}
  - id: done
    title: Open
    end: completed
"""
VAULT = f"vault-{uuid4().hex[:6]}"


@pytest.fixture(scope="module")
def playbook(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("playbook") / "two-keys.yaml"
    file.write_text(PLAYBOOK)
    publish(server, file)
    return "two-keys"


def by_the_bell(page: Page, says: str) -> None:
    """Open what the newest notice of these words is about."""
    page.goto("/")
    page.locator("#bell").click()
    line = page.locator(".notices > li", has_text=says).filter(has_text=VAULT).first
    expect(line).to_be_visible(timeout=SOON)
    line.get_by_role("link").first.click()


def vote(page: Page, button: str, comment: str) -> None:
    page.locator("#comment").fill(comment)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name=button).click()


@pytest.mark.nightly
def test_from_the_notice_to_the_decision(signed_in: SignedIn, playbook: str, page: Page) -> None:
    ines, aiko, marit = signed_in("ines"), signed_in("aiko"), signed_in("marit", page=page)
    ines.goto(f"/library/{playbook}/start/")
    ines.get_by_label("Vault").fill(VAULT)
    ines.get_by_role("button", name="Start the run").click()
    ines.wait_for_url(re.compile(r"/runs/\d+/$"))

    by_the_bell(aiko, "Open to your role: Say why")
    aiko.get_by_label("Why").fill("because")
    aiko.get_by_role("button", name="Hand it in").click()
    expect(aiko.get_by_text("Turn both keys is next.")).to_be_visible(timeout=SOON)

    by_the_bell(marit, "Your decision is asked")
    expect(marit.get_by_role("heading", name=f"Open {VAULT}: because?")).to_be_visible(timeout=SOON)
    vote(marit, "Ask for changes", "Because is no reason.")
    expect(marit.get_by_text("Say why is next.").first).to_be_visible(timeout=SOON)

    by_the_bell(aiko, "Back for changes")
    aiko.get_by_label("Why").fill("the seal is inspected")
    aiko.get_by_role("button", name="Hand it in").click()
    expect(aiko.get_by_text("Turn both keys is next.")).to_be_visible(timeout=SOON)

    lucia, deniz = signed_in("lucia"), signed_in("deniz")
    by_the_bell(lucia, "Your decision is asked")
    lucia.get_by_label("To whom").select_option("deniz")
    lucia.get_by_role("button", name="Delegate").click()
    expect(lucia.get_by_text("Your vote is delegated.")).to_be_visible(timeout=SOON)

    by_the_bell(deniz, "A vote is delegated to you")
    expect(deniz.get_by_text("Your decision for Lucía Ferrer")).to_be_visible(timeout=SOON)
    vote(deniz, "Approve", "Lucía and I have looked at the seal.")
    expect(deniz.get_by_text("Your vote is kept: you approve.")).to_be_visible(timeout=SOON)

    by_the_bell(marit, "Reminder")
    voices = marit.locator(".voices")
    expect(voices.get_by_text("for Lucía Ferrer")).to_be_visible(timeout=SOON)
    expect(voices.get_by_text("Hanna Lindqvist")).to_be_visible(timeout=SOON)
    expect(marit.get_by_text("Asked for the second time.")).to_be_visible()
    vote(marit, "Approve", "That is one.")
    expect(marit.get_by_text("The gate is approved.").first).to_be_visible(timeout=SOON)

    ines.goto("/notices/")
    said = ines.locator(".notices > li", has_text="Approved").filter(has_text=VAULT)
    expect(said.first).to_be_visible(timeout=SOON)
