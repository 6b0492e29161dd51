"""A rollout under way at Lindhaven: purchases whose budget is confirmed sooner, tried on a third of the new ones."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboards.demo import organisation
from dashboards.demo.hours import ago
from dashboards.demo.script import Act, Complete, Story
from workflows import drafting, reviewing, rolling_out
from workflows.drafting import Draft
from workflows.models import Artifact, Person, Review, Rollout, Version
