"""The machine: `advance(definition, state, event)`, and nothing else decides what a run does next.

advance  the one function          state     where a run is
events   what can happen           commands  what follows
rights   who may do what, as pure rules (the guard asks the directory, then these)
"""
