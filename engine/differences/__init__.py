"""What is different between two versions: told in prose, marked per step, and weighed as major, minor or patch.

difference  what comes of comparing            compare    two playbooks
head        what stands above the steps         steps      one step that both have
work        what each kind of step does         gates      what makes a gate weaker
ladders     escalations                         ways       where steps lead, and what can now be gone around
asked       inputs and fields of forms          words      names, lists and lengths as a sentence has them
documents   decision tables, policies, plans    versions   the number that follows
"""

from engine.differences.compare import compare
from engine.differences.difference import Change, Difference, Level, Mark

__all__ = ["Change", "Difference", "Level", "Mark", "compare"]
