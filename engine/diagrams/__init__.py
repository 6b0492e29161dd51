"""Drawings of a definition: for the pages (`layout`), as files (`svg`, `scxml`, `mermaid`), as an outline (`text`).

Takes a compiled definition, knows nothing of runs. A layout is made list by list, from the innermost region outwards:

    graph      a list as boxes and arrows            placing   a cell for each box
    routing    through which channels arrows run     tracks    which track of a channel each takes
    ports      where they leave and enter a node     sheet     all of it measured, in px
    paths      the arrows with round corners         labels    where their words stand
    frames     a region's lists as one frame among the steps around it

The markup of the pages is a template over `layout.Layout`.
"""
