"""Learning: from tables and a specification to a model on all labelled rows, and its twin judged in time."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

import polars as pl

from forestall.data import Tables
from forestall.errors import InputError, nearest
from forestall.jobs.fitting import Work
from forestall.jobs.segmenting import segments_of
from forestall.jobs.tuning import Tuned
from forestall.jobs.valuing import settled
from forestall.model import RiskModel, Spec
from forestall.moments import (
    Label,
    default_moments,
    label_events,
    label_moments,
    split_by_customer,
    split_by_time,
    training_moments,
    until_label,
)
from forestall.moments.sampling import open_moments, weigh

log = logging.getLogger(__name__)

TUNING = "tuning"
FEW_WITHIN = 0.05  # of the events: what may come before its interaction is over without being said


@dataclass(frozen=True)
class Learnt:
    """What a training brings.

    Attributes
    ----------
    model
        Fitted on all labelled rows.
    twin
        Fitted on the training part only: what `test` shows is its work.
    test
        The moments of the test part with label, risks of the twin and of the baselines, stage and segments.
    notes
        What a reader must know of it, in sentences.
    counts, windows
        Interactions by part and outcome; the time from which until which each part reaches.
    ablations
        Test moments as judged without a kind of event or column, by its name.
    work
        The labelled moments with their features, from which more can be fitted.
    tuned
        What the trials found, where there were any; `ablations` then tells of the settings as they were, by TUNING.
    """

    model: RiskModel
    twin: RiskModel | None
    test: pl.DataFrame
    notes: list[str]
    counts: dict[str, int]
    windows: dict[str, str]
    ablations: dict[str, pl.DataFrame] = field(default_factory=dict)
    work: Work | None = None
    tuned: Tuned | None = None


def learn(
    tables: Tables,
    spec: Spec,
    *,
    n_jobs: int | None = None,
    progress: Callable[[str], None] | None = None,
    evaluate: bool = True,
    allow_small: bool = False,
    tune: Callable[[Work], Tuned] | None = None,
) -> Learnt:
    """Return a model learnt from the tables, judged on a part of them that its twin has not seen.

    Parameters
    ----------
    tables
        The company's records.
    spec
        What is learnt, and how.
    n_jobs
        Threads; by default all. The result does not depend on it.
    progress
        Told of each long step as it begins.
    evaluate
        Whether the twin is fitted and judged.
    allow_small
        Whether to learn from fewer rows than the specification's gate demands; the model is then experimental.
    tune
        Finds better settings before anything is fitted: see `jobs.tuning.tune`.

    Raises
    ------
    InputError
        Too few labelled interactions, labels of one kind only, or a column is missing.
    """
    tell = progress or (lambda step: None)
    n_jobs = n_jobs or os.cpu_count() or 1
    if spec.label.scale is not None:
        tables = tables.reject_off_scale(*spec.label.scale)
    tell("labels and moments")
    moments, counts = labelled_moments(tables, spec)
    is_small = _check_size(counts, spec, allow_small)
    moments, notes = split(tables, moments, spec)
    notes += event_notes(tables, spec.label)
    counts.update(_part_counts(moments))
    tell("features at each moment")
    info = {
        "name": spec.name,
        "forestall_version": version("forestall"),
        "experimental": is_small,
        "n_labelled": counts["labelled"],
        "has_clock": tables.about.get("clock") != "none",
    }
    if is_small:
        notes.append(
            "It was learnt from fewer labelled interactions than the gate demands, and is experimental."
        )
    work = Work.of(tables, moments, spec, n_jobs, info)
    twin, test, ablations = None, pl.DataFrame(), {}
    tuned = tune(work) if tune is not None else None
    if tuned is not None and tuned.is_changed:
        if evaluate:
            tell("fitting with the settings as they were, to compare")
            ablations[TUNING] = work.judge(n_refits=0, with_baselines=False)[1]
        work = work.with_settings(tuned.spec)
    if evaluate:
        tell("fitting on the training part, and judging on the test part")
        twin, test = work.judge()
        known = {*tables.events["kind"], *spec.context.categorical, *spec.context.numeric}
        for name in spec.compare_without:
            if name not in known:
                notes.append(
                    f"compare_without names {name}, which these data do not have; {nearest(name, known)}"
                )
                continue
            tell(f"fitting without {name}")
            ablations[name] = work.without(name)
    tell("fitting on all labelled rows")
    model = work.fit()
    begin = moments.filter(pl.col("part") == "test")["started_at"].min()
    later = begin if isinstance(begin, datetime) and work.rows.has_clock else None
    model, twin = settled(model, twin or model, tables, later), twin and settled(twin, twin, tables, later)
    windows = _windows(moments) if info["has_clock"] else {}
    return Learnt(model, twin, test, notes, counts, windows, ablations, work, tuned)


def labelled_moments(tables: Tables, spec: Spec) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the moments whose label is known, and how many interactions are labelled, censored, undecided.

    Returns
    -------
    moments
        `interaction_id`, `as_of`, `is_last`, `weight`, `label`, `decided_at`, and `started_at`, `customer_id`
        and the segments of their interactions.
    counts
        By the default moment.
    """
    is_open = share_within(tables, spec.label) >= FEW_WITHIN
    lived, draw = (tables, open_moments) if is_open else (until_label(tables, spec.label), training_moments)
    with_labels = label_moments(tables, draw(lived, spec.moments.per_interaction, spec.seed), spec.label)
    last = with_labels.filter("is_last")
    counts = {
        outcome: last.filter(pl.col("outcome") == outcome).height
        for outcome in ("censored", "undecided", "past")
    }
    known = with_labels.filter(pl.col("label").is_not_null()).drop("outcome")
    known = known if is_open else weigh(known.drop("weight"))
    by_interaction = known.group_by("interaction_id").agg(pl.col("label").max())
    counts["labelled"] = by_interaction.height
    counts["dissatisfied"] = int(by_interaction["label"].sum())
    columns = tables.interactions.select("interaction_id", "started_at", "customer_id").join(
        segments_of(tables), on="interaction_id"
    )
    return known.join(columns, on="interaction_id", how="left", maintain_order="left"), counts


def share_within(tables: Tables, label: Label) -> float:
    """Return the share of the label's events that come before their interactions are over; 0 with a rating."""
    if label.event is None:
        return 0.0
    ends = tables.interactions.select("interaction_id").join(default_moments(tables), on="interaction_id")
    came = label_events(tables, label).join(ends, on="interaction_id")
    return came.filter(pl.col("decided_at") <= pl.col("as_of")).height / max(came.height, 1)


def event_notes(tables: Tables, label: Label) -> list[str]:
    """Return what must be said where a label's event often comes before its interaction is over."""
    share = share_within(tables, label)
    if share < FEW_WITHIN:
        return []
    return [
        f"Of the interactions with '{label.event}', {100 * share:.0f}% had it before they were over. So each "
        "interaction is judged at a moment that chance has drawn from it, if the event had not come by then, and "
        "not at its end."
    ]


def _check_size(counts: dict[str, int], spec: Spec, allow_small: bool) -> bool:
    """Return whether there are fewer labels than the gate demands; refuse unless that is allowed."""
    n, bad, gate = counts["labelled"], counts["dissatisfied"], spec.gate
    if n == 0 or bad in (0, n):
        raise InputError(
            f"feedback must have labels of both kinds to learn from; of {n} labelled interactions {bad} are "
            "dissatisfied. Check the label in model.yaml against the ratings"
        )
    is_small = n < gate.min_labelled or bad < gate.min_dissatisfied
    if is_small and not allow_small:
        raise InputError(
            f"at least {gate.min_labelled} labelled interactions with {gate.min_dissatisfied} dissatisfied are needed; "
            f"there are {n} with {bad}. Gather more, or try it out with --allow-small"
        )
    return is_small


def split(tables: Tables, moments: pl.DataFrame, spec: Spec) -> tuple[pl.DataFrame, list[str]]:
    """Return labelled moments with their `part`, and what must be said of the split, in sentences."""
    if tables.about.get("clock") == "none":
        note = "The data have no clock: the split into training and test part is random by customer, not by time."
        no_time = moments.with_columns(decided_at=pl.lit(None, moments.schema["decided_at"]))
        return split_by_customer(no_time, spec.split.test_share, spec.seed), [note]
    return split_by_time(moments, spec.split.test_share), []


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
