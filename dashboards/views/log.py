"""The log of one run by itself: a page, the part of the run page that filters without loading it all, and a sheet."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboards.attachments import Held
from dashboards.course import logbook, sheet
from dashboards.course.reading import fetch

#: What asks when the run has changed; what a person chooses goes into the address instead.
NEWS = "log-news"


@never_cache
@require_safe
@login_required
def log(request: HttpRequest, number: int) -> HttpResponse:
    """The log as a page, and for HTMX its section alone, wherever it stands."""
    seen = fetch(request.user, number)
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path
    run_page = reverse("run", args=[number])
    book = logbook.of(request.GET, seen, Held(seen.run), run_page if here == run_page else request.path)
    context = {"section": "runs", "run": seen.run, "book": book, "user": request.user}
    if not request.headers.get("HX-Request"):
        return render(request, "run/log_page.html", context)
    answer = render(request, "run/log_section.html", context)
    if request.headers.get("HX-Trigger") != NEWS:
        answer["HX-Replace-Url"] = book.home + book.log.asked.here
    return answer


@never_cache
@require_safe
@login_required
def log_as_csv(request: HttpRequest, number: int) -> HttpResponse:
    """What is asked for of the log, all pages of it, as a CSV file, for whoever may see the run."""
    seen = fetch(request.user, number)
    text = sheet.write(seen.run, seen.definition, logbook.titles(seen), logbook.asked(request.GET, seen))
    answer = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="run-{number}-log.csv"'
    return answer


urlpatterns = [
    path("runs/<int:number>/log/", log, name="run-log-page"),
    path("runs/<int:number>/log.csv", log_as_csv, name="run-log"),
]
