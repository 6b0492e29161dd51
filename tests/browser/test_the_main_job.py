"""The main job, end to end, in a browser on the real thing: web, workers and clock.

A team member starts a run and hands in the first task, a manager approves in another browser, and a third page that was
opened before and is never loaded again shows the run reach its end: through an action that a worker performs and a wait
that the clock ends.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, SignedIn
from tests.processes import ROOT, python

#: What the live mark says while the page is told of everything.
LIVE = re.compile("^Live")
PLAYBOOK = """
playbook: small-release
title: Small release
kind: runbook
owner: platform
review_every: 90d
run_title: Release ${inputs.service}
inputs:
  service: {type: text, title: Service}
roles:
  engineer: {groups: [engineers]}
  release-manager: {groups: [release-managers]}
steps:
  - id: prepare
    title: Prepare the release
    task:
      assign: engineer
      instructions: Say **what** goes out.
      checklist: [Notes written]
      form:
        reference: {type: text, title: Reference, pattern: "REL-[0-9]+"}
  - id: board
    title: Release board
    gate:
      ask: Release ${steps.prepare.reference} of ${inputs.service}?
      show: [inputs.service, steps.prepare]
      approvers: [release-manager]
    due: 2d
    on_return: prepare
  - id: ship
    title: Ship it
    action: debug.echo
    with: {message: "${steps.prepare.reference}"}
  - id: settle
    title: Let it settle
    wait: 1s
  - id: done
    title: Released
    end: completed
    message: ${inputs.service} is out.
    """


PUBLISH = """
from pathlib import Path
from dashboards.demo import organisation, reviewing
from workflows import drafting, reviewing as reviews
from workflows.models import Person, Unit, Version
from workflows.publish import publish_version
author = Person.objects.get(username="aiko")
draft = drafting.write(Path(file).read_text(), Unit.objects.get(slug="platform"), author, "It is new.")
review = reviews.submit(draft.version, author)
for username in (reviewing.FIRST, reviewing.SECOND):
    version = reviewing.approve(review, username, "Read.", drafting.database_clock())
owner = Person.objects.get(username=organisation.PROCESS_OWNER)
answer = publish_version(version, owner)
assert isinstance(answer, Version), answer
"""


@pytest.fixture(scope="module")
def playbook(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Publish the playbook on the server's database, as an operator of the installation would."""
    file = tmp_path_factory.mktemp("playbook") / "small-release.yaml"
    file.write_text(PLAYBOOK)
    publish(server, file)
    return "small-release"


def manage(server: Server, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PENSTOCK_ENV")}
    environment |= {"PENSTOCK_DATA": str(server.data), "DJANGO_SETTINGS_MODULE": "dashboards.settings"}
    command = python(str(Path(ROOT) / "manage.py"), *arguments)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def publish(server: Server, file: Path) -> None:
    """Bring a playbook into the library of the demo as its policy wants: written by one, approved by two others."""
    manage(server, "shell", "--no-imports", "-c", f"file = {str(file)!r}\n{PUBLISH}")


def test_a_run_goes_from_its_start_to_its_end(page: Page, signed_in: SignedIn, playbook: str) -> None:
    ines = signed_in("ines", page=page)
    ines.goto(f"/library/{playbook}/start/")
    ines.get_by_label("Service").fill("tariff-api")
    ines.get_by_role("button", name="Start the run").click()
    ines.wait_for_url(re.compile(r"/runs/\d+/$"))
    number = re.search(r"/runs/(\d+)/", ines.url).group(1)
    expect(ines.get_by_role("heading", name="Release tariff-api", level=1)).to_be_visible()

    watching = signed_in("deniz")
    watching.goto(f"/runs/{number}/")
    watching.evaluate("window.neverLoadedAgain = true")
    expect(watching.locator("[data-live-mark]").first).to_have_text(LIVE)

    marit = signed_in("marit")
    marit.goto("/")
    marit.evaluate("window.neverLoadedAgain = true")
    question = "Release REL-19 of tariff-api?"
    expect(marit.get_by_role("link", name=question, exact=True)).to_have_count(0)

    ines.goto("/")
    row = ines.locator("li", has_text="Release tariff-api").filter(has_text="Prepare the release").first
    row.get_by_role("link", name="Prepare the release", exact=True).click()
    ines.get_by_text("Notes written").click()
    expect(ines.get_by_text("1 of 1 ticked")).to_be_visible()
    ines.get_by_label("Reference").fill("REL-19b")
    expect(ines.locator("#kept")).to_contain_text("Draft saved")
    ines.reload()
    expect(ines.get_by_label("Reference")).to_have_value("REL-19b")
    ines.get_by_role("button", name="Hand it in").click()
    expect(ines.locator("#field-reference-error")).to_be_visible()
    expect(ines.get_by_label("Reference")).to_be_focused()
    ines.get_by_label("Reference").fill("REL-19")
    ines.get_by_role("button", name="Hand it in").click()
    expect(ines.get_by_text("Prepare the release: handed in. Release board is next.")).to_be_visible()

    # My work of the manager shows the gate by itself.
    expect(marit.get_by_role("link", name=question, exact=True)).to_be_visible(timeout=10_000)
    assert marit.evaluate("window.neverLoadedAgain") is True
    marit.get_by_role("link", name=question, exact=True).click()
    expect(marit.get_by_role("heading", name=question, level=1)).to_be_visible()
    expect(marit.locator(".changes")).to_contain_text("REL-19")

    # Whoever started it reads, in the place of the vote, why there is none.
    ines.goto(marit.url)
    expect(ines.get_by_text("You started this run. Nobody approves what they asked for.")).to_be_visible()

    marit.locator("#comment").fill("Fine by me.")
    marit.get_by_role("button", name="Approve and continue to Ship it").dblclick()
    expect(marit.get_by_text("Your vote is kept: you approve. The gate is approved. Ship it is next.")).to_be_visible()

    # Nobody touches this page; a worker ships, the clock ends the wait, and the page shows it.
    expect(watching.locator("header").get_by_text("Completed")).to_be_visible(timeout=20_000)
    assert watching.evaluate("window.neverLoadedAgain") is True
    expect(watching.get_by_text("How it ended: tariff-api is out.")).to_be_visible()


def test_a_page_says_since_when_it_is_not_live(page: Page, signed_in: SignedIn) -> None:
    marit = signed_in("marit", page=page)
    marit.goto("/")
    mark = marit.locator("[data-live-mark]")
    expect(mark).to_have_text(LIVE)
    marit.route("**/live/**", lambda route: route.abort())
    marit.context.set_offline(True)
    marit.goto("about:blank")
    marit.context.set_offline(False)
    marit.goto("/")
    expect(mark).to_have_text(re.compile(r"Not live since \d\d?:\d\d"), timeout=10_000)
    marit.unroute("**/live/**")
    expect(mark).to_have_text(LIVE, timeout=20_000)


def test_reading_and_deciding_need_no_script(signed_in: SignedIn, page: Page, server: Server) -> None:
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, base_url=server.url).new_page()
    marit = signed_in("marit", page=plain)
    marit.goto("/")
    marit.get_by_role("link", name=re.compile("Read and decide.*Thermal camera")).first.click()
    marit.locator("#comment").fill("Read without a script.")
    marit.get_by_role("button", name=re.compile("^Approve")).click()
    expect(marit.get_by_text("Your vote is kept: you approve.")).to_be_visible()
    plain.context.close()
