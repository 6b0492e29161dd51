"""The library says what is a template and what adapts one; a template can be read and not started."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from tests.dashboards import office, rows
from tests.dashboards.test_library_page import words
from tests.workflows.test_parents import CHILD, TEMPLATE
from workflows.models import Unit, Version
from workflows.publish import publish

pytestmark = pytest.mark.django_db
SAYS = "A template: it starts no runs, other playbooks adapt it."


@pytest.fixture
def reader() -> Client:
    ines = rows.person("ines", "bosses", first="Ines", last="Okafor")
    Group.objects.get_or_create(name="bosses")
    unit = Unit.objects.create(slug="people", title="People")
    template = TEMPLATE.replace("title: Allow it", "title: Allow it\n    locked: true")
    for text in (template, CHILD):
        assert isinstance(publish(text, unit, None), Version)
    return office.client(ines)


def test_the_library_says_which_is_which(reader: Client) -> None:
    said = words(reader, "/library/")

    assert said.count(SAYS) == 1
    assert said.count("Adapts Leave of absence .") + said.count("Adapts Leave of absence.") == 1
    page = reader.get("/library/").content.decode()
    assert '/library/absence-short/start/"' in page
    assert '/library/absence/start/"' not in page


def test_the_page_of_a_template_offers_no_start(reader: Client) -> None:
    page = reader.get("/library/absence/").content.decode()

    assert SAYS in page
    assert "Start a run" not in page


def test_the_page_of_a_child_leads_to_what_it_adapts_and_says_what_was_proven(reader: Client) -> None:
    page = reader.get("/library/absence-short/").content.decode()

    assert 'Adapts <a href="/library/absence/">Leave of absence</a>.' in page
    assert "Start a run" in page
    assert "No way leads around what is locked in absence: 1 step." in page


def test_nobody_starts_a_template_by_its_address(reader: Client) -> None:
    assert "A template starts no runs" in words(reader, "/library/absence/start/")
    assert reader.post("/library/absence/start/", {"days": "3"}).status_code == 409
