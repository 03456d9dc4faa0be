"""The commands about data: simulate, import, check, features."""

import json
from pathlib import Path

import polars as pl
import pytest

from workshop import Run, Work, error_of


def test_simulate_and_check(run: Run) -> None:
    code, out, err = run("simulate", "data", "--interactions", 200, "--seed", 3, "--format", "json")
    assert code == 0
    assert json.loads(out)["rows"]["interactions"] == 200
    assert "simulating 200 interactions" in err
    assert run("-q", "check", "data")[2] == ""
    code, out, _ = run("check", "data", "--format", "json")
    assert code == 0
    assert json.loads(out)["rows"]["interactions"] == 200


def test_import_by_a_mapping(run: Run, tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("id,when,stars\na,2026-03-02 09:00,5\nb,2026-03-02 10:00,1\n")
    (tmp_path / "map.yaml").write_text(
        "timezone: Europe/Copenhagen\n"
        "interactions: {interaction_id: id, started_at: {column: when, format: '%Y-%m-%d %H:%M'}}\n"
        "events: [{kind: arrived, at: {column: when, format: '%Y-%m-%d %H:%M'}}]\n"
        "feedback: {rating: stars}\n"
    )
    code, out, _ = run("import", "map.yaml", "calls.csv", "--output", "data", "--format", "json")
    assert code == 0
    assert json.loads(out)["rows"] == {"interactions": 2, "events": 2, "feedback": 2}
    assert run("check", "data")[0] == 0


def test_features_of_last_moments_of_given_moments_and_of_a_time(
    run: Run, work: Work, tmp_path: Path
) -> None:
    assert run("features", work.data, "--output", "last.parquet")[0] == 0
    last = pl.read_parquet(tmp_path / "last.parquet")
    last.select("interaction_id", "as_of").head(7).write_csv(tmp_path / "moments.csv")
    assert run("features", work.data, "--output", "chosen.csv", "--moments", "moments.csv")[0] == 0
    chosen = pl.read_csv(tmp_path / "chosen.csv", infer_schema=False)
    assert chosen["interaction_id"].to_list() == last["interaction_id"].head(7).to_list()
    noon = ["--as-of", "2026-02-02T12:00:00Z", "--all"]
    model = ["--model", work.champion, "--tracking-uri", work.tracking_uri]
    assert run("features", work.data, "--output", "noon.parquet", *noon, *model)[0] == 0
    noon_table = pl.read_parquet(tmp_path / "noon.parquet")
    assert (
        noon_table["as_of"].max() <= pl.Series(["2026-02-02T12:00:00Z"]).str.to_datetime(time_zone="UTC")[0]
    )
    assert 0 < noon_table.height < last.height


def test_moments_of_unknown_interactions_are_refused(run: Run, company: Path, tmp_path: Path) -> None:
    (tmp_path / "moments.csv").write_text("interaction_id,as_of\nnobody,2026-03-02T09:00:00Z\n")
    code, _, err = run("features", company, "--output", "f.csv", "--moments", "moments.csv")
    assert code == 1
    assert "1 moments of interactions that are not in the data" in error_of(err)
    (tmp_path / "moments.csv").write_text("interaction,as_of\nnobody,2026-03-02T09:00:00Z\n")
    code, _, err = run("features", company, "--output", "f.csv", "--moments", "moments.csv")
    assert "did you mean 'interaction'?" in error_of(err)
    assert not (tmp_path / "f.csv").exists()


@pytest.mark.slow
def test_a_mapping_is_suggested_and_imports(run: Run, tmp_path: Path) -> None:
    rows = [f"a{i},2026-03-{i % 28 + 1:02} 09:00,{i % 5 + 1},really {i} bad words" for i in range(90)]
    (tmp_path / "calls.csv").write_text("call id,created,stars,remarks\n" + "\n".join(rows) + "\n")
    code, out, err = run("import", "--suggest", "calls.csv")
    assert code == 0
    assert out == (tmp_path / "mapping.yaml").read_text()
    assert "written: mapping.yaml, model.yaml" in err
    assert "never:  # must not reach a model\n  - remarks" in out
    code, out, _ = run("import", "mapping.yaml", "calls.csv", "--output", "data", "--format", "json")
    assert code == 0
    assert json.loads(out)["rows"] == {"interactions": 90, "events": 90, "feedback": 90}
    code, out, _ = run("import", "--suggest", "calls.csv", "--output", "new/map.yaml", "--format", "json")
    assert code == 0
    assert json.loads(out)["columns"] == {"interactions": 2, "feedback": 1, "never": 1}
    code, _, err = run("import", "--suggest", "calls.csv", "--output", "new/map.yaml")
    assert code == 2
    assert "--output must be a new file" in error_of(err)
    code, _, err = run("import", "mapping.yaml", "calls.csv")
    assert code == 2
    assert "--output must be given" in error_of(err)


@pytest.mark.slow
def test_check_writes_a_data_report_and_says_what_was_found(
    run: Run, company: Path, quick_model: Path, tmp_path: Path
) -> None:
    code, out, err = run("check", company, "--model", quick_model, "--output", "out")
    assert code == 0
    assert "findings:" in out
    assert "written" in out
    assert "computing the features" in err
    found = json.loads((tmp_path / "out" / "check.json").read_text(encoding="utf-8"))
    assert found["report"]["labels"]["meaning"].startswith("a rating of 2 or less")
    assert found["report"]["labels"]["counts"]["labelled"] > 1000
    assert (tmp_path / "out" / "data_report.html").is_file()
    code, _, err = run("check", company, "--output", company)
    assert code == 2
    assert "--output must be another folder than the data" in error_of(err)
    code, _, err = run("check", company, "--model", "nowhere")
    assert code == 2
    assert "a folder with a model.yaml" in error_of(err)
