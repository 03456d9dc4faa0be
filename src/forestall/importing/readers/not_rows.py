"""Rows of a table that are none of its records: its header again, and totals at its end."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl

from forestall.data.numbers import parse_numbers
from forestall.importing.readers.source_rows import LINE, SourceRows

HEADER_AGAIN, TOTALS = "header_again", "row_of_totals"
"""The rules that such rows break."""
MAYBE_TOTALS = "may be totals"
"""How it ends what was found out about the last rows, where no number says that they are totals."""
_LAST = 5
_TOTAL = (
    r"(?:grand |sub-?)?totals?|sub totals?|sum|summary|summe|gesamt|gesamtsumme|insgesamt|zwischensumme|total général|"
    r"somme|totaal|totale|suma|soma|i ?alt|summa|yhteensä|celkem|razem|ogółem|összesen|toplam|итого|всего|合計|総計|"
    r"小計|合计|总计|總計|합계|총계"
)
_MEAN = (
    r"(?:grand )?averages?|avg|mean|durchschnitt|mittelwert|moyenne|gemiddelde|promedio|media|média|gennemsnit|"
    r"gjennomsnitt|snitt|medel|medelvärde|keskiarvo|średnia|průměr|átlag|ortalama|среднее|平均|평균"
)
_WORD = re.compile(rf"(?i)(?:(?P<total>{_TOTAL})|(?P<mean>{_MEAN}))\s*(?:\(\d+\))?\s*[:.]?")
_SUBTOTAL = rf"(?i)^(?:{_TOTAL}|{_MEAN})$"
_COUNT = re.compile(
    r"(?i)\(?\d[\d., ]* (?:rows?|records?|results?|zeilen|datensätze|rækker|lignes|filas|rijen)\)?.*"
)
_FEWEST = 2
_NEARLY = 0.005


def without_other_rows(rows: SourceRows, path: Path) -> SourceRows:
    """Return the rows of a file with a header, those that are no records among `bad`.

    Cells such as `="001"`, by which exports keep spreadsheets from reading a number, are their text.

    A row is the header again if its cells are the names of their columns. One of the last rows is one of totals if its
    first cell says so and a number in it is the sum or the mean of those above.
    """
    rows = replace(rows, frame=_without_formulas(rows.frame))
    rows = _move(rows, path, _is_header(rows.frame), HEADER_AGAIN)
    is_total, unsure = _totals(rows.frame)
    rows = _move(rows, path, is_total, TOTALS)
    if not unsure:
        return rows
    lines = ", ".join(map(str, unsure))
    return SourceRows(rows.frame, rows.bad, {**rows.found, f"{path.name}: line {lines}": MAYBE_TOTALS})


def _without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    texts = [name for name in _named(frame) if frame.schema[name] == pl.String]
    written = [name for name in texts if frame[name].str.starts_with('="').any()]
    return frame.with_columns(pl.col(name).str.replace(r'^="(.*)"$', "${1}") for name in written)


def _named(frame: pl.DataFrame) -> list[str]:
    return [name for name in frame.columns if name != LINE]


def _move(rows: SourceRows, path: Path, is_bad: pl.Series, rule: str) -> SourceRows:
    if not is_bad.any():
        return rows
    bad = rows.frame.filter(is_bad)
    cells = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in _named(bad)], separator=",")
    raw = bad.select(cells.alias("raw"))["raw"].to_list()
    kept = SourceRows(rows.frame.filter(~is_bad), rows.bad, rows.found)
    return kept.with_bad(path, bad[LINE].to_list(), [rule] * len(raw), raw)


def _is_header(frame: pl.DataFrame) -> pl.Series:
    """Return which rows have the names of their columns as cells."""
    none = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
    # a second column of the same name has a number behind it, and one without a name has an empty cell
    texts = [name for name in _named(frame) if frame.schema[name] == pl.String]
    if len(texts) < _FEWEST:
        return none
    again = [pl.col(name).str.strip_chars() == name for name in texts]
    some = frame.select(pl.any_horizontal(again[:2]).fill_null(False)).to_series()
    if not some.any():
        return none
    other = [
        (pl.col(name).str.strip_chars() != re.sub(r" \(\d+\)$", "", name)) & (pl.col(name) != name)
        for name in texts
    ]
    is_header = pl.sum_horizontal(again) >= _FEWEST
    is_header &= ~pl.any_horizontal([one.fill_null(False) for one in other])
    numbers = [pl.col(name).is_not_null() for name in _named(frame) if name not in texts]
    return frame.select(
        (is_header & ~pl.any_horizontal([pl.lit(False), *numbers])).fill_null(False)
    ).to_series()


def _totals(frame: pl.DataFrame) -> tuple[pl.Series, list[int]]:
    """Return which rows are totals, and the lines of last rows that may be."""
    is_total = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
    start = max(0, frame.height - _LAST)
    last = frame[start:].select(_text(name) for name in _named(frame)).rows()
    found = [_kind(cells) for cells in last]
    while None in found:  # totals are the last rows, and nothing else comes after them
        found, last, start = found[1:], last[1:], start + 1
    if not found:
        return is_total, []
    above = frame.head(start)
    first = pl.coalesce(pl.col(name).cast(pl.String, strict=False) for name in _named(frame))
    above = above.filter(~first.str.strip_chars().str.contains(_SUBTOTAL).fill_null(False))
    unsure = []
    for row, (kind, cells) in enumerate(zip(found, last, strict=True), start):
        if kind == "count" or _sums_up(above, cells, kind):
            is_total = is_total.set(pl.int_range(frame.height, eager=True) == row, True)
        else:
            unsure.append(int(frame[LINE][row]))
    return is_total, unsure


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String, strict=False).str.strip_chars()


def _kind(cells: tuple[str | None, ...]) -> str | None:
    """Return `total`, `mean` or `count` of a row whose first filled cell says so, else None."""
    filled = [cell for cell in cells if cell]
    if not filled:
        return None
    if len(filled) == 1 and _COUNT.fullmatch(filled[0]):
        return "count"
    word = _WORD.fullmatch(filled[0])
    return word.lastgroup if word else None


def _sums_up(above: pl.DataFrame, cells: tuple[str | None, ...], kind: str | None) -> bool:
    """Return whether a number of a row is the sum, the mean or the number of the cells above it."""
    for name, cell in zip(_named(above), cells, strict=True):
        for decimal in ".,":
            value = parse_numbers(pl.Series([cell], dtype=pl.String), decimal)[0]
            if value is None:
                continue
            texts = above.select(_text(name)).to_series().drop_nulls()
            column = parse_numbers(texts, decimal).drop_nulls()
            if len(column) < _FEWEST or len(column) < 0.9 * len(texts):
                continue
            mean = float(column.mean())  # type: ignore[arg-type]
            # a whole number is a mean by chance; so are few sums
            means = [mean] if kind == "mean" or value % 1 else []
            wanted = means if kind == "mean" else [float(column.sum()), float(len(column)), *means]
            if any(abs(value - one) <= _NEARLY * abs(one) for one in wanted):
                return True
    return False
