"""A model held to what it promised: the figures of now beside those of the reference, and what is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.assessment.drivers import ExplainedMoments, by_family, explain_moments
from forestall.assessment.run_content import label_in_words
from forestall.data import Tables
from forestall.errors import InputError
from forestall.evaluation.metrics.binning import Points, risk_histogram
from forestall.evaluation.metrics.bootstrap import bootstrap_intervals
from forestall.evaluation.metrics.calibration import reliability_points
from forestall.evaluation.metrics.expected import expected_figures, sampling_noise
from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.evaluation.questions.drift import Drift, drift, family_shifts
from forestall.model import RiskModel
from forestall.model.prepared_tables import PreparedTables
from forestall.moments import default_moments, label_moments, until_label
from forestall.moments.seeded_draws import draw_rows
from forestall.monitoring.cohorts import MOST_INTERACTIONS, Compared, answered, comparable, has_clock
from forestall.monitoring.missing_facts import Fact, vanished
from forestall.monitoring.notes import monitoring_notes
from forestall.monitoring.past_scores import Acted, come_true
from forestall.monitoring.result import DataSummary, Listed, Monitoring, Outcome
from forestall.monitoring.verdict import (
    MIN_NEW,
    Evidence,
    has_enough_outcomes,
    lost_fact_checks,
    monitoring_checks,
)
from forestall.registry import LoadedModel
from forestall.statistics import Floats, logit
from forestall.training.labelled_moments import IS_DRAWN, asks_to_draw, labelled_moments
from forestall.training.segments import groups_learnt, segments_of

MOST_EXPLAINED = 3000  # contributions are slow; a distance of 0.05 is beyond chance by then
_N_BARS = 25


@dataclass(frozen=True)
class Seen:
    """The interactions of a data folder as the model sees them, each at its last moment; the risks of those scored."""

    rows: pl.DataFrame
    risk: Floats
    explained: ExplainedMoments


def examine(
    model: LoadedModel,
    before: Tables,
    now: Tables,
    acted: Acted | None = None,
    tell: Callable[[str], None] = lambda step: None,
) -> Monitoring:
    """Return the monitoring of a model: drift, outcomes against risks, missing facts, and what is due.

    Parameters
    ----------
    model, before, now
        The model; the records of the reference, a time when it was right, and of today.
    acted, tell
        The risks of earlier scoring jobs, by default the model scores now; called with each step.

    Raises
    ------
    InputError
        There is no new interaction, or the model abstains from all of them.
    """
    spec = model.spec
    compared = comparable(before, now, spec.seed)
    tell("scoring the reference and the new interactions")
    pairs = (("reference", compared.old), ("current", compared.new))
    prepared = [PreparedTables.of(model.risk_model, tables) for tables in (before, now)]
    parts = [_part(one, *pair) for one, pair in zip(prepared, pairs, strict=True)]
    tell("drift, and outcomes against risks")
    labelled = _outcomes(prepared[1], compared, acted)
    ripe, waited = answered(labelled, before, now, spec.label)
    old, new = parts
    reference, current = (_told(one, spec.seed, has_clock(before, now)) for one in parts)
    is_many = current.n >= MIN_NEW
    gone = vanished(model.risk_model, before, compared.old, now, compared.new) if is_many else []
    is_whole = all(
        one.passed for one in lost_fact_checks(current.n, reference.quality, current.quality, gone)
    )
    # without a fact the higher of two risks is answered, which is cautious but not calibrated
    counted = ripe if is_whole else ripe.filter(pl.col("data_quality") == "ok")
    rated, listed = counted.filter(~pl.col("is_listed")), counted.filter("is_listed")
    state = _state(model.risk_model, parts, (reference, current), rated, gone)
    checks, is_enough = monitoring_checks(state, spec.gate, spec.seed), has_enough_outcomes(rated, spec.gate)
    return Monitoring(
        model_name=model.name,
        model_version=model.version or "",
        label=label_in_words(spec.label),
        reference=reference,
        current=current,
        outcome=_outcome(rated, spec.seed),
        listed=_listed(listed),
        is_decided_by_ratings=is_enough,
        checks=checks,
        drift=state.drift,
        spread=_spread(old.risk, new.risk),
        unknown=state.unknown,
        notes=monitoring_notes(
            model, current.n, rated, acted, is_enough=is_enough,
            n_incomplete=ripe.height - counted.height, others=[*compared.notes, *([waited] if waited else [])],
        ),
    )  # fmt: skip


def _state(
    model: RiskModel,
    parts: Sequence[Seen],
    told: tuple[DataSummary, DataSummary],
    rated: pl.DataFrame,
    gone: Sequence[Fact],
) -> Evidence:
    """Return what there is to judge by; `parts` and what is `told` of them are those of the reference and of now."""
    (old, new), (reference, current) = parts, told
    return Evidence(
        rated=rated,
        n_now=current.n,
        chance=sampling_noise(old.risk, len(new.risk), seed=model.spec.seed),
        promised_before=reference.promised["auc"].mean,
        promised_now=current.promised["auc"].mean,
        drift=_drift(model, old.explained, new.explained),
        risk_moved=_moved(old.risk, new.risk),
        unknown=_unknown(model, new.rows),
        quality_before=reference.quality,
        quality_now=current.quality,
        vanished=gone,
    )


def _part(prepared: PreparedTables, name: str, moments: pl.DataFrame) -> Seen:
    """Return the interactions of a data folder as the model sees them."""
    tables, scores = prepared.tables, prepared.score(moments)
    rows = moments.hstack(scores.select("dissatisfaction_risk", "risk_band", "data_quality")).join(
        segments_of(tables), on="interaction_id", how="left", maintain_order="left"
    )
    scored = rows.filter(pl.col("dissatisfaction_risk").is_not_null())
    if not scored.height:
        raise InputError(
            f"the {name} data must hold interactions that the model scores; it abstains from all {rows.height:,}, "
            "since nothing is recorded of them"
        )
    explained = explain_moments(prepared, scored, most=MOST_EXPLAINED)
    return Seen(rows, scored["dissatisfaction_risk"].to_numpy(), explained)


def _outcomes(prepared: PreparedTables, compared: Compared, acted: Acted | None) -> pl.DataFrame:
    """Return the new interactions with a known label, their evaluated risk, and whether they were on a contact list."""
    model, now = prepared.model, prepared.tables
    spec, is_new = model.spec, pl.col("interaction_id").is_in(compared.fresh.implode())
    if acted is not None:
        rows = come_true(acted, now, spec.label, _is_drawn(model, now), spec.seed).filter(is_new)
    else:
        rows = _labelled(now, model).filter(is_new)
        rows = draw_rows(rows, MOST_INTERACTIONS, spec.seed, "labelled")
        scores = prepared.score(rows)
        rows = rows.with_columns(
            risk=scores["dissatisfaction_risk"],
            data_quality=scores["data_quality"],
            is_listed=pl.lit(False),
        )
    rows = rows.filter(pl.col("risk").is_not_null()).select(
        "interaction_id", "customer_id", "as_of", "label", "risk", "data_quality", "is_listed"
    )
    return draw_rows(rows, MOST_INTERACTIONS, spec.seed, "labelled")


def _labelled(tables: Tables, model: RiskModel) -> pl.DataFrame:
    """Return the labelled moment of each interaction: its last, or where its event often comes before one by chance."""
    label = model.spec.label
    if _is_drawn(model, tables):
        return labelled_moments(tables, model.spec, is_drawn=True)[0].filter("is_last")
    moments = label_moments(tables, default_moments(until_label(tables, label)), label)
    customers = tables.interactions.select("interaction_id", "customer_id")
    labelled = moments.filter(pl.col("label").is_not_null())
    return labelled.join(customers, on="interaction_id", how="inner", maintain_order="left")


def _is_drawn(model: RiskModel, tables: Tables) -> bool:
    """Return whether the label's event often comes while interactions are open, as the model's training has found."""
    return bool(model.info.get(IS_DRAWN, asks_to_draw(tables, model.spec.label)))


def _told(seen: Seen, seed: int, is_timed: bool) -> DataSummary:
    starts = seen.rows["started_at"].dt.to_string("iso:strict")
    return DataSummary(
        n=seen.rows.height,
        begins=str(starts.min()) if is_timed else "",
        ends=str(starts.max()) if is_timed else "",
        mean_risk=float(seen.risk.mean()),
        promised=expected_figures(seen.risk, seed=seed),
        bands=_shares(seen.rows["risk_band"].drop_nulls()),
        quality=_shares(seen.rows["data_quality"]),
    )


def _shares(names: pl.Series) -> dict[str, float]:
    counts = names.value_counts(normalize=True, name="share").sort(names.name)
    return dict(counts.iter_rows())


def _drift(model: RiskModel, before: ExplainedMoments, now: ExplainedMoments) -> Drift:
    columns = {
        name: (family, feature.description, feature.is_category)
        for name, (family, feature) in model.columns.items()
    }
    old, new = ((one.matrix, one.contributions[:, :-1]) for one in (before, now))
    shifts = family_shifts(by_family(before), by_family(now), model.spec.seed)
    return Drift(drift(old, new, columns), shifts)


def _moved(before: Floats, now: Floats) -> float:
    """Return how far the mean of the log-odds has moved, in their standard deviations before."""
    old, new = (logit(np.clip(risk, 1e-6, 1 - 1e-6)) for risk in (before, now))
    spread = float(old.std())
    return float(new.mean() - old.mean()) / spread if spread else 0.0


def _unknown(model: RiskModel, rows: pl.DataFrame) -> dict[str, float]:
    """Return by column the share of the interactions whose group was never learnt from; a gap is known."""
    return {
        name: float((~rows[name].is_in(known) & rows[name].is_not_null()).mean())  # type: ignore[arg-type]
        for name, known in groups_learnt(model).items()
    }


def _spread(before: Floats, now: Floats) -> Points:
    is_now = np.arange(len(before) + len(now)) >= len(before)
    groups = {"before": ~is_now, "now": is_now}
    return risk_histogram(np.append(before, now), groups, _N_BARS, top_step=None)


def _outcome(rows: pl.DataFrame, seed: int) -> Outcome:
    label, risk = rows["label"].cast(pl.Float64).to_numpy(), rows["risk"].to_numpy()
    return Outcome(
        metrics=risk_metrics(label, risk, seed=seed),
        intervals=bootstrap_intervals(rows, seed=seed) if rows.height else {},
        promised=expected_figures(risk, seed=seed),
        reliability=reliability_points(label, risk, np.ones(len(risk)), n_bins=10) if rows.height else {},
    )


def _listed(rows: pl.DataFrame) -> Listed | None:
    if not rows.height:
        return None
    risk, rate = rows.select(pl.col("risk").mean(), pl.col("label").cast(pl.Float64).mean()).row(0)
    return Listed(rows.height, risk, rate)
