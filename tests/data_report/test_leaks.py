"""Likely leaks: columns and kinds that are known too late."""

import numpy as np
import pytest

from forestall.data_report.leaks import likely_leaks
from forestall.model import Spec
from made_records import hourly, made, name_of, starts

SPEC = Spec(name="m", label={"scale": (1, 5), "dissatisfied_at_or_below": 2}, context={"numeric": ["points"]})
N = 600


@pytest.fixture(scope="module")
def records():
    """Every second one is rated; those rated 1 have a code 9, a remark, and an event with the rating."""
    rng = np.random.default_rng(0)
    times = hourly(N)
    rated = [place for place in range(N) if place % 2 == 0]
    bad = {place: bool(rng.random() < 0.3) for place in rated}
    rows = starts(
        *times,
        points=[9.0 if bad.get(place) else 1.0 for place in range(N)],
        noise=rng.normal(size=N).tolist(),
        remark=[
            ("awful wait " if bad[place] else "thanks ") + str(place) if place in bad else None
            for place in range(N)
        ],
        **{
            "Close code": [f"c{place % 3}" if place < 300 else None for place in range(N)],
            "Survey sent": ["x"] * N,
        },
    )
    feedback = [
        (name_of(place), 1.0 if bad[place] else 5.0, times[min(place + 48, N - 1)][:-1] + "Z")
        for place in rated
        if place + 48 < N
    ]
    events = [(name_of(place), time, "arrived") for place, time in enumerate(times)]
    events += [(name_of(place), times[place], "closed") for place in range(300)]
    events += [(key, at, "survey_received") for key, _, at in feedback]
    return made(rows, events, feedback)


def by_name(found):
    return {one.name: one for one in found.leaks}


def test_each_leak_is_found_with_its_reason(records):
    found = likely_leaks(records, SPEC)
    named = by_name(found)
    assert "alone" in named["points"].reasons
    assert named["points"].is_used
    assert named["points"].auc == pytest.approx(1.0)
    assert {"alone", "filled"} <= set(named["remark"].reasons)
    assert named["Close code"].reasons == ["ended", "name"]
    assert named["Survey sent"].reasons == ["name"]
    assert "late" in named["survey_received"].reasons
    assert "noise" not in named
    assert "arrived" not in named


def test_a_used_column_that_tells_the_answer_is_an_error_and_others_are_not(records):
    findings = {one.found.split(" ")[2]: one for one in likely_leaks(records, SPEC).findings}
    assert findings["points"].severity == "error"
    assert findings["points"].line == "never: [points]"
    assert findings["remark"].severity == "warning"
    assert "A model uses it only if" in findings["remark"].means
    assert findings["Close"].line.startswith("known_at: {Close code: closed}")


def test_states_of_a_country_are_not_known_late():
    found = likely_leaks(made(starts(*hourly(3), State="CA", state="closed")), None)
    assert set(by_name(found)) == {"state"}


def test_words_of_customers_are_not_repeated(records):
    text = repr(likely_leaks(records, SPEC))
    assert "awful" not in text
    assert "thanks" not in text


def test_a_column_with_a_time_from_which_it_is_known_is_no_error(records):
    rows = records.tables
    rows.about["known_at"] = {"points": "closed", "Close code": "closed"}
    try:
        found = likely_leaks(records, SPEC)
        assert by_name(found)["points"].known_at == "closed"
        assert all(one.severity != "error" for one in found.findings)
        assert "Close code" not in by_name(found)
    finally:
        rows.about["known_at"] = {}


def test_without_a_model_the_lower_ratings_are_compared(records):
    found = likely_leaks(records, None)
    assert found.dissatisfied == "a rating of 1 or less"
    assert "alone" in by_name(found)["points"].reasons
    assert not by_name(found)["points"].is_used


def test_records_without_ratings_have_only_names_to_look_at():
    found = likely_leaks(made(starts(*hourly(3), csat="x")), None)
    assert [one.reasons for one in found.leaks] == [["name"]]
    assert found.findings[0].line == "never: [csat]"
