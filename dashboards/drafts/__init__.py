"""The page of a draft.

page   the text as typed, what is wrong at which line, its picture, its scenarios    begun  how a new one begins
"""
