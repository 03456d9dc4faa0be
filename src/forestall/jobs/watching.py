"""The leak watch over a company's records: its own columns, the model's features, and the kinds of events."""

from __future__ import annotations

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import column_types
from forestall.evaluation.leaks import Leak, leaks
from forestall.model import RiskModel
from forestall.moments import default_moments

MOST_ROWS = 20_000
_TOGETHER_US = 1_000_000  # what is recorded within a second of the rating came with it
_EVENT = "event "


def leak_watch(model: RiskModel, tables: Tables, labelled: pl.DataFrame, auc: float) -> list[Leak]:
    """Return what may be known only with the rating.

    Parameters
    ----------
    model
        Whose features and context.
    tables
        The records.
    labelled
        The labelled interactions at their last moment, with their features.
    auc
        Of the whole model.
    """
    rated, others = _rows(tables, labelled, model.spec.seed)
    features = [
        name for name in labelled.columns if name in model.columns and model.columns[name][0] != "context"
    ]
    found = leaks(
        rated.select(features),
        [True] * rated.height,
        rated["label"],
        kinds=dict.fromkeys(features, "feature"),
        used=features,
        auc_of_model=auc,
        seed=model.spec.seed,
    )
    beside = _own_columns(tables).join(_kinds(tables), on="interaction_id", how="left")
    both = pl.concat([rated.select("interaction_id", "label"), others]).join(
        beside, on="interaction_id", how="left", maintain_order="left"
    )
    columns = both.drop("interaction_id", "label")
    kinds = {name: "event" if name.startswith(_EVENT) else "column" for name in columns.columns}
    own = model.spec.context
    found += leaks(
        columns,
        both["label"].is_not_null(),
        both["label"].cast(pl.Float64).fill_null(float("nan")),
        kinds=kinds,
        used=[*own.categorical, *own.numeric],
        auc_of_model=auc,
        late=_late(tables),
        seed=model.spec.seed,
    )
    return sorted(found, key=lambda leak: (not leak.is_used, leak.name))


def _rows(tables: Tables, labelled: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return labelled rows and others, a sample of each where there are many."""
    others = tables.interactions.select("interaction_id").join(
        tables.feedback.select("interaction_id"), on="interaction_id", how="anti"
    )
    others = others.join(labelled.select("interaction_id"), on="interaction_id", how="anti")
    some = [
        frame.sort(pl.col("interaction_id").hash(1000 * seed + 991)).head(MOST_ROWS)
        if frame.height > MOST_ROWS
        else frame
        for frame in (labelled, others)
    ]
    return some[0], some[1].with_columns(label=pl.lit(None, labelled.schema["label"]))


def _own_columns(tables: Tables) -> pl.DataFrame:
    """Return the columns that the company added, which nobody has declared to be known in time."""
    declared = set(column_types("interactions"))
    return tables.interactions.select(
        "interaction_id", *(name for name in tables.interactions.columns if name not in declared)
    )


def _kinds(tables: Tables) -> pl.DataFrame:
    """Return for each interaction which kinds of events it had by its last moment: 1, or null."""
    ends = default_moments(tables).rename({"as_of": "ends_at"})
    happened = tables.events.join(ends, on="interaction_id").filter(pl.col("at") <= pl.col("ends_at"))
    found = happened.select("interaction_id", "kind").unique().with_columns(there=pl.lit(1.0))
    wide = found.pivot(
        "kind", index="interaction_id", values="there", aggregate_function="first", sort_columns=True
    )
    return wide.rename({name: f"{_EVENT}{name}" for name in wide.columns if name != "interaction_id"})


def _late(tables: Tables) -> dict[str, float]:
    """Return for each kind of event how often, among rated interactions, it comes with the rating to the second."""
    both = tables.events.join(
        tables.feedback.filter(pl.col("rated_at").is_not_null()).select("interaction_id", "rated_at"),
        on="interaction_id",
    )
    near = ((pl.col("at") - pl.col("rated_at")).dt.total_microseconds().abs() <= _TOGETHER_US).cast(
        pl.Float64
    )
    shares = both.group_by("kind").agg(near.mean().alias("share"))
    return {f"{_EVENT}{kind}": float(share) for kind, share in shares.iter_rows()}
