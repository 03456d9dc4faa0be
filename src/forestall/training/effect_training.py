"""The effect of a contact is learnt: from the customers of experiments, at the moments of their assignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.data.contact_schema import HOLDOUT
from forestall.errors import InputError
from forestall.evaluation.effects.arm_means import arm_means
from forestall.evaluation.effects.contact_order import ContactOrder, contact_order
from forestall.evaluation.effects.design_checks import STRICT, sample_ratio
from forestall.evaluation.effects.estimates import intention_to_treat
from forestall.evaluation.effects.outcomes import outcomes_of
from forestall.evaluation.effects.trial import Trial
from forestall.evaluation.effects.units import compared_units, experiment_entries, experiment_units
from forestall.evaluation.metrics.binning import Bools
from forestall.model import Spec
from forestall.model.contact_effect import ContactEffect
from forestall.model.effect_columns import EffectColumns
from forestall.model.effect_model import fit_and_hold_out
from forestall.model.policy import worth
from forestall.moment_features import Family
from forestall.moment_features.sources import Sources
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.moments import end_of_records
from forestall.statistics import Floats

LEAST_IN_ARM = 100
"""With fewer customers in an arm nothing is learnt: a fold would have a handful of bad outcomes."""
_MARK_SHARE, _MOST_MARKS = 0.1, 3


@dataclass(frozen=True)
class LearntEffect:
    """What a training found of the effect of a contact.

    Parameters
    ----------
    effect
        The model, with its verdict; None if there were too few customers.
    order
        How well it orders held-out customers; None without a model.
    notes
        What a reader must know, in sentences.
    """

    effect: ContactEffect | None
    order: ContactOrder | None
    notes: list[str]


def check_has_experiment(tables: Tables) -> None:
    """Check that the effect of a contact can be learnt from the table `contacts`.

    Raises
    ------
    InputError
        There are no contacts, nobody was held out, or there is no clock.
    """
    arms = set(tables.contacts["arm"].unique())
    if HOLDOUT not in arms or len(arms) < 2:
        raise InputError(
            "the table contacts must have contacted and held-out customers to learn the effect (--effect), has not; "
            "give the ledger with --ledger, or hold customers out first: 'experiment' and 'holdout_share' under "
            "'policy' in model.yaml"
        )
    if tables.about.get("clock") == "none":
        raise InputError(
            "the data must have times to learn the effect of a contact (--effect), have clock: none; leave --effect out"
        )


def learn_effect(tables: Tables, spec: Spec, sources: Sources, families: Sequence[Family]) -> LearntEffect:
    """Return the effect of a contact, learnt from all experiments in the table `contacts`.

    Each customer counts once in an experiment, at the first assignment, if the outcome is known and its horizon is
    over. The features are those of the moment of assignment; the risk is that of the assignment too, which no later
    outcome has touched.

    Parameters
    ----------
    tables
        The records, see `check_has_experiment`.
    spec
        The specification: its label is the outcome.
    sources, families
        The timelines of the tables, with the facts as of each moment, and the features.
    """
    rows = effect_rows(tables, spec)
    known = rows.drop_nulls("value")
    least = min(int((known["is_treated"] == arm).sum()) for arm in (True, False))
    if least < LEAST_IN_ARM:
        note = (
            f"The effect of a contact was not learnt: {least} customers of an arm have a known outcome, at least "
            f"{LEAST_IN_ARM} are needed. The contact list stays ordered by risk × value."
        )
        return LearntEffect(None, None, [note])
    moments = known.select("interaction_id", as_of="at")
    features = features_at(sources, *locate(sources, moments), plan_of(tuple(families)))
    columns = EffectColumns.of(features, known["customer"], spec.privacy.least_customers)
    trial, risk = _trial(known, known["value"]), known["risk"].to_numpy()
    found = fit_and_hold_out(
        columns.matrix(features, risk),
        trial.outcome,
        trial.is_treated,
        trial.probability,
        trial.customer,
        risk,
        spec.seed,
    )
    order = contact_order(
        trial,
        found.predicted,
        found.pseudo_outcome,
        _worth(known, spec),
        found.model.trust,
        _objections(rows),
        spec.seed,
    )
    if order.sleeping is not None:
        marks = _marks(columns, features, found.predicted > 0)
        order = replace(order, sleeping=replace(order.sleeping, marks=marks))
    notes = [] if order.passed else [order.says()]
    return LearntEffect(ContactEffect(found.model, columns, order.verdict()), order, notes)


def effect_rows(tables: Tables, spec: Spec) -> pl.DataFrame:
    """Return the customers of all experiments whose horizon is over, with `value`, the outcome: null if not known."""
    end = end_of_records(tables)
    parts = []
    for name in tables.contacts["experiment"].unique().sort():
        _, entries = experiment_entries(tables.contacts, name)
        # both parts of a list have probabilities of their own, and each row is weighted by its own
        for units in compared_units(experiment_units(entries, tables)):
            if units.height and end is not None:
                outcome = outcomes_of(units, tables, spec.label, (), end)[0].rows.select("unit", "value")
                parts.append(units.join(outcome, on="unit", maintain_order="left").drop("unit"))
    return pl.concat(parts)


def _trial(rows: pl.DataFrame, outcome: pl.Series) -> Trial:
    return Trial.of(
        outcome.cast(pl.Float64).to_numpy(),
        rows["is_treated"].to_numpy(),
        probability=rows["own_probability"].to_numpy(),
        covariates=rows["risk"].to_numpy()[:, None],
        customer=rows["customer"].rank("dense").to_numpy(),
    )


def _worth(rows: pl.DataFrame, spec: Spec) -> Floats:
    """Return what each customer is worth: the policy's value where it is not known, else the mean of the known ones."""
    given = rows["worth"].cast(pl.Float64).to_numpy()
    if spec.policy is not None:
        return np.asarray(worth(spec.policy, given), dtype=np.float64)
    mean = rows["worth"].mean()
    return np.where(np.isnan(given), mean if isinstance(mean, float) else 1.0, given)


def _objections(rows: pl.DataFrame) -> list[str]:
    """Return why the figures are of unlike customers: then no order follows from them."""
    found = []
    every = _trial(rows, rows["value"].is_not_null())
    ratio = sample_ratio(every)
    if not ratio.passed:
        found.append(f"The arms are not as large as designed: {ratio.says}.")
    if rows["value"].null_count():
        response = intention_to_treat(arm_means(every))
        if response.p < STRICT:
            found.append(
                f"A contact changes who rates by {100 * response.value:+.1f} percentage points, so that the ratings of "
                "the two arms are of different customers."
            )
    return found


def _marks(
    columns: EffectColumns, features: pl.DataFrame, is_sleeping: Bools
) -> tuple[tuple[str, str, float, float], ...]:
    """Return the values of categories that are most over-represented among some rows; none if these are all rows."""
    found: list[tuple[str, str, float, float]] = []
    if is_sleeping.all():
        return ()
    for name, value in columns.columns:
        if value is not None:
            has_it = (features[name] == value).fill_null(False).to_numpy()
            own, other = float(has_it[is_sleeping].mean()), float(has_it[~is_sleeping].mean())
            if own - other > _MARK_SHARE:
                found.append((name, value, own, other))
    return tuple(sorted(found, key=lambda one: one[3] - one[2])[:_MOST_MARKS])
