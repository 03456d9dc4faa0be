"""Names of time zones that are not those of the IANA database: Windows' names, and the words of North America."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

US_ABBREVIATIONS: Mapping[str, str] = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
"""Abbreviations that leave open whether it is summer: the date says it."""

_US_WORDS = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "pacific": "America/Los_Angeles",
}
_US_NAME = re.compile(r"(?i)(eastern|central|mountain|pacific)(?: time(?: \(us & canada\))?)")
_SEASON = re.compile(r"(?i) (?:daylight|summer) time$")


def named_zone(text: str) -> str | None:
    """Return the zone of the IANA database that a name outside of it means; None if it is none of the known ones.

    Windows' names are those of the Unicode CLDR, such as `W. Europe Standard Time`, which means summer time in summer.

    Examples
    --------
    >>> named_zone("W. Europe Standard Time"), named_zone("PT"), named_zone("Eastern Time (US & Canada)")
    ('Europe/Berlin', 'America/Los_Angeles', 'America/New_York')
    >>> named_zone("Standard Time")
    """
    name = text.strip()
    if name.upper() in US_ABBREVIATIONS:
        return US_ABBREVIATIONS[name.upper()]
    if found := _US_NAME.fullmatch(name):
        return _US_WORDS[found[1].lower()]
    if not name.lower().endswith(" time"):
        return None
    return _of_windows().get(_SEASON.sub(" standard time", name.lower()))


@cache
def _of_windows() -> dict[str, str]:
    from babel.core import get_global  # noqa: PLC0415  # takes long to import, and few columns have such names

    return {name.lower(): zone for name, zone in get_global("windows_zone_mapping").items()}


def zone_advice(name: str) -> str | None:
    """Return what to write in place of a zone that is not in the IANA database, if its name says what is meant.

    Examples
    --------
    >>> zone_advice("GMT+2")
    "write '+02:00', or a place such as Europe/Oslo, which has summer time"
    """
    if zone := named_zone(name):
        return f"write '{zone}'"
    if found := re.fullmatch(r"(?i)(?:GMT|UTC) ?([+-])(\d{1,2})(?::?(\d{2}))?", name.strip()):
        sign, hours, minutes = found[1], int(found[2]), found[3] or "00"
        return f"write '{sign}{hours:02d}:{minutes}', or a place such as Europe/Oslo, which has summer time"
    return None


def zone_warning(name: str) -> str | None:
    """Return what may surprise of a zone of the IANA database, or None.

    Examples
    --------
    >>> zone_warning("Etc/GMT+2")
    'Etc/GMT+2 is 2 hours behind UTC, not ahead of it; if it should be ahead, write Etc/GMT-2'
    """
    if found := re.fullmatch(r"Etc/GMT([+-])([1-9]\d?)", name):
        side, other, turned = ("behind", "ahead of", "-") if found[1] == "+" else ("ahead of", "behind", "+")
        return (
            f"{name} is {found[2]} hours {side} UTC, not {other} it; if it should be {other.split()[0]}, "
            f"write Etc/GMT{turned}{found[2]}"
        )
    if name in _WITHOUT_SUMMER:
        return (
            f"{name} has no summer time: if clocks are set forward in summer, write {_WITHOUT_SUMMER[name]}"
        )
    return None


_WITHOUT_SUMMER = {"EST": "America/New_York", "MST": "America/Denver"}
