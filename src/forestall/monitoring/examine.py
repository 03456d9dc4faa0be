"""The examination of a model in use: drift, observed and expected outcomes, and missing facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from forestall.assessment.drivers import ExplainedMoments, by_family
from forestall.assessment.run_content import label_in_words
from forestall.evaluation.metrics.binning import Points, risk_histogram
from forestall.evaluation.metrics.expected import expected_figures, sampling_noise
from forestall.evaluation.questions.drift import Drift, drift, family_shifts
from forestall.model import RiskModel
from forestall.monitoring.cohorts import (
    choose_cohorts,
    has_clock,
    mature_outcomes,
)
from forestall.monitoring.missing_facts import Fact, find_lost_facts
from forestall.monitoring.monitored_records import MonitoredRecords
from forestall.monitoring.notes import monitoring_notes
from forestall.monitoring.outcomes import contact_list_figures, labelled_outcomes, outcome_figures
from forestall.monitoring.past_scores import PastScores
from forestall.monitoring.result import DataSummary, Monitoring
from forestall.monitoring.scored_cohort import ScoredInteractions, score_cohort
from forestall.monitoring.verdict import (
    MIN_NEW,
    Evidence,
    has_enough_outcomes,
    lost_fact_checks,
    monitoring_checks,
)
from forestall.registry import LoadedModel
from forestall.statistics import Floats, logit
from forestall.training.segments import groups_learnt

_N_BARS = 25


def examine(
    model: LoadedModel,
    before: MonitoredRecords,
    now: MonitoredRecords,
    past_scores: PastScores | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> Monitoring:
    """Compare the data of today with a reference: drift, observed and expected outcomes, and missing facts.

    Parameters
    ----------
    model
        The model.
    before, now
        The records of the reference (a time when the model was right), and those of today.
    past_scores
        The risks of earlier scoring jobs; by default the model scores the labelled interactions now.
    progress
        Called with a description of each step.

    Raises
    ------
    InputError
        There is no new interaction, or the model abstains from all of them.
    """
    spec = model.spec
    cohorts = choose_cohorts(before, now, spec.seed, spec.label.event)
    progress("scoring the reference and the new interactions")
    scored = (
        score_cohort(before, model.risk_model, "reference", cohorts.reference),
        score_cohort(now, model.risk_model, "current", cohorts.current),
    )
    progress("measuring drift, and comparing observed with expected outcomes")
    labelled = labelled_outcomes(model.risk_model, now, cohorts, past_scores)
    mature, *notes = mature_outcomes(labelled, before, now, spec.label)
    reference, current = (_data_summary(one, spec.seed, has_clock(before, now)) for one in scored)
    lost_facts = []
    if current.n >= MIN_NEW:
        lost_facts = find_lost_facts(*(one.facts for one in scored))
    counted = _without_missing_facts(mature, reference, current, lost_facts)
    rated, listed = counted.filter(~pl.col("is_listed")), counted.filter("is_listed")
    evidence = _evidence(model.risk_model, scored, (reference, current), rated, lost_facts)
    is_enough = has_enough_outcomes(rated, spec.gate)
    return Monitoring(
        model_name=model.name, model_version=model.version or "", label=label_in_words(spec.label),
        reference=reference, current=current,
        outcome=outcome_figures(rated, spec.seed), listed=contact_list_figures(listed),
        is_decided_by_ratings=is_enough, checks=monitoring_checks(evidence, spec.gate, spec.seed),
        drift=evidence.drift, spread=_risk_distribution(*(one.risk for one in scored)), unknown=evidence.unknown,
        notes=monitoring_notes(
            model, current.n, rated, past_scores, is_enough=is_enough,
            n_incomplete=mature.height - counted.height, others=[*cohorts.notes, *filter(None, notes)],
        ),
    )  # fmt: skip


def _without_missing_facts(
    outcomes: pl.DataFrame, reference: DataSummary, current: DataSummary, lost_facts: Sequence[Fact]
) -> pl.DataFrame:
    """Return the outcomes that count: if facts are lost, only those of interactions without missing facts.

    Without a fact the model returns the higher of two risks, which is cautious but not calibrated.
    """
    checks = lost_fact_checks(current.n, reference.quality, current.quality, lost_facts)
    is_complete = all(check.passed for check in checks)
    return outcomes if is_complete else outcomes.filter(pl.col("data_quality") == "ok")


def _evidence(
    model: RiskModel,
    scored: Sequence[ScoredInteractions],
    summaries: tuple[DataSummary, DataSummary],
    rated: pl.DataFrame,
    lost_facts: Sequence[Fact],
) -> Evidence:
    """Return the figures that the checks compare; `scored` and `summaries` are of the reference and of today."""
    (old, new), (reference, current) = scored, summaries
    return Evidence(
        rated=rated,
        n_now=current.n,
        chance=sampling_noise(old.risk, len(new.risk), seed=model.spec.seed),
        promised_before=reference.promised["auc"].mean,
        promised_now=current.promised["auc"].mean,
        drift=_drift(model, old.explained, new.explained),
        risk_moved=_risk_change(old.risk, new.risk),
        unknown=_unknown_shares(model, new.rows),
        quality_before=reference.quality,
        quality_now=current.quality,
        lost_facts=lost_facts,
    )


def _data_summary(scored: ScoredInteractions, seed: int, is_timed: bool) -> DataSummary:
    """Return the summary of a cohort; `is_timed` is whether its times are real times."""
    starts = scored.rows["started_at"].dt.to_string("iso:strict")
    return DataSummary(
        n=scored.rows.height,
        begins=str(starts.min()) if is_timed else "",
        ends=str(starts.max()) if is_timed else "",
        mean_risk=float(scored.risk.mean()),
        promised=expected_figures(scored.risk, seed=seed),
        bands=_shares(scored.rows["risk_band"].drop_nulls()),
        quality=_shares(scored.rows["data_quality"]),
    )


def _shares(names: pl.Series) -> dict[str, float]:
    counts = names.value_counts(normalize=True, name="share").sort(names.name)
    return dict(counts.iter_rows())


def _drift(model: RiskModel, before: ExplainedMoments, now: ExplainedMoments) -> Drift:
    """Return the drift of each feature and of each family."""
    columns = {
        name: (family, feature.description, feature.is_category)
        for name, (family, feature) in model.columns.items()
    }
    old, new = ((one.matrix, one.contributions[:, :-1]) for one in (before, now))
    shifts = family_shifts(by_family(before), by_family(now), model.spec.seed)
    return Drift(drift(old, new, columns), shifts)


def _risk_change(before: Floats, now: Floats) -> float:
    """Return the change of the mean log-odds, in standard deviations of the reference."""
    old, new = (logit(np.clip(risk, 1e-6, 1 - 1e-6)) for risk in (before, now))
    spread = float(old.std())
    return float(new.mean() - old.mean()) / spread if spread else 0.0


def _unknown_shares(model: RiskModel, rows: pl.DataFrame) -> dict[str, float]:
    """Return by column the share of the interactions with a value that was not in the training data; null is known."""
    return {
        name: float((~rows[name].is_in(known) & rows[name].is_not_null()).mean())  # type: ignore[arg-type]
        for name, known in groups_learnt(model).items()
    }


def _risk_distribution(before: Floats, now: Floats) -> Points:
    """Return the histograms of the risk in the reference and today."""
    is_now = np.arange(len(before) + len(now)) >= len(before)
    groups = {"before": ~is_now, "now": is_now}
    return risk_histogram(np.append(before, now), groups, _N_BARS, top_step=None)
