"""Reasons in words."""

import numpy as np
import polars as pl
import pytest

from forestall.features import FAMILIES
from forestall.model.reasons import duration, family_sums, in_words, reasons

FEATURES = {family.column(one): (family.name, one) for family in FAMILIES for one in family.features}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (250, "4 min 10 s"), (3600, "1 h"), (5400, "1 h 30 min"),
     (47 * 3600, "47 h"), (3 * 86_400 + 7200, "3 d 2 h"), (-250, "-4 min 10 s")],
)  # fmt: skip
def test_a_duration_is_said_in_its_two_largest_units(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("service_wait_s", 250.0, "waited 4 min 10 s to be served, the standard is 90 s"),
        ("resolution_resolved", 0.0, "resolved: no"),
        ("resolution_transfer_n", 2.0, "transferred 2 times"),
        ("expectation_venue", "Leeds", "at Leeds"),
        ("quality_age_days", 3.0, "the product is 3 d old"),
        ("history_rated_share", 0.25, "rates 25% of the interactions"),
        ("history_rating_last", None, "Rating of the last interaction rated: not known"),
    ],
)
def test_a_feature_is_said_in_words(column, value, said):
    assert in_words(FEATURES[column][1], value, 90.0) == said


def test_every_feature_can_be_said():
    for _, feature in FEATURES.values():
        text = in_words(feature, "x" if feature.is_category else 1.5, 90.0)
        assert text
        assert "{" not in text


def test_the_strongest_come_first_and_none_that_lowers_the_risk():
    some = {name: FEATURES[name] for name in ("service_wait_s", "resolution_resolved", "history_contact_n")}
    frame = pl.DataFrame(
        {"service_wait_s": [250.0], "resolution_resolved": [0.0], "history_contact_n": [4.0]}
    )
    told = reasons(np.array([[0.2, 0.5, -0.1, -1.0]]), frame, np.array([60.0]), some)
    assert [one["feature"] for one in told[0]] == ["resolution_resolved", "service_wait_s"]
    assert told[0][1]["text"] == "waited 4 min 10 s to be served, the standard is 60 s"


def test_contributions_of_a_family_are_summed():
    service = FAMILIES[0]
    n = len(service.features)
    sums = family_sums(np.full((2, n + 1), 2.0), [service], ("service", "quality"))
    assert sums["contribution_service"].tolist() == [2.0 * n] * 2
    assert sums["contribution_quality"].tolist() == [0.0, 0.0]
    assert sums["contribution_base"].tolist() == [2.0, 2.0]
