"""What goes wrong in governance, as somebody meets it on a page: each is told in a sentence, nothing is half done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from engine.lifecycles import VersionStatus
from tests.dashboards import office, rows
from tests.dashboards.test_reviews_pages import aiko, house, in_review, said
from tests.workflows.texts import ABSENCE
from workflows.models import Artifact, GovernanceEntry, Opinion, Part, Person, Review, Unit, Version
from workflows.publish import publish

__all__ = ["aiko", "house"]
pytestmark = pytest.mark.django_db
People = dict[str, Person]

POLICY = "policy: eyes\ntitle: Four eyes\nunit: people\npublish: {approvers: [process-owner], quorum: 2}\n"
CALLER = """\
playbook: caller
title: Asks for leave
kind: sop
owner: people
steps:
  - {id: ask, call: absence, with: {days: 2}}
"""


def everything() -> list[Any]:
    """All that governance keeps, but who was refused."""
    kept = [list(model.objects.order_by("pk").values()) for model in (Unit, Part, Person, Artifact, Version)]
    kept += [list(model.objects.order_by("pk").values()) for model in (Review, Opinion)]
    return [*kept, list(GovernanceEntry.objects.exclude(kind="refused").order_by("pk").values())]


@pytest.fixture
def root(house: People) -> Client:
    return office.client(Person.objects.create(username="root", is_staff=True, is_superuser=True))


def test_a_playbook_that_adapts_itself_through_another(house: People, aiko: Client) -> None:
    unit = Unit.objects.get(slug="people")
    template = ABSENCE.replace("title: Leave", "template: true\ntitle: Leave")
    for text in (template, "playbook: child\nextends: absence\n"):
        assert isinstance(publish(text, unit, None), Version)
    aiko.post("/library/absence/change/")
    address = f"/library/absence/drafts/{Version.objects.get(status='draft').number}/"
    text = "playbook: absence\nextends: child\n"
    at = Version.objects.get(status="draft").written_at.isoformat()
    before = Review.objects.count(), list(Version.objects.exclude(status="draft").values())
    answer = aiko.post(address, {"text": text, "changes": "Round", "seen": at, "act": "review"}, follow=True)
    assert "These adapt each other: absence → child → absence. Name a parent that does not stand on this one." in said(
        answer
    )
    assert (Review.objects.count(), list(Version.objects.exclude(status="draft").values())) == before
    assert Version.objects.get(status="draft").source == text, "what was typed is kept"


def test_an_author_who_reviews_their_own(house: People, aiko: Client) -> None:
    review = in_review(aiko)
    Part.objects.create(unit=Unit.objects.get(), person=house["aiko"], part=Part.Kind.PROCESS_OWNER)
    before, given = everything(), {"choice": "approve", "comment": "Mine.", "digest": review.version.digest}
    answer = aiko.post(f"/reviews/{review.pk}/say/", given)
    assert answer.status_code == 409
    assert "Whoever wrote a version does not review it: somebody else has to." in said(answer)
    assert "You had written: “Mine.”" in said(answer)
    assert everything() == before
    assert GovernanceEntry.objects.filter(kind="refused", by="aiko").exists()


def test_a_second_reviewer_while_the_first_publishes(house: People, aiko: Client) -> None:
    review, priya, otto = in_review(aiko), office.client(house["priya"]), office.client(house["otto"])
    address, given = f"/reviews/{review.pk}/", {"digest": review.version.digest}
    assert otto.get(address).status_code == 200
    priya.post(f"{address}say/", {**given, "choice": "approve"})
    assert priya.post(f"{address}publish/").status_code == 302
    before = everything()
    late = otto.post(f"{address}say/", {**given, "choice": "changes", "comment": "Twenty is not legal."})
    assert late.status_code == 409
    assert "this was decided before. Priya Doe approved it, and that was enough." in said(late)
    assert "You had written: “Twenty is not legal.”" in said(late)
    twice = otto.post(f"{address}publish/")
    assert twice.status_code == 409
    assert "Priya Doe published version 2 already: new runs start on it." in said(twice)
    assert everything() == before


def test_a_policy_that_contradicts_the_one_above_it(house: People, aiko: Client) -> None:
    """At the draft, at the review and at publishing, which it may have come to before the one above did."""
    people, priya = Unit.objects.get(slug="people"), office.client(house["priya"])
    company = Unit.objects.create(slug="company", title="Company")
    Unit.objects.filter(pk=people.pk).update(parent=company, path="/company/people/")
    odd = "policy: odd\ntitle: Odd\nunit: people\npublish: {approvers: [author]}\n"
    assert priya.post("/drafts/new/", {"text": odd, "unit": "people"}).status_code == 302
    address = "/library/odd/drafts/1/"

    def ask() -> Any:
        at = Version.objects.get(artifact__slug="odd").written_at.isoformat()
        return priya.post(address, {"text": odd, "changes": "", "seen": at, "act": "review"}, follow=True)

    assert isinstance(publish(POLICY.replace("unit: people", "unit: company"), company, None), Version)
    told = "“Four eyes” of Company accepts only approvals of process owner: nobody could approve for both."
    assert told in said(ask())
    assert not Review.objects.exists()

    retired = Version.objects.get(artifact__slug="eyes")  # as if it came after the review
    retired.deprecate()
    retired.save()
    ask()
    review, otto = Review.objects.get(), office.client(house["otto"])
    given = {"choice": "approve", "digest": review.version.digest}
    assert otto.post(f"/reviews/{review.pk}/say/", given).status_code == 302
    retired.restore()
    retired.save()
    before = everything()
    stopped = otto.post(f"/reviews/{review.pk}/publish/")
    assert stopped.status_code == 409
    assert told in said(stopped)
    assert everything() == before


def test_a_unit_moved_below_itself(house: People, root: Client) -> None:
    Unit.objects.create(slug="night", title="Night", parent=Unit.objects.get(slug="people"))
    before = everything()
    for parent, says in (("night", "Night stands below People itself"), ("people", "People cannot stand below itself")):
        answer = root.post("/units/people/move/", {"parent": parent})
        assert answer.status_code == 422
        assert says in said(answer)
    assert everything() == before


def test_the_last_process_owner_who_leaves(house: People, root: Client) -> None:
    assert root.post("/person/otto/take-part/", {"part": "process_owner:people"}).status_code == 302
    before = everything()
    says = "Priya Doe is the last process owner of People, and somebody has to answer for what it keeps."
    for address, given in (("take-part/", {"part": "process_owner:people"}), ("deactivate/", {})):
        answer = root.post(f"/person/priya/{address}", given)
        assert answer.status_code == 403, address
        assert says in said(answer)
    assert everything() == before


def test_a_version_that_runs_and_children_use(house: People, aiko: Client) -> None:
    unit, priya = Unit.objects.get(slug="people"), office.client(house["priya"])
    assert isinstance(publish(CALLER, unit, None), Version)
    version = Version.objects.get(artifact__slug="absence")
    rows.run(version, house["mia"])
    before = everything()
    stopped = priya.post("/library/absence/retire/", {"reason": "Old"})
    assert stopped.status_code == 409
    assert "1 run is open on version 1: let them end, or move them, first." in said(stopped)
    version.runs.update(status="completed", lane="ended")
    used = priya.post("/library/absence/retire/", {"reason": "Old"})
    assert used.status_code == 409
    assert "Other published playbooks use it: Asks for leave (caller 1). Publish them without it first." in said(used)
    assert "Old</textarea>" in used.content.decode(), "what was typed is kept"
    assert everything() == before
    assert version.status == VersionStatus.PUBLISHED
