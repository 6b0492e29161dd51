"""May a run go on in another version of its playbook, and what of it goes on as what?

counterparts  which step of the one version is which of the other     carrying   the state in the words of the other
reads         what is read later and would not be there                assessing  safe, or what stands against it

Pure: takes a state and two definitions. The event that moves a run (`engine.machine.migrating`) asks the same.
"""

from engine.migration.assessing import Assessment, Finding, Kind, assess, wrong_mapping

__all__ = ["Assessment", "Finding", "Kind", "assess", "wrong_mapping"]
