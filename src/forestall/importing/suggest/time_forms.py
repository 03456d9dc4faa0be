"""The forms in which a text writes a time: a template, and what it leaves open."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

import polars as pl

from forestall.data.written_clocks import read_halves
from forestall.data.zone_names import US_ABBREVIATIONS
from forestall.data.zones import ABBREVIATIONS

_DATES = (
    ("%Y年%m月%d日", r"\d{4}年\d{1,2}月\d{1,2}日"),
    ("%Y{0}%m{0}%d", r"\d{4}([-/.])\d{1,2}\1\d{1,2}"),
    ("%1{0}%2{0}%Y", r"\d{1,2}([-/. ])\d{1,2}\1\d{4}"),
    ("%1{0}%2{0}%y", r"\d{1,2}([-/.])\d{1,2}\1\d{2}(?!\d)"),
    ("%d{0}%b{1}%Y", r"\d{1,2}([- /.]{1,2}| de )[A-Za-z]{3,9}([-, /.]{1,2}| de )\d{4}"),
    ("%d{0}%b{1}%y", r"\d{1,2}([- /.]{1,2})[A-Za-z]{3,9}([-, /.]{1,2})\d{2}(?!\d)"),
    ("%b{0}%d{1}%Y", r"[A-Za-z]{3,9}([-, /.]{1,2})\d{1,2}([-, /.]{1,2})\d{4}"),
    ("%Y%m%dT%H%M%S", r"(?:19|20)\d{6}T\d{6}"),
    ("%Y%m%d", r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"),
)
_WEEKDAY = re.compile(r"(?P<name>Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?P<rest>[a-z]*)(?P<mark>[, ]+)")
_CLOCK = re.compile(
    r"(?P<mark>[T ,]*)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?P<second>:\d{2})?(?P<part>[.,]\d{1,9})?"
    r"(?P<half>(?P<blank> ?)(?:[AaPp]\.?\s?[Mm]\.?))?"
)
_JAPANESE_CLOCK = re.compile(r"(?P<mark> ?)\d{1,2}時\d{1,2}分(?P<second>\d{1,2}秒)?$")
_ZONE = re.compile(
    r"(?P<blank> ?)(?:(?P<offset>Z|[+-]\d{2}:?\d{2}|[+-]\d{2})|(?P<word>[A-Z]{2,5})"
    r"|(?P<named>(?:GMT|UTC)[+-]\d{2}:?\d{2}))(?: \([^)]*\))?$"
)
_ZONE_AT_END = r" ?(?:Z|(?:GMT|UTC)?[+-]\d{2}:?\d{2}|[+-]\d{2}|[A-Z]{2,5})(?: \([^)]*\))?$"
_YEAR_LAST = re.compile(
    r"[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} (?:(?P<word>[A-Z]{2,5})|[+-]\d{4}) \d{4}"
)
_ZONES = {*ABBREVIATIONS, *US_ABBREVIATIONS}
_LONG_MONTHS = {
    *("january", "february", "march", "april", "june", "july", "august"),
    *("september", "october", "november", "december"),
}
_HALF = r" ?[AaPp]\.?\s?[Mm]\.?"
CLOCK_ONLY = rf"^\d{{1,2}}:\d{{2}}(:\d{{2}}([.,]\d+)?)?({_HALF})?$|^\d{{1,2}}\.\d{{2}}(\.\d{{2}})?{_HALF}$"


def template_of(text: str) -> str | None:
    """Return how a text writes a time: a strftime format with `%1` and `%2` where day and month are open.

    None if the text is no time with a date.

    Examples
    --------
    >>> template_of("04/08/2023 00:27")
    '%1/%2/%Y %H:%M'
    >>> template_of("Fri, 4 Aug 2023 9:05 PM")
    '%a, %d %b %Y %I:%M %p'
    >>> template_of("2023-08-04T00:27:10.5Z")
    '%Y-%m-%dT%H:%M:%S.%f%z'
    """
    if last := _YEAR_LAST.fullmatch(text):  # of the program `date`
        return "%a %b %d %H:%M:%S %Z %Y" if not last["word"] or last["word"] in _ZONES else None
    weekday = _WEEKDAY.match(text)
    start = weekday.end() if weekday else 0
    day = ""
    if weekday:
        day = ("%A" if weekday["rest"] else "%a") + weekday["mark"]
    for form, pattern in _DATES:
        found = re.compile(pattern).match(text, start)
        if found and _is_month(found.group()):
            date = form.format(*found.groups())
            if any(word in _LONG_MONTHS for word in re.findall(r"[a-z]+", found.group().lower())):
                date = date.replace("%b", "%B")
            clock = _clock_template(text[found.end() :], has_clock="%H" in form)
            return None if clock is None else day + date + clock
    return None


def _is_month(date: str) -> bool:
    """Return whether the letters of a date, if it has any, are an English month."""
    letters = re.search(r"[A-Za-z]{3,}", date)
    if not letters:
        return True
    for form in ("%b", "%B"):
        try:
            datetime.strptime(letters.group(), form)
        except ValueError:
            continue
        return True
    return False


def _clock_template(rest: str, *, has_clock: bool) -> str | None:
    """Return the template of what follows a date: nothing, a time of day, a zone; None if it is something else."""
    clock = _CLOCK.match(rest)
    template = ""
    if written := _JAPANESE_CLOCK.match(rest):
        return f"{written['mark']}%H時%M分" + ("%S秒" if written["second"] else "")
    if clock:
        template = f"{clock['mark']}{'%I' if clock['half'] else '%H'}:%M"
        template += ":%S" if clock["second"] else ""
        template += clock["part"][0] + "%f" if clock["part"] else ""
        template += clock["blank"] + "%p" if clock["half"] else ""
        rest = rest[clock.end() :]
    if not rest:
        return template
    zone = _ZONE.match(rest)
    if not (clock or has_clock) or not zone or (zone["word"] and zone["word"] not in _ZONES):
        return None
    return template + zone["blank"] + ("%z" if zone["offset"] else "%Z")


def count_templates(text: pl.Series, n_values: int = 2000) -> Counter[str | None]:
    """Return how many of the values of a column, spread over it, write a time by each template."""
    filled = text.drop_nulls()
    return Counter(template_of(value) for value in filled.gather_every(max(1, len(filled) // n_values)))


def is_iso(template: str) -> bool:
    """Return whether an import reads a template without being told its format."""
    return (
        template.startswith(("%Y-%m-%d", "%Y/%m/%d", "%Y%m%dT"))
        and "%p" not in template
        and "," not in template[:12]
    )


def read_template(text: pl.Series, template: str) -> pl.Series:
    """Return the times that a template without open parts reads, as local times without a zone."""
    if template.endswith(" %Z %Y"):
        text = text.str.replace(r" \S+ (\d{4})$", " ${1}")
        template = template.replace(" %Z", "")
    if template.endswith(("%z", "%Z")):
        text = text.str.replace(r"([AaPp][Mm])?" + _ZONE_AT_END, "${1}")
        template = template[:-2].rstrip()
    if template.endswith("%f"):
        text, template = text.str.replace(r"[.,]\d+$", ""), template[:-3]
    text, template = read_halves(text, template)
    form = template.replace("%B", "%b") if "%b" in template else template
    if "%H" in form or "%I" in form:
        return text.str.to_datetime(form, time_unit="us", strict=False)
    return text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
