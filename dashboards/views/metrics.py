"""Metrics: are we getting faster, better, safer? One page, read-only."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.metrics import asked, cycle, drawn, gates, progress, throughput
from dashboards.metrics.period import LENGTHS
from dashboards.shelf.titles import titles


@login_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    question = asked.read(request.user, request.GET, timezone.now(), timezone.get_current_timezone())
    flow = throughput.measure(question)
    times = cycle.measure(question)
    levels = progress.measure(question, flow)
    waiting = gates.measure(question)
    playbooks = titles(request.user)
    figures = []
    if flow.started or flow.completed or flow.ended_otherwise or any(level.under_way for level in levels):
        figures = [drawn.per_day(flow), drawn.under_way(levels)]
        if times.whole:
            figures.insert(1, drawn.cycle_time(times, times.whole, question.period))
    return render(
        request,
        "metrics/page.html",
        {
            "section": "metrics",
            "question": question,
            "playbook_title": playbooks.get(question.playbook.slug, "") if question.playbook else "",
            "flow": flow,
            "spread": times.whole,
            "under_way": levels[-1].under_way,
            "figures": figures,
            "gates": [(gate, playbooks.get(gate.playbook, gate.playbook)) for gate in waiting],
            "slowest": max((gate.wait.p85 for gate in waiting if gate.wait), default=0),
            "gates_definition": gates.DEFINITION,
            "open_gates": sum(gate.open_now for gate in waiting),
            "playbooks": playbooks,
            "lengths": LENGTHS,
        },
    )


urlpatterns = [path("metrics/", metrics, name="metrics")]
