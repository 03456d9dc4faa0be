"""What an experiment shows: the effect on each outcome, with the checks of the design first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.data.contact_schema import CONTACT, HOLDOUT
from forestall.errors import InputError, must_be, nearest
from forestall.evaluation.effects.arm_means import arm_means
from forestall.evaluation.effects.confidence_sequence import sequence_half_width
from forestall.evaluation.effects.design_checks import DesignCheck, balance, ledger_checks, sample_ratio
from forestall.evaluation.effects.estimates import (
    UNDEFINED,
    complier_effect,
    intention_to_treat,
    saved_share,
)
from forestall.evaluation.effects.lee_bounds import lee_bounds
from forestall.evaluation.effects.looks import daily_looks
from forestall.evaluation.effects.outcomes import COME_BACK_DAYS, RATING, VALUE, Outcome, outcomes_of
from forestall.evaluation.effects.result import FIXED, SEQUENCE, ExperimentEffect, OutcomeEffect
from forestall.evaluation.effects.segment_effects import segment_effects
from forestall.evaluation.effects.trial import Trial
from forestall.evaluation.effects.units import (
    balance_figures,
    compared_units,
    experiment_entries,
    experiment_units,
    unit_segments,
)
from forestall.evaluation.metrics.binning import Bools
from forestall.moments import Label, end_of_records
from forestall.statistics import Floats


def measure_effect(
    tables: Tables,
    label: Label,
    *,
    experiment: str | None = None,
    kinds: tuple[str, ...] = ("complained",),
    is_final: bool = False,
    seed: int = 7,
) -> ExperimentEffect:
    """Return what an experiment shows.

    Parameters
    ----------
    tables
        The records, with the table `contacts`.
    label
        The definition of dissatisfied.
    experiment
        The name of the experiment; None: the only one.
    kinds
        Kinds of events that are outcomes.
    is_final
        Whether this is the one look that was planned before the start: then the fixed interval decides.
    seed
        Of resamples.

    Raises
    ------
    InputError
        There are no contacts, or the records have no clock.
    UsageError
        There is no such experiment.
    """
    name, entries = experiment_entries(tables.contacts, experiment)
    end = _end(tables)
    units = experiment_units(entries, tables)
    compared, below = compared_units(units)
    segments = unit_segments(compared, tables)
    trial = _trial(compared)
    found = {
        one.name: _effect(one, trial, segments, is_final=is_final, seed=seed)
        for one in outcomes_of(compared, tables, label, kinds, end)
    }
    return ExperimentEffect(
        experiment=name,
        begins=_iso(entries["at"].min()),
        ends=_iso(entries["at"].max()),
        as_of=_iso(end),
        label=_in_words(label),
        main=label.event or RATING,
        n_entries=entries.height,
        n_units=compared.height,
        n_by_arm=_by_arm(units),
        outcomes=found,
        below_threshold=_below(below, tables, label, end, seed),
        checks=_checks(entries, compared, trial, segments),
        notes=[*_notes(units, compared, found, label), *_missing_kinds(tables, kinds)],
    )


def _in_words(label: Label) -> str:
    if label.event is not None:
        return f"{label.event} within {label.horizon_days:g} days"
    return f"a rating of {label.dissatisfied_at_or_below:g} or lower within {label.horizon_days:g} days"


def _end(tables: Tables) -> datetime:
    end = end_of_records(tables)
    if end is None or tables.about.get("clock") == "none":
        do = "an effect lies after a contact"
        raise InputError(must_be("the data", "have times", "clock: none", do=do))
    return end


def _trial(units: pl.DataFrame) -> Trial:
    """Return the trial of the units, with a placeholder for the outcome."""
    is_treated = units["is_treated"].to_numpy()
    return Trial.of(
        np.zeros(units.height),
        is_treated,
        is_reached=units["is_reached"].to_numpy(),
        probability=units["own_probability"].to_numpy(),
        covariates=_covariates(units),
    )


def _below(
    units: pl.DataFrame, tables: Tables, label: Label, end: datetime, seed: int
) -> OutcomeEffect | None:
    """Return the effect on the main outcome below the threshold; None if nobody was explored."""
    if units.is_empty():
        return None
    main = outcomes_of(units, tables, label, (), end)[0]
    return _effect(main, _trial(units), {}, is_final=False, seed=seed)


def _covariates(units: pl.DataFrame) -> Floats:
    columns = []
    for name in ("risk", "worth"):
        values = units[name].cast(pl.Float64)
        known = values.drop_nulls()
        columns.append(values.fill_null(known.mean() if len(known) else 0.0).to_numpy())
    return np.column_stack(columns)


def _effect(
    outcome: Outcome,
    trial: Trial,
    segments: Mapping[str, Mapping[str, Bools]],
    *,
    is_final: bool,
    seed: int,
) -> OutcomeEffect:
    place = outcome.rows["unit"].to_numpy().astype(np.int64)
    y = outcome.rows["value"].fill_null(float("nan")).to_numpy()
    all_rows = _with_outcome(trial.some(place), y, is_money=outcome.name == VALUE)
    has_value = ~np.isnan(y)
    own = all_rows.some(has_value)
    means = arm_means(own)
    itt = intention_to_treat(means)
    response, bounds = UNDEFINED, None
    if not has_value.all():
        rated = _with_outcome(all_rows, has_value.astype(np.float64), is_money=False)
        response = intention_to_treat(arm_means(rated))
        bounds = lee_bounds(all_rows, has_value, seed)
    looks = daily_looks(own, outcome.rows["decided_at"].filter(pl.Series(has_value)))
    quantile = sequence_half_width(1.0, looks[-1].n) if looks else None
    return OutcomeEffect(
        name=outcome.name,
        title=outcome.title,
        is_bad=outcome.is_bad,
        is_amount=outcome.is_amount,
        n=own.n,
        n_waiting=outcome.n_waiting,
        n_by_arm={CONTACT: int(own.is_treated.sum()), HOLDOUT: int((~own.is_treated).sum())},
        mean_by_arm={
            arm: float(own.outcome[own.is_treated == is_it].mean()) if (own.is_treated == is_it).any() else math.nan
            for arm, is_it in ((CONTACT, True), (HOLDOUT, False))
        },
        intention_to_treat=itt,
        unadjusted=intention_to_treat(arm_means(own.without_covariates())),
        complier_effect=complier_effect(own, means),
        saved_share=saved_share(means) if outcome.is_bad else UNDEFINED,
        saved_share_sequence=saved_share(means, quantile) if outcome.is_bad and quantile else UNDEFINED,
        looks=looks,
        bounds=bounds,
        response=response,
        segments=segment_effects(
            own,
            {name: {v: rows[place][has_value] for v, rows in values.items()} for name, values in segments.items()},
        ),
        decides=FIXED if is_final else SEQUENCE,
    )  # fmt: skip


def _with_outcome(trial: Trial, outcome: Floats, *, is_money: bool) -> Trial:
    return Trial.of(
        outcome,
        trial.is_treated,
        is_reached=trial.is_reached,
        probability=trial.probability,
        covariates=trial.covariates if is_money else trial.covariates[:, :1],
        customer=trial.customer,
    )


def _checks(
    entries: pl.DataFrame,
    compared: pl.DataFrame,
    trial: Trial,
    segments: Mapping[str, Mapping[str, Bools]],
) -> list[DesignCheck]:
    return [
        sample_ratio(trial),
        balance(trial, balance_figures(compared, segments)),
        *ledger_checks(entries),
    ]


def _notes(
    units: pl.DataFrame,
    compared: pl.DataFrame,
    found: Mapping[str, OutcomeEffect],
    label: Label,
) -> list[str]:
    notes = []
    if units.height > compared.height:
        notes.append(
            f"{units.height - compared.height} customers were offered below the threshold, to explore: they are not in "
            "this comparison, but in one of their own."
        )
    for arm, is_treated in ((CONTACT, True), (HOLDOUT, False)):
        if not (compared["is_treated"] == is_treated).any():
            notes.append(f"No customer is in the arm {arm}: without it no effect can be measured.")
    last = _latest(compared["at"])
    waiting = [one for one in found.values() if one.n_waiting]
    if waiting and last is not None:
        days = max(label.horizon_days, COME_BACK_DAYS)
        notes.append(
            "Some horizons are not over: "
            + "; ".join(f"{one.title}: {one.n_waiting}" for one in waiting)
            + f". All are known on {(last + timedelta(days=days)).date()}."
        )
    return notes


def _missing_kinds(tables: Tables, kinds: tuple[str, ...]) -> list[str]:
    """Return a note for each outcome of which no event is recorded: its name may be misspelt."""
    there = set(tables.events["kind"].unique())
    return [
        f"No event of the kind '{kind}' is recorded, so its effect is 0 in both arms; {nearest(kind, there)}"
        for kind in kinds
        if kind not in there
    ]


def _by_arm(units: pl.DataFrame) -> dict[str, int]:
    return {str(arm): n for arm, n in units["arm"].value_counts().sort("arm").iter_rows()}


def _latest(times: pl.Series) -> Any:
    return times.max()


def _iso(time: Any) -> str:
    return "" if time is None else time.isoformat()
