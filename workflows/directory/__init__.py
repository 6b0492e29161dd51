"""The only way the organisation changes: one verb for each change of an account, a group or a part.

`accounts`, `memberships`, `parts`, `administrators`, `passwords`: each verb stands in `changing.make`, which takes the
right to write, asks `workflows.guard` with the rights of that instant, and writes the change and its entry in the log
(`workflows.models.DirectoryEntry`) together or not at all. Verbs may be repeated: what is so already is left alone.

`units` does the same for the tree of units, with the log of governance. `imports` does many of these at once, from a
table of people or of units.
"""
