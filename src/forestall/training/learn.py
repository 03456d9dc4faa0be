"""Training: from tables and a specification to a model of all labelled rows, and its twin for evaluation.

The twin is a model that is fitted on the training part of the split only. It is evaluated on the test part, which it
has not seen; the model itself is then fitted on all rows.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.errors import nearest
from forestall.model import RiskModel, Spec
from forestall.model.columns_of_own_features import with_columns_read
from forestall.model.input_tables import tables_for
from forestall.moments.contacted import contact_notes
from forestall.moments.row_order import without_row_order
from forestall.own_features import OwnFeatures, read_own_features
from forestall.own_features.check_features import FEW, check_columns, check_own_features, refuse_faults
from forestall.training.calendar_notes import calendar_notes
from forestall.training.compared_labels import check_labels, first_test_moment
from forestall.training.enough_labels import check_enough
from forestall.training.label_account import account_of_labels, account_of_parts, rate_notes
from forestall.training.labelled_moments import (
    IS_DRAWN,
    all_moments,
    asks_to_draw,
    event_notes,
    known_moments,
    split,
)
from forestall.training.new_estimator import check_choice
from forestall.training.policy_bands import band_notes, policy_bands, with_bands
from forestall.training.rare_categories import rare_category_notes
from forestall.training.training_set import MakeFeatures, TrainingSet
from forestall.training.tuning import Tuned

log = logging.getLogger(__name__)

TUNING = "tuning"


@dataclass(frozen=True)
class TrainingResult:
    """The result of a training.

    Attributes
    ----------
    model
        Fitted on all labelled rows.
    twin
        Fitted on the training part only; `test` holds its risks.
    test
        The moments of the test part: label, risks of the twin and of the baselines, stage and segments.
    notes
        What a reader of the figures must know, in sentences.
    counts, windows
        Interactions by part and outcome; the first and last time of each part.
    ablations
        By the name of a kind of event or a column: the test moments, evaluated without it.
    work
        The labelled moments with their features, to fit further models.
    tuned
        The result of the tuning trials, if any; `ablations[TUNING]` then has the configured settings.
    """

    model: RiskModel
    twin: RiskModel | None
    test: pl.DataFrame
    notes: list[str]
    counts: dict[str, int]
    windows: dict[str, str]
    ablations: dict[str, pl.DataFrame] = field(default_factory=dict)
    work: TrainingSet | None = None
    tuned: Tuned | None = None


def learn(
    tables: Tables,
    spec: Spec,
    *,
    n_jobs: int | None = None,
    progress: Callable[[str], None] | None = None,
    evaluate: bool = True,
    allow_small: bool = False,
    tune: Callable[[TrainingSet], Tuned] | None = None,
    make_features: MakeFeatures | None = None,
    own_features: OwnFeatures | None = None,
) -> TrainingResult:
    """Return a model trained on the tables, and its twin with its risks on the test part, which it has not seen.

    Parameters
    ----------
    tables
        The company's records. Without a clock they are taken in no order: see `moments.row_order`.
    spec
        What is learnt, and how.
    n_jobs, progress
        Threads, by default all (the result does not depend on it); called with each long step as it begins.
    evaluate, allow_small
        Whether the twin is fitted and evaluated; whether to train on fewer rows than the specification's gate demands
        (the model is then experimental).
    tune, make_features
        Finds better settings before anything is fitted: see `training.tuning.tune`; makes the feature rows elsewhere.
    own_features
        The company's own features; by default those of the modules that the specification names (see `Spec.folders`).

    Raises
    ------
    ForestallError
        Labels are too few or of one kind, a column is missing, the classifier in `estimator` cannot be used, or an own
        feature breaks a rule.
    """
    check_choice(spec, is_tuned=tune is not None)
    tell, tables = progress or (lambda step: None), without_row_order(tables)
    if spec.label.scale is not None:
        tables = tables.reject_off_scale(*spec.label.scale)
    own, spec = _own_features(tables, spec, own_features, tell)
    tell("labels and moments")
    moments, counts, notes, info = _labels(tables, spec, allow_small)
    check_labels(tables, spec, first_test_moment(moments))
    tell("features at each moment")
    threads = n_jobs or os.cpu_count() or 1
    work = TrainingSet.of(tables, moments, spec, threads, info, own_features=own, make_features=make_features)
    work, tuned, ablations = _tuned(work, tune, evaluate, tell)
    twin, test = None, pl.DataFrame()
    if evaluate:
        tell("fitting on the training part, evaluating on the test part")
        twin, test = work.judge()
        # one choice for all fits: the test part had no say in it
        work = replace(work, preset=twin.estimator.preset_)
        ablations |= _ablations(work, notes, tell)
    tell("fitting on all labelled rows")
    model, twin = _with_policy(work, work.fit(twin), twin)
    notes += _notes_of_model(model, work)
    windows = _windows(moments) if info["has_clock"] else {}
    return TrainingResult(model, twin, test, notes, counts, windows, ablations, work, tuned)


def _notes_of_model(model: RiskModel, work: TrainingSet) -> list[str]:
    rare = rare_category_notes(work.rows, work.spec.privacy.least_customers)
    return [model.estimator.describe(), *band_notes(model), *calendar_notes(work.spec, work.tables), *rare]


def _own_features(
    tables: Tables, spec: Spec, own: OwnFeatures | None, tell: Callable[[str], None]
) -> tuple[OwnFeatures, Spec]:
    """Return the company's own features, checked, and the specification with the columns that they read."""
    own = read_own_features(spec.features, *spec.folders) if own is None else own
    if not own.modules:
        return own, spec
    tell("checking the company's own features")
    check_columns(own, tables)
    spec = with_columns_read(spec, own)
    refuse_faults(check_own_features(own, tables_for(tables, spec), spec.standards, FEW))
    return own, spec


def _tuned(
    work: TrainingSet,
    tune: Callable[[TrainingSet], Tuned] | None,
    evaluate: bool,
    tell: Callable[[str], None],
) -> tuple[TrainingSet, Tuned | None, dict[str, pl.DataFrame]]:
    """Return the training set with the tuned settings, the trials, and the test moments without the tuning."""
    if tune is None:
        return work, None, {}
    tell("finding the settings that tuning begins with")
    begun = work.with_preset()
    tuned = tune(begun)
    if not tuned.is_changed:  # the specification stays as written, so that the gate sees the same model
        return work, tuned, {}
    before = {}
    if evaluate:
        tell("fitting with the settings as they were, to compare")
        before[TUNING] = begun.judge(n_refits=0, with_baselines=False)[1]
    return begun.with_settings(tuned.spec), tuned, before


def _labels(
    tables: Tables, spec: Spec, allow_small: bool
) -> tuple[pl.DataFrame, dict[str, int], list[str], dict[str, Any]]:
    """Return the labelled moments with their parts, counts, notes for a reader, and the model's `info`."""
    is_drawn = asks_to_draw(tables, spec.label)
    outcomes = all_moments(tables, spec, is_drawn)
    least, has_own_labels = spec.privacy.least_customers, spec.label.target == "next"
    moments, counts = known_moments(tables, outcomes, is_drawn, least, has_own_labels=has_own_labels)
    account = account_of_labels(tables, spec, outcomes, moments, is_drawn)
    log.info("%s", account)
    is_small = check_enough(counts, spec, tables, allow_small=allow_small)
    moments, notes = split(tables, moments, spec)
    parts = account_of_parts(moments)
    log.info("%s", parts)
    warnings = [*contact_notes(tables), *rate_notes(moments)]
    for note in warnings:
        log.warning("%s", note)
    notes = [f"{account} {parts}", *notes, *warnings, *event_notes(tables, spec.label)]
    if is_small:
        notes.append(
            "It was trained on fewer labelled interactions than the gate demands, and is experimental."
        )
    info = {
        "name": spec.name,
        "forestall_version": version("forestall"),
        "experimental": is_small,
        "n_labelled": counts["labelled"],
        "has_clock": tables.about.get("clock") != "none",
        IS_DRAWN: is_drawn,
    }
    return moments, counts | _part_counts(moments), notes, info


def _ablations(work: TrainingSet, notes: list[str], tell: Callable[[str], None]) -> dict[str, pl.DataFrame]:
    """Return the test moments evaluated without each name of `compare_without`; unknown names become notes."""
    spec, found = work.spec, {}
    known = {*work.tables.events["kind"], *spec.context.holds}
    for name in spec.compare_without:
        if name in known:
            tell(f"fitting without {name}")
            found[name] = work.without(name)
        else:
            notes.append(
                f"compare_without names {name}, which these data do not have; {nearest(name, known)}"
            )
    return found


def _with_policy(
    work: TrainingSet, model: RiskModel, twin: RiskModel | None
) -> tuple[RiskModel, RiskModel | None]:
    """Return both models with the bands that follow from the policy and the twin's risks of a usual day."""
    begin = work.rows.moments.filter(pl.col("part") == "test")["started_at"].min()
    later = begin if isinstance(begin, datetime) and work.rows.has_clock else None
    bands = policy_bands(work.prepared(twin or model), later)
    return with_bands(model, bands), with_bands(twin, bands) if twin is not None else None


def _part_counts(moments: pl.DataFrame) -> dict[str, int]:
    parts = moments.group_by("interaction_id").agg(pl.col("part").first())["part"]
    return {
        "train": int((parts == "train").sum()),
        "test": int((parts == "test").sum()),
        "dropped": parts.null_count(),
    }


def _windows(moments: pl.DataFrame) -> dict[str, str]:
    windows = {}
    for part in ("train", "test"):
        times = moments.filter(pl.col("part") == part)["as_of"]
        if len(times):
            ends = times.sort().gather([0, -1]).to_list()
            windows[f"{part}_from"], windows[f"{part}_until"] = (end.isoformat() for end in ends)
    return windows
