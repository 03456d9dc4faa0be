"""A company whose own features read columns and attributes that only they know, and the model that it trains."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

import forestall
from forestall.registry import LoadedModel
from forestall.registry.tracking import connect
from forestall.simulation import simulate

MODULE = '''"""Own features: what our shop records of the parcel."""
from forestall.feature_terms import Attribute, Family, Feature, First, START, elapsed, number, only_if, has_happened

PARCEL = Family("parcel", "What we know of the parcel.", [
    Feature("word_s", elapsed(START, First("message", "staff")), "Seconds until staff wrote.", +1, "{value} without a word", low=0),
    Feature("per_kg", number("price") / number("weight_kg"), "Price of a kilogram.", 0, "{value} a kilogram", low=0),
    Feature("shelf", only_if(has_happened("served"), number("shelf_n")), "Shelf, once served.", 0, "from shelf {value}", low=0),
    Feature("mood", Attribute("mood", "last"), "Mood that the till noted last.", -1, "a mood of {value}", low=0),
], contributes_to="service")
'''  # noqa: E501
SPEC = """
name: parcel-risk
label: {scale: [1, 5], dissatisfied_at_or_below: 2, horizon_days: 30}
moments: {per_interaction: 2}
families: [service, resolution]
compare_without: [weight_kg]
lightgbm: {learning_rate: 0.2, num_leaves: 7, max_bin: 31}
gate: {min_labelled: 100, min_dissatisfied: 20}
features: [my_company.features]
kinds: {own: none, attributes: none}   # nothing else is in the family `context`
"""
OWN = ["parcel_word_s", "parcel_per_kg", "parcel_shelf", "parcel_mood"]


@dataclass(frozen=True)
class Made:
    """The data, the package, and the model of a training."""

    folder: Path
    model: LoadedModel

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def package(self) -> str:
        return str(self.folder / "package")


def make(folder: Path) -> None:
    """Train a model whose own features read columns and attributes that only they know, and package it."""
    data = folder / "data"
    simulate(data, 2500, seed=3)
    rows = pl.int_range(pl.len(), dtype=pl.Int64)
    shop = pl.read_parquet(data / "interactions.parquet")
    shop.with_columns(weight_kg=rows % 7 + 0.5, shelf_n=(rows % 11).cast(pl.Float64)).write_parquet(
        data / "interactions.parquet"
    )
    events = pl.read_parquet(data / "events.parquet")
    ratings = (
        pl.read_parquet(data / "feedback.parquet").unique("interaction_id").select("interaction_id", "rating")
    )
    mood = pl.col("rating").fill_null(4.0) + rows % 3  # so that there is something to learn
    noted = events.join(ratings, on="interaction_id", how="left", maintain_order="left").with_columns(
        mood=mood
    )
    noted.drop("rating").write_parquet(data / "events.parquet")
    about = json.loads((data / "about.json").read_text())
    (data / "about.json").write_text(json.dumps({**about, "known_at": {"shelf_n": "served"}}))
    shutil.rmtree(data / "manifest.json", ignore_errors=True)
    home = folder / "models" / "my_company"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("raise ImportError('a package is not run')\n")
    (home / "features.py").write_text(MODULE)
    (folder / "models" / "model.yaml").write_text(SPEC)
    uri = f"sqlite:///{folder}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        report = forestall.train(data, folder / "models", tracking_uri=uri, allow_small=True)
    (folder / "run_id").write_text(report.run_id)
    import mlflow

    connect(uri)
    source = mlflow.artifacts.download_artifacts(f"runs:/{report.run_id}/model")
    shutil.copytree(source, folder / "package")
    shutil.rmtree(home)  # from here on nobody can import it
