"""Signing in: the demo's people, safe `next`, throttling, and out again by POST only."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.fixture
def ann(people: People) -> Person:
    people["ann"].set_password("correct horse")
    people["ann"].save()
    return people["ann"]


def test_a_page_leads_to_the_form_and_back(client: Client, ann: Person) -> None:
    answer = client.get("/runs/", follow=True)
    assert answer.redirect_chain == [("/sign-in/?next=/runs/", 302)]
    assert 'name="next" value="/runs/"' in answer.content.decode()
    answer = client.post("/sign-in/", {"name": "ann", "password": "correct horse", "next": "/runs/"})
    assert answer["Location"] == "/runs/"
    assert signed_in(client)


@pytest.mark.parametrize(
    "there",
    ["//evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example/", "/\\evil", "javascript:1"],
)
def test_next_stays_on_this_host(client: Client, ann: Person, there: str) -> None:
    answer = client.post("/sign-in/", {"name": "ann", "password": "correct horse", "next": there})
    assert answer["Location"] == "/"


def test_a_wrong_password_says_so_and_keeps_the_name(client: Client, ann: Person) -> None:
    answer = client.post("/sign-in/", {"name": "ann", "password": "wrong"})
    assert answer.status_code == 422
    assert 'value="ann"' in answer.content.decode()
    assert "do not belong together" in answer.content.decode()
    assert not signed_in(client)


def test_after_five_failures_even_the_right_password_waits(client: Client, ann: Person) -> None:
    for _ in range(5):
        client.post("/sign-in/", {"name": "ann", "password": "wrong"})
    answer = client.post("/sign-in/", {"name": "Ann", "password": "correct horse"})
    assert answer.status_code == 429
    assert not signed_in(client)
    elsewhere = Client(REMOTE_ADDR="10.1.1.1")
    elsewhere.post("/sign-in/", {"name": "ann", "password": "correct horse"})
    assert signed_in(elsewhere), "somebody else's failures do not lock the person out everywhere"


def test_the_demo_signs_in_with_one_click(client: Client, people: People, settings: Settings) -> None:
    settings.DEMO = True
    assert 'name="as" value="mia"' in client.get("/sign-in/").content.decode()
    client.get("/sign-in/", {"as": "mia"})
    assert not signed_in(client), "a GET signs nobody in"
    client.post("/sign-in/", {"as": "mia"})
    assert client.session["_auth_user_id"] == str(people["mia"].pk)


def test_outside_the_demo_there_is_no_such_click(client: Client, people: People, settings: Settings) -> None:
    settings.DEMO = False
    assert b'name="as"' not in client.get("/sign-in/").content
    client.post("/sign-in/", {"as": "mia"})
    assert not signed_in(client)


def test_nobody_becomes_an_administrator_by_a_click(client: Client, people: People, settings: Settings) -> None:
    settings.DEMO = True
    people["mia"].is_superuser = True
    people["mia"].save()
    client.post("/sign-in/", {"as": "mia"})
    assert not signed_in(client)


def test_out_by_post_only(client: Client, people: People) -> None:
    client.force_login(people["ann"])
    assert client.get("/sign-out/").status_code == 405
    assert signed_in(client)
    client.post("/sign-out/")
    assert not signed_in(client)


def test_the_theme_is_in_the_first_byte_of_the_next_page(client: Client, people: People) -> None:
    client.force_login(people["ann"])
    assert "data-theme" not in client.get("/").content.decode()
    answer = client.post("/theme/", {"theme": "dark", "next": "/"})
    assert answer["Location"] == "/"
    assert '<html lang="en" data-theme="dark">' in client.get("/").content.decode()
    client.post("/theme/", {"theme": "<script>"})
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post("/theme/", {"theme": "system"}, headers={"HX-Request": "true"})
    assert "data-theme" not in client.get("/").content.decode()
