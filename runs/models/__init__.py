"""What is running: the run and its log, the outbox, and the projections that pages read."""

from runs.models.draft import Draft, Ticked
from runs.models.entry import Entry, Receipt, Refused
from runs.models.place import Place
from runs.models.run import Run
from runs.models.secret import Secret
from runs.models.shortage import Shortage, StaffingCheck
from runs.models.step import Candidate, Gate, Incident, Step, Vote
from runs.models.trigger import Trigger
from runs.models.work import Work

__all__ = [
    "Candidate",
    "Draft",
    "Entry",
    "Gate",
    "Incident",
    "Place",
    "Receipt",
    "Refused",
    "Run",
    "Secret",
    "Shortage",
    "StaffingCheck",
    "Step",
    "Ticked",
    "Trigger",
    "Vote",
    "Work",
]
