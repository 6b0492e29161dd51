"""Decision tables: rows of conditions, each with what it gives (language.md section 8, semantics [tables]).

table     a compiled table and a step's use of one, as a definition carries them
cells     what stands in a cell, and whether a value fits it
answers   the answer of a table for some inputs, under its hit policy
covering  boxes: is there a point that none of them holds?
proving   gaps, overlaps, rules that can never hit
"""
