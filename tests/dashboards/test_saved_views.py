"""Saved views: kept, changed, shared and removed by whoever keeps them; each shows its reader their own runs."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboards.board import saved
from dashboards.models import SavedView
from engine.machine.commands import Refusal
from runs.outcomes import FieldErrors
from tests.dashboards import office, rows
from workflows.models import Part, Person, Unit

pytestmark = pytest.mark.django_db


def member(username: str, of: Unit | None = None) -> Person:
    someone = rows.person(username)
    Part.objects.create(unit=of or rows.unit(), person=someone, part=Part.Kind.MEMBER)
    return someone


@pytest.fixture
def ann() -> Person:
    return member("ann")


def keep(person: Person, name: str = "Stuck", query: str = "?state=attention", unit: str = "") -> SavedView:
    view = saved.keep(person, name, query, unit)
    assert isinstance(view, SavedView), view
    return view


def tabs(reader: Client, address: str = "/runs/") -> list[str]:
    html = reader.get(address).content.decode()
    line = html[html.index('<nav class="tabs"') : html.index("</nav>", html.index('<nav class="tabs"'))]
    return [re.sub(r"<[^>]+>", "", tab).strip() for tab in re.findall(r"<a.*?</a>", line)]


def test_a_view_is_saved_from_the_board_and_is_a_tab_there(ann: Person) -> None:
    reader = office.client(ann)
    answer = reader.post(
        "/runs/views/keep/", {"name": " Stuck   ones ", "query": "?state=attention&after=x&columns=unit"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/runs/?state=attention&columns=unit")
    html = reader.get(answer["Location"]).content.decode()
    assert re.search(r'aria-current="page">Stuck ones<', html)
    assert "Kept as “Stuck ones”" in html
    assert tabs(reader) == ["All running", "Waiting for me", "Started by me", "Stuck ones", "All views"]


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(ann: Person) -> None:
    reader = office.client(ann)
    keep(ann, "Stuck")
    cases = {"": saved.NAMELESS, "x" * 61: saved.TOO_LONG, "STUCK": saved.DOUBLE, " \0 ": saved.NAMELESS}
    for name, sentence in cases.items():
        answer = reader.post("/runs/views/keep/", {"name": name, "query": "?risk=high", "unit": "platform"})
        html = answer.content.decode()
        assert answer.status_code == 422, name
        assert sentence in html
        assert 'value="?risk=high"' in html
        assert '<option value="platform" selected' in html
        assert "high risk" in html
    assert 'value="STUCK"' in reader.post("/runs/views/keep/", {"name": "STUCK", "query": "?"}).content.decode()
    SavedView.objects.bulk_create(
        SavedView(owner=ann, name=f"v{nth}", query="?", created_at=rows.NOW, changed_at=rows.NOW) for nth in range(49)
    )
    assert saved.keep(ann, "One more", "?") == FieldErrors(name=saved.TOO_MANY)
    assert saved.keep(member("ben"), "Stuck", "?", "nowhere") == FieldErrors(unit=saved.NOT_THERE)


def test_who_sees_a_shared_view(ann: Person) -> None:
    team = Unit.objects.create(slug="team", title="Team", parent=rows.unit())
    other = Unit.objects.create(slug="other", title="Other")
    keep(ann, "Suppliers", unit="platform")
    keep(ann, "Mine alone")
    keep(ann, "Of the team", unit="team")
    rows.version()  # of the platform; its roles are engineers and managers
    seen = {
        "whole": member("whole"),
        "below": member("below", team),
        "role": rows.person("role", "engineers"),
        "elsewhere": member("elsewhere", other),
        "nobody": rows.person("nobody"),
    }
    names = {who: sorted(SavedView.objects.visible_to(one).values_list("name", flat=True)) for who, one in seen.items()}
    assert names["whole"] == ["Of the team", "Suppliers"]
    assert names["below"] == ["Of the team"]
    assert names["role"] == ["Suppliers"]
    assert names["elsewhere"] == names["nobody"] == []
    assert "Shared by Ann: Suppliers" in tabs(office.client(seen["whole"]))
    gone = seen["whole"]
    gone.is_active = False
    assert not SavedView.objects.visible_to(gone).exists()


def test_only_whoever_keeps_a_view_changes_it(ann: Person) -> None:
    shared, private = keep(ann, "Suppliers", unit="platform"), keep(ann, "Private")
    ben = member("ben")
    reader = office.client(ben)
    for what in ("change", "remove"):
        answer = reader.post(f"/runs/views/{shared.pk}/{what}/", {"name": "Taken over"})
        assert answer.status_code == 409
        assert f"Only Ann Doe, who shares this view, can {what} it" in answer.content.decode()
        assert reader.post(f"/runs/views/{private.pk}/{what}/").status_code == 404
    assert reader.post("/runs/views/keep/", {"over": shared.pk, "query": "?"}).status_code == 409
    for number in ("x", "-1", "9" * 30):
        assert reader.post("/runs/views/keep/", {"over": number, "query": "?"}).status_code == 404
    assert isinstance(saved.remove(shared, ben), Refusal)
    assert set(SavedView.objects.values_list("name", flat=True)) == {"Suppliers", "Private"}


def test_ones_own_view_is_renamed_shared_saved_over_and_removed(ann: Person) -> None:
    reader, view = office.client(ann), keep(ann)
    keep(ann, "Other")
    assert reader.post(f"/runs/views/{view.pk}/change/", {"name": "Other", "unit": ""}).status_code == 422
    answer = reader.post(f"/runs/views/{view.pk}/change/", {"name": "stuck", "unit": "platform"})
    assert answer.status_code == 302
    view.refresh_from_db()
    assert (view.name, view.unit, view.query) == ("stuck", rows.unit(), "?state=attention")
    answer = reader.post("/runs/views/keep/", {"over": view.pk, "query": "?risk=high"})
    assert answer["Location"] == "/runs/?risk=high"
    view.refresh_from_db()
    assert (view.name, view.unit, view.query) == ("stuck", rows.unit(), "?risk=high")
    ann.parts.all().delete()  # who left a unit keeps what was shared there, and may still rename it
    reader.post(f"/runs/views/{view.pk}/change/", {"name": "Renamed", "unit": "platform"})
    view.refresh_from_db()
    assert (view.name, view.unit) == ("Renamed", rows.unit())
    assert reader.post(f"/runs/views/{view.pk}/remove/").status_code == 302
    assert not SavedView.objects.filter(pk=view.pk).exists()


def test_a_view_that_no_longer_makes_sense_says_so(ann: Person) -> None:
    SavedView.objects.create(
        owner=ann, name="Old", query="?playbook=gone&risk=high", created_at=rows.NOW, changed_at=rows.NOW
    )
    html = office.client(ann).get("/runs/views/").content.decode()
    assert "There is no playbook “gone”." in html
    assert "high risk" in html


def test_whoever_opens_a_shared_address_sees_their_own_runs(ann: Person) -> None:
    version, nora = rows.version(), rows.person("nora")
    mine = rows.run(version, ann, title="Hers")
    own = rows.run(version, nora, title="Noras own")
    html = office.client(nora).get("/runs/?mine=started&risk=high").content.decode()
    assert (f'id="run-{own.number}"' in html, f'id="run-{mine.number}"' in html) == (True, False)


def test_views_cost_no_queries_each(ann: Person) -> None:
    rows.version()
    reader = office.client(ann)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reader.get(address).status_code == 200
        return len(captured)

    keep(ann, "One", "?playbook=change&version=1&unit=platform&person=ann", unit="platform")
    reader.get("/runs/")
    few = [queries("/runs/"), queries("/runs/views/")]
    for nth in range(20):
        keep(ann, f"More {nth}", f"?playbook=change&version=1&q={nth}", unit="platform")
    assert [queries("/runs/"), queries("/runs/views/")] == few


def test_nothing_is_changed_by_a_get(ann: Person) -> None:
    view, reader = keep(ann), office.client(ann)
    for address in ("keep/", f"{view.pk}/change/", f"{view.pk}/remove/"):
        assert reader.get(f"/runs/views/{address}").status_code == 405
    assert Client().post("/runs/views/keep/", {"name": "x", "query": "?"}).status_code == 302
    assert SavedView.objects.count() == 1
