"""Scores of earlier jobs: the files that are read, the score that is evaluated, and the contact lists."""

from pathlib import Path

import polars as pl
import pytest

from companies import at, company, visit
from forestall.errors import InputError, UsageError
from forestall.moments import Label
from forestall.monitoring.past_scores import label_past_scores, read_scores
from forestall.publishing import Job, open_output
from forestall.publishing.staging import Staging

STARS = Label(scale=(1, 5), dissatisfied_at_or_below=2)


def write_job(
    folder: Path, second: float, risks: dict[str, float | None], model: str = "m", listed=()
) -> None:
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
    (folder / "summary.json").write_text('{"run_id": "night"}')  # as version 0.1 wrote it
    if listed:
        pl.DataFrame({"interaction_id": list(listed)}).write_parquet(folder / "contact_list.parquet")


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    write_job(tmp_path / "one", 100, {"a": 0.1, "b": 0.2, "c": 0.3, "gone": 0.5, "odd": None}, listed=["c"])
    write_job(tmp_path / "two", 200, {"a": 0.4, "b": 0.6})
    write_job(tmp_path / "other", 300, {"a": 0.9}, model="another", listed=["a"])
    return tmp_path


@pytest.fixture
def tables():
    visits = [visit(name, 0, (10, "served", "staff"), customer_id=f"customer {name}") for name in "abcd"]
    # a is rated after both jobs, b between them, c after the first; d was never scored
    return company(*visits, ratings=[("a", 1, 500), ("b", 5, 150), ("c", 2, 500), ("d", 1, 500)])


def test_the_held_out_on_a_list_are_not_contacted(jobs, tables):
    arms = {"interaction_id": ["a", "c"], "arm": ["contact", "holdout"]}
    pl.DataFrame(arms).write_parquet(jobs / "one" / "contact_list.parquet")
    rows = label_past_scores(read_scores(jobs, "m"), tables, STARS)
    assert dict(rows.select("interaction_id", "is_listed").iter_rows()) == {"a": True, "c": False}


def test_the_last_score_is_evaluated_if_it_came_before_the_rating(jobs, tables):
    rows = label_past_scores(read_scores(jobs, "m"), tables, STARS)
    evaluated = {
        row["interaction_id"]: (row["risk"], row["label"], row["is_listed"]) for row in rows.to_dicts()
    }
    assert evaluated == {
        "a": (0.4, 1, False),
        "c": (0.3, 1, True),
    }  # b: its last score came after the rating


def test_the_evaluated_score_is_independent_of_the_time_of_the_event(tmp_path):
    for hour in range(6):
        risks = {f"i{i}": 0.1 for i in range(200)}
        write_job(tmp_path / str(hour), 3600 * hour, risks)
    # half of them escalate between the first and the second of six scores
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
    )  # about a sixth of 100; with the last score before the event it would be all 100
    assert rows.height - n_escalated == 100


def test_scores_and_contact_lists_of_another_model_are_skipped(jobs):
    scores = read_scores(jobs, "m")
    assert scores.listed.to_list() == ["c"]
    assert scores.versions == ["3"]
    assert scores.rows["risk"].to_list() == [0.1, 0.4, 0.2, 0.6, 0.3, 0.5]
    with pytest.raises(InputError, match="must be of other-model; they are of another, m"):
        read_scores(jobs, "other-model")


def test_scores_of_a_job_that_has_not_ended_are_skipped(jobs, caplog):
    before = read_scores(jobs, "m").digest()
    write_job(jobs / "killed", 300, {"a": 0.9})
    (jobs / "killed" / "summary.json").unlink()
    write_job(jobs / "two" / ".forestall-night", 300, {"a": 0.9})  # as version 0.1 left it
    staging = Staging.create(jobs / "two", "key", {})
    write_job(staging.new, 300, {"a": 0.9})
    assert read_scores(jobs, "m").digest() == before
    assert "1 folders of scores are skipped: their job has not ended" in caplog.text
    with pytest.raises(UsageError, match="has none, but 1 whose job has not ended; give that job again"):
        read_scores(jobs / "killed", "m")


def test_only_the_parts_that_the_manifest_names_are_read(tmp_path):
    write_job(tmp_path / "source", 100, {"a": 0.1})
    part = (tmp_path / "source" / "scores" / "part-00000.parquet").read_bytes()
    job = Job("score", "night", ("scores",))
    with open_output(tmp_path / "jobs") as place, place.publication(job) as publication:
        publication.write_part("scores/part-00000.parquet", lambda file: file.write_bytes(part))
    (tmp_path / "jobs" / "scores" / "part-00001.parquet").write_bytes(part)
    for folder in (tmp_path / "jobs", tmp_path / "jobs" / "scores"):
        assert read_scores(folder, "m").rows.height == 1


def test_scores_that_are_complete_and_not_in_place_are_put_there(tmp_path, monkeypatch):
    write_job(tmp_path / "source", 100, {"a": 0.1})
    part = (tmp_path / "source" / "scores" / "part-00000.parquet").read_bytes()
    job = Job("score", "night", ("scores",))
    monkeypatch.setattr(Staging, "publish", lambda self: None)  # as after a kill
    with open_output(tmp_path / "jobs") as place, place.publication(job) as publication:
        publication.write_part("scores/part-00000.parquet", lambda file: file.write_bytes(part))
    assert not (tmp_path / "jobs" / "scores").exists()
    assert read_scores(tmp_path / "jobs", "m").rows.height == 1
    assert sorted(item.name for item in (tmp_path / "jobs").iterdir()) == ["manifest.json", "scores"]


def test_more_scores_change_the_digest(jobs):
    before = read_scores(jobs, "m").digest()
    assert read_scores(jobs, "m").digest() == before
    write_job(jobs / "three", 300, {"a": 0.4})
    assert read_scores(jobs, "m").digest() != before


def test_invalid_files_are_named(jobs):
    with pytest.raises(UsageError, match=r"has none"):
        read_scores(jobs / "nowhere", "m")
    (jobs / "one" / "contact_list.parquet").write_text("no table")
    with pytest.raises(InputError, match=r"contact_list.parquet must be a Parquet file with interaction_id"):
        read_scores(jobs, "m")
    (jobs / "one" / "contact_list.parquet").unlink()
    pl.DataFrame({"risk": [0.1]}).write_parquet(jobs / "two" / "scores" / "part-00001.parquet")
    with pytest.raises(
        InputError, match=r"part-00001.parquet must be a Parquet file with interaction_id, as_of"
    ):
        read_scores(jobs, "m")
