"""304 for a page whose runs have not changed: the version is read before anything is rendered.

The version is the newest change among the runs a page is about, who reads, what was asked, and the minute
(relative times move with it). The page is private and asked for again each time. What a run was like in the past never
changes: of that the version is the day alone, by which days are named.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from engine.values import digest
from runs.models.run import RunQuerySet
from workflows.prepared import rows


@dataclass(frozen=True)
class Fresh:
    """`answer` is the 304, or None where the page has to be made."""

    etag: str
    answer: HttpResponse | None

    def mark(self, response: HttpResponse) -> HttpResponse:
        """Give the made page its version."""
        response["ETag"] = self.etag
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie", "HX-Request"])
        return response


#: Written out: asked as often as anybody looks, it takes the ORM longer to write than the database to answer.
NEWEST = "SELECT id, seq, changed_at FROM runs_run ORDER BY changed_at DESC, id LIMIT 1"


def unchanged(request: HttpRequest, runs: RunQuerySet | None = None, upto: int = 0) -> Fresh:
    """Compare what the reader has with the newest change among these runs; None: all. One query, along its index.

    `upto`: the page shows a run as of this entry, which is the past as soon as there is a newer one.
    """
    if runs is None:
        newest = next(iter(rows(NEWEST)), None)
    else:
        newest = runs.order_by("-changed_at", "pk").values_list("pk", "seq", "changed_at").first()
    if newest is not None and 0 < upto < newest[1]:
        moving: list[object] = [str(newest[0]), timezone.localdate().isoformat()]
    else:
        moving = [[str(part) for part in newest or ()], int(time.time() // 60)]
    version = [
        request.user.pk,
        request.get_full_path(),
        request.headers.get("HX-Request", ""),
        request.COOKIES.get("theme", ""),
        request.user.time_zone,
        *moving,
    ]
    etag = f'"{digest(version)[:32]}"'
    if request.headers.get("If-None-Match") == etag and request.headers.get("HX-Request"):
        answer = HttpResponse(status=304)
        return Fresh(etag, Fresh(etag, None).mark(answer))
    return Fresh(etag, None)
