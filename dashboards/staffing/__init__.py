"""What the page Gates shows: who is left to decide, how many may leave, and what it costs to ask them.

thin    each gate of the published playbooks with its people     ahead   who is away in the next two weeks
cost    how long one gate is waited at, and how it is decided    asked   what the address asks for
"""
