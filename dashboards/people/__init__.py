"""The pages of people: who is there, what they may do, what has changed, and each change with its consequence.

Reads `workflows` and `runs`; every change is a verb of `workflows.directory`, which asks the guard itself.
"""
