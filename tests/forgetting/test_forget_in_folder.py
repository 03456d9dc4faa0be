"""Customers are removed from folders: nothing of them is left, and all other files stay to the byte."""

import hashlib
import json
import re
from pathlib import Path

import polars as pl
import pytest

import forestall
from forestall.assessment.run_predictions import run_salt, without_ids
from forestall.errors import UsageError
from forestall.forgetting import forget_in_folder
from forestall.forgetting.changed_files import Changes, publish
from forestall.jobs.forget import customers_and_places
from forestall.publishing import open_output, read_manifest
from forestall.publishing.single_file import manifest_of
from forestall.publishing.staging import Staging

ROWS = pl.DataFrame({"interaction_id": ["i1", "i2", "i3", "i4"], "customer_id": ["ann", "bob", None, "ann"]})


def digests(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    }


def words_in(folder: Path) -> str:
    """Give all that the files of a folder say."""
    said = []
    for file in sorted(folder.rglob("*")):
        if file.suffix == ".parquet":
            said.append(str(pl.read_parquet(file).to_dicts()))
        elif file.is_file():
            said.append(file.read_text(encoding="utf-8"))
    return "\n".join(said)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "data"
    forestall.simulate(folder, interactions=400, seed=3)
    return folder


@pytest.fixture
def data(simulated, tmp_path):
    from shutil import copytree

    return copytree(simulated, tmp_path / "data")


@pytest.mark.slow
def test_a_data_folder_has_no_trace_and_the_rest_is_as_it_was(data):
    before = forestall.read_tables(data)
    gone = before.interactions["customer_id"].drop_nulls().unique().sort().head(25).to_list()
    theirs = before.interactions.filter(pl.col("customer_id").is_in(gone))["interaction_id"].to_list()
    (data / "rejected").mkdir(exist_ok=True)
    about = digests(data)["about.json"]
    result = forestall.forget(gone, data)
    after = forestall.read_tables(data)
    words = words_in(data)
    assert not [
        name for name in (*gone, *theirs) if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words)
    ]
    for table in ("interactions", "events", "feedback"):
        kept = getattr(before, table).filter(~pl.col("interaction_id").is_in(theirs))
        assert getattr(after, table).equals(kept)
    assert digests(data)["about.json"] == about
    assert result.not_found == []
    manifest = read_manifest(data)
    assert manifest is not None
    assert manifest.is_whole(data)
    again = digests(data)
    second = forestall.forget(gone, data)
    assert digests(data) == again
    assert second.not_found == gone
    assert second.to_dict()["places"][str(data)]["removed"] == "nothing was found"


def test_rejected_rows_lines_and_cells_go_too(tmp_path):
    data = tmp_path / "data"
    (data / "rejected").mkdir(parents=True)
    ROWS.write_parquet(data / "interactions.parquet")
    event = pl.DataFrame({"interaction_id": ["i1", "i2", "lost"], "kind": ["a", "b", "c"]})
    event.write_parquet(data / "rejected" / "events.parquet")
    pl.DataFrame({"interaction_id": ["lost", "x"], "customer_id": ["ann", "bob"]}).write_parquet(
        data / "rejected" / "interactions.parquet"
    )
    pl.DataFrame(
        {"table": ["interactions"] * 2, "key": ["i4", "i2"], "raw": ["ten", "annual"]}
    ).write_parquet(data / "rejected" / "cells.parquet")
    pl.DataFrame({"line": [1, 2, 3, 4], "raw": ["x;ann;y", "x;joann;y", None, "bob,i1"]}).write_parquet(
        data / "rejected" / "rows.parquet"
    )
    found = forget_in_folder(data, frozenset({"ann"}))
    assert found.customers == {"ann"}
    assert pl.read_parquet(data / "interactions.parquet")["interaction_id"].to_list() == ["i2", "i3"]
    assert pl.read_parquet(data / "rejected" / "events.parquet")["interaction_id"].to_list() == ["i2"]
    assert pl.read_parquet(data / "rejected" / "cells.parquet")["key"].to_list() == ["i2"]
    assert pl.read_parquet(data / "rejected" / "rows.parquet")["line"].to_list() == [2, 3]
    assert not list(data.rglob(".forestall-*.parquet"))


def test_keys_that_are_numbers_and_partitions_are_found(tmp_path):
    for day, keys in (("1", [1, 2]), ("2", [3, None])):
        part = tmp_path / "data" / "interactions" / f"date={day}"
        part.mkdir(parents=True)
        frame = pl.DataFrame({"interaction_id": [f"{day}a", f"{day}b"], "customer_id": keys})
        frame.with_columns(pl.col("customer_id").cast(pl.Float64 if day == "2" else pl.Int64)).write_parquet(
            part / "part.parquet"
        )
    before = digests(tmp_path / "data")
    found = forget_in_folder(tmp_path / "data", frozenset({"3"}))
    assert found.files == {"interactions/date=2/part.parquet": 1}
    changed = digests(tmp_path / "data")
    assert changed["interactions/date=1/part.parquet"] == before["interactions/date=1/part.parquet"]


def test_scores_lists_and_the_page_lose_the_customer(tmp_path):
    out = tmp_path / "out"
    (out / "scores").mkdir(parents=True)
    ROWS.write_parquet(out / "scores" / "part-0.parquet")
    ROWS.filter(pl.col("customer_id") == "bob").write_parquet(out / "scores" / "part-1.parquet")
    for name in ("contact_list", "partings"):
        ROWS.head(2).write_parquet(out / f"{name}.parquet")
    columns = {
        "interaction_id": ["i1", "i2"],
        "customer_id": ["ann", "bob"],
        "as_of": [1, 2],
        "venue": [0, 0],
    }
    content = json.dumps({"names": {"venue": ["</script>"]}, "columns": columns}).replace("<", "\\u003c")
    page = '<p>é</p><script type="application/json" id="content">{}</script><script>x</script>'
    (out / "contact_list.html").write_text(page.replace("{}", content), encoding="utf-8")
    before = digests(out)
    result = forestall.forget("ann", out)
    assert result.places[str(out)].kind == "scores"
    assert "ann" not in words_in(out)
    assert "i1" not in words_in(out)
    shown = (out / "contact_list.html").read_text(encoding="utf-8")
    assert shown.startswith("<p>é</p>")
    assert shown.endswith("<script>x</script>")
    assert "bob" in shown
    assert shown.count("</script>") == 2
    assert digests(out)["scores/part-1.parquet"] == before["scores/part-1.parquet"]


def test_a_run_loses_rows_by_their_pseudonyms_and_examples_by_their_ids(tmp_path):
    run = tmp_path / "mlruns" / "1" / "artifacts"
    (run / "test").mkdir(parents=True)
    without_ids(ROWS, run_salt("risk")).write_parquet(run / "test" / "predictions.parquet")
    shown = [{"interaction_id": "i1", "rating": 1.0}, {"interaction_id": "i2", "rating": 2.0}]
    (run / "evaluation.json").write_text(json.dumps({"examples": shown}))
    (run / "report.html").write_text("<p>i1. Rating: 1.</p><p>i2. Rating: 2.</p><p>i11. Rating</p>")
    result = forestall.forget(["ann", "nobody"], tmp_path / "mlruns")
    rows = pl.read_parquet(run / "test" / "predictions.parquet")
    assert rows.equals(without_ids(ROWS[1:3], run_salt("risk")))
    assert [
        one["interaction_id"] for one in json.loads((run / "evaluation.json").read_text())["examples"]
    ] == ["i2"]
    assert (
        run / "report.html"
    ).read_text() == "<p>(removed). Rating: 1.</p><p>i2. Rating: 2.</p><p>i11. Rating</p>"
    assert result.not_found == ["nobody"]


def test_ids_of_one_folder_are_removed_from_the_others(tmp_path):
    data, out = tmp_path / "data", tmp_path / "out"
    for folder in (data, out / "scores", out / "rejected"):
        folder.mkdir(parents=True)
    ROWS.write_parquet(data / "interactions.parquet")
    ROWS[1:2].write_parquet(out / "scores" / "part-0.parquet")
    pl.DataFrame({"interaction_id": ["i4", "i2"]}).write_parquet(out / "rejected" / "events.parquet")
    forestall.forget("ann", out, data)
    assert pl.read_parquet(out / "rejected" / "events.parquet")["interaction_id"].to_list() == ["i2"]


@pytest.mark.parametrize("step", ["commit", "publish"])
def test_a_kill_leaves_the_old_content_or_the_new(data, monkeypatch, step):
    before = digests(data)
    gone = forestall.read_tables(data).interactions["customer_id"].drop_nulls()[0]

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Staging, step, killed)
        with pytest.raises(KeyboardInterrupt):
            forestall.forget(gone, data)
    if step == "commit":
        assert digests(data) == before
    with open_output(data):
        pass  # which completes what was killed after it was complete
    left = forestall.read_tables(data).interactions["customer_id"]
    assert (gone in left.to_list()) == (step == "commit")


def test_a_draft_that_cannot_be_written_changes_nothing(tmp_path):
    ROWS.write_parquet(tmp_path / "a.parquet")

    def fails(target):
        target.write_text("half")
        raise OSError(28, "No space left on device")

    changes = Changes()
    changes.add_text(tmp_path / "b.txt", tmp_path, "new", 1)
    changes.add(tmp_path / "a.parquet", tmp_path, fails, 1)
    (tmp_path / "b.txt").write_text("old")
    before = digests(tmp_path)
    with pytest.raises(forestall.ForestallError, match=r"No space left|full"):
        publish(tmp_path, changes)
    assert digests(tmp_path) == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.parquet", "b.txt"]


def test_what_is_no_folder_of_forestall_is_refused_before_anything_changes(data, tmp_path):
    before = digests(data)
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "empty", tmp_path / "missing", "s3://company/data"):
        with pytest.raises(UsageError, match="must be a"):
            forestall.forget("c1", data, place)
    with pytest.raises(UsageError, match="must have a customer and a place; it lacks a customer"):
        forestall.forget([], data)
    with pytest.raises(UsageError, match="it lacks a place, and none of the words is a folder or a ledger"):
        forestall.forget(["c1", "misspelt"])
    (data / "events.parquet").unlink()
    (data / "events" / "_delta_log").mkdir(parents=True)
    with pytest.raises(UsageError, match="Delta table"):
        forestall.forget("c1", data)
    assert digests(data).keys() == before.keys() - {"events.parquet"}


def test_the_last_words_that_name_a_folder_are_places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    assert customers_and_places(["a", "b", "data"]) == (["a", "b"], ["data"])
    assert customers_and_places(["data", "b", "data"]) == (["data", "b"], ["data"])
    assert customers_and_places(["x" * 5000, "s3://b/p"]) == (["x" * 5000], ["s3://b/p"])
    assert customers_and_places(["data"], ["data"]) == (["data"], ["data"])
    for name in ("b", "table.parquet"):
        (tmp_path / name).touch()
    assert customers_and_places(["a", "b", "table.parquet"]) == (["a", "b"], ["table.parquet"])


def test_the_output_of_any_job_loses_the_rows_that_were_rejected(tmp_path):
    for name in ("monitor", "evaluation"):
        (tmp_path / name / "rejected").mkdir(parents=True)
        ROWS.write_parquet(tmp_path / name / "rejected" / "interactions.parquet")
    ROWS.write_parquet(tmp_path / "evaluation" / "predictions.parquet")
    result = forestall.forget("ann", tmp_path / "monitor", tmp_path / "evaluation")
    assert [one.kind for one in result.places.values()] == ["job", "run"]
    for file in tmp_path.rglob("*.parquet"):
        assert pl.read_parquet(file)["customer_id"].to_list() == ["bob", None]


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_feature_table_loses_the_rows_of_the_interactions(data, tmp_path, monkeypatch, suffix):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"features{suffix}"
    forestall.features(data, output=file)
    read = pl.read_parquet if suffix == ".parquet" else pl.read_csv
    before, rows = read(file), forestall.read_tables(data).interactions
    gone = rows["customer_id"].drop_nulls()[0]
    theirs = rows.filter(customer_id=gone)["interaction_id"].implode()
    result = forestall.forget(gone, data, file.name)
    assert result.places[file.name].files == {file.name: theirs.explode().len()}
    assert read(file).equals(before.filter(~pl.col("interaction_id").is_in(theirs)))
    found = manifest_of(file)
    assert found is not None
    assert found.is_whole(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir() if one.suffix == suffix) == [file.name]
    again = digests(tmp_path)
    forestall.forget(gone, file)
    assert digests(tmp_path) == again


def test_a_file_that_no_job_wrote_is_refused(data, tmp_path):
    before = digests(data)
    ROWS.write_parquet(tmp_path / "own.parquet")
    (tmp_path / "list.txt").write_text("ann")
    for place in (tmp_path / "own.parquet", tmp_path / "list.txt"):
        with pytest.raises(UsageError, match="a Parquet or CSV file that Forestall wrote"):
            forestall.forget("ann", data, place)
    assert digests(data) == before
