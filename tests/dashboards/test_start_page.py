"""The start form: made from the inputs, errors at the fields, one run however often it is sent."""

from __future__ import annotations

import pytest
from django.test import Client

from engine.definition import Definition, FieldSpec
from runs.models import Run
from tests.dashboards import office
from tests.runs import house
from workflows.models import Part, Person, Unit, Version

pytestmark = pytest.mark.django_db
People = dict[str, Person]
PAGE = "/library/hire/start/"


def hire() -> Definition:
    return house.playbook(
        "hire",
        [house.task("meet"), house.end()],
        inputs=(
            FieldSpec("name", "text", title="Name"),
            FieldSpec("days", "integer", title="Days a week", minimum=1, maximum=5),
            FieldSpec("begins", "date", title="First day", required=False),
            FieldSpec("mail", "email", title="Mail", required=False),
            FieldSpec("level", "choice", title="Level", options=("junior", "senior")),
            FieldSpec("teams", "list", title="Teams", of="text", required=False),
            FieldSpec("lead", "user", title="Lead", required=False),
            FieldSpec("trial", "duration", title="Trial", default={"$seconds": 86400.0}),
            FieldSpec("remote", "boolean", title="Remote", required=False),
        ),
        run_title="Hire ${inputs.name}",
        names={"inputs.name": "string"},
    )


@pytest.fixture
def zoe(people: People) -> Client:
    house.publish(hire())
    return office.client(people["zoe"])


GOOD = {"name": "Ann", "days": "4", "level": "senior", "trial": "2w", "key": "k1"}


def test_there_is_a_control_for_every_kind_of_input(zoe: Client) -> None:
    html = zoe.get(PAGE).content.decode()
    assert 'inputmode="numeric"' in html
    assert 'type="date"' in html
    assert 'type="email"' in html
    assert '<option value="senior">' in html
    assert '<option value="ann">Ann Archer</option>' in html
    assert 'value="1d"' in html
    assert "From 1 to 5." in html
    assert 'type="checkbox"' in html


def test_it_starts_the_run_and_goes_to_it(zoe: Client) -> None:
    answer = zoe.post(PAGE, {**GOOD, "teams": "grid\r\nbilling", "remote": "true"}, follow=True)
    run = Run.objects.get()
    assert answer.redirect_chain == [(f"/runs/{run.number}/", 302)]
    html = answer.content.decode()
    assert run.title == "Hire Ann"
    assert "is under way." in html
    assert "grid, billing" in html


def test_sending_it_twice_starts_one_run(zoe: Client) -> None:
    first, second = zoe.post(PAGE, GOOD), zoe.post(PAGE, GOOD)
    assert Run.objects.count() == 1
    assert first["Location"] == second["Location"]
    zoe.post(PAGE, {**GOOD, "key": "k2"})
    assert Run.objects.count() == 2


def test_what_is_wrong_is_said_at_the_fields_and_what_was_typed_is_kept(zoe: Client) -> None:
    answer = zoe.post(PAGE, {**GOOD, "days": "9", "mail": "not-mail", "name": "", "begins": "2026-02-31"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert not Run.objects.exists()
    assert html.count('aria-invalid="true"') == 4
    assert 'value="9"' in html
    assert 'value="not-mail"' in html
    assert '<option value="senior" selected>' in html
    assert 'value="k1"' in html  # the key stays, so that a repeat is a repeat
    assert "4 fields need you" in html


def test_unknown_names_are_ignored(zoe: Client) -> None:
    zoe.post(PAGE, {**GOOD, "started_by": "mia", "status": "completed"})
    run = Run.objects.get()
    assert (run.started_by.username, run.status) == ("zoe", "running")


def test_who_may_not_start_reads_why_and_is_refused(people: People, zoe: Client) -> None:
    otto = office.client(people["otto"])
    assert otto.get(PAGE).status_code == 404, "a playbook of another unit"
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people["otto"], part=Part.Kind.VIEWER)
    html = otto.get(PAGE).content.decode()
    assert "You may not start this playbook." in html
    assert '<button class="button button--main"' not in html
    answer = otto.post(PAGE, GOOD)
    assert answer.status_code == 409
    assert "Not started." in answer.content.decode()
    assert not Run.objects.exists()


def test_a_replaced_version_starts_nothing(people: People, zoe: Client) -> None:
    version = Version.objects.get()
    version.deprecate()
    version.save()
    assert zoe.get(PAGE).status_code == 404
    assert zoe.post(PAGE, GOOD).status_code == 404


def test_a_playbook_without_inputs_needs_one_click(people: People, zoe: Client) -> None:
    house.publish(house.playbook("bare", [house.task("meet"), house.end()]))
    assert "It needs nothing from you" in zoe.get("/library/bare/start/").content.decode()
    zoe.post("/library/bare/start/", {"key": "k"})
    assert Run.objects.filter(version__artifact__slug="bare").count() == 1


def test_a_character_that_no_text_may_hold_breaks_nothing(zoe: Client) -> None:
    assert zoe.post(PAGE, {**GOOD, "name": "An\0n"}).status_code in (302, 422)
