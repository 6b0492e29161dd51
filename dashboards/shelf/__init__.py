"""What the Library shows: the list and its facets, a playbook told in prose, how it does in practice.

Takes versions and their definitions; leaves the drawing to templates/library/.
"""
