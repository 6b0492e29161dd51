"""Drawings of a definition: geometry for the pages (`layout`), Mermaid text, and an outline for the terminal.

Takes a compiled definition, knows nothing of runs. The SVG markup is a page template over `layout.Layout`.
"""
