"""Secrets stand in the clear in one place only: what a provider is given (guarantees S19)."""

from __future__ import annotations

import base64
import json

import pytest
from django.db import connection
from django.test import Client

from engine import values
from runs import complete, definitions, draft, ledger, operate, secrets, start, trigger, vote
from runs.models import Draft, Entry, Incident, Run, Secret, Step
from runs.outcomes import FieldErrors, is_accepted
from runs.providers import PROVIDERS
from runs.providers.errors import ActionError
from runs.work.perform import work_until_idle
from runs.work.sweep import fire
from tests.runs import house

pytestmark = pytest.mark.django_db

TOKEN, PIN, CODE, NEW, DEPLOY = (f"canary-{word} +/ü" for word in ("token", "pin", "code", "new", "deploy"))
CANARIES = (TOKEN, PIN, CODE, NEW, DEPLOY)

PLAYBOOK = """
playbook: deploy
title: Deploy
kind: runbook
owner: platform
triggers:
  - {webhook: deploy-asked, with: {token: "${payload.token}", region: eu}}
roles:
  engineer: {groups: [engineers]}
  manager: {groups: [managers]}
inputs:
  token: {type: text, secret: true, min: 5}
  region: {type: text, default: eu}
steps:
  - id: ask
    title: Ask for the code
    task: {assign: engineer, form: {pin: {type: text, secret: true}, note: {type: text}}}
  - id: board
    title: Look at it
    gate: {ask: "Deploy to ${inputs.region}?", show: [inputs.token, steps.ask], approvers: [manager]}
  - id: ship
    title: Ship it
    action: debug.echo
    with: {token: "${inputs.token}", deep: [{pin: "${steps.ask.pin}"}], header: "Bearer ${secret('deploy-key')}"}
    retry: {attempts: 2, first: 1s}
    undo:
      action: debug.echo
      with: {undone: "${inputs.token}", key: "${secret('deploy-key')}"}
  - id: elsewhere
    call: deploy-there
    with: {token: "${inputs.token}"}
  - {id: back, rollback: true}
"""
CHILD = """
playbook: deploy-there
title: Deploy there
kind: runbook
owner: platform
inputs:
  token: {type: text, secret: true}
steps:
  - id: tell
    action: debug.echo
    with: {passed: "${inputs.token}"}
"""


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What the provider is given; it fails twice, with all of it in its message, and then answers with it."""
    seen: list[dict] = []

    def act(parameters, key, seconds):
        seen.append(parameters)
        if len(seen) == 1:
            raise ActionError(f"{parameters} was not taken")
        if len(seen) == 2:
            raise RuntimeError(json.dumps(parameters))
        coded = {name: base64.b64encode(str(value).encode()).decode() for name, value in parameters.items()}
        return {"echo": parameters, "coded": coded, **{str(value): name for name, value in parameters.items()}}

    monkeypatch.setitem(PROVIDERS, "debug.echo", act)
    monkeypatch.setenv("PENSTOCK_ACTION_SECRET_DEPLOY_KEY", DEPLOY)
    return seen


@pytest.fixture
def run(people) -> Run:
    definition = house.compiled(PLAYBOOK, CHILD)
    return house.begin(house.publish(definition, by=people["ann"]), people["ann"], token=TOKEN)


def dump() -> str:
    """Return all that is in the database, but what is encrypted."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def leaks(text: str) -> list[str]:
    forms = {form: canary for canary in CANARIES for form in secrets._forms(canary)}
    return sorted(
        {canary for form, canary in forms.items() if form in text} | ({"canary"} if "canary" in text else set())
    )


def ask(run: Run, people, pin: str = PIN):
    return complete.complete(run, 1, people["ann"], {"pin": pin, "note": "seen"})


def approve(run: Run, people) -> None:
    gate = Step.objects.select_related("gate").get(run=run, name="board", status="open")
    assert is_accepted(vote.vote(run, gate.number, people["mia"], "approve", "", gate.gate.digest))


def test_no_canary_is_found_anywhere_but_at_the_provider(people, run, given, caplog, capfd) -> None:
    pages = []

    def look(*addresses: str) -> None:
        for person in ("ann", "mia", "olga", "audrey"):
            client = Client()
            client.force_login(people[person])
            for address in ("", *addresses):
                answer = client.get(f"/runs/{run.number}/{address}")
                assert answer.status_code == 200 or person != "olga", address
                pages.append(answer.content.decode())

    draft.save(Step.objects.get(run=run, number=1), people["ann"], {"pin": PIN, "note": "half"})
    assert Draft.objects.get().form == {"note": "half"}
    look("tasks/1/")
    assert is_accepted(ask(run, people))
    look("gates/2/", "tasks/1/")
    assert any("***" in page for page in pages)
    assert is_accepted(operate.change(house.now(run), people["olga"], {"steps.ask.pin": CODE}, "mistyped"))
    look("gates/2/", "change/")
    approve(run, people)
    work_until_idle()
    house.shift(run, -5)
    fire()
    work_until_idle()
    assert Incident.objects.filter(step__run=run, resolved_at=None).exists(), "both attempts have failed"
    look()
    ship = Step.objects.get(run=run, name="ship")
    assert is_accepted(operate.retry(run, ship.number, people["olga"], "again"))
    for _ in range(6):
        work_until_idle()
        fire()
    assert house.now(run).status == "rolled_back"
    look()
    assert [sorted(one) for one in given] == [
        *[["deep", "header", "token"]] * 3,
        ["passed"],
        ["key", "undone"],
    ]
    assert given[2] == {"token": TOKEN, "deep": [{"pin": CODE}], "header": f"Bearer {DEPLOY}"}
    assert given[3] == {"passed": TOKEN}, "the called run's"
    assert given[4] == {"undone": TOKEN, "key": DEPLOY}
    written = caplog.text + "".join(capfd.readouterr())
    assert "provider_failed" in written
    assert (leaks(dump()), leaks("\n".join(pages)), leaks(written)) == ([], [], [])
    (child,) = run.children.all()
    assert ledger.verify(child) is None, "a replay needs no secret"


def test_the_search_for_canaries_finds_one(people, given) -> None:
    version = house.publish(
        house.compiled(
            PLAYBOOK.replace("secret: true, min: 5", "min: 5")
            .replace('token: "${inputs.token}"', "token: x")
            .replace('undone: "${inputs.token}"', "undone: x")
            .replace("  - id: elsewhere\n    call: deploy-there\n    with: {token: x}\n", "")
        )
    )
    house.begin(version, people["ann"], token=TOKEN)
    assert leaks(dump()) == ["canary", TOKEN]


def test_state_and_log_hold_a_reference_and_a_hash(people, run) -> None:
    kept = Secret.objects.get()
    held = values.secret_of(definitions.state_of(run).inputs["token"])
    assert held is not None
    assert (held.ref, kept.run) == (kept.ref, run)
    assert len(held.hash) == 64
    assert json.loads(Entry.objects.get(run=run, seq=1).event)["inputs"]["token"] == {
        "$secret": {"ref": held.ref, "hash": held.hash}
    }


def test_what_is_not_accepted_is_not_kept_and_a_repeat_keeps_nothing_more(people, run) -> None:
    version = run.version
    assert start.start(version, people["ann"], {"token": "abc"}) == FieldErrors(
        {"token": "This must be at least 5 characters."}
    )
    assert not is_accepted(complete.complete(run, 1, people["mia"], {"pin": PIN, "note": "x"}))
    assert Secret.objects.count() == 1
    for _ in range(2):
        assert is_accepted(start.start(version, people["ann"], {"token": TOKEN}, key="once"))
    assert Secret.objects.count() == 2


def test_nobody_hands_in_a_reference(people, run) -> None:
    """Or whoever has read a log could have the secret sent to a place of their own."""
    stored = definitions.state_of(run).inputs["token"]
    assert isinstance(start.start(run.version, people["ann"], {"token": stored}), FieldErrors)
    assert isinstance(complete.complete(run, 1, people["ann"], {"pin": stored, "note": "x"}), FieldErrors)


def test_a_reference_that_comes_from_outside_is_no_secret(people, monkeypatch) -> None:
    """An answer that looks like one of our marks is passed on as what it is."""
    seen = []
    monkeypatch.setitem(PROVIDERS, "debug.echo", lambda parameters, key, seconds: seen.append(parameters) or parameters)
    text = """
playbook: forged
title: Forged
kind: runbook
owner: platform
roles: {engineer: {groups: [engineers]}}
inputs: {token: {type: text, secret: true}, ref: {type: text, default: none}, hash: {type: text, default: none}}
steps:
  - id: fetch
    action: debug.echo
    with: {all: {$secret: {ref: "${inputs.ref}", hash: "${inputs.hash}"}}, token: "${inputs.token}"}
  - id: use
    when: has(steps.fetch.all) && has(steps.fetch.token)
    action: debug.echo
    with: {whole: "${steps.fetch.all}", text: "${steps.fetch.token}"}
"""
    version = house.publish(house.compiled(text))
    first = house.begin(version, people["ann"], token=TOKEN)
    kept = Secret.objects.get(run=first)
    run = house.begin(version, people["ann"], token=NEW, ref=kept.ref, hash="h")
    work_until_idle()
    assert house.now(run).status == "completed"
    assert len(seen) == 4
    assert TOKEN not in [str(one) for one in seen if one.get("token") != TOKEN]
    assert [one for one in seen if "whole" in one and TOKEN in str(one)] == []


def test_another_secret_is_another_digest_and_voids_the_votes(people, run) -> None:
    ask(run, people)
    before = Step.objects.get(run=run, name="board").gate.digest
    assert is_accepted(operate.change(run, people["olga"], {"inputs.token": NEW}, "rotated"))
    gate = Step.objects.get(run=run, name="board").gate
    assert gate.digest != before
    assert vote.vote(run, 2, people["mia"], "approve", "", before).code == "old-digest"


def test_a_webhook_brings_a_secret(people, run) -> None:
    (fired,) = trigger.fire_webhook("deploy-asked", {"token": CODE})
    assert is_accepted(fired.answer)
    assert Secret.objects.filter(run=fired.answer.run_id).count() == 1
    assert leaks(dump()) == []


def test_an_unknown_name_is_an_error_for_good(people, run, given, monkeypatch) -> None:
    monkeypatch.delenv("PENSTOCK_ACTION_SECRET_DEPLOY_KEY")
    ask(run, people)
    approve(run, people)
    work_until_idle()
    assert Incident.objects.get(step__run=run).message == "There is no secret called deploy-key."
    assert given == []


def test_names_are_found_in_the_environment_and_in_the_file(settings, tmp_path, monkeypatch) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"deploy-key": "of the file", "other": "of the file", "no-text": 5}))
    settings.PENSTOCK_SECRETS_FILE = str(file)
    monkeypatch.setenv("PENSTOCK_ACTION_SECRET_DEPLOY_KEY", "of the environment")
    assert secrets.named("deploy-key") == "of the environment"
    assert secrets.named("other") == "of the file"
    for name in ("no-text", "missing", "key"):
        with pytest.raises(ActionError, match=f"no secret called {name}"):
            secrets.named(name)
    file.write_text("{")
    with pytest.raises(ActionError, match="cannot be read"):
        secrets.named("other")


def test_keys_are_rotated(settings) -> None:
    vault = secrets.Vault()
    settings.PENSTOCK_SECRETS_KEYS = ["old"]
    one = values.encode(vault.hide("token", TOKEN))
    settings.PENSTOCK_SECRETS_KEYS = ["new", "old"]
    two = values.encode(vault.hide("token", NEW))
    assert secrets.opened([one, two], vault.kept) == ([TOKEN, NEW], {TOKEN, NEW})
    settings.PENSTOCK_SECRETS_KEYS = ["new"]
    assert secrets.opened(two, vault.kept) == (NEW, {NEW})
    with pytest.raises(ActionError, match="the key it was kept with") as raised:
        secrets.opened(one, vault.kept)
    assert raised.value.permanent


def test_the_same_text_has_another_hash_each_time() -> None:
    vault = secrets.Vault()
    assert vault.hide("a", TOKEN).hash != vault.hide("a", TOKEN).hash


def test_masking_finds_numbers_keys_and_what_encodings_make_of_it() -> None:
    clear = ["1234", "a b/ü"]
    said = {
        "a b/ü": [1234, 12, True, None],
        "url": "?k=a+b%2F%C3%BC",
        "b64": base64.b64encode("a b/ü".encode()).decode(),
    }
    assert secrets.masked(said, clear) == {"***": ["***", 12, True, None], "url": "?k=***", "b64": "***"}
    assert secrets.masked(said, []) is said
