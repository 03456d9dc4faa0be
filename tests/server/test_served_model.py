"""The served model is ready for many rows before the first request."""

from __future__ import annotations

import pytest

import forestall
from forestall.model import many_rows
from forestall.model import tree_contributions as module
from forestall.server.served_model import ServedModel
from workshop import Work


def test_its_trees_are_read_for_compiled_loops_once_these_are_compiled(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = forestall.load(work.champion, tracking_uri=work.tracking_uri)
    booster = model.risk_model.estimator.booster_
    served = ServedModel.of(model)
    monkeypatch.setattr(many_rows, "_done", set())
    monkeypatch.setattr(module, "_paths", {})
    served.warm()
    assert booster not in module._paths  # a process that compiles nothing does not need them
    many_rows.compile_ahead()
    served.warm()
    assert booster in module._paths
