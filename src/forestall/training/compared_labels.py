"""The further labels of `compare_labels`: their moments, and whether there is enough to compare."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from forestall.data import Tables
from forestall.errors import InputError, nearest
from forestall.model import Spec
from forestall.model.spec import Moments
from forestall.moments import Label, split_by_customer
from forestall.moments.sampling import weigh
from forestall.moments.seeded_draws import draw_rows
from forestall.training.labelled_moments import labelled_moments

MOST_INTERACTIONS = 10_000  # of each label: what bounds the time


def check_labels(tables: Tables, spec: Spec, begin: datetime | None) -> None:
    """Check, before anything is fitted, that each label of `compare_labels` can be learnt and evaluated.

    Parameters
    ----------
    tables, spec
        The records, and what is learnt.
    begin
        When the test part begins; None without a clock.

    Raises
    ------
    InputError
        A label is found nowhere, or a part of the split has labels of one kind only.
    """
    kinds = set(tables.events["kind"])
    for label in spec.compare_labels:
        if label.event is not None and label.event not in kinds:
            raise InputError(
                f"compare_labels: the events must have the kind '{label.event}'; {nearest(label.event, kinds)}"
            )
        moments = moments_of(tables, spec_of(spec, label), begin)
        for part, name in (("train", "training"), ("test", "test")):
            labels = moments.filter(pl.col("part") == part)["label"]
            if labels.n_unique() < 2:
                raise InputError(
                    f"compare_labels: the {name} part must have both outcomes of the label {in_short(label)}; of "
                    f"{len(labels)} interactions {int(labels.sum())} are dissatisfied. Leave the label out, or "
                    "gather more"
                )


def first_test_moment(moments: pl.DataFrame) -> datetime | None:
    """Return when the test part of labelled moments begins; None without a clock."""
    if moments["decided_at"].null_count():
        return None
    begin = moments.filter(pl.col("part") == "test")["as_of"].min()
    return begin if isinstance(begin, datetime) else None


def spec_of(spec: Spec, label: Label) -> Spec:
    """Return the specification of a model of another label, which learns from one moment of each interaction."""
    return spec.model_copy(update={"label": label, "moments": Moments(per_interaction=1)})


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


def moments_of(tables: Tables, spec: Spec, begin: datetime | None) -> pl.DataFrame:
    """Return labelled last moments: the part `train` was decided before `begin`, `test` starts then or later."""
    if spec.label.scale is not None:
        tables = tables.reject_off_scale(*spec.label.scale)
    moments, _ = labelled_moments(tables, spec)
    if not moments.height:
        raise InputError(f"compare_labels: no interaction has the label {in_short(spec.label)}")
    if begin is None:
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
        draw_rows(marked.filter(pl.col("part") == part), MOST_INTERACTIONS, spec.seed, "labels compared")
        for part in ("train", "test")
    ]
    return weigh(pl.concat(kept).drop("weight").sort("started_at", "interaction_id"))
