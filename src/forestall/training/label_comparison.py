"""Models of other labels beside the model's own, learnt and judged on the same records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import polars as pl

from forestall.data import Tables
from forestall.errors import InputError
from forestall.evaluation.questions.outcomes import OutcomePrediction, outcome_predictions
from forestall.model import RiskModel, Spec
from forestall.model.spec import Moments
from forestall.moments import Label, split_by_customer
from forestall.moments.sampling import weigh
from forestall.moments.seeded_draws import drawn
from forestall.training.labelled_moments import labelled_moments
from forestall.training.learn import Learnt
from forestall.training.training_set import Work

MOST_INTERACTIONS = 10_000  # of each label: what bounds the time


def compare_labels(
    learnt: Learnt, tables: Tables, *, tell: Callable[[str], None] = lambda step: None
) -> list[OutcomePrediction]:
    """Return how well the twin, and a model of each label of `compare_labels`, foresee each of these outcomes.

    Each further model learns from one moment of each of at most 10,000 interactions before the test part, and has no
    interval, so that a comparison takes seconds. All are judged at the last moment of interactions of the test part.

    Raises
    ------
    InputError
        A label is not there, or of one kind only.
    """
    if learnt.twin is None or learnt.work is None or not learnt.twin.spec.compare_labels:
        return []
    spec: Spec = learnt.twin.spec
    own = learnt.work.rows.moments
    models: dict[str, RiskModel] = {in_short(spec.label): learnt.twin}
    tests = {in_short(spec.label): own.filter("is_last", pl.col("part") == "test")}
    n_learnt = {in_short(spec.label): learnt.counts["train"]}
    begin = own.filter(pl.col("part") == "test")["as_of"].min()
    for label in spec.compare_labels:
        words = in_short(label)
        tell(f"learning for comparison: {words}")
        other = spec.model_copy(update={"label": label, "moments": Moments(per_interaction=1)})
        moments = _divided(tables, other, begin if learnt.work.rows.has_clock else None)
        work = Work.of(tables, moments, other, learnt.work.n_jobs, {"name": spec.name})
        models[words] = work.judge(n_refits=0, with_baselines=False)[0]
        tests[words] = moments.filter(pl.col("part") == "test")
        n_learnt[words] = moments.filter(pl.col("part") == "train").height
    tell("comparing the labels")
    return outcome_predictions(
        {words: _risks(models, tables, rows) for words, rows in tests.items()}, n_learnt, spec.seed
    )


def in_short(label: Label) -> str:
    """Return a label in a few words.

    Examples
    --------
    >>> in_short(Label(event="complained", horizon_days=30))
    '“complained” within 30 days'
    """
    days = f"within {label.horizon_days:g} days"
    if label.event is not None:
        return f"“{label.event}” {days}"
    return f"rated {label.dissatisfied_at_or_below:g} or less {days}"


def _divided(tables: Tables, spec: Spec, begin: object) -> pl.DataFrame:
    """Return labelled last moments by parts: `train` was decided before `begin`, `test` starts from then on."""
    if spec.label.scale is not None:
        tables = tables.reject_off_scale(*spec.label.scale)
    moments, _ = labelled_moments(tables, spec)
    if not moments.height:
        raise InputError(f"compare_labels: no interaction has the label {in_short(spec.label)}")
    if not isinstance(begin, datetime):
        no_time = moments.with_columns(decided_at=pl.lit(None, moments.schema["decided_at"]))
        marked = split_by_customer(no_time, spec.split.test_share, spec.seed)
    else:
        first = pl.lit(begin, moments.schema["as_of"])
        is_train = (pl.col("decided_at") < first) & (pl.col("started_at") < first)
        part = (
            pl.when(pl.col("started_at") >= first).then(pl.lit("test")).when(is_train).then(pl.lit("train"))
        )
        marked = moments.with_columns(part=part)
    kept = [
        drawn(marked.filter(pl.col("part") == part), MOST_INTERACTIONS, spec.seed, "labels compared")
        for part in ("train", "test")
    ]
    return weigh(pl.concat(kept).drop("weight").sort("started_at", "interaction_id"))


def _risks(models: dict[str, RiskModel], tables: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    moments = rows.select("interaction_id", "as_of")
    risks = {
        f"risk_{place}": model.score(tables, moments=moments)["dissatisfaction_risk"]
        for place, model in enumerate(models.values())
    }
    return rows.select("interaction_id", "customer_id", "label").with_columns(**risks)
