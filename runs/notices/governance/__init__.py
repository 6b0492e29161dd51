"""What governance wants of people, and what became of what they asked, wrote or own: told from its log, once.

reviews, exceptions, keeping   what of an entry is news, and for whom, as it stands now
piece                          one piece of news, and the entry it comes from
telling                        from entries that nobody was told of to notices, exactly once (docs/decisions/0038)
"""

from runs.notices.governance.telling import tell

__all__ = ["tell"]
