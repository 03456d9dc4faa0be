"""The leak watch: columns, features and kinds of events that may be known only with the label."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import column_types
from forestall.evaluation.questions.leaks import Leak, leaks
from forestall.evaluation.questions.row_order import order_of_rows
from forestall.model import RiskModel, Spec
from forestall.moment_features.kinds_read import kinds_read
from forestall.moments import Label, default_moments, label_events
from forestall.moments.labels import has_no_clock
from forestall.moments.row_order import with_own_rows
from forestall.moments.seeded_draws import draw_rows

MOST_ROWS = 20_000
_TOGETHER_US = 1_000_000  # an event within a second of the rating counts as recorded with it
_EVENT = "event "


def leak_watch(
    model: RiskModel, tables: Tables, labelled: pl.DataFrame, auc: float, recorded: Tables | None = None
) -> list[Leak]:
    """Return features, columns and kinds of events that may be known only with the label, and revealing orders of rows.

    Parameters
    ----------
    model
        The model with its features and context.
    tables
        The records.
    labelled
        The labelled interactions at their last moment, with their features.
    auc
        Of the whole model.
    recorded
        The records in the order of their source, by default `tables`.
    """
    some = draw_rows(labelled, MOST_ROWS, model.spec.seed, "watched for leaks")
    features = [
        name for name in some.columns if name in model.columns and model.columns[name][0] != "context"
    ]
    found = leaks(
        some.select(features),
        [True] * some.height,
        some["label"],
        kinds=dict.fromkeys(features, "feature"),
        used=features,
        auc_of_model=auc,
        seed=model.spec.seed,
    )
    order = order_of_rows(recorded or tables, with_own_rows(labelled, recorded or tables))
    found += [order.leak()] if order.is_leak else []
    kinds = model.own_kinds.all.union(*kinds_read(model.families).values())
    found += watch_records(
        tables, labelled.select("interaction_id", "as_of", "label"), model.spec, auc, kinds=kinds
    )
    return sorted(found, key=lambda leak: (not leak.is_used, leak.name))


def watch_records(
    tables: Tables, labelled: pl.DataFrame, spec: Spec, auc: float, *, kinds: Collection[str] = ()
) -> list[Leak]:
    """Return the company's own columns and kinds of events that may be known only with the label.

    Parameters
    ----------
    tables
        The records.
    labelled
        The labelled interactions: interaction_id, as_of (the moment of evaluation) and label.
    spec
        The specification; its context names the columns that the model uses.
    auc
        Of the whole model.
    kinds
        The kinds of events that the model reads by name.
    """
    if spec.label.event is not None and has_no_clock(tables):  # the final state is the label, not a fact
        tables = tables.replace(events=tables.events.filter(pl.col("kind") != spec.label.event))
    unlabelled = tables.interactions.select("interaction_id")
    for known in (tables.feedback, labelled):
        unlabelled = unlabelled.join(known.select("interaction_id"), on="interaction_id", how="anti")
    if spec.label.event is not None:  # those without a label are the latest ones, and no comparison
        unlabelled = unlabelled.head(0)
    others = draw_rows(unlabelled, MOST_ROWS, spec.seed, "watched for leaks").with_columns(
        label=pl.lit(None, labelled.schema["label"])
    )
    others = others.join(
        default_moments(tables, spec.label.event), on="interaction_id", how="left", maintain_order="left"
    )
    rows = pl.concat(
        [draw_rows(labelled, MOST_ROWS, spec.seed, "watched for leaks"), others.select(labelled.columns)]
    )
    beside = _own_columns(tables).join(_kinds(tables, rows), on="interaction_id", how="left")
    both = rows.join(beside, on="interaction_id", how="left", maintain_order="left")
    columns = both.drop("interaction_id", "as_of", "label")
    return leaks(
        columns,
        both["label"].is_not_null(),
        both["label"].cast(pl.Float64).fill_null(float("nan")),
        kinds={name: "event" if name.startswith(_EVENT) else "column" for name in columns.columns},
        used=[*spec.context.texts, *spec.context.numbers, *(f"{_EVENT}{kind}" for kind in kinds)],
        auc_of_model=auc,
        late=_late(tables, spec.label),
        seed=spec.seed,
    )


def _own_columns(tables: Tables) -> pl.DataFrame:
    """Return the columns that the company added: nothing says when they are known."""
    declared = set(column_types("interactions"))
    return tables.interactions.select(
        "interaction_id", *(name for name in tables.interactions.columns if name not in declared)
    )


def _kinds(tables: Tables, moments: pl.DataFrame) -> pl.DataFrame:
    """Return which kinds of events each interaction had by its moment: 1, or null."""
    happened = tables.events.join(moments.select("interaction_id", "as_of"), on="interaction_id").filter(
        pl.col("at") <= pl.col("as_of")
    )
    found = happened.select("interaction_id", "kind").unique().with_columns(there=pl.lit(1.0))
    wide = found.pivot(
        "kind", index="interaction_id", values="there", aggregate_function="first", sort_columns=True
    )
    return wide.rename({name: f"{_EVENT}{name}" for name in wide.columns if name != "interaction_id"})


def _late(tables: Tables, label: Label) -> dict[str, float]:
    """Return for each kind of event its share that is recorded within a second of the label."""
    if label.event is None:
        came = tables.feedback.drop_nulls("rated_at").select("interaction_id", came_at="rated_at")
    else:
        came = label_events(tables, label).select("interaction_id", came_at="decided_at")
    others = tables.events.filter(pl.col("kind") != (label.event or "")).with_row_index("event")
    both = others.join(came, on="interaction_id")
    near = (pl.col("at") - pl.col("came_at")).dt.total_microseconds().abs() <= _TOGETHER_US
    # an event counts once, also where its interaction was rated more than once
    each = both.group_by("event", "kind").agg(near.any().cast(pl.Float64).alias("near"))
    shares = each.group_by("kind").agg(pl.col("near").mean().alias("share"))
    return {f"{_EVENT}{kind}": float(share) for kind, share in shares.iter_rows()}
