"""Every way into the product as an object with the same acts, so that one cheat can be tried on each.

An entrance does what a person there would do, and says what came of it: whether it was accepted, with which status,
what the person could read, and what the security log has of it. A cheater sends what he likes: nothing here looks first
whether the page offers it.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Max
from django.test import Client

from engine.machine.commands import Refusal
from runs import claim, complete, decision_links, definitions, delegate, guard, operate, start, vote
from runs.directory import USER
from runs.models import DecisionLink, Entry, Opening, Refused, Run, Step
from runs.outcomes import Accepted, FieldErrors
from workflows.models import Person, Version

REASON = "because I say so"
#: What a browser has been given by an earlier page: forms must carry it, and without it they are refused.
TOKEN = "tokenfromthefirstpageofthisvisit"


@dataclass(frozen=True)
class Answer:
    """What came of one act at one entrance.

    `code` and `sentence` are those of the security log, empty where it has nothing new; `read` is all that the person
    was told, in plain words. `entries` says how many entries the act made in the logs of all runs.
    """

    accepted: bool
    status: int
    read: str
    code: str = ""
    sentence: str = ""
    logged: int = 0
    entries: int = 0

    @property
    def is_outside(self) -> bool:
        """Whether the person did not come as far as the run: it is not theirs to see, or they are not let in."""
        return not self.accepted and (self.status in (401, 404) or self.code == "not-visible")


class Entrance:
    """One way in. `acts` are those that it has; `offers` says of one whether it has it."""

    name: str
    acts: frozenset[str]

    def offers(self, act: str, given: Mapping[str, object]) -> bool:
        return act in self.acts

    def do(self, act: str, person: Person, run: Run, visit: int = 0, **given: object) -> Answer:
        """Do it, and look at what the logs have of it."""
        logged = Refused.objects.aggregate(last=Max("pk"))["last"] or 0
        entries = Entry.objects.count()
        accepted, status, read = self._do(act, person, run, visit, given)
        new = list(Refused.objects.filter(pk__gt=logged, person=person.username).order_by("pk"))
        last = new[-1] if new else None
        return Answer(
            accepted,
            status,
            read,
            last.code if last else "",
            last.sentence if last else "",
            len(new),
            Entry.objects.count() - entries,
        )

    def _do(self, act: str, person: Person, run: Run, visit: int, given: Mapping[str, object]) -> tuple[bool, int, str]:
        raise AssertionError(f"{self.name} has no act {act}")


OWN = frozenset({"vote", "withdraw", "delegate", "take-back", "claim", "release", "complete"})
OF_RUN = frozenset({"pause", "resume", "cancel", "rollback", "jump", "change"})
OF_STEP = frozenset({"skip", "retry", "reassign", "complete-for"})


class Verbs(Entrance):
    """The verbs themselves, as any page to come would call them."""

    name = "verb"
    acts = OWN | OF_RUN | OF_STEP | {"start", "see"}

    def _do(self, act, person, run, visit, given):
        answer = self._call(act, person, Run.objects.select_related("unit").get(pk=run.pk), visit, given)
        if isinstance(answer, Accepted) or answer is True:
            return True, 200, "done"
        if isinstance(answer, FieldErrors):
            return False, 422, " ".join(answer.values())
        assert isinstance(answer, Refusal), answer
        return False, 409, answer.sentence

    def _call(self, act, person, run, visit, given):
        match act:
            case "vote":
                digest = given.get("digest", digest_of(run, visit))
                return vote.vote(
                    run,
                    visit,
                    person,
                    given["choice"],
                    given.get("comment", ""),
                    digest,
                    given.get("key"),
                    on_behalf_of=given.get("on_behalf_of"),
                )
            case "withdraw":
                return vote.withdraw(run, visit, person, given.get("key"))
            case "delegate":
                return delegate.delegate(run, visit, person, given["to"], given.get("key"))
            case "take-back":
                return delegate.take_back(run, visit, person)
            case "claim":
                return claim.claim(run, visit, person)
            case "release":
                return claim.release(run, visit, person)
            case "complete":
                return complete.complete(run, visit, person, given.get("form", {}))
            case "complete-for":
                form, whom = given.get("form", {}), given["on_behalf_of"]
                return complete.complete(run, visit, person, form, on_behalf_of=whom, reason=REASON)
            case "reassign":
                return operate.reassign(run, visit, person, USER + given["to"], REASON)
            case "skip":
                return operate.skip(run, visit, person, REASON)
            case "retry":
                return operate.retry(run, visit, person, REASON)
            case "jump":
                return operate.jump(run, person, given["to"], REASON)
            case "change":
                return operate.change(run, person, given["values"], REASON)
            case "start":
                return start.start(given["version"], person, given["inputs"])
            case "see":
                verdict = guard.may(person, "see", run=run)
                return bool(verdict) or Refusal(verdict.code, verdict.sentence)
        return getattr(operate, act)(run, person, REASON)


class CommandLine(Entrance):
    """`manage.py run …`, in somebody's name."""

    name = "command line"
    acts = OWN | OF_RUN | OF_STEP | {"see"}

    def _do(self, act, person, run, visit, given):
        words = [*self._words(act, run, visit, given), "--by", person.username]
        out = io.StringIO()
        try:
            call_command("run", *map(str, words), stdout=out)
        except CommandError as error:
            return False, 1, f"{out.getvalue()}{error}"
        return True, 0, out.getvalue()

    def _words(self, act, run, visit, given):
        number, step = run.number, address_of(run, visit) if visit else ""
        match act:
            case "vote":
                seen = given.get("digest", digest_of(run, visit))
                words = ["vote", number, step, given["choice"], "--seen", seen, "--comment", given.get("comment", "")]
                return [*words, *(["--for", given["on_behalf_of"]] if given.get("on_behalf_of") else [])]
            case "delegate":
                return ["delegate", number, step, "--to", given["to"]]
            case "complete":
                return ["complete", number, step, *fields_of(given)]
            case "complete-for":
                return ["complete", number, step, "--for", given["on_behalf_of"], *fields_of(given), "--reason", REASON]
            case "reassign":
                return ["reassign", number, step, "--to", given["to"], "--reason", REASON]
            case "jump":
                return ["jump", number, given["to"], "--reason", REASON]
            case "change":
                return ["data", number, *(f"{k}={v}" for k, v in given["values"].items()), "--reason", REASON]
            case "skip" | "retry":
                return [act, number, step, "--reason", REASON]
            case "see":
                return ["show", number]
        return [act, number, *([step] if act in OWN else ["--reason", REASON])]


class Pages(Entrance):
    """The pages in a browser: a real session, a token against forged forms, a POST."""

    name = "page"
    acts = OWN | OF_RUN | OF_STEP | {"start", "see"}

    def __init__(self) -> None:
        self._browsers: dict[str, tuple[Client, str]] = {}

    def browser(self, person: Person) -> tuple[Client, str]:
        """Return this person's browser and the token that its forms carry."""
        if person.username not in self._browsers:
            client = Client(enforce_csrf_checks=True)
            client.force_login(person)
            client.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
            self._browsers[person.username] = client, TOKEN
        return self._browsers[person.username]

    def post(self, person: Person, address: str, form: Mapping[str, object]) -> tuple[bool, int, str]:
        client, token = self.browser(person)
        answer = client.post(address, {**form, "csrfmiddlewaretoken": token})
        if answer.status_code == 302 and answer.url.startswith("/sign-in/"):
            return False, 401, "sign in"
        return answer.status_code == 302, answer.status_code, read_from(answer)

    def _do(self, act, person, run, visit, given):
        page = f"/runs/{run.number}/"
        gate, task = f"{page}gates/{visit}/", f"{page}tasks/{visit}/"
        match act:
            case "vote":
                digest = given.get("digest", digest_of(run, visit))
                form = {"choice": given["choice"], "comment": given.get("comment", ""), "digest": digest}
                form |= {"for": given["on_behalf_of"]} if given.get("on_behalf_of") else {}
                form |= {"key": given["key"]} if given.get("key") else {}
                return self.post(person, gate, form)
            case "withdraw" | "take-back":
                return self.post(person, f"{gate}{act}/", {})
            case "delegate":
                return self.post(person, f"{gate}delegate/", {"to": given["to"]})
            case "complete":
                return self.post(person, task, given.get("form", {}))
            case "claim" | "release":
                return self._told(person, f"{task}{act}/")
            case "see":
                answer = self.browser(person)[0].get(page)
                return answer.status_code == 200, answer.status_code, read_from(answer)
            case "start":
                return self.post(person, f"/library/{given['version'].artifact.slug}/start/", given["inputs"])
        return self.post(person, page + (f"visits/{visit}/" if visit else "") + f"{act}/", _form(act, given))

    def _told(self, person: Person, address: str) -> tuple[bool, int, str]:
        """Post what answers with a message on the next page."""
        entries = Entry.objects.count()
        went, status, read = self.post(person, address, {})
        accepted = False
        if went:
            read = read_from(self.browser(person)[0].get("/metrics/"))
            accepted = Entry.objects.count() > entries
        return accepted, status, read


class Board(Pages):
    """Several runs at once, on the board of runs."""

    name = "bulk page"
    acts = frozenset({"pause", "resume", "cancel", "rollback", "jump", "skip", "retry"})

    def _do(self, act, person, run, visit, given):
        target = f"{run.number}:{visit}@{Run.objects.get(pk=run.pk).seq}"
        form = {"act": act, "target": target, "to": given.get("to", ""), "reason": REASON, "key": uuid4().hex}
        entries = Entry.objects.count()
        client, token = self.browser(person)
        answer = client.post("/runs/bulk/", {**form, "csrfmiddlewaretoken": token})
        if answer.status_code == 302 and not answer.url.startswith("/sign-in/"):
            answer = client.get(answer.url)  # the page with what came of it for each run
        status = 401 if answer.status_code == 302 else answer.status_code
        return Entry.objects.count() > entries, status, read_from(answer)


class Several(Pages):
    """Several gates at once, under My work: of those that were opened. For whom one votes there is not to be chosen."""

    name = "several at once"
    acts = frozenset({"vote"})

    def offers(self, act, given):
        return act in self.acts and not given.get("on_behalf_of") and not given.get("key")

    def _do(self, act, person, run, visit, given):
        digest = given.get("digest", digest_of(run, visit))
        step = Step.objects.get(run=run, number=visit)
        Opening.objects.get_or_create(step=step, person=person, digest=digest, defaults={"at": run.started_at})
        form = {"choice": given["choice"], "comment": given.get("comment", "")}
        entries = Entry.objects.count()
        gate = f"{run.number}.{visit}.{digest}.{uuid4().hex}"
        _, status, read = self.post(person, "/my-work/decide/", form | {"gate": gate})
        return Entry.objects.count() > entries, status, read


class Link(Entrance):
    """The link in a mail, in a browser that is signed in as nobody. It is sent while it may be; the world moves on."""

    name = "link"
    acts = frozenset({"vote"})

    def _do(self, act, person, run, visit, given):
        token = decision_links.make(Step.objects.select_related("run").get(run=run, number=visit), person)
        digest = given.get("digest", digest_of(run, visit))
        DecisionLink.objects.filter(person=person).update(digest=digest)
        browser, address = Client(enforce_csrf_checks=True), f"/decide/{token}/"
        found = re.search(r'"x-csrftoken": "(\w+)"', browser.get(address).content.decode())
        form = {"choice": given["choice"], "comment": given.get("comment", ""), "for": given.get("on_behalf_of") or ""}
        entries = Entry.objects.count()
        form |= {"csrfmiddlewaretoken": found.group(1) if found else ""}
        answer = browser.post(address, form, headers={"Origin": "null"})
        return Entry.objects.count() > entries, answer.status_code, read_from(answer)


ENTRANCES: tuple[type[Entrance], ...] = (Pages, Board, Several, Link, CommandLine, Verbs)
#: Those that say nothing of a run which is not the person's to see, as it is not among those that they lay out.
IN_BULK = frozenset({Board.name, Several.name})


def read_from(answer) -> str:
    """Return the words of a page."""
    if getattr(answer, "streaming", False) or "text" not in answer.headers.get("Content-Type", ""):
        return ""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def digest_of(run: Run, visit: int) -> str:
    """Return the digest of what is shown at this gate now; of a gate that is closed that of its last asking."""
    there = definitions.state_of(Run.objects.get(pk=run.pk)).visits.get(visit)
    if there is not None and there.asking is not None:
        return there.asking.digest
    step = Step.objects.filter(run=run, number=visit, kind="gate").select_related("gate").first()
    return step.gate.digest if step else "0" * 64


def address_of(run: Run, visit: int) -> str:
    there = definitions.state_of(Run.objects.get(pk=run.pk)).visits.get(visit)
    return there.address if there is not None else Step.objects.get(run=run, number=visit).name


def fields_of(given: Mapping[str, object]) -> list[object]:
    form = given.get("form", {})
    assert isinstance(form, Mapping)
    return [word for name, value in form.items() for word in ("--field", f"{name}={value}")]


def _form(act: str, given: Mapping[str, object]) -> dict[str, object]:
    form: dict[str, object] = {"reason": REASON}
    if act == "complete-for":
        inner = given.get("form", {})
        assert isinstance(inner, Mapping)
        return form | {"for": given["on_behalf_of"]} | {f"form.{name}": value for name, value in inner.items()}
    if act == "reassign":
        return form | {"person": given["to"]}
    if act == "change":
        values = given["values"]
        assert isinstance(values, Mapping)
        return form | dict(values)
    return form | ({"to": given["to"]} if "to" in given else {})


def start_of(entrance: Entrance, person: Person, version: Version, **inputs: object) -> Answer:
    """Start a run there."""
    return entrance.do("start", person, Run(), version=version, inputs=inputs)
