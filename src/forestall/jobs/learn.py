"""Learning: from tables and a specification to a model on all labelled rows, and its twin judged in time."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.errors import InputError
from forestall.evaluation import baselines
from forestall.features.sources import Sources, sources_of
from forestall.features.stage import STAGE
from forestall.features.table import features_at, locate, plan_of
from forestall.model import RiskClassifier, RiskModel, Spec, families_of
from forestall.model.missing import Typical
from forestall.moments import label_moments, split_by_customer, split_by_time, training_moments
from forestall.moments.sampling import weigh

log = logging.getLogger(__name__)

SEGMENTS = ("channel", "venue", "locale", "product_category")
_ABLATION_REFITS = 0


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
    """

    model: RiskModel
    twin: RiskModel | None
    test: pl.DataFrame
    notes: list[str]
    counts: dict[str, int]
    windows: dict[str, str]
    ablations: dict[str, pl.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class _Rows:
    """Labelled moments with their features."""

    moments: pl.DataFrame
    frame: pl.DataFrame
    stage: pl.Series

    def part(self, name: str) -> _Rows:
        is_in = (self.moments["part"] == name).fill_null(False)
        return _Rows(self.moments.filter(is_in), self.frame.filter(is_in), self.stage.filter(is_in))


def learn(
    tables: Tables,
    spec: Spec,
    *,
    n_jobs: int | None = None,
    progress: Callable[[str], None] | None = None,
    evaluate: bool = True,
    allow_small: bool = False,
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
    moments, notes = _split(tables, moments, spec)
    counts.update(_part_counts(moments))
    tell("features at each moment")
    rows, sources = _features(tables, moments, spec)
    info = {
        "name": spec.name,
        "forestall_version": version("forestall"),
        "experimental": is_small,
        "n_labelled": counts["labelled"],
    }
    if is_small:
        notes.append(
            "It was learnt from fewer labelled interactions than the gate demands, and is experimental."
        )
    twin, test, ablations = None, pl.DataFrame(), {}
    if evaluate:
        tell("fitting on the training part")
        twin, test = _judge(
            rows, sources, spec, n_jobs, dict(info, tables_known_at=tables.about.get("known_at", {})), tell
        )
        for name in spec.compare_without:
            tell(f"fitting without {name}")
            ablations[name] = _ablation(tables, moments, spec, name, n_jobs)
    tell("fitting on all labelled rows")
    model = _fit(
        rows,
        sources,
        spec,
        n_jobs,
        dict(info, tables_known_at=tables.about.get("known_at", {})),
        _end(tables),
    )
    return Learnt(model, twin, test, notes, counts, _windows(moments), ablations)


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
    drawn = training_moments(tables, spec.moments.per_interaction, spec.seed)
    with_labels = label_moments(tables, drawn, spec.label)
    last = with_labels.filter("is_last")
    counts = {
        outcome: last.filter(pl.col("outcome") == outcome).height
        for outcome in ("censored", "undecided", "past")
    }
    known = weigh(with_labels.filter(pl.col("label").is_not_null()).drop("weight", "outcome"))
    by_interaction = known.group_by("interaction_id").agg(pl.col("label").max())
    counts["labelled"] = by_interaction.height
    counts["dissatisfied"] = int(by_interaction["label"].sum())
    columns = tables.interactions.select("interaction_id", "started_at", "customer_id", *SEGMENTS)
    return known.join(columns, on="interaction_id", how="left", maintain_order="left"), counts


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


def _split(tables: Tables, moments: pl.DataFrame, spec: Spec) -> tuple[pl.DataFrame, list[str]]:
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


def _features(tables: Tables, moments: pl.DataFrame, spec: Spec) -> tuple[_Rows, Sources]:
    missing = [
        name
        for name in (*spec.context.categorical, *spec.context.numeric)
        if name not in tables.interactions.columns
    ]
    if missing:
        raise InputError(
            f"interactions must have the columns of the model's context; missing: {', '.join(missing)}"
        )
    sources = sources_of(tables, spec.standards)
    place, as_of = locate(sources, moments)
    families = families_of(spec, tables.about.get("known_at", {}))
    table = features_at(sources, place, as_of, plan_of(families, {"stage": STAGE}))
    return _Rows(moments, table.drop("stage"), table["stage"]), sources


def _fit(
    rows: _Rows,
    sources: Sources,
    spec: Spec,
    n_jobs: int,
    info: dict[str, Any],
    until: int,
    n_refits: int | None = None,
) -> RiskModel:
    """Return a model fitted on the rows, with the facts learnt by `until` (microseconds)."""
    known_at = info.pop("tables_known_at")
    families = families_of(spec, known_at)
    directions = {f.column(one): one.direction for f in families for one in f.features if one.direction}
    estimator = RiskClassifier(
        lightgbm=spec.lightgbm, directions=directions, calibration_share=spec.split.calibration_share,
        random_state=spec.seed, n_jobs=n_jobs,
    )  # fmt: skip
    if n_refits is not None:
        estimator.set_params(n_refits=n_refits)
    moments = rows.moments
    has_clock = moments["decided_at"].null_count() == 0
    groups = moments.select("customer_id", "interaction_id").to_numpy()
    time = moments["started_at"].dt.timestamp("us").to_numpy() if has_clock else None
    estimator.fit(
        rows.frame,
        moments["label"].to_numpy(),
        sample_weight=moments["weight"].to_numpy(),
        time=time,
        groups=groups,
    )
    names = [name for name in plan_of(families).names if name.startswith(("usual:", "recorded:"))]
    facts = sources.freeze(until, names)
    typical = Typical.of(rows.frame, estimator.encode(rows.frame), rows.stage)
    info["trained_until"] = datetime.fromtimestamp(until / 1e6, UTC).isoformat()
    return RiskModel(spec, estimator, facts, typical, dict(known_at), info)


def _judge(
    rows: _Rows,
    sources: Sources,
    spec: Spec,
    n_jobs: int,
    info: dict[str, Any],
    tell: Callable[[str], None],
    n_refits: int | None = None,
) -> tuple[RiskModel, pl.DataFrame]:
    """Return the twin, and the test moments with its risks and those of the baselines."""
    train, test = rows.part("train"), rows.part("test")
    for part, name in ((train, "training"), (test, "test")):
        if part.moments["label"].n_unique() < 2:
            raise InputError(
                f"the {name} part must have labels of both kinds; change split.test_share or gather more ratings"
            )
    first_test = int(test.moments["as_of"].dt.timestamp("us").min())  # type: ignore[arg-type]
    twin = _fit(train, sources, spec, n_jobs, info, first_test - 1, n_refits)
    frozen = Sources(sources.interactions, sources.events, twin.facts, sources.circumstances)
    place, as_of = locate(sources, test.moments)
    frame = features_at(frozen, place, as_of, twin.plan).select(list(twin.columns))
    tell("judging on the test part")
    risk, low, high, _ = twin.estimator.predict_encoded(twin.estimator.encode(frame))
    others = baselines(
        train.frame, train.moments["label"].to_numpy(), train.moments["weight"].to_numpy(), frame
    )
    judged = test.moments.select(
        "interaction_id", "customer_id", "as_of", "is_last", "label", "weight", *SEGMENTS
    ).with_columns(
        stage=test.stage, risk=pl.Series(risk), risk_low=pl.Series(low), risk_high=pl.Series(high),
        **{f"risk_{name}": pl.Series(values) for name, values in others.items()},
    )  # fmt: skip
    return twin, judged


def _ablation(tables: Tables, moments: pl.DataFrame, spec: Spec, name: str, n_jobs: int) -> pl.DataFrame:
    """Return the test moments as judged without a kind of event or a column of the context."""
    own = spec.context
    context = own.model_copy(update={
        "categorical": [one for one in own.categorical if one != name],
        "numeric": [one for one in own.numeric if one != name],
    })  # fmt: skip
    spec = spec.model_copy(update={"context": context})
    fewer = tables.replace(events=tables.events.filter(pl.col("kind") != name))
    rows, sources = _features(fewer, moments, spec)
    info = {"tables_known_at": tables.about.get("known_at", {})}
    return _judge(rows, sources, spec, n_jobs, info, lambda step: None, n_refits=_ABLATION_REFITS)[1]


def _end(tables: Tables) -> int:
    """Return the last time of anything in the tables, microseconds."""
    times = [tables.interactions["started_at"], tables.events["at"], tables.feedback["rated_at"]]
    return int(np.max([t.dt.timestamp("us").max() for t in times if t.len() > t.null_count()]))
