"""Names that enough customers share."""

import polars as pl

from forestall.data.common_names import common_names, without_rare_names

ROWS = pl.DataFrame(
    {
        "interaction_id": [*"abcdefg"],
        "customer_id": ["ann", "ann", "bob", None, None, "ann", "bob"],
        "venue": ["hall", "hall", "hall", "shop", "shop", "kiosk", None],
    }
)


def test_customers_count_and_not_rows_and_an_unknown_one_is_one_of_its_own():
    assert common_names(ROWS, "venue", 1).to_list() == ["hall", "kiosk", "shop"]
    assert common_names(ROWS, "venue", 2).to_list() == ["hall", "shop"]
    assert common_names(ROWS, "venue", 3).to_list() == []
    assert common_names(ROWS.head(0), "venue", 1).to_list() == []


def test_rare_names_are_missing():
    shown = without_rare_names(ROWS, ("venue",), 2)["venue"]
    assert shown.to_list() == ["hall", "hall", "hall", "shop", "shop", None, None]
    assert without_rare_names(ROWS, ("venue",), 1).equals(ROWS)
    assert without_rare_names(ROWS, ("venue",), 9)["venue"].null_count() == 7
