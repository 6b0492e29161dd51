"""From notices to messages: at least once, at most five times, together, and only what is still news."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from engine.definition import FieldSpec, GateSpec, Quorum, Rung, StepSpec
from runs import complete, operate, start
from runs.models import Channel, ChannelFault, DecisionLink, Entry, Letter, Notice, Run
from runs.notices import channels, faults, sending, sorting
from runs.outcomes import is_accepted
from tests.runs import house
from tests.runs.notices.conftest import tell
from tests.runs.notices.test_news import at_board, say
from workflows.models import Unit

pytestmark = pytest.mark.django_db


def minute(later) -> int:
    """Let the minute pass in which what belongs together is gathered."""
    sorting.sort(later)
    later.pass_by(seconds=61)
    return later.send()


def gates(people, count: int = 15) -> list[Run]:
    version = house.publish(house.playbook("many", [house.gate("board"), house.end()]))
    return house.begin_many(version, people["ann"], count)


def test_a_gate_is_one_mail_to_each_that_says_what_and_for_which_run(mailed, post, later):
    run = at_board(mailed)
    assert later.send() == 0
    assert minute(later) == 3  # what ann and ben did is no news to them
    mail = next(mail for mail in post.taken if "mia@" in mail["To"])
    assert mail["Subject"] == f"Your decision is asked: Board · Run {run.number}, Change"
    assert mail["References"] == mail["In-Reply-To"] == f"<run.{run.pk}@penstock.example>"
    assert mail["Message-ID"].endswith("@penstock.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "notices.penstock.example" in mail["List-Id"]
    assert f"https://penstock.example/runs/{run.number}/gates/2/" in mail.get_body(("plain",)).get_content()
    assert minute(later) == 0


def test_fifteen_gates_at_once_are_one_mail(mailed, post, later):
    gates(mailed)
    minute(later)
    to_mia = [mail for mail in post.taken if "mia@" in mail["To"]]
    assert len(to_mia) == 1
    assert to_mia[0]["Subject"] == "15 notices ask for something"
    assert to_mia[0].get_body(("plain",)).get_content().count("/gates/1/") == 15
    assert "References" not in to_mia[0]


def test_what_is_decided_or_read_meanwhile_is_not_sent(mailed, post, later):
    run = at_board(mailed)
    sorting.sort(later)
    Notice.objects.filter(person=mailed["max"]).update(read_at=timezone.now())
    Notice.objects.filter(kind="decided").delete()
    say(run, 2, mailed["mia"], "approve")
    minute(later)
    assert [mail["To"] for mail in post.taken if "asked" in mail["Subject"]] == []
    assert not Letter.objects.exclude(status="done").filter(notice__kind="asked").exists()


def test_nothing_is_sent_to_who_may_not_see_the_run_any_more(mailed, post, later):
    at_board(mailed)
    sorting.sort(later)
    mailed["mia"].groups.clear()
    mailed["max"].is_active = False
    mailed["max"].save()
    # whoever has a seat still sees the run; a closed account, and one without seat or role, gets nothing
    house.now(Run.objects.get()).steps.get(number=2).candidates.filter(person=mailed["mia"]).delete()
    minute(later)
    assert {mail["To"].split("<")[1].rstrip(">") for mail in post.taken if "asked" in mail["Subject"]} == {
        "mo@people.example"
    }


def test_what_a_paused_run_asks_waits_until_it_goes_on(mailed, post, later):
    run = at_board(mailed)
    assert is_accepted(operate.pause(run, mailed["olga"], "a moment"))
    minute(later)
    assert [mail for mail in post.taken if "asked" in mail["Subject"]] == []
    assert is_accepted(operate.resume(house.now(run), mailed["olga"], "it goes on"))
    minute(later)
    assert len([mail for mail in post.taken if "asked" in mail["Subject"]]) == 3


def test_a_server_that_is_down_for_an_hour_loses_nothing_and_the_administrator_hears_of_it_once(mailed, post, later):
    mailed["zoe"].is_superuser = True
    mailed["zoe"].save()
    tell("mia")
    post.broken = True
    minute(later)
    assert not ChannelFault.objects.exists(), "an error of one attempt is nobody's news"
    for _ in range(12):
        later.pass_by(minutes=5)
        later.send()
    fault = ChannelFault.objects.get()
    assert (fault.channel, fault.resolved_at) == (None, None)
    assert "451 try again later" in fault.message
    assert Notice.objects.filter(person=mailed["zoe"], kind="administration").count() == 1
    assert not Run.objects.exists()
    post.broken = False
    later.pass_by(hours=1, minutes=30)
    later.send()
    assert [mail["Subject"] for mail in post.taken if "mia@" in mail["To"]] == ["Something happened"]
    fault.refresh_from_db()
    assert fault.resolved_at


def test_five_attempts_and_it_is_the_administrators(mailed, post, later):
    tell("mia")
    post.broken = True
    sorting.sort(later)
    later.pass_by(minutes=1, seconds=1)
    for _ in range(9):
        later.send()
        later.pass_by(hours=2)
    letter = faults.undelivered().get()
    assert (letter.claims, letter.status) == (5, "dead")
    post.broken = False
    assert faults.send_again() == 1
    later.send()
    assert len(post.taken) == 1


def test_an_address_that_is_refused_is_not_tried_again(mailed, post, later):
    mailed["zoe"].is_superuser = True
    mailed["zoe"].save()
    post.refuses = {"mia@people.example"}
    tell("mia", "max")
    minute(later)
    assert len(post.taken) == 1
    assert "550" in faults.undelivered().get().last_error
    assert Notice.objects.get(person=mailed["zoe"]).title == "A mail to Mia Moss could not be delivered"
    assert not faults.standing().exists()


def test_who_dies_between_claim_and_sending_leaves_it_to_the_next_under_the_same_name(mailed, post, later):
    tell("mia", title="First")
    sorting.sort(later)
    later.pass_by(seconds=61)
    claimed = sending.claim(later)
    assert claimed
    tell("mia", title="Second")
    assert later.send() == 0, "somebody holds it"
    later.pass_by(seconds=121)
    assert later.send() == 2
    first, second = sorted(post.taken, key=lambda mail: mail["Subject"])
    assert (first["Subject"], second["Subject"]) == ("First", "Second")
    assert first["Message-ID"] == f"<letter.{claimed.number}@penstock.example>"
    assert sending.send(claimed, later) == 1, "who had lost its lease sends once more: at least once"
    assert post.taken[-1]["Message-ID"] == first["Message-ID"]
    assert Letter.objects.get(notice__title="First").claims == 2


def test_what_kills_its_worker_five_times_is_set_aside(mailed, post, later):
    tell("mia")
    sorting.sort(later)
    later.pass_by(seconds=61)
    for _ in range(5):
        assert sending.claim(later)
        later.pass_by(seconds=121)
    assert later.send() == 0
    assert "Five workers" in faults.undelivered().get().last_error


def shown_secret() -> StepSpec:
    does = GateSpec(ask="Ship ${inputs.service}?", show=("inputs",), approvers=("manager",), quorum=Quorum(count=1))
    rungs = (Rung(timedelta(hours=4), remind=("pending",)), Rung(timedelta(days=2), outcome="reject"))
    return StepSpec("board", "Board", does, due=timedelta(hours=8), escalate=rungs)


def begin_with_secret(people, service="shop <b>&"):
    fields = (FieldSpec("service", "text", title="Service"), FieldSpec("key", "text", title="Key", secret=True))
    names = {"inputs.service": "string"}
    definition = house.playbook("ship", [shown_secret(), house.end()], inputs=fields, names=names)
    outcome = start.start(house.publish(definition), people["ann"], {"service": service, "key": "canary-8231"})
    assert is_accepted(outcome), outcome
    return Run.objects.get(pk=outcome.run_id)


def test_a_mail_holds_what_is_needed_to_decide_and_no_secret(mailed, post, later):
    begin_with_secret(mailed)
    minute(later)
    mail = next(mail for mail in post.taken if "mia@" in mail["To"])
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in (
        "Ship shop <b>&?",
        "Service: shop <b>&",
        "Key: ***",
        "Due: ",
        "Still missing: ",
        "rejects it, which ends",
    ):
        assert part in text, text
    assert "shop &lt;b&gt;&amp;" in html
    assert "shop <b>" not in html
    assert not re.search(r"<(img|script|link)|src=|@import|url\(", html)
    everything = "".join(mail.as_string() for mail in post.taken)
    kept = str(list(Notice.objects.values())) + str(list(Letter.objects.values()))
    assert "canary" not in everything + kept


def test_no_link_in_any_mail_does_anything_before_a_human_says_so(mailed, post, later, client):
    run = begin_with_secret(mailed, "shop")
    Unit.objects.filter(pk=run.unit_id).update(decision_links=True)
    minute(later)
    links = {
        link.rstrip(">")
        for mail in post.taken
        for part in mail.walk()
        if part.get_content_maintype() == "text"
        for link in re.findall(r"https://penstock\.example[^\s\"<]*", part.get_content())
    } | {found for mail in post.taken for found in re.findall(r"<(https://[^>]*)>", mail["List-Unsubscribe"])}
    deciding = [link for link in links if "/decide/" in link]
    assert len(deciding) == 3, links
    assert len(links) == 5
    before = (Entry.objects.count(), Notice.objects.filter(read_at=None).count(), house.now(run).seq)
    mia = Client()
    mia.force_login(mailed["mia"])
    agents = ("Mozilla/5.0", "Outlook-Safelinks", "GoogleImageProxy")
    for link in {deciding[0], *links.difference(deciding)}:
        path = link.removeprefix("https://penstock.example")
        for turn in range(25):
            browser = (client, mia)[turn % 2]
            browser.get(path, headers={"User-Agent": agents[turn % 3]})
            browser.head(path, headers={"User-Agent": agents[turn % 3]})
    assert (Entry.objects.count(), Notice.objects.filter(read_at=None).count(), house.now(run).seq) == before
    assert not DecisionLink.objects.filter(used_at__isnull=False).exists()
    assert client.post(deciding[0].removeprefix("https://penstock.example"), {"choice": "approve"}).status_code == 200
    assert house.now(run).status == "completed"


def test_a_reminder_of_the_ladder_is_a_mail_in_the_same_thread(mailed, post, later):
    rung = Rung(after=timedelta(hours=4), remind=("pending",))
    run = at_board(mailed, house.gate("board", rungs=(rung,)))
    minute(later)
    first = next(mail for mail in post.taken if "mia@" in mail["To"])
    house.shift(run, -4 * 3600)
    house.tell()
    minute(later)
    reminder = [mail for mail in post.taken if "mia@" in mail["To"]][-1]
    assert reminder["Subject"].startswith("Reminder: Board")
    assert reminder["References"] == first["References"]
    assert reminder["Message-ID"] != first["Message-ID"]


def test_a_channel_is_used_once_a_test_has_arrived(mailed, post, chat, later):
    address = f"mmost://127.0.0.1:{chat.port}/abcdefghijklmnopqrstuvwx"
    channel = channels.add(mailed["mia"], "My chat", address)
    assert "abcdef" not in str(Channel.objects.values().get())
    tell("mia", kind="task", title="Your task <!channel> @all")
    minute(later)
    assert chat.taken == []
    channels.test(channel)
    later.send()
    assert "This is a test" in chat.taken[0][1]
    tell("mia", kind="task", title="Your task <!channel> @all")
    minute(later)
    assert "Your task" in chat.taken[1][1]
    assert "<!channel>" not in chat.taken[1][1]
    assert "@all" not in chat.taken[1][1]


def test_what_a_gate_asks_of_a_role_is_told_once_in_its_channel_and_holds_no_values(mailed, post, chat, later):
    group = mailed["mia"].groups.get(name="managers")
    channel = channels.add(group, "Managers", f"mmost://127.0.0.1:{chat.port}/abcdefghijklmnopqrstuvwx")
    Channel.objects.filter(pk=channel.pk).update(verified_at=timezone.now())
    run = begin_with_secret(mailed, "shop")
    Notice.objects.filter(person=mailed["max"]).update(read_at=timezone.now())
    minute(later)
    assert len(chat.taken) == 1
    assert f"/runs/{run.number}/gates/1/" in chat.taken[0][1]
    assert "shop" not in chat.taken[0][1].replace("Ship", "")


def test_a_channel_that_fails_is_the_administrators_and_no_run_knows(mailed, post, chat, later):
    mailed["zoe"].is_superuser = True
    mailed["zoe"].save()
    channel = channels.add(mailed["mia"], "My chat", f"mmost://127.0.0.1:{chat.port}/abcdefghijklmnopqrstuvwx")
    Channel.objects.filter(pk=channel.pk).update(verified_at=timezone.now())
    chat.status = 403
    run = at_board(mailed)
    minute(later)
    later.pass_by(minutes=2)
    later.send()
    fault = faults.standing().get()
    assert (fault.channel, fault.message) == (channel, "The service answered 403.")
    assert Notice.objects.get(person=mailed["zoe"]).title == "The channel “My chat” does not deliver"
    assert house.now(run).incident_count == 0
    chat.status = 200
    later.pass_by(minutes=6)
    later.send()
    assert not faults.standing().exists()


def test_a_channel_reaches_nothing_that_actions_may_not_call(mailed, chat, later, settings):
    settings.PENSTOCK_HTTP_ALLOW = []
    channel = channels.add(mailed["mia"], "Inside", f"mmost://127.0.0.1:{chat.port}/abcdefghijklmnopqrstuvwx")
    channels.test(channel)
    later.send()
    assert chat.taken == []
    assert "notices may" in channel.letters.get().last_error
    settings.PENSTOCK_HTTP_ALLOW = [f"127.0.0.1:{chat.port}"]
    chat.status, chat.elsewhere = 302, f"http://localhost:{chat.port}/metadata"
    channels.test(channel)
    later.send()
    assert [path for path, _ in chat.taken] == ["/hooks/abcdefghijklmnopqrstuvwx"], "it followed where it was led"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "dbus://",
        "json://10.0.0.1/hook",
        "form://penstock.example",
        "syslog://",
        "exec://rm",
        "https://penstock.example/hook",
        "mmost://",
        "slack://nonsense",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=/etc/passwd",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ?template=/etc/hostname",
        "workflows://host.example/workflow/signature/?template=file:///etc/passwd",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?template=http://10.0.0.1/",
        "mailto://a:b@penstock.example",
        "",
        "x" * 2000,
    ],
)
def test_what_is_no_channel_is_refused_without_repeating_it(mailed, address):
    with pytest.raises(channels.BadAddress) as refused:
        channels.add(mailed["mia"], "", address)
    assert not address or address not in str(refused.value)
    assert not Channel.objects.exists()


def test_a_webhook_as_the_service_gives_it_is_understood(mailed):
    given = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert channels.add(mailed["mia"], "", given).service == "slack"


def test_letters_of_a_finished_step_are_not_even_written(mailed, post, later):
    run = at_board(mailed)
    assert is_accepted(operate.cancel(run, mailed["olga"], "not needed"))
    sorting.sort(later)
    assert not Letter.objects.filter(notice__kind="asked").exists()
    assert not Notice.objects.filter(sorted_at=None).exists()
    assert is_accepted(complete.complete(at_board_again(mailed), 1, mailed["ben"], {}))


def at_board_again(people) -> Run:
    return house.begin(house.publish(house.playbook("again", [house.task("plan"), house.end()])), people["ann"])
