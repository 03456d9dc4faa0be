"""The description of the served model."""

from __future__ import annotations

import polars as pl
from servers import Server

import forestall
from forestall.registry import LoadedModel
from workshop import Work


def test_the_model_is_described(server: Server, model: LoadedModel, work: Work) -> None:
    answer = server.get("/model").json
    assert (answer["name"], answer["version"], answer["alias"]) == ("quick-risk", "1", None)
    assert answer["run_id"] == work.report.run_id
    label = {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30, "target": "newest"}
    assert answer["label"] == label
    assert answer["standards"]["default"] == 90
    assert answer["calendars"] == {}
    assert [one["name"] for one in answer["features"]] == list(model.risk_model.columns)
    always = forestall.dictionary().filter(pl.col("needs").is_null())
    always = always.filter(pl.col("column") != "service_staff")  # only if the model asks for it
    described = dict(always.select("column", "description").iter_rows())
    assert {one["name"]: one["description"] for one in answer["features"]} == described
    assert (
        answer["data_window"]["train_from"]
        < answer["data_window"]["train_until"]
        < answer["data_window"]["test_until"]
    )
    assert 0.5 < answer["metrics"]["auc"] < 1
    assert len(answer["schema_hash"]) == 64
