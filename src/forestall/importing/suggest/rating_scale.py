"""The scale on which the numbers of a column are ratings."""

from __future__ import annotations

import polars as pl

BAD_SHARES = {3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 10: 4, 100: 40}
"""How many of the lowest steps of a scale count as dissatisfied, by its best rating."""
MAX_STEPS = 21
"""The most ratings that differ."""
_FEWEST_OF_SIX = 50
_RARE, _FEWEST_BESIDE = 0.01, 100


def has_six_steps(number: pl.Series) -> bool:
    """Return whether ratings are from 1 to 6, as school grades are, and not the lower steps of a longer scale."""
    found = number.drop_nulls()
    return len(found) >= _FEWEST_OF_SIX and found.unique().sort().to_list() == [1, 2, 3, 4, 5, 6]


def outside_scale(number: pl.Series) -> pl.Series:
    """Return which ratings are typing errors or codes, such as a single 99 among 1 to 5; none if they are many.

    One of them would make the scale 0 to 100, of which all others are the worst.
    """
    outside = ((number < 0) | (number > 10)).fill_null(False)
    n_outside = int(outside.sum())
    is_rare = 0 < n_outside <= _RARE * number.count() and number.count() >= _FEWEST_BESIDE
    return outside if is_rare else pl.repeat(False, len(number), eager=True)


def find_scale(
    number: pl.Series, *, top: float | None = None, is_nps: bool = False, is_named: bool = False
) -> tuple[float, float] | None:
    """Return the scale on which numbers are ratings, or None if they are no ratings.

    Parameters
    ----------
    number
        The numbers.
    top
        The best rating, where the values name it.
    is_nps
        Whether the name says that it is the likelihood to recommend, 0 to 10.
    is_named
        Whether the name says that it is a rating: it may have any number of decimals then, as a mean has.
    """
    found = number.drop_nulls().sort()
    low, high = float(found[0]), float(found[-1])
    if top == 100 or (10 < high <= 100 and low >= 0 and found.n_unique() <= 101):
        return (0, 100) if top == 100 or high > 20 else None
    has_steps = is_named or found.n_unique() <= MAX_STEPS + 20
    if low < 0 or high > 10 or high < 2 or not has_steps:
        return None
    seen = 10 if is_nps and high > 5 else next(step for step in (3, 4, 5, 7, 10) if high <= step)
    best = max(seen, top) if top in BAD_SHARES and top is not None else seen
    return (0 if low < 1 or (is_nps and best == 10) else 1, best)
