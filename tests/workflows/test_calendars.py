"""The shipped calendars: they can be read, a playbook may name them, and what it was published with stays."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from engine import definition as definitions
from workflows import calendars, scenarios
from workflows.models import Unit, Version
from workflows.publish import publish

PLAYBOOK = """\
playbook: invoice-check
title: Check an invoice
kind: sop
owner: finance
calendar: office-hours-eu
steps:
  - id: check
    task: {assign: starter}
    due: 2bd
"""


def test_every_shipped_calendar_can_be_read_and_has_a_title() -> None:
    assert set(calendars.KNOWN) == {"office-hours-eu"}
    assert len(calendars.KNOWN) == 1
    assert all(calendar.name == name and calendar.title for name, calendar in calendars.KNOWN.items())
    assert "nothing" not in calendars.KNOWN
    assert calendars.KNOWN.get("nothing") is None


def test_a_scenario_counts_by_the_shipped_calendar(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PLAYBOOK)
    text = """\
scenario: over Easter
playbook: p.yaml
start: {by: ann, at: "2026-04-02T13:00:00Z"}
script:
  - expect: {future: [{step: check, what: due, at: "2026-04-08T13:00:00Z"}]}
"""
    (one,) = scenarios.rehearse_text(text, tmp_path / "s.yaml")
    assert (one.problems, one.failures) == ((), ())


def test_the_command_knows_it_and_says_which_was_meant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(PLAYBOOK)
    call_command("compile", str(file))
    file.write_text(PLAYBOOK.replace("office-hours-eu", "ofice-hours-eu"))
    with pytest.raises(SystemExit):
        call_command("compile", str(file))
    assert "Did you mean `office-hours-eu`?" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_published_version_keeps_the_days_off_it_was_published_with() -> None:
    version = publish(PLAYBOOK, Unit.objects.create(slug="finance", title="Finance"), None)
    assert isinstance(version, Version)
    version.refresh_from_db()
    definition = definitions.from_json(json.loads(version.definition))
    assert definition.digest == version.digest
    assert definition.calendar is not None
    assert date(2026, 4, 27) in definition.calendar.closed
