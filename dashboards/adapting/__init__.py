"""Adapting a playbook from its page.

steps   the parent's steps: which may be changed, and why not     rows     the changes as forms
asked   the whole form: read, checked, laid out again             standing a child beside its parent
"""
