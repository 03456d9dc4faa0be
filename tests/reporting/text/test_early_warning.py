"""Sentences on early warning."""

import math
from types import SimpleNamespace

from forestall.reporting.text import early_warning

COMPLAINTS = SimpleNamespace(
    outcome="complaint",
    n=91,
    share=0.32,
    share_low=0.23,
    share_high=0.42,
    hour_share=0.31,
    lead_median_s=7200.0,
    bound_hour_share=0.35,
)


def evaluation_with(**earliness):
    return SimpleNamespace(earliness=SimpleNamespace(**{"notes": [], "capacity_share": 0.1, **earliness}))


def point(name, auc, lift_share=math.nan, bound_auc=math.nan):
    return SimpleNamespace(name=name, auc=auc, lift_share=lift_share, bound_auc=bound_auc)


def test_an_outcome_is_given_with_its_interval_lead_time_and_bound():
    assert early_warning.flagged_before(COMPLAINTS) == (
        "32\u00a0% (23\u00a0% to 42\u00a0%) of 91 complaints came from customers who had been flagged before; the "
        "median lead time is 2 hours, and 31\u00a0% of all complaints were flagged at least an hour before (35\u00a0% "
        "by the true risk)."
    )


def test_lead_times_in_short_name_each_outcome_once():
    found = evaluation_with(foreseen=[COMPLAINTS], notes=["Ratings have no time of day."])
    assert early_warning.lead_times_in_short(found) == (
        "Contacting 10\u00a0% of each day's customers comes before 32\u00a0% of the complaints (median lead time "
        "2 hours). Ratings have no time of day."
    )
    assert early_warning.lead_times_in_short(evaluation_with(foreseen=[])) == ""


def test_stages_are_given_from_the_first_to_the_last_and_at_service():
    stages = [
        point("arrived", 0.6),
        point("issue_raised", math.nan),
        point("served", 0.7, 0.8),
        point("closed", 0.8),
    ]
    assert early_warning.auc_at_stages(evaluation_with(stages=stages)) == (
        "At the stage “arrived” the AUC is 0.60; at “closed” it is 0.80. When service begins, the model achieves "
        "80\u00a0% of the improvement over random ranking that is possible at that time."
    )
    assert early_warning.auc_at_stages(evaluation_with(stages=[])) == (
        "No stage has enough interactions to compute an AUC."
    )


def test_the_upper_bound_is_explained_only_for_simulated_data():
    assert early_warning.upper_bound(evaluation_with(stages=[point("served", 0.7)])) == ""
    assert "upper bound" in early_warning.upper_bound(
        evaluation_with(stages=[point("served", 0.7, 0.8, 0.75)])
    )


def test_stability_counts_changes_across_the_threshold():
    steps = SimpleNamespace(change=0.021, flip_share=0.03, back_share=0.04, alarm=0.25)
    text = early_warning.stability(evaluation_with(steadiness=steps))
    assert "changes by 2.1 percentage points" in text
    assert "alert threshold (risk 25\u00a0%)" in text
