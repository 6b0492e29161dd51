"""Row: see below."""

from engine.proofs.facts import Facts
from engine.proofs.finding import Case


def prove(case: Case, facts: Facts) -> None:
    return
