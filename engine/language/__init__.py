"""Documents as authored. `playbook` reads a playbook; `section` is how any document is read, key by key.

playbook  the head, roles, outputs      step        what stands beside a step's id
kinds     task, action, decide, …       gate        what stands inside a gate
field     inputs and forms              escalation  the ladder
places    where everything stands
"""
