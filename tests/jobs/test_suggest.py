"""A suggested mapping imports the rows that it was made from."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
import yaml

import made_exports
from forestall.errors import UsageError
from forestall.importing import import_tables
from forestall.importing.suggest.model_writer import NOT_IN_CONTEXT
from forestall.jobs.suggest import suggest
from forestall.model.context import RECORD_FIELDS
from forestall.model.spec import read_spec

SHAPES = {
    "zendesk": 300, "servicenow": 300, "freshdesk": 300, "jira": 300, "shop": 300, "call_centre": 300,
    "chat": 80, "queue_log": 300, "airline": 400, "hotel": 300, "nps": 300,
}  # fmt: skip


def write(folder: Path, name: str) -> list[Path]:
    """Write the files of a shape."""
    paths = []
    for file, frame in getattr(made_exports, name)().items():
        paths.append(folder / f"{file}.csv")
        frame.write_csv(paths[-1], separator=";" if name == "hotel" else ",")
    return paths


def sources_of(mapping: str) -> list[str]:
    """Return the sources that the first lines of a mapping name."""
    line = next(line for line in mapping.splitlines() if "To import: " in line)
    return line.split("mapping.yaml ")[1].removesuffix(" --output data").split()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SHAPES)
def test_all_rows_are_imported_without_a_change(name: str, tmp_path: Path) -> None:
    result = suggest(write(tmp_path, name), output=tmp_path / "mapping.yaml")
    tables = import_tables(tmp_path / "mapping.yaml", sources_of(result.suggestion.mapping))
    assert tables.interactions.height == SHAPES[name]
    assert tables.rejections.counts() == {}
    assert tables.events["interaction_id"].n_unique() == SHAPES[name]
    assert read_spec(tmp_path).name.endswith("-risk")


def test_counts_of_a_suggested_import(tmp_path: Path) -> None:
    result = suggest(write(tmp_path, "call_centre"), output=tmp_path / "mapping.yaml")
    tables = import_tables(tmp_path / "mapping.yaml", sources_of(result.suggestion.mapping))
    calls = made_exports.call_centre()["calls"]
    answered = calls.filter(pl.col("Answered (Y/N)") == "Y")
    kinds = dict(tables.events["kind"].value_counts().iter_rows())
    assert kinds["served"] == kinds["closed"] == answered.height
    assert kinds["abandoned"] == calls.height - answered.height
    assert kinds["resolved"] == (calls["Resolved"] == "Y").sum()
    assert tables.feedback is not None
    assert tables.feedback.height == calls["Satisfaction rating"].count()
    waits = tables.events.filter(kind="served").join(tables.interactions, on="interaction_id")
    seconds = (waits["at"] - waits["started_at"]).dt.total_seconds().sum()
    assert seconds == answered["Speed of answer in seconds"].cast(pl.Int64).sum()


def test_files_are_written_once_and_model_yaml_is_left_as_it_is(tmp_path: Path) -> None:
    paths = write(tmp_path, "jira")
    (tmp_path / "model.yaml").write_text("name: mine\n")
    result = suggest(paths, output=tmp_path / "mapping.yaml")
    assert result.files == {"mapping": str(tmp_path / "mapping.yaml")}
    assert (tmp_path / "model.yaml").read_text() == "name: mine\n"
    with pytest.raises(UsageError, match="must be a new file"):
        suggest(paths, output=tmp_path / "mapping.yaml")
    assert suggest(paths).files == {}


def test_parts_of_one_source_are_put_together(tmp_path: Path) -> None:
    rows = made_exports.jira()["jira"]
    rows.head(100).write_csv(tmp_path / "may.csv")
    rows.tail(200).write_csv(tmp_path / "june.csv")
    result = suggest([tmp_path / "may.csv", tmp_path / "june.csv"], output=tmp_path / "mapping.yaml")
    assert sources_of(result.suggestion.mapping) == [str(tmp_path / "may.csv"), str(tmp_path / "june.csv")]
    tables = import_tables(tmp_path / "mapping.yaml", sources_of(result.suggestion.mapping))
    assert tables.interactions.height == 300


def test_a_named_table_keeps_its_name(tmp_path: Path) -> None:
    cases, answers = write(tmp_path, "nps")
    mapping = yaml.safe_load(suggest([cases, f"poll={answers}"]).suggestion.mapping)
    assert mapping["tables"] == {"poll": {"on": {"case_id": "case_id"}}}
    assert mapping["feedback"]["rating"] == "poll.nps"
    with pytest.raises(UsageError, match="must name one table"):
        suggest([f"poll={cases}", f"poll={answers}"])


def test_lines_above_the_header_and_the_array_of_a_json_file(tmp_path: Path) -> None:
    rows = made_exports.jira()["jira"]
    (tmp_path / "report.csv").write_text("Report\nmade in June\n" + rows.write_csv())
    assert yaml.safe_load(suggest(tmp_path / "report.csv").suggestion.mapping)["file"] == {"skip_rows": 2}
    events = [
        {"type": "create", "at": "2025-05-01T10:00:00Z"},
        {"type": "closed", "at": "2025-05-02T10:00:00Z"},
    ]
    tickets = [{**row, "audits": events} for row in rows.to_dicts()]
    content = json.dumps({"data": {"tickets": tickets}, "users": [{"id": 1}]})
    (tmp_path / "tickets.json.gz").write_bytes(gzip.compress(content.encode()))
    mapping = yaml.safe_load(suggest(tmp_path / "tickets.json.gz").suggestion.mapping)
    assert mapping["file"] == {"records": "data.tickets"}
    event = {"from": "audits", "kind": {"column": "type", "values": {"closed": "closed"}}, "at": "at"}
    assert event in mapping["events"]


def test_names_that_context_cannot_list() -> None:
    assert NOT_IN_CONTEXT == RECORD_FIELDS
