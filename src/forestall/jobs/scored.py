"""What scoring jobs wrote: the risks that people acted on, and whom they were told to contact."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from forestall.data import Tables
from forestall.errors import InputError, UsageError
from forestall.jobs.queueing import QUEUE
from forestall.moments import Label, label_moments

_READ = {
    "interaction_id": pl.String,
    "as_of": pl.Datetime("us", "UTC"),
    "dissatisfaction_risk": pl.Float64,
    "model_name": pl.String,
    "model_version": pl.String,
}


@dataclass(frozen=True)
class Acted:
    """The score rows of a model, and the interactions that were in a queue.

    Parameters
    ----------
    rows
        interaction_id, as_of, risk, model_version; those without a risk are left out.
    queued
        interaction_id of whom a queue named.
    """

    rows: pl.DataFrame
    queued: pl.Series

    @property
    def versions(self) -> list[str]:
        """The versions that scored, in order."""
        return sorted(
            self.rows["model_version"].drop_nulls().unique().to_list(), key=lambda one: (len(one), one)
        )


def read_scores(folder: str | Path, model_name: str) -> Acted:
    """Return what scoring jobs by a model wrote anywhere below a folder.

    Raises
    ------
    UsageError
        There is no such folder, or no score file in it.
    InputError
        A file is no file of scores, or none is of this model.
    """
    top = Path(folder)
    files = sorted({*top.rglob("scores/*.parquet"), *(top.glob("*.parquet") if top.name == "scores" else ())})
    if not files:
        raise UsageError(f"--scores must be a folder with scores/*.parquet in or below it; {folder} has none")
    rows = pl.concat([_read(file) for file in files])
    own = rows.filter(pl.col("model_name") == model_name, pl.col("risk").is_not_null())
    if not own.height:
        others = ", ".join(sorted(rows["model_name"].drop_nulls().unique())) or "nobody"
        raise InputError(f"the scores must be of {model_name}; they are of {others}")
    queues = [pl.read_parquet(file, columns=["interaction_id"]) for file in sorted(top.rglob(QUEUE))]
    queued = pl.concat(queues)["interaction_id"] if queues else pl.Series("interaction_id", [], pl.String)
    return Acted(own.drop("model_name"), queued.unique())


def come_true(acted: Acted, tables: Tables, label: Label) -> pl.DataFrame:
    """Return the last score of each interaction before its label came, with the label and whether it was queued."""
    labelled = label_moments(tables, acted.rows, label).filter(pl.col("label").is_not_null())
    last = labelled.sort("as_of", maintain_order=True).unique(
        "interaction_id", keep="last", maintain_order=True
    )
    customers = tables.interactions.select("interaction_id", "customer_id")
    return last.join(customers, on="interaction_id", how="inner", maintain_order="left").with_columns(
        is_queued=pl.col("interaction_id").is_in(acted.queued.implode())
    )


def _read(file: Path) -> pl.DataFrame:
    try:
        rows = pl.read_parquet(file, columns=list(_READ))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(
            f"{file} must be a Parquet file of scores, with {', '.join(_READ)}; it is not"
        ) from error
    return rows.cast(_READ).rename({"dissatisfaction_risk": "risk"})  # type: ignore[arg-type]
