"""Coverage: which features are known, over time, and what those that are never known lack."""

import pytest

from forestall.data_report.coverage import Change, coverage
from forestall.model import Spec
from forestall.moment_features import FAMILIES
from made_records import hourly, made, name_of, starts

LABEL = {"scale": (1, 5), "dissatisfied_at_or_below": 2}


def family(answer, name):
    return next(one for one in answer.families if one.family == name)


def test_a_feature_without_its_fact_is_never_known_and_the_fact_is_named():
    events = [(name_of(place), time, "arrived", "customer") for place, time in enumerate(hourly(4))]
    found = coverage(made(starts(*hourly(4)), events), FAMILIES, None)
    history = family(found, "history")
    assert "history_contact_n" in history.never
    assert history.missing["column customer_id"] >= 15
    assert "history_is_known" not in history.never
    quality = family(found, "quality")
    assert "quality_defect_n" in quality.never
    assert "kind defect" in quality.missing
    assert family(found, "greeting").missing["texts of staff"] == 11
    (finding,) = [one for one in found.findings if "never known" in one.found]
    assert "quality 22 of 22" in finding.found
    assert finding.severity == "warning"
    assert "they lack kind resolved (28)" in finding.means
    assert finding.line == "events: [{kind: resolved, at: …}]"


def test_the_share_known_is_that_of_the_features():
    rows = starts(*hourly(4), price=[10.0, None, None, None])
    events = [(name_of(place), time, "arrived", "customer") for place, time in enumerate(hourly(4))]
    quality = next(one for one in FAMILIES if one.name == "quality")
    found = family(coverage(made(rows, events), [quality], None), "quality")
    assert "quality_price" not in found.never
    assert found.known == pytest.approx((4 - 3) / 4 / 22)  # the price, of one interaction of four


def test_a_column_and_a_kind_that_begin_late_are_found():
    times = hourly(24 * 15)
    prices = [None] * 200 + [5.0] * 160
    events = [(name_of(place), time, "arrived") for place, time in enumerate(times)]
    events += [(name_of(place), times[place], "greeted") for place in range(200, 360)]
    found = coverage(made(starts(*times, price=prices), events), FAMILIES, None)
    assert found.changes == [
        Change("the column price", "2024-01-09", "", 1.0),
        Change("the kind greeted", "2024-01-09", "", 1.0),
    ]
    assert (
        "The kind greeted begins with 2024-01-09; where it is recorded, 100\u00a0%"
        in found.findings[-2].found
    )


def test_a_kind_that_comes_late_in_an_interaction_does_not_end_early():
    times = hourly(24 * 15)
    # each is closed five days later; those of the last five days are not closed yet
    events = [(name_of(place), times[place + 120], "closed") for place in range(240)]
    assert coverage(made(starts(*times), events), FAMILIES, None).changes == []


def test_a_column_of_the_model_that_is_missing_is_an_error():
    spec = Spec(name="m", label=LABEL, context={"categorical": ["Priority"], "numeric": []})
    found = coverage(made(starts(*hourly(3))), FAMILIES, spec)
    assert found.findings[0].severity == "error"
    assert found.findings[0].line == "keep: [Priority]"
