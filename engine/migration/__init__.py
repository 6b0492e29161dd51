"""May a run go on in another version of its playbook, and what of it goes on as what?

counterparts  which step or value of the one is which of the other   carrying   the state in the words of the other
giving        values that the run has not, and somebody gives        fitting    what is lacking or does not fit
reads         what is read later and would not be there              assessing  safe, or what stands against it

Pure: takes a state and two definitions. The event that moves a run (`engine.machine.migrating`) asks the same.
"""

from engine.migration.assessing import assess, wrong_mapping
from engine.migration.counterparts import concerning
from engine.migration.findings import Assessment, Finding, Kind
from engine.migration.giving import read_given, wrong_given

__all__ = ["Assessment", "Finding", "Kind", "assess", "concerning", "read_given", "wrong_given", "wrong_mapping"]
