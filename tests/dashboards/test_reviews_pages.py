"""Drafts and reviews on their pages: nothing typed is lost, who may decide and why not, and what others decided."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client

from engine.lifecycles import VersionStatus
from tests.dashboards import office, rows
from tests.workflows.texts import ABSENCE, BROKEN
from workflows.models import GovernanceEntry, Part, Person, Remark, Review, Unit, Version
from workflows.publish import publish

pytestmark = pytest.mark.django_db
DRAFT = "/library/absence/drafts/2/"
SHORTER = ABSENCE.replace("max: 30", "max: 20")


def person(username: str, unit: Unit, kind: Part.Kind, *groups: str) -> Person:
    someone = rows.person(username, *groups)
    Part.objects.create(unit=unit, person=someone, part=kind)
    return someone


@pytest.fixture
def house(db: None) -> dict[str, Person]:
    """An author, two process owners, an auditor and a member of the unit `people`; version 1 of a playbook."""
    unit = Unit.objects.create(slug="people", title="People")
    Group.objects.create(name="bosses")
    house = {
        "aiko": person("aiko", unit, Part.Kind.AUTHOR),
        "priya": person("priya", unit, Part.Kind.PROCESS_OWNER, "bosses"),
        "otto": person("otto", unit, Part.Kind.PROCESS_OWNER, "bosses"),
        "emil": person("emil", unit, Part.Kind.AUDITOR),
        "mia": person("mia", unit, Part.Kind.MEMBER),
    }
    assert isinstance(publish(ABSENCE, unit, house["aiko"]), Version)
    return house


@pytest.fixture
def aiko(house: dict[str, Person]) -> Client:
    return office.client(house["aiko"])


def said(answer: HttpResponse) -> str:
    html = answer.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace("&#x27;", "'").replace("&quot;", '"')


def seen(reader: Client) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', reader.get(DRAFT).content.decode())
    assert found
    return found[1]


def save(reader: Client, text: str, act: str = "save", at: str = "", follow: bool = False):
    typed = {"text": text, "changes": "Nobody takes thirty.", "seen": at or seen(reader), "act": act}
    return reader.post(DRAFT, typed, follow=follow)


def in_review(reader: Client) -> Review:
    reader.post("/library/absence/change/")
    save(reader, SHORTER, "review")
    return Review.objects.get()


def test_from_the_playbooks_page_through_a_review_to_the_new_runs(house: dict[str, Person], aiko: Client) -> None:
    assert "Change this playbook" in said(aiko.get("/library/absence/"))
    assert aiko.post("/library/absence/change/").headers["Location"] == DRAFT
    answer = save(aiko, SHORTER, "review", follow=True)
    assert "May version 2 of Leave of absence be published?" in said(answer)
    review, priya = Review.objects.get(), office.client(house["priya"])

    assert "1 version of a playbook waits for your review" in said(priya.get("/"))
    assert "Leave of absence version 2 (" in said(priya.get("/reviews/"))
    page = priya.get(f"/reviews/{review.pk}/")
    for words in ("Nobody takes thirty.", "0 of 1: a process owner", "No run of it is open.", "Aiko Doe Excluded"):
        assert words in said(page)
    assert "20" in said(page)
    given = {"choice": "approve", "comment": "", "digest": review.version.digest}
    told = priya.post(f"/reviews/{review.pk}/say/", given, follow=True)
    assert "Version 2 is approved: it can be published now." in said(told)
    told = priya.post(f"/reviews/{review.pk}/publish/", follow=True)

    assert "Version 2 is published: new runs start on it from now on." in said(told)
    assert Version.objects.get(number=2).status == VersionStatus.PUBLISHED
    assert "Deprecated" in said(told)


def test_why_it_cannot_be_published_names_titles_and_people(house: dict[str, Person], aiko: Client) -> None:
    aiko.post("/library/absence/change/")
    save(aiko, SHORTER, "review")
    priya, review = office.client(house["priya"]), Review.objects.get()
    priya.post(f"/reviews/{review.pk}/say/", {"choice": "approve", "comment": "", "digest": review.version.digest})
    Group.objects.get(name="bosses").user_set.clear()

    told = said(priya.post(f"/reviews/{review.pk}/publish/"))

    assert "The gate “Allow it” needs 1 approval of boss, and there is nobody" in told
    in_time = "policy: in-time\ntitle: In time\nunit: people\nrequire: [{every: gate, has: [window]}]\n"
    assert isinstance(publish(in_time, Unit.objects.get(), None), Version)

    told = said(priya.post(f"/reviews/{review.pk}/publish/"))

    assert "Line 12: The policy “In time” does not hold: the gate “Allow it” has no window ." in told


def test_what_does_not_compile_is_saved_and_told_at_its_line(aiko: Client) -> None:
    aiko.post("/library/absence/change/")

    answer = save(aiko, BROKEN.replace("broken", "absence"), "review")

    assert answer.status_code == 409
    assert "Your draft is saved; it went no further." in said(answer)
    assert re.search(r'<a tabindex="-1" class="editor__error" href="#problem-1">11</a>', answer.content.decode())
    assert "Line 11" in said(answer)
    assert "Broken" in Version.objects.get(number=2).source
    assert not Review.objects.exists()


def test_a_second_tab_keeps_what_it_typed_and_sees_what_is_saved(aiko: Client) -> None:
    aiko.post("/library/absence/change/")
    opened = seen(aiko)
    save(aiko, SHORTER, at=opened)

    answer = save(aiko, ABSENCE.replace("max: 30", "max: 7"), at=opened)

    assert answer.status_code == 409
    html = answer.content.decode()
    assert "saved in another window" in html
    assert "max: 7" in html
    assert "max: 20" in html
    assert Version.objects.get(number=2).source == SHORTER
    again = re.search(r'name="seen" value="([^"]+)"', html)
    assert again
    save(aiko, ABSENCE.replace("max: 30", "max: 7"), at=again[1])
    assert "max: 7" in Version.objects.get(number=2).source


def test_a_new_one_begins_with_a_text_and_keeps_it_where_it_cannot_be_saved(
    house: dict[str, Person], aiko: Client
) -> None:
    assert "owner: people" in aiko.get("/drafts/new/").content.decode()
    assert office.client(house["mia"]).get("/drafts/new/").status_code == 404

    answer = aiko.post("/drafts/new/", {"text": "title: No id\nsteps: []", "unit": "people"})
    assert answer.status_code == 422
    assert "title: No id" in answer.content.decode()
    answer = aiko.post("/drafts/new/", {"text": "playbook: fresh\ntitle: Fresh", "unit": "people"})
    assert answer.headers["Location"] == "/library/fresh/drafts/1/"
    assert "needs the key" in said(aiko.get("/library/fresh/drafts/1/"))


def test_whoever_is_late_is_told_who_decided_and_keeps_what_they_wrote(house: dict[str, Person], aiko: Client) -> None:
    review = in_review(aiko)
    given = {"choice": "approve", "comment": "", "digest": review.version.digest}
    office.client(house["priya"]).post(f"/reviews/{review.pk}/say/", given)

    late = office.client(house["otto"]).post(
        f"/reviews/{review.pk}/say/", given | {"choice": "reject", "comment": "Twenty is not legal."}
    )

    assert late.status_code == 409
    assert "this was decided before. Priya Doe approved it, and that was enough." in said(late)
    assert "You had written: “Twenty is not legal.”" in said(late)


def test_the_author_and_others_read_why_they_do_not_decide(house: dict[str, Person], aiko: Client) -> None:
    review = in_review(aiko)
    address = f"/reviews/{review.pk}/"

    assert "You do not decide here. Whoever wrote a version does not review it" in said(aiko.get(address))
    emil = office.client(house["emil"])
    assert "Only process owners may review it." in said(emil.get(address))
    digest = review.version.digest
    assert emil.post(f"{address}say/", {"choice": "approve", "digest": digest}).status_code == 409
    assert GovernanceEntry.objects.filter(kind="refused", by="emil").exists()
    assert "Remark on" not in said(emil.get(f"{address}?line=8")), "an auditor reads remarks and writes none"
    assert emil.post(f"{address}remarks/", {"line": "8", "text": "Why?"}).status_code == 409
    assert not Remark.objects.exists()
    mia = office.client(house["mia"])
    assert [mia.get(address).status_code, mia.get(DRAFT).status_code] == [404, 404]
    assert mia.post(f"{address}say/", {"choice": "approve", "digest": digest}).status_code == 404
    priya = office.client(house["priya"])
    answer = priya.post(f"{address}say/", {"choice": "changes", "comment": "", "digest": digest})
    assert (answer.status_code, 'aria-describedby="comment-error"' in answer.content.decode()) == (422, True)


def test_remarks_stand_at_their_lines_and_come_back_with_the_draft(house: dict[str, Person], aiko: Client) -> None:
    review, priya = in_review(aiko), office.client(house["priya"])
    address = f"/reviews/{review.pk}/"
    assert "Your remark at line 8" in said(priya.get(f"{address}?line=8"))
    assert priya.post(f"{address}remarks/", {"line": "8", "text": " "}).status_code == 422
    assert priya.post(f"{address}remarks/", {"line": "8", "text": "Why <b>?"}).headers["Location"] == f"{address}#L8"
    remark = Remark.objects.get()
    aiko.post(f"{address}remarks/", {"answers": str(remark.pk), "text": "The law."})

    html = priya.get(address).content.decode()
    assert "Why &lt;b&gt;?" in html
    assert "The law." in html
    aiko.post(f"{address}withdraw/")
    assert "Why" in said(aiko.get(DRAFT))
    aiko.post(f"{address}remarks/{remark.pk}/resolve/")
    assert Remark.objects.filter(resolved_by=house["aiko"]).count() == 1


def test_a_get_changes_nothing(house: dict[str, Person], aiko: Client) -> None:
    review = in_review(aiko)
    before = (list(Version.objects.values()), GovernanceEntry.objects.count())
    for act in ("say", "withdraw", "publish", "remarks"):
        assert office.client(house["priya"]).get(f"/reviews/{review.pk}/{act}/").status_code == 405
    assert [aiko.get(f"/library/absence/{act}").status_code for act in ("change/", "drafts/2/discard/")] == [405, 405]
    assert (list(Version.objects.values()), GovernanceEntry.objects.count()) == before


def test_what_is_published_is_confirmed_handed_over_and_retired(house: dict[str, Person], aiko: Client) -> None:
    priya = office.client(house["priya"])
    assert "It is still right" in said(aiko.get("/library/absence/confirm/"))
    aiko.post("/library/absence/confirm/", {"note": "Read it."})
    assert priya.post("/library/absence/owner/", {"owner": "mia"}).status_code == 422
    priya.post("/library/absence/owner/", {"owner": "priya"})
    assert "Priya Doe" in said(priya.get("/library/absence/"))
    refused = aiko.post("/library/absence/retire/", {"reason": "Old"})
    assert (refused.status_code, "Only process owners of People" in said(refused)) == (409, True)
    rows.run(Version.objects.get(), house["mia"])
    stopped = priya.post("/library/absence/retire/", {"reason": "Old"})
    assert "1 run is open on version 1" in said(stopped)
    assert Version.objects.get().status == VersionStatus.PUBLISHED
    kinds = set(GovernanceEntry.objects.values_list("kind", flat=True))
    assert {"confirmed", "owner", "refused"} <= kinds
