"""Stages: how far an interaction has come at a moment."""

from __future__ import annotations

from forestall.moment_features.shared_terms import ENDED, IS_RESOLVED, has_happened
from forestall.moment_features.terms import case

STAGES = ("arrived", "greeted", "served", "issue_raised", "responded", "resolved", "closed")

STAGE = case(
    (ENDED.is_known(), "closed"),
    (IS_RESOLVED, "resolved"),
    (has_happened("responded"), "responded"),
    (has_happened("issue_raised"), "issue_raised"),
    (has_happened("served"), "served"),
    (has_happened("greeted"), "greeted"),
    otherwise="arrived",
)
