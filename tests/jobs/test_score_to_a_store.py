"""`forestall score` from and to an object store: what is published is what a folder would hold."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

import forestall
from forestall.errors import UsageError
from object_store import BUCKET, SECRET, objects, upload

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def score(work, s3):
    """Return a function that scores the work's data with its champion."""

    def run(output, data=work.data, **options):
        how = {"scored_at": NOON, "tracking_uri": work.tracking_uri, "contacts": 5} | options
        return forestall.score(work.champion, data, output=output, **how)

    return run


@pytest.fixture(scope="module")
def in_store(work, s3):
    """Give the address of the work's tables in the store."""
    tables = {file.name: file.read_bytes() for file in work.data.iterdir() if file.is_file()}
    return upload(s3, "crm", {name: content for name, content in tables.items() if name != "manifest.json"})


@pytest.fixture(scope="module")
def published(score, in_store, s3):
    """Give the result of a job from and to the store, and the objects that it left."""
    result = score("s3://company/every-night", in_store, reasons=True)
    return result, objects(s3, "every-night")


def test_the_files_are_those_of_a_local_folder(published, score, work, s3, tmp_path):
    result, stored = published
    score(tmp_path / "out", reasons=True)
    manifest = json.loads(stored["manifest.json"])
    local = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert str(result.output) == "s3://company/every-night"
    assert result.to_dict()["scores"] == "s3://company/every-night/scores"
    assert [part["path"] for part in manifest["parts"]] == [part["path"] for part in local["parts"]]
    for part in manifest["parts"]:
        assert stored[part["at"]] == (tmp_path / "out" / part["path"]).read_bytes()
    assert sorted(stored) == sorted(["manifest.json", *(part["at"] for part in manifest["parts"])])
    assert manifest["account"] == local["account"]


def test_the_same_job_again_has_nothing_to_do(published, score, in_store, s3):
    result, stored = published
    again = score("s3://company/every-night", in_store, reasons=True)
    assert again.was_done
    assert again.scores.equals(result.scores)
    assert again.contact_list.equals(result.contact_list)
    assert objects(s3, "every-night") == stored


def test_the_same_run_with_other_options_replaces_the_results(score, s3):
    score("s3://company/nights", run_id="night")
    before = set(objects(s3, "nights"))
    score("s3://company/nights", run_id="night", contacts=7)
    stored = objects(s3, "nights")
    assert set(stored) & before == {"manifest.json"}
    manifest = json.loads(stored["manifest.json"])
    listed = next(part for part in manifest["parts"] if part["path"] == "contact_list.parquet")
    assert pl.read_parquet(stored[listed["at"]]).height == listed["rows"] == 7
    assert set(stored) == {"manifest.json", *(part["at"] for part in manifest["parts"])}


def test_the_results_of_another_run_are_refused_before_the_model_is_fetched(score, s3):
    score("s3://company/owned", run_id="monday")
    steps = []
    with pytest.raises(UsageError, match="s3://company/owned holds the results of run monday"):
        score("s3://company/owned", run_id="tuesday", progress=steps.append)
    assert steps == []


def test_what_no_manifest_names_is_refused_and_kept(score, s3):
    upload(s3, "mine", {"scores/part-00000.parquet": b"mine", ".hidden": b""})
    with pytest.raises(
        UsageError, match=r"holds what no run of this kind wrote: 'scores/part-00000.parquet'"
    ):
        score("s3://company/mine")
    assert objects(s3, "mine") == {"scores/part-00000.parquet": b"mine", ".hidden": b""}


def test_a_folder_beside_with_the_same_beginning_is_not_looked_at(score, s3):
    upload(s3, "week-2", {"mine.txt": b"mine"})
    score("s3://company/week")
    assert "manifest.json" in objects(s3, "week")
    assert objects(s3, "week-2") == {"mine.txt": b"mine"}


def test_no_secret_is_in_what_is_published(published):
    assert not any(SECRET.encode() in content for content in published[1].values())


def test_a_path_that_was_an_address_is_refused(score, tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"must be given as text, a path was made of it"):
        score(Path(f"s3://{BUCKET}/out"))
    assert list(tmp_path.iterdir()) == []


def test_monitoring_reads_the_scores_of_all_jobs_below_a_prefix(score, work, s3):
    from forestall.contacts.contact_list import CONTACT_LIST
    from forestall.monitoring.past_scores import read_scores
    from forestall.publishing.local_results import local_results

    results = [score(f"s3://company/past/{night}", run_id=night) for night in ("monday", "tuesday")]
    upload(s3, "past/wednesday/results-0123456789abcdef/scores", {"part-00000.parquet": b"not published"})
    with local_results("s3://company/past", "score", ("scores", CONTACT_LIST)) as folder:
        past = read_scores(folder, results[0].scores["model_name"][0])
    assert past.rows.height == sum(one.figures["scored"] for one in results)
    assert set(past.listed) == set(results[0].contact_list["interaction_id"])
    with pytest.raises(
        UsageError, match="s3://company/empty must hold the results of `forestall score`, holds none"
    ):
        local_results("s3://company/empty", "score", ("scores",)).__enter__()


def test_data_that_are_scored_in_parts_are_read_from_the_store_and_written_to_it(
    score, in_store, tmp_path, monkeypatch
):
    monkeypatch.setattr("forestall.streaming.source.PART_INTERACTIONS", 1_000)
    here = score(tmp_path / "out")
    there = score("s3://company/in-parts/night", in_store)
    assert len(list((tmp_path / "out" / "scores").iterdir())) > 1
    assert there.scores.equals(here.scores)
    assert there.contact_list.equals(here.contact_list)
    assert there.figures == here.figures
    again = score("s3://company/in-parts/night", in_store)
    assert again.was_done
    assert again.scores.equals(here.scores)
