"""What the check of some rows must know of the whole tables."""

import polars as pl
import pytest

from forestall.data import Tables
from forestall.data.schemas import column_types
from forestall.data.whole_tables import ReadCounts, WholeTables
from forestall.errors import InputError


def rows(**columns: list[object]) -> dict[str, pl.DataFrame]:
    """Return raw tables with interactions only."""
    n = len(next(iter(columns.values())))
    own = {"interaction_id": [str(i) for i in range(n)], "started_at": ["2026-01-05T10:00"] * n}
    empty = {name: pl.DataFrame(schema=column_types(name)) for name in ("events", "feedback")}
    return {"interactions": pl.DataFrame(own | columns), **empty}


def test_a_part_without_a_readable_value_is_counted_and_all_parts_without_one_are_an_error() -> None:
    whole = WholeTables(None)
    first = Tables.of_some(rows(price=["dear", "5"]), whole)
    second = Tables.of_some(rows(price=["cheap", None]), whole)
    assert first.rejections.counts() == {"cells": {"unreadable_number": 1}}
    assert second.rejections.counts() == {"cells": {"unreadable_number": 1}}
    whole.counts.check()
    alone = WholeTables(None)
    Tables.of_some(rows(price=["cheap", None]), alone)
    with pytest.raises(
        InputError, match=r"interactions.price must hold numbers; none of its 1 values can be read"
    ):
        alone.counts.check()
    with pytest.raises(InputError, match="none of its 1 values can be read"):
        Tables(**rows(price=["cheap", None]))


def test_counts_add_up() -> None:
    one, other = ReadCounts(), ReadCounts()
    one.add("events.value", "numbers", 0, 2)
    other.add("events.value", "numbers", 1, 0)
    with pytest.raises(InputError, match="none of its 2 values"):
        one.check()
    one.update(other)
    one.check()


@pytest.mark.parametrize(("has_whole", "names"), [(True, ["1", "2"]), (False, ["1.0", "2.0"])])
def test_floats_are_read_as_the_whole_column_says(has_whole: bool, names: list[str]) -> None:
    whole = WholeTables(None, {"interactions.venue": has_whole})
    assert Tables.of_some(rows(venue=[1.0, 2.0]), whole).interactions["venue"].to_list() == names


def test_a_part_may_have_no_valid_row() -> None:
    raw = rows(venue=["a"])
    raw["interactions"] = raw["interactions"].with_columns(started_at=pl.lit(None, pl.String))
    part = Tables.of_some(raw, WholeTables(None), {"clock": "times"})
    assert part.interactions.height == 0
    assert part.rejections.counts() == {"interactions": {"no_time": 1}}
    assert part.about == {"clock": "times", "moved_to_start": 0}
