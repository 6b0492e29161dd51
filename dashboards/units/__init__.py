"""The pages of units: the tree, one unit, each change with its consequence, and the import of people and units.

Reads `workflows`; every change is a verb of `workflows.directory`, which asks the guard itself.
"""
