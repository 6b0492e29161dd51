"""What the Runs page shows: is anything stuck?

filters  what the address asks for     narrow  what that leaves
lanes    one page of runs, by keyset
rows     what a row of the table says  tiles  the five counts       wall  the board on the wall
"""
