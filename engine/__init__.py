"""The engine: what a playbook says, what is proven of it, and what it does next.

Pure Python. It imports no Django, reads no clock, no database and no random numbers, so that the same
code runs on the server, in a rehearsal, in a forecast and in an audit.

    text -> documents -> language -> compiler -> Definition -> proofs, machine, diagrams
"""
