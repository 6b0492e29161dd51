"""Public holidays of a country or a part of it, as the list of days that goes into a calendar.

The dates come from the `holidays` library, once, when a calendar is read; a list that has been made stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from engine.problems import did_you_mean

#: The years whose holidays are written down; later ones have working days only, until the calendar is read anew.
YEARS = range(2020, 2046)


@cache
def days(country: str, part: str = "") -> tuple[date, ...]:
    """Return the public holidays of `YEARS`, in order. Raises `ValueError` with a message for people."""
    # The library knows some 250 countries and takes its time to load: only whoever asks for one waits for it.
    import holidays
    from holidays.registry import COUNTRIES

    known = {code for _, code, *_ in COUNTRIES.values()}
    if country not in known:
        raise ValueError(f"There is no country `{country[:40]}`. {did_you_mean(country.upper(), known)}".strip())
    parts = holidays.country_holidays(country).subdivisions
    if part and part not in parts:
        hint = did_you_mean(part.upper(), parts) or ("One of: " + ", ".join(parts) + "." if parts else "")
        raise ValueError(f"{country} has no part `{part[:40]}`. {hint}".strip())
    return tuple(sorted(holidays.country_holidays(country, subdiv=part or None, years=YEARS)))


@cache
def names(country: str, part: str = "", years: tuple[int, ...] = ()) -> Mapping[date, str]:
    """Return what the public holidays of these years are called, in English where the library knows it so.

    Raises `ValueError` for a country that the library does not know any more.
    """
    import holidays
    from holidays.registry import COUNTRIES

    if country not in {code for _, code, *_ in COUNTRIES.values()}:
        raise ValueError(country)
    found = holidays.country_holidays(country, subdiv=part or None, years=years, language="en_US")
    return dict(sorted(found.items()))
