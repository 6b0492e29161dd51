"""People or units of a whole table at once: what each line would do, and then all of it or nothing.

table    a CSV file as rows with named cells; what cannot be read of it
planned  what a line would do, in the words of a page, and how it is done
people   the lines of people           units   the lines of units
doing    all lines in one transaction, by the verbs of `workflows.directory`, which ask the guard and write the log
"""
