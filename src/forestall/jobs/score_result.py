"""What a scoring job returns and writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from forestall.contacts.contact_list import CONTACT_LIST
from forestall.contacts.partings import PARTINGS
from forestall.data import Tables
from forestall.job_files import rejection_counts, results_folder, write_parts, write_summary
from forestall.jobs.job_result import JobResult
from forestall.registry import LoadedModel

SCORES = "scores"
_RESULTS = (SCORES, "rejected", CONTACT_LIST, PARTINGS)


@dataclass(frozen=True)
class ScoreResult(JobResult):
    """What `score` computed.

    Attributes
    ----------
    scores
        The score rows, one per moment. pandas if the tables were made from pandas.
    contact_list
        Whom to contact first; None without a policy and without `contacts`.
    partings
        Costly customers of low value, for a person to think about; None without a policy.
    figures
        What `summary.json` holds. `rows_in`, `scored`, `partial`, `abstained`, `rejected` and `not_at_a_moment` count
        interactions, `bands` counts moments.
    output
        The folder that was written, if any.
    """

    scores: Any
    contact_list: pl.DataFrame | None
    partings: pl.DataFrame | None
    figures: dict[str, Any]
    output: Path | None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        return ({"scores": str(self.output / SCORES)} if self.output else {}) | self.figures


def count_scores(
    rows: pl.DataFrame, tables: Tables, model: LoadedModel, as_of: Any, run_id: str
) -> dict[str, Any]:
    """Return what was scored, counted in interactions, and which model scored it."""
    is_scored = pl.col("dissatisfaction_risk").is_not_null().any()
    by_interaction = rows.group_by("interaction_id").agg(is_scored.alias("is_scored"))
    n_scored = int(by_interaction["is_scored"].sum())
    is_partial = pl.col("data_quality") == "partial"
    bands = rows.drop_nulls("risk_band").group_by("risk_band").len().sort("risk_band")
    return {
        "rows_in": by_interaction.height + tables.rejections.count("interactions"),
        "scored": n_scored,
        "partial": rows.filter(is_partial)["interaction_id"].n_unique(),
        "abstained": by_interaction.height - n_scored,
        **rejection_counts(tables),
        "not_at_a_moment": tables.interactions.height - by_interaction.height,
        "bands": dict(bands.iter_rows()),
        "as_of": str(as_of) if as_of is not None else None,
        "model_name": model.name,
        "model_version": model.version,
        "model_uri": model.uri,
        "experimental": bool(model.info.get("experimental")),
        "run_id": run_id,
        "scored_at": rows["scored_at"][0].isoformat() if rows.height else None,
        "clock": tables.about.get("clock"),
    }


def write_scores(result: ScoreResult, rows: pl.DataFrame, tables: Tables, output: Path) -> None:
    """Write the score rows, the lists, the rejected rows and the summary; all of them or, on an error, nothing."""
    with results_folder(output, result.figures["run_id"], _RESULTS) as folder:
        for name, frame in ((CONTACT_LIST, result.contact_list), (PARTINGS, result.partings)):
            if frame is not None:
                frame.write_parquet(folder / name)
        write_parts(rows, folder / SCORES)
        tables.rejections.write(folder / "rejected")
        write_summary(folder, result.figures)
