"""The living demo: the invented Lindhaven Energy, its people and a month of its runs.

organisation  units, groups, people      script   what is said and done, as plain data
past          a month that is over       present  what is open now, in every state
plans         what is to be reached, and by which of these runs
stage         plays the scripts through the real verbs, at times that have passed
build         all of it, once
"""
