"""Plans: published, shown with what delivers them, started from, linked to; each reader sees what is theirs."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engine.definition import FieldSpec
from engine.lifecycles import VersionStatus
from engine.machine.commands import Refusal
from runs import link, operate
from runs import start as starting
from runs.deliveries import Serves
from runs.models import Delivery, Run
from runs.outcomes import is_accepted
from tests.dashboards import office
from tests.runs import house
from workflows.models import Artifact, GovernanceEntry, Part, Person, Unit, Version
from workflows.publish import NotPublished, publish

pytestmark = pytest.mark.django_db
People = dict[str, Person]
PAGE, START = "/plans/expansion/", "/library/launch/start/"
TODAY = timezone.now().date()
SOON, LATER = TODAY + timedelta(days=30), TODAY + timedelta(days=60)


def text(runs: str = "{playbook: launch@^1, with: {region: nl, people: 3}}", due: date = SOON, **more: str) -> str:
    return f"""
plan: expansion
title: Expansion in Europe
objective: Open two regions
owner: {more.get("owner", "platform")}
milestones:
  - {{id: both, title: Both live, due: {LATER}, runs: [{{playbook: launch, with: {{region: be}}}}]}}
  - {{id: pilot, title: Pilot live, owner: {more.get("pilot", "ann")}, due: {due}, runs: [{runs}]}}
"""


def keep(document: str = "", by: Person | None = None) -> Version:
    answer = publish(document or text(), Unit.objects.get(slug="platform"), by)
    assert isinstance(answer, Version), answer
    return answer


@pytest.fixture
def launch(people: People) -> Version:
    inputs = (
        FieldSpec("region", "choice", title="Region", options=("nl", "be")),
        FieldSpec("people", "integer", title="People", maximum=9, default=1),
        FieldSpec("lead", "text", title="Lead"),
    )
    definition = house.playbook(
        "launch", [house.task("meet"), house.end()], inputs=inputs, run_title="Launch ${inputs.region}",
        names={"inputs.region": "string"},
    )  # fmt: skip
    for name in ("ann", "otto"):
        Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people[name], part=Part.Kind.VIEWER)
    return house.publish(definition)


@pytest.fixture
def owner(people: People) -> Person:
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people["max"], part=Part.Kind.PROCESS_OWNER)
    return people["max"]


def begin(launch: Version, by: Person, **inputs: object) -> Run:
    return house.begin(launch, by, **{"region": "nl", "lead": "Ann", **inputs})


def codes(document: str, by: Person | None = None) -> list[tuple[str, int, str]]:
    answer = publish(document, Unit.objects.get(slug="platform"), by)
    assert isinstance(answer, NotPublished)
    return [(one.code, one.place.line, one.message) for one in answer.problems]


def test_a_plan_is_published_in_versions_like_anything_else(people: People, launch: Version, owner: Person) -> None:
    first = keep(by=owner)
    assert (first.kind, first.number, first.title, first.status) == ("plan", 1, "Expansion in Europe", "published")
    assert keep("# as before\n" + text()) == first
    assert keep(text(due=SOON + timedelta(days=1))).number == 2
    assert isinstance(publish(text(), Unit.objects.get(slug="platform"), people["ann"]), NotPublished)
    refused = publish(text().replace("plan: exp", "plan: launch #"), Unit.objects.get(slug="platform"), None)
    assert isinstance(refused, NotPublished)
    assert refused.problems[0].code == "duplicate-id"


def test_what_cannot_be_started_stops_it_and_names_its_line(people: People, launch: Version) -> None:
    assert codes(text("{playbook: lanch}"))[0][:2] == ("unknown-playbook", 8)
    assert codes(text("{playbook: launch@3}"))[0][2] == "`launch` has no version 3: version 1 is published."
    assert codes(text("{playbook: launch@^3}"))[0][0] == "unknown-playbook"
    assert [one[0] for one in codes(text("{playbook: launch, with: {regoin: nl, people: 30}}"))] == [
        "unknown-key",
        "type-mismatch",
    ]


def test_an_owner_nobody_knows_is_a_warning(people: People, launch: Version) -> None:
    version = keep(text(owner="nobody-here", pilot="gus"))
    assert [warning.partition(": ")[2] for warning in version.proven["warnings"]] == [
        "Nobody is called `nobody-here`. Nobody answers for it.",
        "Gus Gone has left. Nobody answers for it.",
    ]
    html = office.client(people["zoe"]).get(PAGE).content.decode()
    assert "nobody is called so" in html
    assert "has left" in html


def test_a_run_is_started_from_the_plan_with_what_the_plan_gives(people: People, launch: Version) -> None:
    keep()
    zoe = office.client(people["zoe"])
    html = zoe.get(PAGE).content.decode()
    assert html.index("Pilot live") < html.index("Both live"), "in the order of time"
    assert html.count("Start this run") == 2
    address = re.search(r'href="(/library/launch/start/\?[^"]*pilot[^"]*)"', html)
    assert address is not None
    form = zoe.get(address[1].replace("&amp;", "&")).content.decode()
    assert "This run delivers “Pilot live”" in form
    assert '<option value="nl" selected>' in form
    assert 'value="3"' in form
    sent = dict(re.findall(r'name="(key|for-[a-z]+)" value="([^"]+)"', form))
    assert zoe.post(START, {**sent, "region": "nl", "people": "3"}).status_code == 422, "what is open is asked for"
    zoe.post(START, {**sent, "region": "nl", "people": "3", "lead": "Zoe"})
    zoe.post(START, {**sent, "region": "nl", "people": "3", "lead": "Zoe"})
    (delivery,) = Delivery.objects.all()
    assert (delivery.plan.slug, delivery.milestone, delivery.nth) == ("expansion", "pilot", 0)
    html = zoe.get(PAGE).content.decode()
    assert "Launch nl" in html
    assert html.count("Start this run") == 1
    head = zoe.get(f"/runs/{delivery.run.number}/").content.decode()
    assert f'<a href="{PAGE}#milestone-pilot">“Pilot live” of Expansion in Europe</a>' in head


def test_two_who_press_the_button_start_one_run(people: People, launch: Version) -> None:
    serves = Serves(keep().artifact_id, "pilot", 0)
    given = {"region": "nl", "lead": "Ann"}
    first = starting.start(launch, people["zoe"], given, "a", serves=serves)
    second = starting.start(launch, people["ann"], given, "b", serves=serves)
    assert is_accepted(first)
    assert isinstance(second, Refusal)
    assert second.code == "delivered"
    assert Run.objects.count() == Delivery.objects.count() == 1


def test_a_plan_that_changed_meanwhile_starts_nothing_and_keeps_what_was_typed(people: People, launch: Version) -> None:
    keep()
    keep(text().replace("id: pilot", "id: trial"))
    zoe = office.client(people["zoe"])
    sent = {"for-plan": "expansion", "for-milestone": "pilot", "for-nth": "0", "region": "nl", "lead": "Zoe"}
    answer = zoe.post(START, sent)
    assert answer.status_code == 409
    assert 'value="Zoe"' in answer.content.decode()
    direct = starting.start(
        launch, people["zoe"], {"region": "nl", "lead": "Z"}, serves=Serves(keep().artifact_id, "pilot", 7)
    )
    assert isinstance(direct, Refusal)
    assert direct.code == "not-in-plan"
    assert not Run.objects.exists()
    assert zoe.get(START, {"for-plan": "no-such-plan"}).status_code == 404


def test_what_was_cancelled_can_be_started_again(people: People, launch: Version) -> None:
    serves = Serves(keep().artifact_id, "pilot", 0)
    assert is_accepted(starting.start(launch, people["zoe"], {"region": "nl", "lead": "Ann"}, serves=serves))
    run = Run.objects.get()
    assert is_accepted(operate.cancel(run, people["olga"], "Too early"))
    html = office.client(people["zoe"]).get(PAGE).content.decode()
    assert "Start it again" in html
    assert "was cancelled: it has to be started again" in html
    assert is_accepted(starting.start(launch, people["zoe"], {"region": "nl", "lead": "Ann"}, serves=serves))
    assert "before: " in office.client(people["zoe"]).get(PAGE).content.decode()


def test_a_run_is_linked_by_who_answers_for_the_plan_and_the_log_says_so(
    people: People, launch: Version, owner: Person
) -> None:
    keep()
    run, other = begin(launch, people["ann"]), begin(launch, people["ann"], region="be")
    ann, boss = office.client(people["ann"]), office.client(owner)
    assert "Link a run" not in ann.get(PAGE).content.decode()
    refused = ann.post(PAGE + "link/", {"milestone": "pilot", "run": run.number})
    assert refused.status_code == 409
    assert "Only process owners of Platform" in refused.content.decode()
    wrong = boss.post(PAGE + "link/", {"milestone": "pilot", "run": "99999"})
    assert wrong.status_code == 422
    assert 'value="99999" aria-invalid="true"' in wrong.content.decode()
    boss.post(PAGE + "link/", {"milestone": "pilot", "run": run.number})
    boss.post(PAGE + "link/", {"milestone": "pilot", "run": other.number})
    assert list(Delivery.objects.order_by("pk").values_list("run", "nth")) == [(run.pk, 0), (other.pk, 1)]
    again = boss.post(PAGE + "link/", {"milestone": "both", "run": run.number})
    assert "counts once" in again.content.decode()
    assert "linked besides what the plan names" in boss.get(PAGE).content.decode()
    boss.post(PAGE + "unlink/", {"run": other.number})
    assert Delivery.objects.count() == 1
    kinds = list(GovernanceEntry.objects.exclude(kind="published").order_by("pk").values_list("kind", "by"))
    assert kinds == [("refused", "ann"), ("run_linked", "max"), ("run_linked", "max"), ("run_unlinked", "max")]


@pytest.mark.parametrize(("named", "who"), [("ann", "ann"), ("engineers", "ben"), ("user:zoe", "zoe")])
def test_the_owner_that_a_plan_names_may_link_too(people: People, launch: Version, named: str, who: str) -> None:
    plan = keep(text(owner=named)).artifact
    run = begin(launch, people[who])
    assert link.link(plan, "pilot", run.number, people[who]) == run
    assert isinstance(link.unlink(plan, run.number, people["mia"]), link.NotLinked)


def test_runs_of_others_count_without_their_titles(people: People, launch: Version, owner: Person) -> None:
    plan = keep().artifact
    run = begin(launch, people["ann"])
    Delivery.objects.create(run=run, plan=plan, milestone="pilot", nth=0)
    html = office.client(people["otto"]).get(PAGE).content.decode()
    assert "Launch nl" not in html
    assert "A run that is not yours to see" in html
    assert "0 of 2" in html
    assert isinstance(link.unlink(plan, run.number, people["otto"]), link.NotLinked)


def test_what_is_gone_meanwhile_is_said_at_the_milestone(people: People, launch: Version) -> None:
    keep()
    launch.deprecate()
    launch.save()
    html = office.client(people["zoe"]).get(PAGE).content.decode()
    assert html.count("No playbook `launch` is published.") == 2
    assert "Start this run" not in html


def test_the_list_says_what_is_late_first_and_what_comes_next(people: People, launch: Version) -> None:
    keep(text(due=TODAY - timedelta(days=12)))
    keep(text(due=TODAY + timedelta(days=12)).replace("plan: expansion", "plan: another").replace("Expansion", "A"))
    html = office.client(people["otto"]).get("/plans/").content.decode()
    assert html.index("Expansion in Europe") < html.index("A in Europe")
    assert "1 milestone late" in html
    assert "Was due" in office.client(people["otto"]).get(PAGE).content.decode()


def test_an_empty_list_says_how_to_begin(people: People) -> None:
    assert "No plan has been published yet" in office.client(people["zoe"]).get("/plans/").content.decode()


def test_an_older_version_is_read_and_starts_nothing(people: People, launch: Version) -> None:
    keep()
    keep(text(due=SOON + timedelta(days=1)))
    zoe = office.client(people["zoe"])
    html = zoe.get(PAGE, {"version": "1"}).content.decode()
    assert "This is not what counts now." in html
    assert "Start this run" not in html
    assert zoe.get(PAGE, {"version": "9"}).status_code == 404
    assert zoe.get("/plans/launch/").status_code == 404
    assert zoe.get("/library/expansion/")["Location"] == PAGE
    assert "Expansion" not in zoe.get("/library/").content.decode()


def test_the_pages_take_a_fixed_number_of_statements(people: People, launch: Version, owner: Person) -> None:
    plan = keep().artifact
    counts = []
    for more in (1, 8):
        for nth in range(more):
            run = begin(launch, people["ann"])
            Delivery.objects.create(run=run, plan=plan, milestone="pilot", nth=nth)
            keep(text().replace("plan: expansion", f"plan: plan-{more}-{nth}").replace("Open two", f"Open {more}{nth}"))
        boss = office.client(owner)
        for page in (PAGE, "/plans/"):
            boss.get(page)
            with CaptureQueriesContext(connection) as captured:
                boss.get(page)
            counts.append(len(captured))
    assert counts[:2] == counts[2:]
    assert Version.objects.filter(status=VersionStatus.PUBLISHED, kind="plan").count() == 10
    assert Artifact.objects.count() == 11


def test_a_plan_is_begun_and_changed_on_pages(people: People, launch: Version) -> None:
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people["ann"], part=Part.Kind.AUTHOR)
    author = office.client(people["ann"])
    begun = author.get("/drafts/new/?kind=plan").content.decode()
    text = unescape(begun.partition('<textarea class="input editor__text"')[2].partition(">\n")[2].partition("<")[0])
    assert text.startswith("plan: my-plan\n")
    draft = author.post("/drafts/new/", {"kind": "plan", "unit": "platform", "text": text}, follow=True)
    assert "to mend" not in draft.content.decode(), "what is begun with is a plan without mistakes"
    for nothing_of_a_plan in ("In one picture", "can be read as a playbook", "Runs that are under way"):
        assert nothing_of_a_plan not in draft.content.decode()

    keep()
    assert "Change this plan" in author.get(PAGE).content.decode()
    assert "Change this plan" not in office.client(people["ben"]).get(PAGE).content.decode()
