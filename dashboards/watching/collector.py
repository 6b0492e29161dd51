"""What `/metrics` says: the engine's figures, read when they are asked for, and what this process knows of itself.

The figures come from the database, so any one web process gives those of the whole installation, and nothing has to
be gathered from several. Only live connections and answering times are the process's own; they carry its label.
"""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from django.db import DatabaseError, InterfaceError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from dashboards.live.listeners import listeners
from dashboards.watching.figures import FIGURES
from dashboards.watching.latest import timed
from dashboards.watching.requests import PROCESS
from dashboards.watching.requests import registry as of_requests
from runs.health.beats import program_version

log = structlog.get_logger()


class Engine(Collector):
    """The figures of the engine; where the database does not answer, only that."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("penstock_build", "What runs here.", value={"version": program_version()})
        open_streams = GaugeMetricFamily(
            "penstock_live_connections",
            "Pages that are told of changes by the process that is asked.",
            labels=["process"],
        )
        open_streams.add_metric([PROCESS], listeners.count())
        yield open_streams
        try:
            reading, seconds = timed()
        except (DatabaseError, InterfaceError) as fault:
            log.warning("metrics_without_database", fault=type(fault).__name__)
            yield GaugeMetricFamily("penstock_database_up", _UP, value=0)
            return
        yield GaugeMetricFamily("penstock_database_up", _UP, value=1)
        yield GaugeMetricFamily("penstock_reading_seconds", "How long these figures took to read.", value=seconds)
        for figure in FIGURES:
            family = GaugeMetricFamily(figure.name, figure.help, labels=figure.labels)
            for labels, value in figure.of(reading):
                family.add_metric(list(labels), value)
            yield family


_UP = "Whether the database answers: 1 or 0. Where it does not, all that is read from it is absent."

registry = CollectorRegistry()
registry.register(Engine())


def exposition() -> bytes:
    """Return it all in the text form of Prometheus."""
    return generate_latest(registry) + generate_latest(of_requests)
