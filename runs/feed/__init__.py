"""Absences from an iCalendar file (RFC 5545), as calendars and personnel systems write them.

reading     events of a file, each with whom it may mean and when; what is not understood, with the reason
repeating   the days on which an event that repeats takes place
bring_in    the verb: what has come, has changed or is gone becomes absences
"""
