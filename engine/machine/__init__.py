"""The machine: `advance(definition, state, event)`, and nothing else decides what a run does next.

advance    the one function               turn       the working copy of one event
state      where a run is                 settling   running to the next wait
events     what can happen                endings    how visits and runs end, and where they go then
commands   what follows                   operating  what operators do

tasks gates actions waits decides sets ends: one module a kind of step
ladder     due times and rungs            rosters quorum exclusion: whom a gate asks, and what they come to
rights     who may do what, as pure rules (the guard asks the directory, then these): voting refusing standings
knowledge  what expressions may read
"""
