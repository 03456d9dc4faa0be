"""The risks that people acted on: which files count, which score is judged, and who was on a contact list."""

from pathlib import Path

import polars as pl
import pytest

from companies import at, company, visit
from forestall.errors import InputError, UsageError
from forestall.moments import Label
from forestall.monitoring.past_scores import label_past_scores, read_scores

STARS = Label(scale=(1, 5), dissatisfied_at_or_below=2)


def night(folder: Path, second: float, risks: dict[str, float | None], model: str = "m", listed=()) -> None:
    (folder / "scores").mkdir(parents=True)
    n = len(risks)
    pl.DataFrame(
        {
            "interaction_id": list(risks),
            "as_of": pl.Series([at(second)] * n, dtype=pl.Datetime("us", "UTC")),
            "dissatisfaction_risk": pl.Series(list(risks.values()), dtype=pl.Float64),
            "data_quality": ["ok"] * n,
            "model_name": [model] * n,
            "model_version": ["3"] * n,
        }
    ).write_parquet(folder / "scores" / "part-00000.parquet")
    if listed:
        pl.DataFrame({"interaction_id": list(listed)}).write_parquet(folder / "contact_list.parquet")


@pytest.fixture
def nights(tmp_path: Path) -> Path:
    night(tmp_path / "one", 100, {"a": 0.1, "b": 0.2, "c": 0.3, "gone": 0.5, "odd": None}, listed=["c"])
    night(tmp_path / "two", 200, {"a": 0.4, "b": 0.6})
    night(tmp_path / "other", 300, {"a": 0.9}, model="another", listed=["a"])
    return tmp_path


@pytest.fixture
def tables():
    visits = [visit(name, 0, (10, "served", "staff"), customer_id=f"of {name}") for name in "abcd"]
    #  a is rated after both nights, b between them, c after the first, d was never scored
    return company(*visits, ratings=[("a", 1, 500), ("b", 5, 150), ("c", 2, 500), ("d", 1, 500)])


def test_an_interaction_is_judged_by_its_last_score_if_that_came_before_the_rating(nights, tables):
    rows = label_past_scores(read_scores(nights, "m"), tables, STARS)
    judged = {row["interaction_id"]: (row["risk"], row["label"], row["is_listed"]) for row in rows.to_dicts()}
    assert judged == {
        "a": (0.4, 1, False),
        "c": (0.3, 1, True),
    }  # b: only an earlier one, chosen by its rating


def test_which_score_is_judged_does_not_depend_on_when_the_event_came(tmp_path):
    for hour in range(6):
        risks = {f"i{i}": 0.1 for i in range(200)}
        night(tmp_path / str(hour), 3600 * hour, risks)
    # half escalate between the first and the second score, so one score of six came before
    visits = [visit(f"i{i}", 0, *([(1800, "escalated", "staff")] if i % 2 else []), (20_000, "closed", "staff"))
              for i in range(200)]  # fmt: skip
    later = visit("later", 86_400 * 40, (86_400 * 40, "arrived", "customer"))
    rows = label_past_scores(
        read_scores(tmp_path, "m"),
        company(*visits, later),
        Label(event="escalated", horizon_days=30),
        is_drawn=True,
    )
    n_escalated = rows["label"].sum()
    assert (
        5 < n_escalated < 35
    )  # about a sixth of a hundred; by the last score before the event it would be all
    assert rows.height - n_escalated == 100


def test_files_of_another_model_and_lists_beside_them_are_left_out(nights):
    acted = read_scores(nights, "m")
    assert acted.listed.to_list() == ["c"]
    assert acted.versions == ["3"]
    assert acted.rows["risk"].to_list() == [0.1, 0.4, 0.2, 0.6, 0.3, 0.5]
    with pytest.raises(InputError, match="must be of nobody-else; they are of another, m"):
        read_scores(nights, "nobody-else")


def test_another_night_is_another_job(nights):
    before = read_scores(nights, "m").digest()
    assert read_scores(nights, "m").digest() == before
    night(nights / "three", 300, {"a": 0.4})
    assert read_scores(nights, "m").digest() != before


def test_what_are_no_scores_is_said_with_the_file(nights):
    with pytest.raises(UsageError, match=r"has none"):
        read_scores(nights / "nowhere", "m")
    (nights / "one" / "contact_list.parquet").write_text("no table")
    with pytest.raises(InputError, match=r"contact_list.parquet must be a Parquet file with interaction_id"):
        read_scores(nights, "m")
    pl.DataFrame({"risk": [0.1]}).write_parquet(nights / "two" / "scores" / "part-00001.parquet")
    with pytest.raises(
        InputError, match=r"part-00001.parquet must be a Parquet file with interaction_id, as_of"
    ):
        read_scores(nights, "m")
