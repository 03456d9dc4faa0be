"""The limits of a request, and the quick check for long texts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.server.errors import RequestError
from forestall.server.limits import may_hold_long_text
from forestall.server.settings import Settings
from forestall.server.wire_format import read_request

SETTINGS = Settings(model_uri="models:/a/1", max_records=3, max_events=4, max_text=60, max_work=9)
SECRET = "Jane-Doe-4711"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"dataframe_records": [{"interaction_id": "a"}] * 4}, "may hold 3 records; this one has 4"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1]] * 4}}, "may hold 3 records"),
        (
            {"dataframe_records": [{"interaction_id": "a", "events": [{}] * 5}]},
            "record 0: events may have 4 items",
        ),
        ({"dataframe_records": [{"interaction_id": "a", "history": [{}] * 5}]}, "record 0: history may have"),
        ({"dataframe_records": [{"interaction_id": "a", SECRET: "x" * 61}]}, "record 0: a text of a field"),
        (
            {"dataframe_records": [{"interaction_id": "a", "events": [{"text": SECRET * 5}]}]},
            "record 0: a text of events, or a key in it, may have 60 characters",
        ),
        (
            {"dataframe_records": [{"interaction_id": "a", "venue": '"\\' * 31}]},
            "a text of a field, or a key in it, may have 60",
        ),
        (
            {"dataframe_records": [{"interaction_id": "a", "events": json.dumps([{"text": "x" * 61}])}]},
            "a text of events, or a key in it, may have 60",
        ),
        ({"dataframe_records": [{"interaction_id": "a", SECRET * 5: 1}]}, "record 0: a key may have 60"),
        (
            {"dataframe_records": [{"interaction_id": "a", "own": [[{"b": {SECRET * 5: 1}}]]}]},
            "record 0: a text of a field, or a key in it, may have 60",
        ),
        ({"dataframe_records": [{"interaction_id": "a"}], SECRET * 5: 1}, "beside the records may have 60"),
        (
            {"dataframe_records": [{"interaction_id": "a", "events": [{}] * 3, "history": [{}] * 2}] * 2},
            "may have 9 events, earlier interactions and ratings together; these have 10",
        ),
    ],
)
def test_what_exceeds_a_limit_is_refused(content: Any, says: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_request(json.dumps(content).encode(), SETTINGS)
    assert caught.value.status == 422
    assert says in caught.value.message
    assert SECRET not in caught.value.message


_TEXTS = st.text(max_size=40) | st.text('"\\/é😀a', max_size=40)
_JSON = st.recursive(
    st.none() | st.floats() | _TEXTS, lambda one: st.lists(one) | st.dictionaries(_TEXTS, one), max_leaves=12
)


def longest_text(content: Any) -> int:
    if isinstance(content, str):
        return len(content)
    inside = [*content, *content.values()] if isinstance(content, dict) else content
    return max(map(longest_text, inside), default=0) if isinstance(inside, list) else 0


@given(content=_JSON, is_ascii=st.booleans(), longest=st.integers(1, 30))
def test_no_long_text_is_missed(content: Any, is_ascii: bool, longest: int) -> None:
    body = json.dumps(content, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    assert may_hold_long_text(body, longest) or longest_text(content) <= longest


def test_texts_that_are_short_need_not_be_measured() -> None:
    body = json.dumps([{"interaction_id": "a", "text": "x" * 50}] * 20).encode()
    assert not may_hold_long_text(body, 50)
    assert may_hold_long_text(body, 49)
