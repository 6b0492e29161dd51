"""An act on many runs, at most 5,000: kept once with all its lines, then performed in batches until each is answered.

ordering  keep it, once for each key     performing  do it, batch by batch, by whoever holds its lease

Each line is delivered to `runs.apply` on its own, where the guard is asked with the rights of that moment: what is
refused to one run keeps no other from it. Nothing is remembered outside the rows, so whoever comes after a crash goes
on where the last one stopped; a line's key makes sure that what was done already is found and not done again.
"""

from runs.bulk_acts.ordering import GONE, MOST, Target, order
from runs.bulk_acts.performing import is_due, perform, perform_until_idle

__all__ = ["GONE", "MOST", "Target", "is_due", "order", "perform", "perform_until_idle"]
