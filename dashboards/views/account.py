"""One's own account: the password. And the admin's own doors for that, which lead here: they keep no log."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboards.forms import Control
from dashboards.views.signin import safe_next
from runs.reauthenticate import ANYWHERE
from workflows import attempts
from workflows.directory import passwords
from workflows.directory.changing import NotChanged
from workflows.models import Person

WRONG, TOO_MANY = 422, 429


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_password(request: HttpRequest) -> HttpResponse:
    """Show the form; a POST changes the password, and ends this person's other sessions."""
    if request.method != "POST":
        return _form(request)
    person = request.user
    # the budget of guesses is that of gates: whoever has taken over a session has one for both, from wherever
    wait = attempts.must_wait(person.username, ANYWHERE)
    if wait or attempts.failed(person.username, ANYWHERE) > attempts.ALLOWED:
        says = f"Too many wrong passwords. Try again in {wait or attempts.WINDOW_SECONDS // 60} minutes."
        return _form(request, NotChanged("too-many", says, {"old": says}), TOO_MANY)
    typed = (request.POST.get(name, "") for name in ("old", "new", "again"))
    answer = passwords.change_own(person, *typed)
    if isinstance(answer, NotChanged) and "old" in answer.errors:
        return _form(request, answer, WRONG)
    attempts.forget(person.username, ANYWHERE)
    if isinstance(answer, NotChanged):
        return _form(request, answer, WRONG)
    # this session goes on: the others hold a hash of the old password
    update_session_auth_hash(request, Person.objects.get(pk=person.pk))
    messages.success(request, "Your password is changed. Wherever else you were signed in, you are signed out.")
    return HttpResponseRedirect(safe_next(request, "my-work"))


def _form(request: HttpRequest, problem: NotChanged | None = None, status: int = 200) -> HttpResponse:
    errors = problem.errors if problem else {}
    asked = [
        ("old", "The password you have now", ""),
        ("new", "The new password", "At least 10 characters, nothing common, nothing like your name."),
        ("again", "The new password again", ""),
    ]
    controls = [
        Control(name, f"field-{name}", label, "password", "", help, errors.get(name, "")) for name, label, help in asked
    ]
    return render(request, "account/password.html", {"controls": controls, "problem": problem}, status=status)


@never_cache
def admins_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin's own form counts no failed attempts; ours does. Whoever is signed in and sent here may not enter."""
    if request.user.is_authenticated:
        raise Http404("not an administrator")
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


@never_cache
@login_required
def admins_password(request: HttpRequest) -> HttpResponse:
    return redirect("my-password")


urlpatterns = [
    path("account/password/", my_password, name="my-password"),
    path("admin/login/", admins_sign_in),
    path("admin/password_change/", admins_password),
]
