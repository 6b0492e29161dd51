"""An operator finds the run that is stuck, its reason and the remedy in three clicks, and watches it move on; so does a
colleague who looks at the board meanwhile.

RUNS=100000 plays it on a board with so many runs more.
"""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server, SignedIn
from tests.processes import ROOT, environment, python


@pytest.fixture
def many(server: Server) -> None:
    if os.environ.get("RUNS"):
        command = python("manage.py", "seed_load", "--runs", os.environ["RUNS"], "--yes")
        subprocess.run(command, cwd=ROOT, env=environment(server.data, PENSTOCK_DEMO="1"), check=True)


@pytest.mark.usefixtures("many")
def test_a_stuck_run_is_found_put_right_and_seen_to_move_on(signed_in: SignedIn) -> None:
    operator, colleague = signed_in("deniz"), signed_in("hanna")
    colleague.goto("/runs/?q=meter-gateway&state=all")
    their_row = colleague.locator("tr", has_text="Ship meter-gateway 5.2")
    expect(their_row).to_contain_text("Needs attention")
    colleague.evaluate("window.first = true")

    operator.goto("/runs/?q=meter-gateway")
    operator.locator("#tile-attention").click()
    operator.get_by_role("link", name="Ship meter-gateway 5.2").click()
    reason = operator.locator(".notice--attention")
    expect(reason).to_contain_text("Take a snapshot needs an operator: the action failed after its last attempt")
    expect(reason).to_contain_text("is not a public address")
    watched = operator.context.new_page()
    watched.goto(operator.url)
    watched.evaluate("window.first = true")
    reason.get_by_role("link", name="Skip").click()
    expect(operator.get_by_role("main")).to_contain_text("It goes on without its result")
    operator.get_by_label("Why").fill("The snapshot of last night will do.")
    operator.get_by_role("button", name=re.compile("^Skip")).click()
    expect(operator.get_by_role("main")).to_contain_text("done, and kept in the log under your name")

    # the step after it is tried, fails as well for the same reason, or waits: in any case not at the snapshot
    expect(watched.locator(".log")).to_contain_text("The snapshot of last night will do", timeout=10_000)
    expect(their_row).not_to_contain_text("Take a snapshot", timeout=10_000)
    assert [page.evaluate("window.first") for page in (watched, colleague)] == [True, True], "nothing was reloaded"
