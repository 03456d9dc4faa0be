"""What is said of categories that too few customers have."""

import polars as pl

from forestall.training.labelled_rows import Rows
from forestall.training.rare_categories import rare_category_notes


def rows(names, customers=None):
    n = len(names)
    moments = pl.DataFrame(
        {"interaction_id": [str(i) for i in range(n)], "customer_id": customers or [None] * n},
        schema_overrides={"customer_id": pl.String},
    )
    frame = pl.DataFrame({"quality_product": names, "service_wait_s": [1.0] * n})
    return Rows(moments, frame, pl.Series([""] * n), frame)


def test_categories_of_few_customers_are_told():
    names = [f"p{i // 10}" for i in range(100)] + ["usual"] * 50
    (note,) = rare_category_notes(rows(names), 20)
    assert note.startswith(
        "Of 'quality_product', 10 of 11 categories have 5 to 19 customers each and count as one: 67"
    )
    assert rare_category_notes(rows(names), 10) == []
    assert rare_category_notes(rows(names), 5) == []


def test_what_would_tell_nothing_if_kept_is_not_told():
    assert rare_category_notes(rows([f"p{i}" for i in range(100)]), 20) == []  # each of one customer
    assert rare_category_notes(rows([f"p{i // 10}" for i in range(100)], ["one"] * 100), 20) == []
    few = [f"p{i // 10}" for i in range(10)] + ["usual"] * 90
    assert rare_category_notes(rows(few), 20) == []
    assert rare_category_notes(rows([None] * 9), 20) == []
