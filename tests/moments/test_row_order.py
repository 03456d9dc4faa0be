"""Records without a clock: the order of their rows is taken away, and given back to results."""

import random
from pathlib import Path

import polars as pl

import forestall
from companies import company, visit
from forestall.data import Tables
from forestall.moments import default_moments
from forestall.moments.row_order import with_own_rows, without_row_order

MAPPING = """
clock: none
interactions: {KEY product: plan}
events:
  - {kind: issue_raised, at: {after: started_at}, actor: customer}
  - {kind: resolved, at: {after: started_at, days: days}, actor: staff}
feedback:
  rating: score
keep: [size]
"""


def imported(folder: Path, rows: pl.DataFrame, key: str) -> Tables:
    (folder / "mapping.yaml").write_text(MAPPING.replace("KEY", key))
    rows.write_csv(folder / "rows.csv")
    return forestall.import_records(folder / "mapping.yaml", [folder / "rows.csv"])


def rows_of(n: int = 60) -> pl.DataFrame:
    """Return a few rows; some say the same."""
    rng = random.Random(1)
    return pl.DataFrame(
        {
            "id": [f"t{place}" for place in range(n)],
            "plan": [rng.choice("ab") for _ in range(n)],
            "days": [rng.choice([0, 1, 2.5]) for _ in range(n)],
            "size": [rng.choice([1, 2]) for _ in range(n)],
            "score": [rng.choice([1, 5, None]) for _ in range(n)],
        }
    )


def same(one: Tables, other: Tables) -> bool:
    return all(
        getattr(one, name).equals(getattr(other, name)) for name in ("interactions", "events", "feedback")
    )


def test_rows_in_any_order_are_the_same_tables(tmp_path):
    rows = rows_of()
    for key in ("interaction_id: id,", ""):
        tables = [imported(tmp_path, one, key) for one in (rows, rows.reverse(), rows.sort("score"))]
        first, *others = (without_row_order(one) for one in tables)
        assert not same(tables[0], tables[1])
        assert all(same(first, one) for one in others)
        assert first.interactions["started_at"].n_unique() == 1
        assert without_row_order(first) is first
    assert tables[0].about["keys"] == "row_number"  # the last source has no key
    assert tables[0].interactions["interaction_id"].to_list()[:3] == ["1", "2", "3"]


def test_results_get_their_own_keys_and_times_back(tmp_path):
    for key in ("interaction_id: id,", ""):
        tables = imported(tmp_path, rows_of(), key)
        moments = default_moments(without_row_order(tables))
        back = with_own_rows(moments, tables)
        assert back.columns == moments.columns
        assert back.sort("interaction_id").equals(default_moments(tables).sort("interaction_id"))
        assert with_own_rows(back, without_row_order(tables)) is back


def test_what_an_interaction_says_stays_with_its_key(tmp_path):
    tables = imported(tmp_path, rows_of(), "")
    new = without_row_order(tables)
    ratings = with_own_rows(new.feedback.select("interaction_id", "rating"), tables)
    assert ratings.sort("interaction_id").equals(
        tables.feedback.select("interaction_id", "rating").sort("interaction_id")
    )
    lasted = default_moments(tables).join(tables.interactions, on="interaction_id")
    lasts = default_moments(new).join(new.interactions, on="interaction_id")
    elapsed = pl.col("as_of") - pl.col("started_at")
    assert lasted.select(elapsed.sort()).equals(lasts.select(elapsed.sort()))


def test_with_a_clock_nothing_changes():
    tables = company(visit("a", 0), visit("b", 1))
    assert without_row_order(tables) is tables
    moments = default_moments(tables)
    assert with_own_rows(moments, tables) is moments
