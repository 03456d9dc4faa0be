"""Ratings: numbers alone or beside words, `4/5`, `80%`, stars, or words that `values` maps."""

from __future__ import annotations

import polars as pl

from forestall.data.numbers import ascii_digits, parse_numbers
from forestall.errors import UsageError
from forestall.importing.value_sources import Source
from forestall.importing.values.cells import Cells, ReadColumn
from forestall.importing.values.numbers import has_other_decimal
from forestall.importing.values.words import is_one_of, show_words

RULE = "unreadable_rating"
_UNSIGNED = r"\d+(?:[.,]\d+)?"
_NUMBER = rf"-?{_UNSIGNED}"
# a minus touches its number and no word: `Bad -1` is negative, `Good - 5` and `Good-5` are not
_BEFORE = r"^(?:\D*[\s(=:\[])?"
_SCALE = rf"\s*(?:/|out of|of|von|de|sur|av|af)\s*({_NUMBER})\b"
_OF = rf"(?i)^\D*({_UNSIGNED}){_SCALE}"
_END = r"\s*[)\]]?\s*\.?$"
# in Japanese and Chinese the scale stands first: `5つ星のうち4`, `5点中4点`, `满分5分，得4分`
_SCALE_FIRST = rf"^\D*{_UNSIGNED}\D{{0,4}}(?:中|のうち|の内|得)\D{{0,3}}({_UNSIGNED})"
# the number of `Q1` or `T12` belongs to the letters before it
_LEADING = r"^(?:(?:[^\d-]|-[^\d-])?(?:[^\d\p{Latin}-]|-[^\d\p{Latin}-]))?"
_PATTERNS = (
    _SCALE_FIRST,
    rf"(?i){_BEFORE}({_NUMBER}){_SCALE}",
    _OF,
    rf"{_LEADING}({_NUMBER})(?:\s*[-–—:.,)(=|]|\s+\D|$|\s*\D)",
    rf"{_BEFORE}({_NUMBER}){_END}",
    rf"^\D*-({_UNSIGNED}){_END}",
)
_BETWEEN = r"(?:[-–—,;|&\s]|to|or|and|bis|oder|und|à|ou|til|eller)"
_RANGE = (
    rf"(?i)^\D{{0,2}}{_UNSIGNED}\s*{_BETWEEN}\s*{_UNSIGNED}(?:\s\d+)*(?:\s+\p{{L}}+|[^\d\p{{L}}]+)?$|^[<>≤≥]"
)
_MONTH = "(?:jan|feb|m[aä]r|apr|ma[ijy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])"
# days and times of day are none; spreadsheets make `05-Apr` of 4/5
_MOMENT = (
    r"(?i)^\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|^\d{1,2}:\d{2}\b"
    rf"|^\d{{1,2}}-{_MONTH}\.?(?:-\d{{2,4}})?$|^{_MONTH}-\d{{1,2}}$|^\d{{1,2}}\.?[\s-]\p{{L}}{{3,10}}\.?,?[\s-](?:19|20)\d\d\b"
)
_LARGEST = 100.0
"""No scale goes further: a larger number beside words is a key, a year or the number of a telephone."""
_FULL, _EMPTY, _HALF = r"[★⭐🌟*]", "[☆✩✰]", "[½⯨⯪]"


def read_rating(cells: Cells, source: Source, place: str) -> ReadColumn:
    """Return the rating of each row as a number.

    Raises
    ------
    UsageError
        The column has words that `values` does not name, no rating at all, ratings of several scales (`4/5` and
        `8/10`), or numbers with another decimal mark.
    """
    column = cells.column(source, place)
    if column.dtype.is_numeric():
        values = pl.select(
            pl.when(column.cast(pl.Float64).is_finite()).then(column.cast(pl.Float64))
        ).to_series()
        return ReadColumn(values, column.is_not_null(), RULE, column.cast(pl.String))
    if column.dtype.is_temporal():
        raise UsageError(
            f"{cells.name}: {place}: column '{source.column}' must hold ratings, holds times; name another column"
        )
    if column.dtype == pl.Boolean:
        raise UsageError(
            f"{cells.name}: {place}: column '{source.column}' holds true and false; give the number of each under "
            "'values', such as {true: 5, false: 1}"
        )
    if column.dtype != pl.String:
        column = cells.text(str(source.column), place)
    text = column.str.strip_chars()
    filled = text.is_not_null()
    if has_other_decimal(text, cells.decimal):
        parse_error = (
            f"{cells.name}: {place}: column '{source.column}' must hold numbers with the decimal mark"
        )
        other = "," if cells.decimal == "." else "."
        raise UsageError(
            f"{parse_error} '{cells.decimal}', has '{other}'; write 'decimal: \"{other}\"' in the mapping"
        )
    values = parse_ratings(text, cells.decimal)
    _check_scale(cells, source, text, place)
    is_unread = values.is_null() & filled
    if _renumbers(source):
        # a number that `values` does not name would keep its old meaning beside those that got a new one
        is_unread |= ~is_one_of(cells.text(str(source.column), place), list(source.values or {})) & filled
    unread = text.filter(is_unread)
    if len(unread) and source.values is not None and "default" not in source.model_fields_set:
        raise UsageError(
            f"{cells.name}: {place}: 'values' must name each word of column '{source.column}' that is no number"
            f"{', and each number where it changes several' if _renumbers(source) else ''}; "
            f"{unread.n_unique()} are missing{show_words(unread)}: add them to 'values', or give 'default: null'"
        )
    if len(unread) and not values.is_not_null().any():
        raise UsageError(
            f"{cells.name}: {place}: column '{source.column}' must hold ratings, none of its {filled.sum()} "
            f"filled rows "
            f"is a number{show_words(unread)}; give the number of each word under 'values'"
        )
    return ReadColumn(values, filled, RULE, text)


def _renumbers(source: Source) -> bool:
    """Return whether `values` gives several numbers another number, as where 1 was the best."""
    old = pl.Series(list(source.values or {}), dtype=pl.String).cast(pl.Float64, strict=False).to_list()
    new = (source.values or {}).values()
    pairs = zip(old, new, strict=True)
    changed = [a for a, b in pairs if a is not None and isinstance(b, int | float) and a != b]
    return len(changed) > 1


def parse_ratings(text: pl.Series, decimal: str = ".") -> pl.Series:
    """Return texts as ratings; null where a text has none.

    `4`, `(4)`, `4 - Satisfied`, `4 (good)`, `Satisfied (4)`, `4/5`, `4 out of 5` and `★★★★☆` are 4, `80%` is 80, and
    `Bad (-1)` is -1. Several numbers such as `1-2` or `7 or 8`, and a bound such as `<3`, are no rating. Brackets and a
    dash after the number make no rating negative, unlike an amount of money. Neither is a day, a time of day or a
    number above 100 beside words.
    """
    text = ascii_digits(text).str.strip_chars().str.replace(r"(^|[\s(\[:=])[−–](\d)", "${1}-${2}")
    text = text.str.replace(r"(\d)(?: 1/2|\s?½)", "${1}.5" if decimal == "." else "${1},5")
    text = text.str.replace(r"^\((.*)\)$", "${1}").str.replace(r"(\d)\s*-$", "${1}")
    numbers = parse_numbers(text, decimal)
    if numbers.null_count() == text.null_count():
        return numbers
    frame = pl.DataFrame({"text": text, "number": numbers})
    word = pl.col("text")
    stars = word.str.count_matches(_FULL) + 0.5 * word.str.count_matches(_HALF)
    is_stars = word.str.contains(rf"^(?:{_FULL}\ufe0f?\s?)+{_HALF}?(?:{_EMPTY}\ufe0f?\s?)*$")
    found = pl.coalesce(_to_number(word.str.extract(pattern, 1), decimal) for pattern in _PATTERNS)
    is_one = ~word.str.contains(_RANGE) & ~word.str.contains(_MOMENT) & (found.abs() <= _LARGEST)
    return frame.select(
        pl.coalesce("number", pl.when(is_stars).then(stars), pl.when(is_one).then(found))
    ).to_series()


def _to_number(text: pl.Expr, decimal: str) -> pl.Expr:
    return text.str.replace(decimal, ".", literal=True).cast(pl.Float64, strict=False)


def _check_scale(cells: Cells, source: Source, text: pl.Series, place: str) -> None:
    """Check that all ratings have one scale, as far as their texts say it."""
    scales = [f"out of {top}" for top in text.str.extract(_OF, 2).drop_nulls().unique().sort().to_list()]
    is_share = text.str.contains(r"\d\s*%").fill_null(False)
    is_starred = text.str.contains(_FULL).fill_null(False)
    if is_share.any() and (scales or is_starred.any()):
        scales += ["in percent", *(["in stars"] if is_starred.any() else [])]
    if len(scales) > 1:
        raise UsageError(
            f"{cells.name}: {place}: column '{source.column}' must have ratings of one scale, has some "
            f"{' and '.join(scales[:5])}; give the number of each under 'values'"
        )
    if is_share.any() and not is_share.filter(text.is_not_null()).all():
        cells.notes.warn(
            f"{place}: some ratings of column '{source.column}' have a % and others have none, and all are read as "
            "numbers of one scale; give the number of each under 'values' if they are not"
        )
