"""Runs a ready importer on files that a test writes, and counts what became of their rows."""

import json
import random
from pathlib import Path
from typing import Any

import polars as pl

from forestall import read_spec
from forestall.data import Tables
from forestall.importing import import_tables
from forestall.model import RiskModel
from forestall.moment_features import feature_table
from forestall.training.learn import learn

MAPPINGS = Path(__file__).parents[1] / "pipelines" / "mappings"
MODELS = MAPPINGS.parents[1] / "models"
N_COPIES = 240


def write_json(path: Path, document: Any) -> Path:
    """Write a JSON document and return its path."""
    path.write_text(json.dumps(document))
    return path


def write_csv(path: Path, text: str) -> Path:
    """Write lines of CSV, without the indentation of the test, and return the path."""
    path.write_text("\n".join(line.strip() for line in text.strip().splitlines()) + "\n")
    return path


def run(mapping: str, *sources: Path, max_rejected: float = 1.0, **tables: Path) -> Tables:
    """Import sources, and further tables by name, by a mapping of the project."""
    named = [f"{name}={path}" for name, path in tables.items()]
    return import_tables(MAPPINGS / f"{mapping}.yaml", [*map(str, sources), *named], max_rejected)


def rows_are_accounted_for(tables: Tables) -> bool:
    """Return whether each main row became an interaction, was rejected, was left out or was superseded."""
    counts = tables.about["import"]["counts"]
    became = tables.interactions.height + tables.rejections.count("interactions")
    others = ("left_out", "older_rows", "rows_with_a_further_rating")
    return bool(counts["rows_in"] == became + sum(counts.get(name, 0) for name in others))


def kinds_of(tables: Tables) -> dict[str, int]:
    """Return the number of events of each kind."""
    return dict(tables.events.group_by("kind").len().sort("kind").iter_rows())


def times_of(tables: Tables, interaction: str) -> list[tuple[str, str]]:
    """Return the kind and the time (day, hour and minute in UTC) of each event of an interaction, in order of time."""
    own = tables.events.filter(pl.col("interaction_id") == interaction).sort("at", "kind")
    return list(own.select("kind", pl.col("at").dt.strftime("%d %H:%M")).iter_rows())


def ratings_of(tables: Tables) -> list[tuple[str, float, str | None]]:
    """Return each rating: the interaction, the rating and its time (day, hour and minute in UTC)."""
    ordered = tables.feedback.sort("interaction_id", "rated_at")
    return list(
        ordered.select("interaction_id", "rating", pl.col("rated_at").dt.strftime("%d %H:%M")).iter_rows()
    )


def features_of(tables: Tables, interaction: str, time: str) -> dict[str, Any]:
    """Return the features of an interaction at a time, such as `2026-03-02T09:59:00Z`."""
    as_of = pl.Series([time]).str.to_datetime(time_zone="UTC", time_unit="us")
    moments = pl.DataFrame({"interaction_id": [interaction], "as_of": as_of})
    return dict(feature_table(tables, moments).row(0, named=True))


def train(model: str, tables: Tables) -> RiskModel:
    """Return the model of a folder of `models/`, with few trees, trained on tables as they are imported."""
    few_trees = {"learning_rate": 0.3, "num_leaves": 7, "max_bin": 15}
    spec = read_spec(MODELS / model).model_copy(update={"lightgbm": few_trees})
    return learn(tables, spec, allow_small=True, evaluate=False).model


def mean_risk_of_copies(model: str, tables: Tables) -> float:
    """Return the mean risk by a ready model of copies of a small export, a day apart, on which it is trained.

    One copy in three is rated badly, by chance alone. NaN if the model abstains.
    """
    scale = read_spec(MODELS / model).label.scale
    assert scale is not None
    copies = _copies(tables, scale)
    trained = train(model, copies)
    rated = copies.interactions.join(copies.feedback, on="interaction_id", how="semi")
    scores = trained.score(copies.replace(interactions=rated, events=_events_of(copies, rated)))
    return float(scores["dissatisfaction_risk"].to_numpy().mean())


def _events_of(tables: Tables, interactions: pl.DataFrame) -> pl.DataFrame:
    return tables.events.join(interactions, on="interaction_id", how="semi", maintain_order="left")


def _copies(tables: Tables, scale: tuple[float, float]) -> Tables:
    draw = random.Random(5)
    copy = pl.DataFrame({"copy": range(N_COPIES), "is_bad": [draw.random() < 1 / 3 for _ in range(N_COPIES)]})
    frames = {}
    for name in ("interactions", "events", "feedback"):
        frame = getattr(tables, name)
        times = [column for column, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
        frame = frame.join(copy, how="cross").with_columns(
            pl.col(times) - pl.duration(days=pl.col("copy")),
            pl.format("{}-{}", "interaction_id", "copy").alias("interaction_id"),
        )
        if name == "feedback":
            frame = frame.with_columns(rating=pl.when("is_bad").then(scale[0]).otherwise(scale[1]))
        frames[name] = frame.drop("copy", "is_bad")
    return Tables(**frames, about=tables.about)
