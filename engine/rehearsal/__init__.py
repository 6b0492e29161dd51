"""Rehearsal: playbooks are tested like code, on the machine that runs the real thing and a virtual clock.

rehearse   a scenario file -> how each scenario went      prepared   a scenario with what it needs, compiled
play       one run in memory, with its people             world      the runs of a scenario, on one clock
acting     the verbs      operating  those of operators   expecting  what is compared          directory  who is who
addresses  how a visit is named         attaching  the files and links that lines name
naming     what lines name and is not there               places     who waits for a place
coverage   which transitions no scenario took             twin       a second world that is told the same
failures   what is reported
"""

from engine.rehearsal.coverage import Coverage, covered
from engine.rehearsal.failures import Failure, Rehearsed
from engine.rehearsal.prepared import Known, Prepared, prepare
from engine.rehearsal.rehearse import play, rehearse

__all__ = ["Coverage", "Failure", "Known", "Prepared", "Rehearsed", "covered", "play", "prepare", "rehearse"]
