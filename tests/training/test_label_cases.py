"""Exports whose labels once came out wrong: each is made, imported, and its labels counted."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import forestall
from companies import chance_complaints
from forestall.data import Tables
from forestall.model.spec import Spec
from forestall.training.labelled_moments import asks_to_draw, labelled_moments

Labelled = tuple[Tables, pl.DataFrame, dict[str, int]]
BEGIN = datetime(2025, 1, 1)
ESCALATED = {"name": "es", "label": {"event": "escalated", "horizon_days": 7}}
CHURNED = {"name": "cn", "label": {"event": "churned"}, "moments": {"per_interaction": 1}}
COMPLAINED = {"name": "co", "label": {"event": "complained", "horizon_days": 30}}

ONLY_START = """
interactions: {interaction_id: id, started_at: opened, venue: store}
events:
  - {kind: issue_raised, at: opened, actor: customer}
  - {kind: escalated, at: escalated, actor: staff}
"""
NO_CLOCK = """
clock: none
interactions: {interaction_id: id, product: plan}
events:
  - {kind: issue_raised, at: {after: started_at}, actor: customer}
  - {kind: churned, at: {after: started_at, days: 1}, actor: customer, when: churned}
  - {kind: noted, at: {after: started_at, days: 2}, actor: staff}
"""
SOLVED = """
interactions: {interaction_id: id, started_at: opened}
events:
  - {kind: issue_raised, at: opened, actor: customer}
  - {kind: resolved, at: solved, actor: staff}
  - {kind: complained, at: complained, actor: customer}
"""
CLOSED = f"{SOLVED}  - {{kind: closed, at: solved, actor: staff}}\n"


def labelled(
    folder: Path, mapping: str, columns: dict[str, list[object]], spec: dict[str, object]
) -> Labelled:
    """Import rows, and return the tables, the labelled moments and the counts."""
    (folder / "mapping.yaml").write_text(mapping)
    pl.DataFrame(columns).write_csv(folder / "rows.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    tables = forestall.import_records(folder / "mapping.yaml", [folder / "rows.csv"])
    return tables, *labelled_moments(tables, Spec.model_validate(spec))


def test_an_interaction_of_one_instant_is_judged_like_any_other(tmp_path):
    """Tickets that are opened and perhaps escalated, with nothing else: all count, not the escalated alone."""
    rng = random.Random(4)
    opened = [BEGIN + timedelta(hours=1.5 * i) for i in range(1500)]
    escalated = [at + timedelta(hours=rng.uniform(1, 30)) if rng.random() < 0.2 else None for at in opened]
    columns = {"id": list(range(1500)), "store": list("abc") * 500, "opened": opened, "escalated": escalated}
    tables, moments, counts = labelled(tmp_path, ONLY_START, columns, ESCALATED)
    assert not asks_to_draw(tables, Spec.model_validate(ESCALATED).label)
    assert counts["past"] == 0
    assert counts["labelled"] + counts["undecided"] == 1500
    assert moments["as_of"].equals(moments["started_at"], check_names=False)
    assert moments["label"].mean() == pytest.approx(0.2, abs=0.02)


def test_without_a_clock_every_row_is_labelled_by_its_final_state(tmp_path):
    rng = random.Random(4)
    churned = [int(rng.random() < 0.2) for _ in range(1000)]
    columns = {"id": list(range(1000)), "plan": list("abcde") * 200, "churned": churned}
    _, moments, counts = labelled(tmp_path, NO_CLOCK, columns, CHURNED)
    assert counts == {
        "labelled": 1000,
        "dissatisfied": sum(churned),
        "censored": 0,
        "undecided": 0,
        "past": 0,
    }
    assert moments.sort(pl.col("interaction_id").cast(pl.Int64))["label"].to_list() == churned


def complaints(seed: int, never: int | None = None) -> dict[str, list[object]]:
    """Return tickets that are solved within two days; one in ten complains days later, by chance alone."""
    rng = random.Random(seed)
    opened = [BEGIN + timedelta(hours=1.5 * i) for i in range(1500)]
    solved = [at + timedelta(hours=rng.uniform(1, 48)) for at in opened]
    complained = [at + timedelta(days=rng.uniform(3, 10)) if rng.random() < 0.1 else None for at in solved]
    if never is not None:
        solved[never] = datetime(9999, 12, 31)
    return {"id": list(range(1500)), "opened": opened, "solved": solved, "complained": complained}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_event_itself_is_not_the_end(tmp_path, seed):
    """With or without a closing, all are judged when they were solved."""
    found = []
    for mapping in (SOLVED, CLOSED):
        _, moments, counts = labelled(tmp_path, mapping, complaints(seed), COMPLAINED)
        found.append((counts, moments.filter("is_last").select("interaction_id", "as_of", "label").rows()))
    assert found[0][1] == found[1][1]
    assert found[0][0]["undecided"] == found[1][0]["undecided"] > 100


def test_an_end_that_stands_for_never_changes_no_other_label(tmp_path):
    columns = complaints(3)
    without = {**columns, "solved": [None if i == 17 else at for i, at in enumerate(columns["solved"])]}
    _, expected, expected_counts = labelled(tmp_path, CLOSED, without, COMPLAINED)
    tables, moments, counts = labelled(tmp_path, CLOSED, complaints(3, never=17), COMPLAINED)
    assert tables.rejections.counts() == {"events": {"after_export": 2}}
    assert counts == expected_counts
    assert moments.equals(expected)


@pytest.mark.parametrize("is_closed", [False, True])
def test_an_event_at_which_the_records_stop_is_not_revealed_by_the_end(is_closed):
    """Complaints come by chance: no number of events before the moment tells who will complain."""
    tables = chance_complaints(1, is_closed=is_closed)
    spec = Spec.model_validate(COMPLAINED)
    moments, _ = labelled_moments(tables, spec)
    evaluated = moments.filter("is_last").join(tables.events, on="interaction_id", how="left")
    is_before = (pl.col("at") <= pl.col("as_of")).fill_null(False)
    states = evaluated.group_by("interaction_id", "label").agg(n=is_before.sum())
    shares = states.group_by("n").agg(pl.len(), pl.col("label").mean()).filter(pl.col("len") > 50)
    assert shares["label"].max() < 0.4


def _sentinel(counts: dict[str, int], moments: pl.DataFrame) -> None:
    assert counts["undecided"] == 193
    last = moments.filter("is_last").sort("started_at")
    assert last.tail(140)["label"].mean() == pytest.approx(0.22, abs=0.03)


def _only_start(counts: dict[str, int], moments: pl.DataFrame) -> None:
    assert counts["labelled"] + counts["undecided"] == 3000
    assert moments["label"].mean() == pytest.approx(0.17, abs=0.01)


def _no_clock(counts: dict[str, int], moments: pl.DataFrame) -> None:
    assert counts["labelled"] == 3000


def _no_close(counts: dict[str, int], moments: pl.DataFrame) -> None:
    assert moments.filter("is_last")["label"].mean() == pytest.approx(0.1, abs=0.01)


CASES: list[tuple[str, str, list[str], Callable[[dict[str, int], pl.DataFrame], None]]] = [
    ("event_label_only_start", "mapping.yaml", [], _only_start),
    ("event_label_clock_none", "mapping.yaml", [], _no_clock),
    ("event_label_no_close", "mapping.yaml", ["2"], _no_close),
    ("event_label_no_close", "mapping_closed.yaml", ["2"], _no_close),
    ("sentinel_end", "mapping.yaml", ["X"], _sentinel),
]


@pytest.mark.parametrize(("case", "mapping", "words", "check"), CASES)
def test_the_shared_cases(tmp_path, case, mapping, words, check):
    """The same kinds as above, as others made them, where their folder is."""
    folder = Path(os.environ.get("FORESTALL_DATA", "data")).parent / "cases" / "labels" / case
    if not folder.is_dir():
        pytest.skip("there is no folder cases/labels beside FORESTALL_DATA")
    subprocess.run([sys.executable, folder / "make.py", tmp_path / "rows.csv", *words], check=True)
    tables = forestall.import_records(folder / mapping, [tmp_path / "rows.csv"])
    moments, counts = labelled_moments(tables, forestall.read_spec(folder))
    check(counts, moments)
