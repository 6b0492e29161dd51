"""Working time: when an office is open, and what `4bh` and `2bd` after a moment come to.

calendar  the calendar itself and its arithmetic      public  the public holidays of a country, as a list of days
walls     the time on the wall and the instant it is
"""

from engine.calendars.calendar import DAYS, OFFICE_HOURS, Calendar, Hours

__all__ = ["DAYS", "OFFICE_HOURS", "Calendar", "Hours"]
