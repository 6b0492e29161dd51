"""Find anything: runs, playbooks, people and pages by what somebody types, each with what the reader may do there.

`found.find` asks each room in a fixed number of statements; what a reader may not see is not looked for.
"""
