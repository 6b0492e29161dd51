"""The live rehearsal: a scenario in memory and, line by line, in real runs; both must write the same log.

live     the runs, by the real `apply`, work and clock    people   the directory of the scenario, in the database
shelf    its playbooks, published                         scratch  a throw-away database
logs     what of two logs differs
"""

from runs.rehearsal.live import Live

__all__ = ["Live"]
