"""Every address of the product: one list a page family, each beside its views."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

#: What open pages ask again and again stands first, as addresses are looked up in this order; then by the alphabet.
FAMILIES = (
    "runs",
    "absence",
    "account",
    "adapt",
    "calendars",
    "compare",
    "decide",
    "drafts",
    "files",
    "find",
    "gate",
    "gates",
    "governance",
    "health",
    "importing",
    "keeping",
    "library",
    "log",
    "metrics",
    "move",
    "my_work",
    "notices",
    "people",
    "plans",
    "policies",
    "preferences",
    "reviews",
    "rollout",
    "signin",
    "task",
    "units",
    "why",
)

urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(f"dashboards.views.{family}")) for family in FAMILIES),
    path("", include("dashboards.live.polling")),
    path("admin/", admin.site.urls),
]

handler403 = "dashboards.views.errors.forbidden"
handler404 = "dashboards.views.errors.not_found"
handler500 = "dashboards.views.errors.broken"
