"""Every figure of a model before anyone acts on it: of its predictions, and of the records behind them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from forestall.assessment.drivers import ExplainedMoments, drivers, explain_moments, importance
from forestall.assessment.leak_watch import leak_watch
from forestall.assessment.policy_value import policy_value
from forestall.assessment.trajectories import MOST_INTERACTIONS, risk_trajectories
from forestall.data import Tables
from forestall.evaluation import Evaluation, evaluate
from forestall.evaluation.questions.drivers import Drivers
from forestall.evaluation.questions.earliness import earliness
from forestall.evaluation.questions.examples import choose_examples, examples
from forestall.evaluation.questions.label_noise import noise
from forestall.evaluation.questions.raters import BACK_DAYS, Raters, raters
from forestall.evaluation.questions.reversals import reversals
from forestall.model import RiskModel
from forestall.model.prepared_tables import PreparedTables
from forestall.moments import end_of_records
from forestall.moments.labels import has_no_clock
from forestall.moments.row_order import with_own_rows
from forestall.training.baseline_features import measured_features
from forestall.training.segments import SEGMENTS, segments_of
from forestall.training.training_set import TrainingSet

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Assessment:
    """What was found of a model.

    Parameters
    ----------
    evaluation
        Every figure.
    importance
        By feature, how much it moves the risk: see `assessment.drivers.importance`.
    quality
        How many of the interactions followed over time were `ok`, `partial` and `abstained` at their last moment.
    """

    evaluation: Evaluation
    importance: list[dict[str, Any]] = field(default_factory=list)
    quality: dict[str, int] = field(default_factory=dict)


def assess(
    prepared: PreparedTables,
    rows: pl.DataFrame,
    labelled: pl.DataFrame,
    *,
    begin: datetime | None = None,
    seen: Mapping[str, Iterable[str]] | None = None,
    work: TrainingSet | None = None,
    full: pl.DataFrame | None = None,
    recorded: Tables | None = None,
    most: int = MOST_INTERACTIONS,
    has_examples: bool = False,
    tell: Callable[[str], None] = lambda step: None,
) -> Assessment:
    """Return every figure of a model on rows that it has not seen.

    Parameters
    ----------
    prepared, rows
        The model and the records; the labelled moments with their risks, in the form of `evaluation.evaluate`.
    labelled
        All labelled interactions at their last moment, with their features: the input of the leak watch and of the
        search for reversals, which do not depend on the model.
    begin, most
        At most so many interactions, which start then or later, are followed over time.
    seen
        By column, the groups that the model was trained on.
    work, full
        With `work`, a model without each family is fitted too. `full` are the test moments with the risks of a model
        with all families, by default `rows`.
    recorded
        The records as they were given, before `without_row_order`; by default those of `prepared`.
    has_examples
        Whether some interactions are shown with their ids.
    tell
        Called with each long step.
    """
    model, tables, seed = prepared.model, prepared.tables, prepared.model.spec.seed
    plain = evaluate(rows, SEGMENTS, seen=seen)
    tell("following the risk of interactions over time")
    paths = _paths(prepared, rows, begin, most)
    early = earliness(paths, seed=seed)
    last = rows.filter("is_last")
    tell("drivers, response and leaks")
    explained = explain_moments(prepared, last) if last.height else None
    found = replace(
        plain,
        earliness=None if has_no_clock(tables) else early,
        certainty=replace(plain.certainty, noise=noise(labelled, last, seed)) if plain.certainty else None,
        raters=_raters(prepared, paths),
        reversals=reversals(labelled, _greetings(labelled)),
        drivers=_drivers(explained, rows if full is None else full, work, tell),
        leaks=leak_watch(model, tables, labelled, plain.overall["auc"], recorded or tables),
        value=policy_value(prepared, paths, begin),
    )
    if has_examples:
        shown = _examples(prepared, paths, early.steadiness.alarm, recorded or tables)
        found = replace(found, examples=shown)
    return _assessed(found, explained, paths)


def _paths(prepared: PreparedTables, rows: pl.DataFrame, begin: datetime | None, most: int) -> pl.DataFrame:
    """Return the risks of interactions over time, with their segments."""
    tables = prepared.tables
    # without a clock no row is later than another: then the evaluated rows are followed
    only = rows["interaction_id"] if has_no_clock(tables) else None
    paths = risk_trajectories(prepared, begin, only=only, most=most)
    segments = segments_of(tables, prepared.model.spec.privacy.least_customers)
    return paths.join(segments, on="interaction_id", how="left", maintain_order="left")


def _assessed(found: Evaluation, explained: ExplainedMoments | None, paths: pl.DataFrame) -> Assessment:
    """Return what was found, and say its leaks on the log."""
    for leak in found.leaks:
        log.warning("leak watch: %s %s: %s", leak.kind, leak.name.removeprefix("event "), leak.why)
    qualities = paths.filter("is_last")["data_quality"].value_counts().iter_rows()
    return Assessment(found, importance(explained) if explained else [], dict(sorted(qualities)))


def _drivers(
    explained: ExplainedMoments | None,
    full: pl.DataFrame,
    work: TrainingSet | None,
    tell: Callable[[str], None],
) -> Drivers | None:
    return None if explained is None else drivers(explained, full=full, work=work, tell=tell)


def _raters(prepared: PreparedTables, paths: pl.DataFrame) -> Raters | None:
    """Return who rates; None where the label is an event, which needs no rating."""
    model = prepared.model
    if model.spec.label.event is not None:
        return None
    return raters(_everybody(paths, prepared.tables, model), SEGMENTS, model.spec.seed)


def _everybody(paths: pl.DataFrame, tables: Tables, model: RiskModel) -> pl.DataFrame:
    """Return the interactions whose time to rate is over, at their last moment."""
    end = end_of_records(tables)
    horizon = timedelta(days=model.spec.label.horizon_days)
    later = tables.interactions.select("customer_id", again_at="started_at").drop_nulls().sort("again_at")
    last = paths.filter("is_last").sort("as_of")
    next_start = last.join_asof(
        later,
        left_on="as_of",
        right_on="again_at",
        by="customer_id",
        strategy="forward",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    window = timedelta(days=BACK_DAYS)
    if has_no_clock(tables):  # every time to rate is over, and nobody is known to have come back
        return next_start.with_columns(
            is_rated=pl.col("label").is_not_null(), came_back=pl.lit(None, pl.Boolean)
        )
    is_over = pl.col("as_of") + window <= end
    came_back = ((pl.col("again_at") - pl.col("as_of")) <= window).fill_null(False)
    return next_start.filter(pl.col("as_of") + horizon <= end).with_columns(
        is_rated=pl.col("label").is_not_null(),
        came_back=pl.when(is_over & pl.col("customer_id").is_not_null()).then(came_back),
    )


def _greetings(labelled: pl.DataFrame) -> list[str]:
    """Return the greeting features that can be compared between places: numbers that are often known."""
    return [
        name
        for name, kind in labelled.schema.items()
        if name.startswith("greeting_")
        and kind.is_numeric()
        and labelled[name].count() > labelled.height / 10
    ]


def _examples(prepared: PreparedTables, paths: pl.DataFrame, alarm: float, recorded: Tables) -> list[Any]:
    if np.isnan(alarm):
        return []
    kinds = choose_examples(paths, alarm)
    names = [name for some in kinds.values() for name in some]
    moments = paths.filter(pl.col("interaction_id").is_in(names)).select("interaction_id", "as_of")
    if not moments.height:
        return []
    scores = prepared.score(moments, reasons=True)
    texts = pl.col("reasons").list.eval(pl.element().struct.field("text"))
    found = examples(paths, scores.select("interaction_id", "as_of", reasons=texts), kinds)
    own = with_own_rows(pl.DataFrame({"interaction_id": [one.interaction_id for one in found]}), recorded)
    return [replace(one, interaction_id=name) for one, name in zip(found, own["interaction_id"], strict=True)]


def labelled_features(work: TrainingSet) -> pl.DataFrame:
    """Return all labelled interactions of a training at their last moment, with their features."""
    return _labelled(work.rows.moments, work.rows.measured)


def labelled_by(prepared: PreparedTables, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the labelled interactions of any data at their last moment, with the features of a model."""
    last = rows.filter("is_last")
    return _labelled(last, measured_features(prepared, last))


def _labelled(moments: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    kept = ["interaction_id", "customer_id", "as_of", "label", "is_last", *SEGMENTS]
    taken = moments.select(kept).hstack(frame.drop([name for name in kept if name in frame.columns]))
    return taken.filter("is_last")
