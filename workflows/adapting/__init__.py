"""A playbook that adapts another: written from the page, told from its parent, and brought up to a newer parent.

writing    what somebody asks for as the text of a child      trying    that text compiled, with what is wrong
standing   a child, its parent then and its parent now        children  who is behind their parent
drafts     where the text goes: a draft of the child
"""

from workflows.adapting.children import Behind, behind

__all__ = ["Behind", "behind"]
