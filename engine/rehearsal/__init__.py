"""Rehearsal: playbooks are tested like code, on the machine that runs the real thing and a virtual clock.

rehearse  a scenario file -> how each scenario went      play  one run in memory, with its people and its clock
acting    the verbs      expecting  what is compared     failures  what is reported
"""

from engine.rehearsal.failures import Failure, Rehearsed
from engine.rehearsal.rehearse import rehearse

__all__ = ["Failure", "Rehearsed", "rehearse"]
