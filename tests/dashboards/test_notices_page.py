"""The bell, the page, what opening reads, how I am told, and what administrators see of what does not arrive."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import complete, definitions, notices, vote
from runs.models import Channel, ChannelFault, Letter, Notice, NoticeRoute, NoticeWish, Run
from runs.notices import faults, governance
from tests.dashboards import office
from tests.runs import house
from workflows import governing
from workflows.models import Artifact, Part, Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]
HTMX = {"HX-Request": "true"}


def bell_of(html: str) -> str:
    found = re.search(r'id="bell".*?</a>', html, re.S)
    assert found
    return re.sub(r"<[^>]+>", " ", found[0])


def test_the_bell_counts_what_is_news(people: People, run: Run) -> None:
    mia = office.client(people["mia"])
    assert "unread" not in bell_of(mia.get("/notices/").content.decode())
    gate = office.plan(run, people["ann"])
    html = mia.get("/notices/").content.decode()
    assert "1  unread" in bell_of(html)
    assert "Your decision is asked: Change board" in html
    assert f'href="/runs/{run.number}/gates/{gate.number}/"' in html
    fresh = mia.get("/notices/bell/?shown=0", headers=HTMX)
    assert "1  unread" in bell_of(fresh.content.decode())
    assert mia.get("/notices/bell/?shown=1", headers=HTMX).status_code == 204


def test_looking_reads_nothing_and_opening_does(people: People, run: Run) -> None:
    gate = office.plan(run, people["ann"])
    mia, max_ = office.client(people["mia"]), office.client(people["max"])
    page = f"/runs/{run.number}/gates/{gate.number}/"
    html = mia.get(page).content.decode()
    assert Notice.objects.filter(person=people["mia"], read_at=None).count() == 1
    opened = re.search(r'hx-post="(/notices/opened/[^"]+)" hx-trigger="load"', html)
    assert opened
    assert mia.get(opened[1]).status_code == 405
    assert "unread" not in bell_of(mia.post(opened[1], headers=HTMX).content.decode())
    assert mia.post(opened[1], headers=HTMX).status_code == 204
    assert not Notice.objects.filter(person=people["mia"], read_at=None).exists()
    assert "1  unread" in bell_of(max_.get("/").content.decode()), "what mia reads is not read for max"


def test_what_was_decided_meanwhile_says_so_and_does_not_count(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    office.cast(run, people["max"], "approve")
    office.cast(run, people["mo"], "approve")
    html = office.client(people["mia"]).get("/notices/").content.decode()
    assert "unread" not in bell_of(html)
    assert "approved meanwhile" in html
    ann = office.client(people["ann"]).get("/notices/").content.decode()
    assert "Open to your role" in ann
    assert complete.complete(house.now(run), office.at(run, "tell").number, people["ben"], {})
    assert "done by Ben Baker" in office.client(people["ann"]).get("/notices/").content.decode()


def test_marking_one_and_all_as_read_leaves_what_came_since(people: People) -> None:
    for number in range(3):
        notices.tell("decided", ["mia", "max"], title=f"News {number}")
    mia, mine = office.client(people["mia"]), Notice.objects.filter(person=people["mia"])
    first, last = mine.order_by("pk")[0], mine.latest("pk")
    assert mia.post("/notices/read/", {"notice": first.pk}).status_code == 302
    assert set(mine.filter(read_at=None).values_list("title", flat=True)) == {"News 1", "News 2"}
    notices.tell("decided", ["mia"], title="News 3")
    answer = mia.post("/notices/read/", {"newest": last.pk}, headers=HTMX).content.decode()
    assert "1  unread" in bell_of(answer)
    assert mine.get(read_at=None).title == "News 3"
    assert Notice.objects.filter(person=people["max"], read_at=None).count() == 3
    for wrong in (
        {},
        {"notice": "²"},
        {"newest": "9" * 40},
        {"notice": Notice.objects.get(title="News 0", person=people["max"]).pk},
    ):
        assert mia.post("/notices/read/", wrong).status_code == 302
    assert Notice.objects.filter(person=people["max"], read_at=None).count() == 3


def test_the_list_goes_on_by_key_and_asks_a_fixed_number_of_questions(
    people: People, django_assert_max_num_queries
) -> None:
    for number in range(65):
        notices.tell("decided", ["mia"], title=f"News {number:02}")
    mia = office.client(people["mia"])
    mia.post("/notices/read/", {"newest": Notice.objects.get(title="News 09").pk})
    seen: list[str] = []
    address = "/notices/"
    while address:
        with django_assert_max_num_queries(8):  # session, person, the list, the bell, and what waits
            html = mia.get(address).content.decode()
        seen += re.findall(r">News (\d\d)</a>", html)
        after = re.search(r'href="(/notices/\?after=[^"]+)"', html)
        address = after[1] if after else ""
    assert seen == [f"{number:02}" for number in range(64, -1, -1)]
    assert "That place in the list is gone" in mia.get("/notices/?after=nonsense").content.decode()


def test_how_i_am_told_is_kept_and_what_is_wrong_stands_at_its_place(people: People) -> None:
    mia = office.client(people["mia"])
    html = mia.get("/notices/preferences/").content.decode()
    assert re.search(r'name="mail-asked"[^>]* checked', html)
    assert not re.search(r'name="mail-ended"[^>]* checked', html)
    form = {"rhythm": "daily", "daily_at": "07:30", "quiet_from": "22:00", "quiet_until": "06:00", "mail-ended": "on"}
    assert mia.post("/notices/preferences/", form).status_code == 302
    wish = NoticeWish.objects.get(person=people["mia"])
    assert (wish.rhythm, f"{wish.daily_at:%H:%M}", f"{wish.quiet_until:%H:%M}") == ("daily", "07:30", "06:00")
    assert NoticeRoute.objects.get(person=people["mia"], kind="ended").mail
    assert not NoticeRoute.objects.get(person=people["mia"], kind="asked").mail
    wrong = mia.post("/notices/preferences/", form | {"quiet_from": "late", "quiet_until": "05:00"})
    assert wrong.status_code == 422
    html = wrong.content.decode()
    assert "Write a time of day" in html
    assert 'value="late"' in html
    assert 'value="05:00"' in html
    assert re.search(r'name="mail-ended"[^>]* checked', html)
    assert mia.post("/notices/preferences/", form | {"quiet_until": ""}).status_code == 422
    assert mia.post("/notices/preferences/", form | {"rhythm": "never"}).status_code == 422
    assert NoticeWish.objects.get(person=people["mia"]).quiet_until == wish.quiet_until


def test_a_channel_is_added_tested_and_removed_by_its_owner_alone(people: People) -> None:
    mia, max_ = office.client(people["mia"]), office.client(people["max"])
    wrong = mia.post("/notices/channels/", {"title": "Files", "address": "file:///canary"})
    assert wrong.status_code == 422
    assert "canary" not in wrong.content.decode()
    assert 'value="Files"' in wrong.content.decode()
    address = "mmosts://chat.example/abcdefghijklmnopqrstuvwx"
    assert mia.post("/notices/channels/", {"title": "Chat", "address": address}).status_code == 302
    channel = Channel.objects.get()
    html = mia.get("/notices/preferences/").content.decode()
    assert "the test is on its way" in html
    assert "abcdefghij" not in html
    for act in ("test", "remove"):
        assert max_.post(f"/notices/channels/{channel.pk}/{act}/").status_code == 404
        assert mia.get(f"/notices/channels/{channel.pk}/{act}/").status_code == 405
    Letter.objects.update(status="dead", last_error="The service answered 403.")
    assert "The service answered 403." in mia.get("/notices/preferences/").content.decode()
    assert mia.post(f"/notices/channels/{channel.pk}/remove/").status_code == 302
    assert not Channel.objects.exists()


def test_administrators_see_what_does_not_arrive_and_nobody_else_does(people: People) -> None:
    notices.tell("asked", ["mia"], title="Lost on its way")
    lost = Notice.objects.get()
    Letter.objects.create(
        notice=lost, means="mail", person=people["mia"], due_at=timezone.now(), status="dead", last_error="550 no"
    )
    ChannelFault.objects.create(message="451 later", opened_at=timezone.now(), failed_at=timezone.now())
    for page in ("/notices/administration/",):
        assert office.client(people["olga"]).get(page).status_code == 404
    people["zoe"].is_superuser = True
    people["zoe"].save()
    zoe = office.client(people["zoe"])
    html = zoe.get("/notices/administration/").content.decode()
    for part in ("Mail is not delivered.", "451 later", "Lost on its way", "550 no", "Mia Moss"):
        assert part in html
    assert office.client(people["olga"]).post("/notices/administration/again/").status_code == 404
    assert zoe.post("/notices/administration/again/").status_code == 302
    assert (Letter.objects.get().status, faults.undelivered().count()) == ("ready", 0)
    added = {"group": "managers", "title": "", "address": "ntfys://ntfy.example/topic"}
    assert office.client(people["olga"]).post("/notices/administration/channels/", added).status_code == 404
    assert zoe.post("/notices/administration/channels/", added).status_code == 302
    assert zoe.post("/notices/administration/channels/", added | {"group": "nobody"}).status_code == 422
    assert (Channel.objects.get().group.name, Channel.objects.get().title) == ("managers", "ntfy")


def test_a_notice_of_a_vote_leads_to_a_page_that_its_reader_may_see(people: People, run: Run) -> None:
    office.plan(run, people["ann"])
    state = definitions.state_of(house.now(run))
    gate = office.at(run, "board")
    asking = state.visits[gate.number].asking
    assert asking
    vote.vote(house.now(run), gate.number, people["mia"], "reject", "no", asking.digest)
    for notice in Notice.objects.select_related("person"):
        html = office.client(notice.person).get("/notices/").content.decode()
        for address in re.findall(r'<h3><a href="([^"]+)"', html):
            assert office.client(notice.person).get(address).status_code == 200, (notice.person, address)


@pytest.fixture
def owner(people: People, run: Run) -> Person:
    """Somebody who owns the playbook of the run, has been told so, and is nothing besides."""
    una = Person.objects.create(username="una", first_name="Una", email="una@people.example")
    artifact = run.version.artifact
    Artifact.objects.filter(pk=artifact.pk).update(owner=una)
    governing.note(governing.Kind.OWNER, people["mo"], artifact, detail="una (was nobody)")
    governance.tell()
    return una


def test_opening_the_page_that_a_notice_leads_to_reads_it(owner: Person, run: Run) -> None:
    una = office.client(owner)
    notice = Notice.objects.get(person=owner)
    assert "1  unread" in bell_of(una.get("/notices/").content.decode())
    html = una.get(notice.url).content.decode()
    opened = re.search(r'hx-post="(/notices/opened/[^"]+)" hx-trigger="load"', html)
    assert opened
    assert una.get(opened[1]).status_code == 405
    for nothing in ("/notices/opened/", "/notices/opened/?page=/library/", "/notices/opened/?page=%00"):
        assert una.post(nothing, headers=HTMX).status_code == 204
    assert "unread" not in bell_of(una.post(opened[1], headers=HTMX).content.decode())
    assert una.post(opened[1], headers=HTMX).status_code == 204


def test_a_notice_of_what_has_vanished_says_no_word_of_it(owner: Person, run: Run) -> None:
    una = office.client(owner)
    notice = Notice.objects.get(person=owner)
    assert notice.title in una.get("/notices/").content.decode()
    Artifact.objects.filter(pk=run.version.artifact_id).update(owner=None)
    html = una.get("/notices/").content.decode()
    assert "You do not find this any more" in html
    for word in (notice.title, notice.body, notice.url):
        assert word not in html
    assert una.get(notice.url).status_code == 404


def test_a_notice_of_a_run_that_went_out_of_sight_neither_names_it_nor_leads_there(people: People, run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(title="Close the shop in Bern")
    run, olga = house.now(run), office.client(people["olga"])
    notices.tell("incident", ["olga", "mo"], run, title="Deploy failed in Bern", body="The server of Bern is gone")
    notices.tell("decided", ["olga"], title="Something else")
    told = olga.get("/notices/").content.decode()
    for word in ("Deploy failed in Bern", "Close the shop in Bern", f'href="/runs/{run.number}/"'):
        assert word in told
    Part.objects.filter(person=people["olga"]).delete()

    html = olga.get("/notices/").content.decode()

    assert "Bern" not in html
    assert f"/runs/{run.number}/" not in html
    assert "It was about a run that is not visible to you now." in html
    assert "Something else" in html
    assert "Bern" not in olga.get("/notices/bell/?shown=0", headers=HTMX).content.decode()
    assert olga.post("/notices/read/", {"notice": Notice.objects.get(person=people["olga"], run=run).pk}).status_code
    assert "Bern" not in olga.get("/notices/").content.decode(), "nor once it is read"
    assert "Deploy failed in Bern" in office.client(people["mo"]).get("/notices/").content.decode()


def test_notices_of_many_runs_ask_who_sees_them_once(people: People, run: Run) -> None:
    olga = office.client(people["olga"])

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert olga.get("/notices/").status_code == 200
        return len(asked)

    notices.tell("incident", ["olga"], run, title="One")
    statements()
    one = statements()
    for name in ("till", "depot", "store"):
        notices.tell("incident", ["olga"], house.begin(run.version, people["zoe"], service=name), title=name)
    assert statements() == one
