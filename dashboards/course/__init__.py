"""The course of one run, for its page: where is it, why, and what now?

picture   the diagram with live states     timeline  the visits as bars
log       the entries in plain sentences   roles     who is in which role now
acts      what an operator may do here, what it leads to, and why not
"""
