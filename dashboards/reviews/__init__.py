"""The pages of reviews.

lists   what waits for the reader, and what they wrote    page   one review: who may, what is missing, what it means
source  the text line by line, with its remarks
"""
