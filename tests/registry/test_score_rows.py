"""Score rows with all columns, and the moments of an explanation."""

from datetime import UTC, datetime, timedelta

import polars as pl

from forestall.registry.score_rows import SCORE_SCHEMA, explained, score_rows

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def scores(n: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "interaction_id": ["a"] * n,
            "as_of": [NOON + timedelta(minutes=minute) for minute in range(n)],
            "dissatisfaction_risk": [0.1 * minute for minute in range(n)],
        }
    )


def test_rows_have_every_column_and_name_the_model() -> None:
    rows = score_rows(scores(2), model_name="risk", model_version="3", run_id="r", scored_at=NOON)
    assert rows.schema == SCORE_SCHEMA
    assert rows["model_version"].to_list() == ["3", "3"]
    assert rows["scored_at"].to_list() == [NOON, NOON]
    assert rows["dissatisfaction_risk"].to_list() == [0.0, 0.1]
    assert rows["risk_low"].null_count() == 2


def test_no_moment_gives_no_row_but_every_column() -> None:
    rows = score_rows(scores(0), model_name="risk", model_version=None)
    assert (rows.height, rows.schema) == (0, SCORE_SCHEMA)


def test_an_explanation_has_the_moments_with_their_events() -> None:
    rows = score_rows(scores(2), model_name="risk", model_version="3")
    explanation = explained(rows, {NOON: "arrived, greeted"})
    assert (explanation["interaction_id"], explanation["model_version"]) == ("a", "3")
    assert [one["happened"] for one in explanation["moments"]] == ["arrived, greeted", None]
    assert [one["dissatisfaction_risk"] for one in explanation["moments"]] == [0.0, 0.1]
    assert explanation["moments"][0]["reasons"] == []
