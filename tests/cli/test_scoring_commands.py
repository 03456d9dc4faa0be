"""The commands that use a model: score, explain, evaluate, monitor."""

import json
from pathlib import Path
from typing import Any

import polars as pl

import forestall
from forestall.registry.score_rows import SCORE_SCHEMA
from object_store import upload
from workshop import Run, Work, error_of, spoil


def test_score_writes_every_column_and_a_summary_that_adds_up(run: Run, work: Work, tmp_path: Path) -> None:
    words = ["score", work.champion, work.data, "--tracking-uri", work.tracking_uri, "--format", "json"]
    code, out, _ = run(*words, "--output", "out", "--reasons")
    assert code == 0
    scores = pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet")
    assert scores.schema == SCORE_SCHEMA
    assert scores["reasons"].null_count() == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary.items() <= json.loads(out).items()
    assert summary["rows_in"] == summary["scored"] + summary["abstained"] + summary["rejected"] == 5000
    assert summary["model_version"] == "1"
    assert scores["run_id"].unique().to_list() == [summary["run_id"]]


def test_reasons_from_a_band_on(run: Run, work: Work, tmp_path: Path) -> None:
    words = ["score", work.champion, work.data, "--tracking-uri", work.tracking_uri, "--output", "out"]
    assert run(*words, "--reasons-from", "high")[0] == 0
    scores = pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet")
    is_high = scores["risk_band"].is_in(["high", "critical"]).fill_null(value=False)
    assert 0 < is_high.sum() < scores.height
    for name in ("reasons", "contribution_base"):
        assert (scores[name].is_not_null() == is_high).filter(scores["risk_band"].is_not_null()).all()


def test_the_same_job_replaces_its_scores_with_the_same_scores(run: Run, work: Work, tmp_path: Path) -> None:
    words = ["score", work.champion, work.data, "--tracking-uri", work.tracking_uri, "--output", "out"]
    frames = []
    for _ in range(2):
        assert run(*words)[0] == 0
        frames.append(pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet").drop("scored_at"))
    assert frames[0].equals(frames[1])
    code, _, err = run(*words, "--as-of", "2026-02-02T12:00", "--all")
    assert code == 2
    assert "choose another --output, or remove them (a scoring job replaces them by --run-id" in error_of(err)
    assert pl.read_parquet(tmp_path / "out" / "scores" / "*.parquet").drop("scored_at").equals(frames[0])


def test_score_writes_and_counts_rejected_rows(run: Run, work: Work, tmp_path: Path) -> None:
    spoil(
        work.data,
        tmp_path / "data",
        events=lambda f: pl.concat([f, f.head(9).with_columns(kind=pl.lit("?!"))]),
    )
    words = ["score", work.champion, "data", "--tracking-uri", work.tracking_uri, "--output", "out"]
    assert run(*words)[0] == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["rejected"], summary["rejected_events"]) == (0, 9)
    assert (
        pl.read_parquet(tmp_path / "out" / "rejected" / "events.parquet")["rule"].to_list()
        == ["kind_is_no_word"] * 9
    )


def test_explain_shows_an_interaction_from_start_to_end(run: Run, work: Work) -> None:
    events = pl.read_parquet(work.data / "events.parquet")
    longest = events["interaction_id"].value_counts(sort=True)["interaction_id"][0]
    words = ["explain", work.champion, work.data, "--tracking-uri", work.tracking_uri, "--interaction"]
    code, out, _ = run(*words, longest, "--format", "json")
    assert code == 0
    moments = json.loads(out)["moments"]
    assert len(moments) > 5
    assert moments == sorted(moments, key=lambda moment: moment["as_of"])
    assert all(0 < moment["dissatisfaction_risk"] < 1 for moment in moments)
    danish = json.loads(run(*words, longest, "--format", "json", "--language", "da")[1])["moments"]
    for told, other in zip(danish, moments, strict=True):
        assert told["dissatisfaction_risk"] == other["dissatisfaction_risk"]
    texts, theirs = ([one["text"] for one in told[-1]["reasons"]] for told in (moments, danish))
    assert len(texts) == len(theirs) > 0
    assert not set(texts) & set(theirs)
    assert "; ".join(texts) in run(*words, longest)[1]
    code, _, err = run(*words, longest, "--language", "tlh")
    assert code == 2
    assert "language must be one of af, da, en" in error_of(err)
    code, _, err = run(*words, "nobody")
    assert code == 1
    assert "--interaction must be an interaction_id" in error_of(err)


def test_evaluate_notes_that_the_model_may_have_seen_the_rows(run: Run, work: Work, tmp_path: Path) -> None:
    spoil(work.data, tmp_path / "data", interactions=lambda frame: pl.concat([frame, frame.head(9)]))
    words = ["evaluate", work.champion, "data", "--tracking-uri", work.tracking_uri, "--output", "out"]
    code, out, _ = run(*words, "--format", "json")
    assert code == 0
    summary = json.loads(out)
    assert (summary["rejected"], summary["rejected_by_rule"]["interactions"]["duplicate_key"]) == (9, 9)
    assert pl.read_parquet("out/rejected/interactions.parquet").height == 9
    page = (tmp_path / "out" / "report.html").read_text()
    assert "interactions that the model may have been trained on" in page
    assert "was not trained on" not in page


def test_a_deep_evaluation_of_other_data_fits_without_each_family(
    run: Run, work: Work, tmp_path: Path
) -> None:
    forestall.simulate(tmp_path / "other", interactions=1600, seed=9)
    words = ["evaluate", work.champion, "other", "--tracking-uri", work.tracking_uri, "--output", "out"]
    code, out, _ = run(*words, "--deep", "--format", "json")
    assert code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("report.html", "evaluation.json", "predictions.parquet", "summary.json", "manifest.json")
    }
    metrics = json.loads(out)["metrics"]
    assert metrics["auc"] > 0.6
    assert metrics["truth/auc"] > metrics["auc"] - 0.05
    losses = {
        name: metrics[f"family/{name}/loss"] for name in ("service", "quality", "greeting", "resolution")
    }
    assert max(losses, key=lambda name: losses[name]) == "resolution"
    assert "the log-loss lost without the family" in (tmp_path / "out" / "report.html").read_text()


def test_monitor_ends_with_3_for_retraining_and_4_for_repair(run: Run, work: Work, tmp_path: Path) -> None:
    assert run("simulate", "now", "--interactions", 1500, "--seed", 2)[0] == 0
    store = ["--tracking-uri", work.tracking_uri]
    assert run("score", work.champion, "now", *store, "--output", "nights/one", "--contacts", 5)[0] == 0
    words = ["monitor", work.champion, "--reference", work.data, "--scores", "nights", *store]
    code, out, _ = run(*words, "--current", "now", "--output", "out")
    assert code == 0
    spoil(tmp_path / "now", tmp_path / "worse", feedback=lambda frame: frame.with_columns(rating=pl.lit(1.0)))
    code, out, _ = run(*words, "--current", "worse", "--output", "out2", "--format", "json")
    said = json.loads(out)
    assert code == 3
    assert said["retraining_due"] is True
    assert any(reason.startswith("mean_risk_off must be at most") for reason in said["reasons"])
    assert (tmp_path / "out2" / "report.html").read_text().startswith("<!doctype html>")
    code, _, err = run(*words, "--current", "worse", "--output", "out")
    assert code == 2
    assert "holds the results of run" in error_of(err)
    spoil(
        tmp_path / "now",
        tmp_path / "lost",
        interactions=lambda frame: frame.drop("channel"),
        events=lambda frame: frame.filter(pl.col("kind") != "greeted"),
    )
    code, out, _ = run(*words, "--current", "lost", "--output", "out4", "--format", "json")
    said = json.loads(out)
    assert (code, said["retraining_due"], said["repair_due"]) == (4, False, True)
    code, _, err = run(*words, "--current", work.data, "--output", "out3")
    assert code == 1
    assert "must hold interactions that the reference has not" in error_of(err)
    assert not (tmp_path / "out3").exists()


def test_scores_go_from_a_store_to_a_store(run: Run, work: Work, s3: Any) -> None:
    tables = {
        f"{name}.parquet": (work.data / f"{name}.parquet").read_bytes() for name in ("interactions", "events")
    }
    data = upload(s3, "cli", tables)
    words = (
        "score",
        work.champion,
        data,
        "--output",
        "s3://company/cli-out",
        "--tracking-uri",
        work.tracking_uri,
    )
    code, out, _ = run(*words, "--format", "json")
    assert code == 0
    assert json.loads(out)["scores"] == "s3://company/cli-out/scores"
    code, _, said = run("score", work.champion, "s3://company/none", *words[3:])
    assert code == 1
    assert (
        error_of(said) == "error: s3://company/none must be a data folder, holds nothing; check the address"
    )
