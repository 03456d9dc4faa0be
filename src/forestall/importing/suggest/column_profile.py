"""What the values of a column look like, seen on a sample of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from forestall.data.gaps import is_gap
from forestall.data.numbers import without_marks

SAMPLE_ROWS = 50_000
"""At most so many rows, spread over the source, are looked at."""
NEARLY_UNIQUE = 0.98
MAX_CATEGORIES = 20
"""Values are shown in a comment only if the column has at most so many different ones."""

ODD_GAPS = frozenset({"?", "??", "tbd", "tba", "unknown", "not available", "not applicable", "n.a.", "x"})
TRUE_FALSE = (
    {"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"0", "1"}, {"ja", "nein"}, {"ja", "nej"},
    {"ja", "nee"}, {"si", "no"}, {"sí", "no"}, {"oui", "non"}, {"j", "n"}, {"0.0", "1.0"},
    {"sim", "não"}, {"sim", "nao"}, {"s", "n"}, {"sì", "no"}, {"vero", "falso"}, {"verdadeiro", "falso"},
    {"verdadero", "falso"}, {"wahr", "falsch"}, {"vrai", "faux"},
)  # fmt: skip
FALSE = frozenset(
    {
        "no",
        "n",
        "false",
        "f",
        "0",
        "nein",
        "nej",
        "nee",
        "non",
        "0.0",
        "não",
        "nao",
        "falso",
        "falsch",
        "faux",
    }
)
_POINT = r"^[-+]?([1-9]\d{0,2}(,\d{3})+|\d+)?(\.\d+)?([eE][-+]?\d+)?$"
_COMMA = r"^[-+]?([1-9]\d{0,2}(\.\d{3})+|\d+)?(,\d+)?$"


def _plain(text: pl.Series) -> pl.Series:
    """Return numbers without what stands beside their digits, and without blanks between thousands."""
    return without_marks(text).str.replace_all(" ", "", literal=True)


@dataclass
class ColumnProfile:
    """A column of the sample.

    Parameters
    ----------
    name
        Its name, as the mapping writes it: a column of a further table is `NAME.column`.
    raw
        Its cells in the sample.
    is_unique
        Whether no two rows of the whole source have the same value, and all have one.
    gaps
        Texts of the column that look like a missing value and must be listed under `missing`.
    """

    name: str
    raw: pl.Series
    is_unique: bool = False
    gaps: list[str] = field(default_factory=list)

    @cached_property
    def is_nested(self) -> bool:
        """Whether the cells are lists or structs."""
        return self.raw.dtype.is_nested() or self.raw.dtype in (pl.Binary, pl.Object)

    @cached_property
    def text(self) -> pl.Series:
        """The cells as text without blanks at their ends; missing values are null."""
        if self.is_nested:
            return pl.Series(self.name, [None] * len(self.raw), dtype=pl.String)
        text = self.raw.cast(pl.String).str.strip_chars()
        return text.set(_is_gap(text, ("?", "??")).fill_null(False), None)

    @cached_property
    def n_filled(self) -> int:
        """How many cells have a content."""
        return len(self.text) - self.text.null_count()

    @cached_property
    def n_distinct(self) -> int:
        """How many different contents there are."""
        return self.text.drop_nulls().n_unique()

    @cached_property
    def words(self) -> list[str]:
        """The different contents, the most frequent first; empty if there are more than `MAX_CATEGORIES`."""
        if not 0 < self.n_distinct <= MAX_CATEGORIES:
            return []
        counts = (
            self.text.drop_nulls()
            .alias("word")
            .value_counts()
            .sort("count", "word", descending=[True, False])
        )
        return counts["word"].to_list()

    @cached_property
    def commas(self) -> bool:
        """Whether the numbers have a decimal comma."""
        cells = self.text.drop_nulls()
        text = _plain(cells.filter(~cells.str.contains(r"\d,\s")))  # `03 5, 2013` is a day
        comma = text.str.contains(r"^[-+]?(\d+,(\d{1,2}|\d{4,})|0,\d{3})$|\d\.\d{3},\d").sum()
        point = text.str.contains(r"^[-+]?(\d+\.(\d{1,2}|\d{4,})|0\.\d{3})$|\d,\d{3}\.\d").sum()
        return comma > 0 and comma > 10 * point

    @cached_property
    def numbers(self) -> pl.Series | None:
        """The cells as numbers, or None if fewer than 98 of 100 contents are numbers."""
        if self.raw.dtype.is_numeric():
            return self.raw.cast(pl.Float64)
        if not self.n_filled or self.raw.dtype.is_temporal() or self.raw.dtype == pl.Boolean:
            return None
        plain = _plain(self.text)
        fits = plain.str.contains(_COMMA if self.commas else _POINT) & (plain.str.len_chars() > 0)
        if fits.sum() < 0.98 * self.n_filled:
            return None
        marks = (r"\.", ",") if self.commas else (",", ".")
        number = plain.str.replace_all(marks[0], "").str.replace(marks[1], ".", literal=True)
        return number.cast(pl.Float64, strict=False)

    @cached_property
    def is_whole(self) -> bool:
        """Whether all contents are whole numbers."""
        number = self.numbers
        return number is not None and bool((number.drop_nulls() % 1 == 0).all())

    @cached_property
    def is_flag(self) -> bool:
        """Whether the contents are yes and no, or one of both."""
        found = {word.lower() for word in self.words}
        return 0 < len(found) <= 2 and any(found <= pair for pair in TRUE_FALSE)

    @cached_property
    def yes(self) -> pl.Series:
        """Whether each cell of a flag is yes; null if it has no content."""
        lower = self.text.str.to_lowercase()
        return pl.select(pl.when(lower.is_not_null()).then(~lower.is_in(list(FALSE)))).to_series()

    @cached_property
    def words_per_cell(self) -> float:
        """How many words a filled cell has on average."""
        counted = self.text.drop_nulls().str.count_matches(r"\S+").mean()
        return float(counted) if isinstance(counted, int | float) else 0.0

    @cached_property
    def is_free_text(self) -> bool:
        """Whether the cells are sentences: several words, and seldom the same."""
        if self.numbers is not None or self.n_distinct <= MAX_CATEGORIES:
            return False
        return self.words_per_cell >= 3 and self.n_distinct > max(0.2 * self.n_filled, MAX_CATEGORIES)

    @cached_property
    def is_category(self) -> bool:
        """Whether the contents repeat, so that they can name groups."""
        return not self.is_nested and 1 < self.n_distinct <= max(0.2 * self.n_filled, MAX_CATEGORIES)


def _is_gap(text: pl.Series, further: Iterable[str] = ()) -> pl.Series:
    return text.to_frame("text").select(is_gap(pl.col("text"), further)).to_series()


def share_of(mask: pl.Series) -> float:
    """Return the share of true values, nulls counted as false; 0 without rows."""
    return int(mask.sum()) / len(mask) if len(mask) else 0.0


def spread_rows(frame: pl.DataFrame, n_rows: int = SAMPLE_ROWS) -> pl.DataFrame:
    """Return at most `n_rows` rows, evenly spread over the frame; the same at every call."""
    return frame.gather_every(-(-frame.height // n_rows)) if frame.height > n_rows else frame


def _may_be_key(column: pl.Series) -> bool:
    """Return whether a column may hold keys: also whole numbers that are floats, as all numbers of a spreadsheet."""
    if column.dtype.is_nested() or not len(column):
        return False
    return not column.dtype.is_float() or bool((column.head(1000) % 1 == 0).all())


def is_unique(column: pl.Series) -> bool:
    """Return whether all rows have a value, and no two rows the same."""
    if not _may_be_key(column):
        return False
    head = column.head(1000)  # most columns repeat early
    if head.null_count() or head.n_unique() < len(head):
        return False
    if column.dtype == pl.String and _is_gap(column).any():
        return False
    return column.null_count() == 0 and column.n_unique() == len(column)


def is_nearly_unique(column: pl.Series) -> bool:
    """Return whether hardly a row lacks a key or repeats that of another: by mistake then."""
    filled = column.drop_nulls()
    if not _may_be_key(filled):
        return False
    fewest = NEARLY_UNIQUE * len(column)
    return len(filled) >= fewest and filled.n_unique() >= fewest


def profile_columns(frame: pl.DataFrame, sample: pl.DataFrame) -> dict[str, ColumnProfile]:
    """Return the profiles of a source's columns by name.

    Parameters
    ----------
    frame
        All rows: they decide which columns are unique.
    sample
        The rows that are looked at.
    """
    return {
        name: ColumnProfile(
            name,
            sample[name],
            is_unique(frame[name]) if name in frame.columns else False,
            find_gaps(sample[name]),
        )
        for name in sample.columns
    }


def find_gaps(column: pl.Series) -> list[str]:
    """Return the texts of a column that are a missing value, but not one of the usual words for it.

    `?` always is one; other words only if they are the sole words in a column of numbers or times.
    """
    if column.dtype != pl.String:
        return []
    found = column.drop_nulls().str.strip_chars().unique().sort()
    odd = found.filter(found.str.to_lowercase().is_in(sorted(ODD_GAPS)))
    if not len(odd):
        return []
    n_words = column.drop_nulls().str.count_matches(r"\S+").mean()
    is_text = isinstance(n_words, float) and n_words >= 3 and len(found) > MAX_CATEGORIES
    always = [] if is_text else [word for word in odd if word in ("?", "??")]
    rest = found.filter(~_is_gap(found, ODD_GAPS))
    starts_with_digits = rest.str.contains(r"^[-+$€£]?\d").sum() if len(rest) else 0
    is_typed = (
        len(rest) > 2 and starts_with_digits == len(rest) and not rest.str.contains(r"[A-Za-z]{4}").any()
    )
    return odd.to_list() if is_typed else always
