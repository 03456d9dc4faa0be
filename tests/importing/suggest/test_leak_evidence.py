"""Columns that are known only afterwards are found by their values, whatever they are called."""

import random

import polars as pl

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.leak_evidence import Leak, find_leaks

DRAW = random.Random(4)
N = 600
RATED = [DRAW.random() < 0.5 for _ in range(N)]
BAD = [DRAW.random() < 0.3 for _ in range(N)]
CLOSED = [DRAW.random() < 0.8 or rated for rated in RATED]


def leak(cells: list[object], name: str = "x7") -> Leak | None:
    profile = ColumnProfile(name, pl.Series(name, cells, strict=False))
    bad = pl.Series([bad if rated else None for bad, rated in zip(BAD, RATED, strict=True)])
    return find_leaks({name: profile}, pl.Series(RATED), bad, pl.Series(CLOSED)).get(name)


def reason(found: Leak | None) -> tuple[str, str]:
    assert found is not None
    return found.known, found.reason


def test_filled_only_in_rated_rows() -> None:
    known, why = reason(leak([f"text {i}" if rated else None for i, rated in enumerate(RATED)]))
    assert (known, why) == ("with_rating", "filled only in rows with the rating (100.0% of its cells)")


def test_filled_only_in_closed_rows() -> None:
    assert reason(leak(["b" if closed else None for closed in CLOSED])) == (
        "at_closing", "filled only in closed rows",
    )  # fmt: skip


def test_a_number_a_category_and_a_gap_that_tell_the_rating() -> None:
    noise = [DRAW.random() < 0.03 for _ in range(N)]
    number = [(3.0 if bad != odd else 1.0) + DRAW.random() for bad, odd in zip(BAD, noise, strict=True)]
    word = [
        DRAW.choice("ab") if bad != odd else DRAW.choice("cd") for bad, odd in zip(BAD, noise, strict=True)
    ]
    gap = [DRAW.choice("ef") if bad != odd else None for bad, odd in zip(BAD, noise, strict=True)]
    for cells in (number, [-one for one in number], word, gap):
        known, why = reason(leak(list(cells)))
        assert known == "with_rating"
        assert why.startswith("it alone tells the rating: AUC 0.9")


def test_chance_is_no_leak() -> None:
    assert leak([DRAW.random() for _ in range(N)]) is None
    assert leak([DRAW.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(N)]) is None
    assert leak([DRAW.choice(["a", None]) for _ in range(N)]) is None


def test_states_of_cases_and_states_of_a_country() -> None:
    assert reason(leak([DRAW.choice(["Open", "Closed"]) for _ in range(N)], "state"))[0] == "with_rating"
    assert leak([DRAW.choice(["Texas", "Ohio"]) for _ in range(N)], "state") is None
