"""Scores of many records are computed some at a time, and end when nobody waits for them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from forestall.errors import RecordError
from forestall.model import RiskModel
from forestall.registry import LoadedModel
from forestall.server import scores
from forestall.server.errors import RequestError
from forestall.server.scores import score
from forestall.server.wire_format import ScoringRequest

NEVER = threading.Event()


def request_of(records: Sequence[Any], *, reasons: bool = False) -> ScoringRequest:
    return ScoringRequest(list(records), reasons=reasons, language="en")


@pytest.fixture
def by_seven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "AT_ONCE", 7)


@pytest.mark.usefixtures("by_seven")
@pytest.mark.parametrize("reasons", [False, True])
def test_scores_do_not_depend_on_how_many_are_computed_at_a_time(
    model: LoadedModel, records: list[dict[str, Any]], reasons: bool
) -> None:
    whole = model.risk_model.score_as_lists(records[:60], reasons=reasons)
    assert score(request_of(records[:60], reasons=reasons), model.risk_model, NEVER) == whole


@pytest.mark.usefixtures("by_seven")
def test_an_error_names_the_record_by_its_place_in_the_request(
    model: LoadedModel, records: list[dict[str, Any]]
) -> None:
    for wrong in ({"price": "much"}, {"events": [1]}, {"queue": 1}, {"history": [{"started_at": "noon"}]}):
        rows = [*records[:16], records[16] | wrong, *records[17:25]]
        with pytest.raises(RecordError) as direct:
            model.risk_model.score_as_lists(rows)
        with pytest.raises(RequestError) as caught:
            score(request_of(rows), model.risk_model, NEVER)
        assert caught.value.status == 400
        assert caught.value.message == str(direct.value)
        assert caught.value.message.startswith("record 16: ")


@pytest.mark.usefixtures("by_seven")
def test_work_ends_between_two_parts_when_nobody_waits_any_more(
    model: LoadedModel, records: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_over, n_scored = threading.Event(), list[int]()

    def scored(own: RiskModel, rows: Sequence[Any], **more: Any) -> dict[str, Sequence[Any]]:
        n_scored.append(len(rows))
        if len(n_scored) == 2:  # the time limit comes while the second part is computed
            is_over.set()
        return {}

    monkeypatch.setattr(RiskModel, "score_as_lists", scored)
    with pytest.raises(RequestError) as caught:
        score(request_of(records[:60]), model.risk_model, is_over)
    assert caught.value.status == 504
    assert n_scored == [7, 7]


def test_records_with_long_lists_are_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "ITEMS_AT_ONCE", 10)
    rows = [{"events": [{}] * n, "history": None} for n in (4, 6, 1, 30, 2, 2)]
    parts = [(begin, len(some)) for begin, some in scores._parts(rows)]
    assert parts == [(0, 2), (2, 1), (3, 1), (4, 2)]
