"""Is the engine itself well? What runs says of its own clock, workers and tables; nothing here changes a run.

beats    each process says that it lives      reading  everything asked at once, a fixed number of cheap statements
judging  what of it is fine, to be watched, or wrong, and what to do about it
"""
