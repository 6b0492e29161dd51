"""Signing in and out, and the theme: what a person sets for this browser."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboards.frame import THEME_COOKIE, THEMES
from workflows import attempts
from workflows.models import Person


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where `next` leads, if that is a page of ours; else the other place."""
    there = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return there if allowed else reverse(otherwise)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form; take a name and a password, or in the demo the person who was picked."""
    if request.method == "POST":
        if settings.DEMO and (picked := request.POST.get("as")):
            person = Person.objects.filter(username=picked, is_active=True, is_superuser=False).first()
            if person is not None:
                login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
                return HttpResponseRedirect(safe_next(request, settings.LOGIN_REDIRECT_URL))
        return _check(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(safe_next(request, settings.LOGIN_REDIRECT_URL))
    return _form(request)


def _check(request: HttpRequest) -> HttpResponse:
    name, address = request.POST.get("name", "").strip(), request.META.get("REMOTE_ADDR", "")
    wait = attempts.must_wait(name, address)
    if wait:
        return _form(request, name, f"Too many failed attempts. Try again in {wait} minutes.", status=429)
    person = authenticate(request, username=name, password=request.POST.get("password", ""))
    if person is None:
        attempts.failed(name, address)
        return _form(request, name, "This name and this password do not belong together.", status=422)
    attempts.forget(name, address)
    login(request, person)
    return HttpResponseRedirect(safe_next(request, settings.LOGIN_REDIRECT_URL))


def _form(request: HttpRequest, name: str = "", error: str = "", status: int = 200) -> HttpResponse:
    people = (
        Person.objects.filter(is_active=True, is_superuser=False, is_service=False).order_by("pk")
        if settings.DEMO
        else ()
    )
    context = {"name": name, "error": error, "people": people, "next": safe_next(request, settings.LOGIN_REDIRECT_URL)}
    return render(request, "signin/signin.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGIN_URL)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme in this browser; the next page is drawn in it from its first byte."""
    chosen = request.POST.get("theme", "")
    response: HttpResponse
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
    else:
        response = HttpResponseRedirect(safe_next(request, "my-work"))
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=400 * 86_400, samesite="Lax", httponly=True)
    return response


urlpatterns = [
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-out/", sign_out, name="sign-out"),
    path("theme/", theme, name="theme"),
]
