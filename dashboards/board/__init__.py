"""What the Runs page shows: is anything stuck?

filters  what the address asks for       narrow     what that is as a list
branches  where its runs are looked for   stretches  the SQL that reads along them
lanes     one page of runs, by keyset
rows     what a row of the table says  tiles  the five counts       wall  the board on the wall
"""
