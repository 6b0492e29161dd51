"""The pages of policies and exceptions: what is demanded, who keeps it, and who is let off by whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from engine.policies import say
from tests.runs import house
from workflows.models import Part, Person, PolicyException, Unit, Version
from workflows.policies.binding import of_version
from workflows.publish import publish

POLICY = """\
policy: in-time
title: Everything in time
summary: Nobody waits for ever.
unit: company
applies: {kind: [runbook, sop]}
require: [{every: gate, has: [due]}]
publish: {approvers: [process-owner], exclude: [author]}
"""


@pytest.fixture
def bound(people: dict[str, Person]) -> tuple[Version, Version]:
    """A playbook of the platform and the policy of the company that it breaks; ann writes it, zoe keeps the policy."""
    playbook = house.publish(house.change())
    policy = publish(POLICY.replace("[runbook, sop]", f"[{playbook.kind}]"), Unit.objects.get(slug="company"), None)
    assert isinstance(policy, Version), policy
    Part.objects.create(unit=playbook.artifact.unit, person=people["ann"], part=Part.Kind.AUTHOR)
    Part.objects.create(unit=policy.artifact.unit, person=people["zoe"], part=Part.Kind.PROCESS_OWNER)
    Part.objects.create(unit=policy.artifact.unit, person=people["mia"], part=Part.Kind.VIEWER)
    return playbook, policy


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def form(bound: tuple[Version, Version], **changes: str) -> dict[str, str]:
    playbook, policy = bound
    day = timezone.localdate()
    return {
        "policy": policy.artifact.slug,
        "playbook": playbook.artifact.slug,
        "requirement": say(of_version(policy).require[0]),
        "reason": "The board meets weekly.",
        "starts_at": f"{day - timedelta(days=1)}",
        "ends_at": f"{day + timedelta(days=9)}",
        **changes,
    }


def test_the_page_of_a_policy_says_what_it_demands_and_who_does_not_keep_it(
    people: dict[str, Person], bound: tuple[Version, Version]
) -> None:
    page = signed_in(people["ann"]).get("/library/in-time/").content.decode()

    assert "Every gate has <code>due</code>." in page
    assert "A version is published once it is approved by one person who is process owner; not its author." in page
    assert "has no <code>due</code>" in page
    assert "Ask for an exception" in page
    assert "Ask for an exception" not in signed_in(people["mia"]).get("/library/in-time/").content.decode()
    assert "1 demand<" in signed_in(people["mia"]).get("/library/").content.decode()


def test_the_page_of_a_playbook_names_the_policies_that_bind_it(
    people: dict[str, Person], bound: tuple[Version, Version]
) -> None:
    page = signed_in(people["mia"]).get(f"/library/{bound[0].artifact.slug}/").content.decode()

    assert "Policies that bind it" in page
    assert "No run starts until this is changed or excepted." in page


def test_who_would_start_what_breaks_a_policy_is_told_before_anything_is_typed(
    people: dict[str, Person], bound: tuple[Version, Version]
) -> None:
    page = signed_in(people["ann"]).get(f"/library/{bound[0].artifact.slug}/start/").content.decode()

    assert "A policy does not allow this run." in page
    assert "Start the run" not in page


def test_what_a_change_would_mean_is_shown_and_nothing_that_was_typed_is_lost(
    people: dict[str, Person], bound: tuple[Version, Version]
) -> None:
    client = signed_in(people["ann"])
    text = bound[1].source.replace("has: [due]", "has: [exclude]")

    fine = client.post("/library/in-time/preview/", {"text": text}).content.decode()
    wrong = client.post("/library/in-time/preview/", {"text": text.replace("every", "evry")}).content.decode()

    assert "Every published playbook that it is about would keep it" in fine
    assert "could not be published as it stands" in wrong
    assert "evry: gate, has: [exclude]" in wrong
    assert Version.objects.policies().count() == 1
    assert client.get("/library/in-time/preview/").status_code == 405


def test_an_exception_from_the_asking_to_its_end(people: dict[str, Person], bound: tuple[Version, Version]) -> None:
    asking, keeping = signed_in(people["ann"]), signed_in(people["zoe"])
    assert "The board meets weekly" not in asking.get("/exceptions/").content.decode()
    assert asking.get("/exceptions/ask/", {"policy": "in-time", "playbook": bound[0].artifact.slug}).status_code == 200

    asked = asking.post("/exceptions/ask/", form(bound))
    exception = PolicyException.objects.get()
    assert (asked.status_code, asked["Location"]) == (302, f"/exceptions/{exception.pk}/")
    address = f"/exceptions/{exception.pk}/"
    assert "Grant the exception" not in asking.get(address).content.decode()
    assert asking.post(f"{address}decide/", {"act": "grant"}).status_code == 403

    empty = keeping.post(f"{address}decide/", {"act": "refuse", "said": ""})
    assert (empty.status_code, "Say why: whoever asked reads it." in empty.content.decode()) == (422, True)
    assert keeping.post(f"{address}decide/", {"act": "grant", "said": "Fine."}).status_code == 302
    page = keeping.get(address).content.decode()
    assert "In force" in page
    assert "Exception granted by Zoe Zell <q>Fine.</q>" in page
    assert "excepted" in keeping.get("/library/in-time/").content.decode().lower()
    assert keeping.post(f"{address}decide/", {"act": "revoke", "said": "Audit."}).status_code == 302
    assert "Ended before its date" in keeping.get("/exceptions/").content.decode()


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    people: dict[str, Person], bound: tuple[Version, Version]
) -> None:
    client = signed_in(people["ann"])

    answer = client.post("/exceptions/ask/", form(bound, ends_at="2020-01-01", reason="Kept text."))
    nothing = client.post("/exceptions/ask/", form(bound, ends_at="soon", requirement=""))

    assert (answer.status_code, nothing.status_code) == (422, 422)
    page = answer.content.decode()
    assert "It ends before it begins." in page
    assert "Kept text." in page
    assert "This is no day." in nothing.content.decode()
    assert not PolicyException.objects.exists()


def test_who_may_not_ask_is_told_why_and_what_is_not_there_is_404(
    people: dict[str, Person], bound: tuple[Version, Version]
) -> None:
    client = signed_in(people["mia"])

    refused = client.post("/exceptions/ask/", form(bound))
    assert refused.status_code == 403
    assert "Only authors and process owners" in refused.content.decode()
    for address in ("/exceptions/999/", "/exceptions/ask/?policy=in-time&playbook=nothing", "/exceptions/ask/"):
        assert client.get(address).status_code == 404
    assert client.post("/exceptions/999/decide/", {"act": "grant"}).status_code == 404
    assert Client().get("/exceptions/").status_code == 302


def test_a_demand_is_chosen_and_read_in_words_and_its_last_day_is_named(
    people: dict[str, Person], bound: tuple[Version, Version]
) -> None:
    demand = "{before: {tag: deploy}, gate: {roles: [release-manager, head-of-it]}}"
    text = bound[1].source.replace("in-time", "eyes").replace("{every: gate, has: [due]}", demand)
    eyes = publish(text, bound[1].artifact.unit, None)
    assert isinstance(eyes, Version), eyes
    client, words = (
        signed_in(people["ann"]),
        "a gate that somebody of the roles release manager or head of it approves.",
    )
    given = form((bound[0], eyes))

    choosing = client.get("/exceptions/ask/", {"policy": "eyes", "playbook": bound[0].artifact.slug}).content.decode()
    asked = client.post("/exceptions/ask/", given, follow=True).content.decode()

    assert re.search(rf'value="[^"]*`release-manager`[^"]*"[^>]*> <span>Every way [^`]*{words}', choosing)
    last = timezone.localdate() + timedelta(days=9)
    for page in (asked, client.get("/exceptions/").content.decode()):
        assert words in page
        assert "`" not in page.partition("<main")[2]
        assert f">{last:%a} {last.day} {last:%b %Y}</time>" in page
    assert words in client.get("/library/eyes/").content.decode()


def test_what_a_policy_demanded_before_stands_as_it_was_excepted(
    people: dict[str, Person], bound: tuple[Version, Version]
) -> None:
    client = signed_in(people["ann"])
    client.post("/exceptions/ask/", form(bound))
    PolicyException.objects.update(requirement="Every gate has `window`.")

    assert "Every gate has <code>window</code>." in client.get("/exceptions/").content.decode()
