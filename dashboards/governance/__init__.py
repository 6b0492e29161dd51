"""Governance: are we in order? What is due with what to do about it, which policy holds where, and what was done.

due       every section put together      deciding  what waits for somebody's decision, and what soon ends
keeping   what is published: reviews, owners, use, parents                thin      gates without spare people
matrix    policy by playbook              proven    what the policies say of a playbook, kept by the digests
logged    one page of the log             told      its entries as sentences         sheet  the log as a table
"""
