"""Pages of plans: will we reach it, and what is to be started next?

starting  what the start page is told when it was opened from a plan
listed    all plans, each in a line        page  one plan: its milestones with the runs that deliver them
words     owners, dates and outlooks as people say them
"""
