"""Row: see below."""

from engine.proofs.finding import Case


def prove(case: Case) -> None:
    return
