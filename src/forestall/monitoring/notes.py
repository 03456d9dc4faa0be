"""The notes of the monitoring report: what a reader must know besides the figures."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from forestall.monitoring.past_scores import PastScores
from forestall.monitoring.verdict import MIN_NEW
from forestall.registry import LoadedModel


def monitoring_notes(
    model: LoadedModel,
    n_new: int,
    rated: pl.DataFrame,
    past_scores: PastScores | None,
    *,
    is_enough: bool,
    n_incomplete: int,
    others: Sequence[str],
) -> list[str]:
    """Return what a reader must know besides the figures, in sentences.

    Parameters
    ----------
    model
        The monitored model.
    n_new
        The number of new interactions.
    rated
        The new interactions whose outcome counts: `label`.
    past_scores
        The risks of earlier scoring jobs, if they were compared.
    is_enough
        Whether there are enough outcomes to decide.
    n_incomplete
        The outcomes that are left out because their interaction lacks a fact.
    others
        Notes of how the data were chosen.
    """
    notes = [] if is_enough else [_few_outcomes(rated, past_scores, is_drift_checked=n_new >= MIN_NEW)]
    if n_new < MIN_NEW:
        notes.append(
            f"Drift and missing facts are not checked on {n_new:,} new interaction{'s' * (n_new != 1)}: at least "
            f"{MIN_NEW} are needed, because the first few days of any period are not typical of it."
        )
    if model.info.get("experimental"):
        notes.append(
            "The model is experimental: it was trained on few interactions, so its risks are uncertain."
        )
    notes += others
    if n_incomplete:
        notes.append(
            f"{n_incomplete:,} outcomes are left out because their interactions lack a fact: the model then answers "
            "the higher of two risks, which is cautious but not calibrated."
        )
    if rated.height:
        notes.append(_scored_by(past_scores))
    return notes


def _few_outcomes(rated: pl.DataFrame, past_scores: PastScores | None, *, is_drift_checked: bool) -> str:
    n, n_bad = rated.height, int(rated["label"].sum())
    decides = " Drift decides." if is_drift_checked else ""
    if not n:
        return f"No outcome is known yet, so the risks cannot be compared with outcomes.{decides}"
    which = "" if past_scores is None else " that have a score and were on no contact list"
    return (
        f"Only {n:,} outcomes of new interactions{which} are known, {n_bad:,} of them dissatisfied: too few to compare "
        f"the risks with outcomes.{decides}"
    )


def _scored_by(past_scores: PastScores | None) -> str:
    if past_scores is None:
        return "The interactions with a known outcome were scored now, by this version."
    versions = ", ".join(past_scores.versions) or "unknown"
    return f"The outcomes are compared with the risks of earlier scoring jobs (version {versions})."
