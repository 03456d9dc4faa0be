"""Durations: numbers of a unit, or texts that name their own units."""

from __future__ import annotations

import polars as pl

from forestall.data.numbers import ascii_digits, parse_numbers
from forestall.errors import UsageError
from forestall.importing.value_sources import UNITS_S
from forestall.importing.values.cells import Cells, ReadColumn
from forestall.importing.values.numbers import has_other_decimal, read_number

_DAYS = r"(?i)^([-+])?(?:(\d+) ?d(?:ays?)?,?\s*)?([-+])?(\d+):(\d{1,2})(?::(\d{1,2}(?:[.,]\d+)?))?$"
# 1.02:03:04 of .NET, 1 02:03:04 of Oracle and 1:02:03:04 are a day and two hours
_SHORT_DAYS = r"^([-+]?)(\d+)[.: ]((?:[01]?\d|2[0-3]):[0-5]\d:[0-5]\d(?:[.,]\d+)?)$"
_PART = r"(?:(\d+(?:[.,]\d+)?){})?"
_ISO = rf"(?i)^(-)?P{_PART.format('W')}{_PART.format('D')}(?:T{''.join(map(_PART.format, 'HMS'))})?$"
_WORDS = {  # in languages of western Europe, and in Finnish, Russian, Polish, Turkish, Japanese, Chinese and Korean
    604_800: r"(?:w(?:eeks?|ks?)?|wochen?|u[gk]er?|veckor|vecka|weken|viikkoa?|hafta|semaines?|semanas?|settiman[ae]"
    r"|недел\p{L}|нед|tygodni\p{L}?|週間?|周|주)",
    86_400: r"(?:d(?:ays?)?|tagen?|tage?|dag(?:e|en|er|ar)?|d[øy]gn|j(?:ours?)?|d[ií]as?|giorn[io]"
    r"|д(?:н\p{L}{1,2}|ень)?|dni|dzień|päivää?|gün|日間?|天|일)",
    3_600: r"(?:h(?:ours?|rs?|eures?|oras?)?|std|stunden?|tim(?:er?|e|mar|me)?|uur|uren|ure|or[ae]"
    r"|ч(?:ас\p{L}{0,2})?|godz(?:in\p{L}?)?|tuntia?|saat|時間|个?小时|時|시간)",
    60: r"(?:m(?:in(?:ut\p{L}{0,4})?s?)?|м(?:ин(?:ут\p{L}?)?)?|minuutti?a?|dakika|dk|分[間钟鐘]?|분)",
    1: r"(?:с(?:ек(?:унд\p{L}?)?)?|秒[間钟鐘]?|초|sekuntia?|saniye|sn"
    r"|s(?:ec(?:ond\p{L}{0,2})?s?|ek(?:und\p{L}{0,2}|ondes)?|eg(?:undos?)?)?)",
    0.001: r"m(?:illi)?s(?:ec(?:ond)?s?)?",
}
_ANY_WORD = "|".join(sorted(_WORDS.values(), key=len, reverse=True))
_WORDY = rf"(?i)^(-)?(?:\d+(?:[.,]\d+)?\s*(?:{_ANY_WORD})\b\.?,?\s*(?:(?:and|und|og|och|en|et|y|e)\s+)?)+$"
_UNNAMED = (  # an interval of PostgreSQL, 1h30, 5min30, the Danish 2 t 5 min, 5' 30"
    (r"^0 years 0 mons ", ""),
    (r"(?i)(\d\s*h)\s*(\d{1,2})$", "${1} ${2}m"),
    (r"(?i)(\d\s*m(?:in)?)\s*(\d{1,2})$", "${1} ${2}s"),
    (r"(?i)(\d)\s*t\.?\s*(\d{1,2}\s*m)", "${1} h ${2}"),
    (r"(\d)\s*['′]", "${1}m "),
    (r"(\d)\s*[\"″]", "${1}s "),
)
_US = 1_000_000


def read_duration(cells: Cells, source: str | float, unit: str, place: str) -> ReadColumn:
    """Return a duration in microseconds for each row.

    Parameters
    ----------
    cells
        The rows.
    source
        A column, or one number for all rows.
    unit
        The unit of plain numbers: a key of `UNITS_S`. Of a text such as `02:30`, the parts are minutes and seconds
        if the unit is seconds or milliseconds, else hours and minutes.
    place
        The duration's place in the mapping file, for errors.

    Raises
    ------
    UsageError
        The numbers have another decimal mark, or the column has filled cells and none holds a duration.
    """
    rule = "unreadable_duration"
    if not isinstance(source, str) or cells.frame[source].dtype.is_numeric():
        read = read_number(cells, source, place, rule)
        return ReadColumn(_microseconds(read.values * UNITS_S[unit]), read.filled, rule, read.raw)
    column = cells.frame[source]
    if column.dtype == pl.Duration:
        values = column.cast(pl.Duration("us")).cast(pl.Int64)
        return ReadColumn(values, column.is_not_null(), rule, values.cast(pl.String))
    text = ascii_digits(cells.text(source, place))
    # ISO 8601 allows both marks
    if has_other_decimal(text.filter(~text.str.contains(_ISO).fill_null(False)), cells.decimal):
        read_number(cells, source, place, rule)  # raises the error of numbers
    numbers = parse_numbers(text, cells.decimal) * UNITS_S[unit]
    seconds = numbers
    if numbers.null_count() > text.null_count():
        frame = pl.DataFrame({"text": text.str.replace_all(r"\s+", " "), "number": numbers})
        seconds = frame.select(
            pl.coalesce("number", _clock(unit in ("seconds", "milliseconds")), _iso(), _wordy())
        ).to_series()
    filled = text.is_not_null()
    if filled.any() and not seconds.is_not_null().any():
        raise UsageError(
            f"{cells.name}: {place}: column '{source}' must hold durations such as 90, 00:01:30, 2h 15m or PT2H15M, "
            f"none of its {filled.sum()} filled rows does; name another column"
        )
    return ReadColumn(_microseconds(seconds), filled, rule, text)


def _microseconds(seconds: pl.Series) -> pl.Series:
    # longer than 10,000 years is no duration
    is_sane = seconds.is_finite() & (seconds.abs() < 3.2e11)
    return pl.select(pl.when(is_sane).then((seconds * _US).round())).to_series().cast(pl.Int64, strict=False)


def _number(text: pl.Expr) -> pl.Expr:
    return text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False).fill_null(0.0)


def _clock(is_short: bool) -> pl.Expr:
    """Return the seconds of `1 days 03:00:00`, `1.03:00:00`, `00:05:00` and `05:30`.

    `is_short` says whether two parts are minutes and seconds.
    """
    text = pl.col("text").str.replace(_SHORT_DAYS, "${1}${2} d ${1}${3}")
    sign, days, own, first, second, third = (text.str.extract(_DAYS, i) for i in range(1, 7))
    clock = _number(first) * 3_600 + _number(second) * 60 + _number(third)
    short = _number(first) * 60 + _number(second) if is_short else clock
    clock = pl.when(third.is_null() & days.is_null()).then(short).otherwise(clock)
    # of `-1 day, 23:59:00`, as Python and databases write it, the days alone are negative
    own = pl.when(days.is_null()).then(pl.coalesce(own, sign)).otherwise(own)
    value = _signed(_number(days) * 86_400, sign) + _signed(clock, own)
    return pl.when(first.is_not_null()).then(value)


def _iso() -> pl.Expr:
    """Return the seconds of ISO 8601 durations, such as `PT2H15M`."""
    text = pl.col("text")
    units = (604_800, 86_400, 3_600, 60, 1)
    value = pl.sum_horizontal(_number(text.str.extract(_ISO, i + 2)) * unit for i, unit in enumerate(units))
    is_read = text.str.contains(_ISO) & text.str.contains(r"\d")
    return pl.when(is_read).then(_signed(value, text.str.extract(_ISO, 1)))


def _wordy() -> pl.Expr:
    """Return the seconds of texts such as `2h 15m`, `1h30`, `1 hour and 5 minutes`, `2 Stunden` or `250 ms`."""
    text = pl.col("text")
    for pattern, named in _UNNAMED:
        text = text.str.replace(pattern, named)
    text = text.str.replace_all(r"(\p{L})(\d)", "${1} ${2}").str.strip_chars()
    parts = [
        _number(text.str.extract(rf"(?i)(\d+(?:[.,]\d+)?)\s*{word}(?:[\s\d.,]|$)", 1)) * unit
        for unit, word in _WORDS.items()
    ]
    sign = text.str.extract(r"^(-)", 1)
    return pl.when(text.str.contains(_WORDY)).then(_signed(pl.sum_horizontal(parts), sign))


def _signed(value: pl.Expr, sign: pl.Expr) -> pl.Expr:
    return pl.when(sign == "-").then(-value).otherwise(value)
