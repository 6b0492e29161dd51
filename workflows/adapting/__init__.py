"""A playbook that adapts another: written from the page, told from its parent, and brought up to a newer parent.

writing    what somebody asks for as the text of a child      trying    a child compiled with other parents
standing   a child, its parent then and its parent now        children  who is behind their parent

The text is kept as a draft (`workflows.drafting`), like any other.
"""

from workflows.adapting.children import Behind, behind

__all__ = ["Behind", "behind"]
