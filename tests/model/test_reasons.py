"""Reasons in words."""

import numpy as np
import polars as pl
import pytest

from forestall.model.reason_texts import read_messages
from forestall.model.reasons import family_sums, feature_text, lost_feature_text, strongest_reasons
from forestall.moment_features import FAMILIES

ENGLISH = read_messages("en")
FEATURES = {family.column(one): (family.name, one) for family in FAMILIES for one in family.features}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (250, "4 min 10 s"), (3600, "1 h"), (5400, "1 h 30 min"),
     (47 * 3600, "47 h"), (3 * 86_400 + 7200, "3 d 2 h"), (-250, "-4 min 10 s"), (1234 * 86_400, "1,234 d")],
)  # fmt: skip
def test_a_duration_is_written_in_its_two_largest_units(seconds, said):
    assert ENGLISH.duration(seconds) == said


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("service_wait_s", 250.0, "waited 4 min 10 s to be served, the standard is 90 s"),
        ("resolution_resolved", 0.0, "resolved: no"),
        ("resolution_transfer_n", 1.0, "transferred 1 time"),
        ("resolution_transfer_n", 2.0, "transferred 2 times"),
        ("resolution_by_manager", 1.0, "a manager took part"),
        ("resolution_by_manager", 0.0, "a manager took part: no"),
        ("expectation_wait_vs_venue", float(np.log(2.5)), "the wait is 2.5 times the usual at this venue"),
        ("service_start_hour", 9.5, "arrived at 09:30 UTC"),
        ("expectation_venue", "Leeds", "at Leeds"),
        ("quality_age_days", 3.0, "the product is 3 d old"),
        ("history_rated_share", 0.25, "rates 25% of the interactions"),
        ("history_rated_share", 1.0, "rates 100% of the interactions"),
        ("greeting_in_language_share", 0.0, "0% of the words in the customer's language"),
    ],
)
def test_the_text_of_a_feature(column, value, said):
    assert feature_text(column, FEATURES[column][1], value, 90.0, ENGLISH) == said


def test_the_text_of_a_lost_feature_has_no_value():
    said = lost_feature_text("service_wait_s", FEATURES["service_wait_s"][1], 90.0, ENGLISH)
    assert said == ("not known: waited … to be served, the standard is 90 s; the higher of two risks counts")


def test_the_strongest_reasons_come_first_and_none_lowers_the_risk():
    some = {name: FEATURES[name] for name in ("service_wait_s", "resolution_resolved", "history_contact_n")}
    frame = pl.DataFrame(
        {"service_wait_s": [250.0], "resolution_resolved": [0.0], "history_contact_n": [4.0]}
    )
    told = strongest_reasons(np.array([[0.2, 0.5, -0.1, -1.0]]), frame, np.array([60.0]), some, ENGLISH)
    assert [one["feature"] for one in told[0]] == ["resolution_resolved", "service_wait_s"]
    assert told[0][1]["text"] == "waited 4 min 10 s to be served, the standard is 60 s"


def test_contributions_of_a_family_are_summed():
    service = FAMILIES[0]
    n = len(service.features)
    sums = family_sums(np.full((2, n + 1), 2.0), [service], ("service", "quality"))
    assert sums["contribution_service"].tolist() == [2.0 * n] * 2
    assert sums["contribution_quality"].tolist() == [0.0, 0.0]
    assert sums["contribution_base"].tolist() == [2.0, 2.0]


def test_a_missing_value_is_no_reason():
    """That a first customer has no last rating may raise the risk, but names nothing that can be put right."""
    some = {name: FEATURES[name] for name in ("history_rating_last", "service_wait_s")}
    frame = pl.DataFrame(
        {"history_rating_last": [None], "service_wait_s": [250.0]}, schema=dict.fromkeys(some, pl.Float64)
    )
    told = strongest_reasons(np.array([[0.9, 0.2, -1.0]]), frame, np.array([60.0]), some, ENGLISH)
    assert [one["feature"] for one in told[0]] == ["service_wait_s"]


@pytest.mark.parametrize("column", ["greeting_greet_s", "greeting_greet_ratio", "resolution_response_s",
                                    "resolution_response_ratio", "resolution_attended_s"])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "af", "da"])
def test_the_text_of_a_time_that_may_still_run_does_not_say_that_it_ended(column, language):
    """A customer who was never greeted has waited for a greeting, but was not greeted after that time."""
    said = feature_text(column, FEATURES[column][1], 4.0, 90.0, read_messages(language))
    over = {"en": ("greeted after", "response after", "until"), "af": ("gegroet ná", "antwoord ná"),
            "da": ("velkommen efter", "svar efter")}[language]  # fmt: skip
    assert not any(word in said for word in over)
