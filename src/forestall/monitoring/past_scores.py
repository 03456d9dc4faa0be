"""The scores that earlier scoring jobs wrote, and the interactions on their contact lists."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from forestall.contacts.contact_list import CONTACT_LIST
from forestall.data import Tables
from forestall.data.contact_schema import HOLDOUT
from forestall.data.digest import digest_of
from forestall.data.table_files import UNREADABLE
from forestall.errors import InputError, UsageError, cannot_read
from forestall.job_files import has_summary
from forestall.moments import Label, label_moments
from forestall.moments.seeded_draws import SeededDraws
from forestall.plain_files import is_special
from forestall.publishing import read_manifest, read_steady, settle
from forestall.publishing.staging import PREFIX

log = logging.getLogger(__name__)

_COLUMNS: dict[str, Any] = {
    "interaction_id": pl.String,
    "as_of": pl.Datetime("us", "UTC"),
    "dissatisfaction_risk": pl.Float64,
    "data_quality": pl.String,
    "model_name": pl.String,
    "model_version": pl.String,
}


@dataclass(frozen=True)
class PastScores:
    """The scores of a model by earlier jobs, and the interactions on their contact lists.

    Parameters
    ----------
    rows
        interaction_id, as_of, risk, data_quality, model_version; rows without a risk are left out.
    listed
        The interaction_id of the interactions on a contact list.
    """

    rows: pl.DataFrame
    listed: pl.Series

    @property
    def versions(self) -> list[str]:
        """The model versions of the scores, in order."""
        return sorted(
            self.rows["model_version"].drop_nulls().unique().to_list(), key=lambda one: (len(one), one)
        )

    def digest(self) -> str:
        """Return a digest of the scores and the contact lists."""
        return digest_of({"scores": self.rows, "listed": self.listed.to_frame()}, {})


def read_scores(folder: str | Path, model_name: str) -> PastScores:
    """Read the scores and contact lists that scoring jobs of a model wrote in or below a folder.

    Parameters
    ----------
    folder
        A folder with results of scoring jobs anywhere below it. Results of a job that has not ended are skipped.
    model_name
        The registered name of the model; scores of other models are skipped.

    Raises
    ------
    UsageError
        The folder does not exist, or no scoring job has ended in it.
    InputError
        A file is not a valid file of scores or contact list, or there are no scores of this model.
    """
    top = Path(folder)
    jobs = [read_steady(job, partial(_read_job, job, model_name)) for job in _job_folders(top)]
    finished = [job for job in jobs if job is not None]
    if len(finished) < len(jobs):
        log.warning("%d folders of scores are skipped: their job has not ended", len(jobs) - len(finished))
    if not finished:
        unfinished = f", but {len(jobs)} whose job has not ended; give that job again" if jobs else ""
        raise UsageError(
            f"--scores must be a folder with scores/*.parquet in or below it; {folder} has none{unfinished}"
        )
    rows = pl.concat(part for job in finished for part in job.parts)
    own = rows.filter(
        pl.col("model_name") == model_name,
        pl.all_horizontal(pl.col("interaction_id", "as_of", "dissatisfaction_risk").is_not_null()),
    )
    if not own.height:
        others = ", ".join(sorted(rows["model_name"].drop_nulls().unique())) or "no model"
        raise InputError(f"the scores must be of {model_name}; they are of {others}")
    listed = pl.concat(job.listed for job in finished)
    known = own.rename({"dissatisfaction_risk": "risk"}).drop("model_name")
    key = ["interaction_id", "as_of", "model_version", "risk"]
    return PastScores(known.sort(key), listed.unique().sort())


def label_past_scores(
    past_scores: PastScores, tables: Tables, label: Label, is_drawn: bool = False, seed: int = 7
) -> pl.DataFrame:
    """Return one score per interaction, with its label and whether the interaction was on a contact list.

    The evaluated score is chosen independently of the outcome. Otherwise scores shortly before the outcome would be
    evaluated most often. It is the last score of the interaction or, if the label's event often occurs while
    interactions are open, a randomly drawn one. An interaction is left out if its label was known by then.

    Parameters
    ----------
    past_scores
        The scores of earlier jobs.
    tables
        The tables of today.
    label
        The definition of the label.
    is_drawn
        Whether the score is drawn: the label's event often occurs while interactions are open.
    seed
        The seed of the draw.

    Returns
    -------
    polars.DataFrame
        The rows of `past_scores.rows` with `customer_id`, `label`, `decided_at` and `is_listed`.
    """
    known = past_scores.rows.join(
        tables.interactions.select("interaction_id", "customer_id"), on="interaction_id", how="inner"
    )
    if is_drawn:
        names = pl.concat_str("interaction_id", pl.col("as_of").dt.to_string("iso:strict"), separator=" ")
        order = SeededDraws(known.select(names).to_series(), seed).uniform("scored")
        known = known.with_columns(order=pl.Series(order, dtype=pl.Float64))
    else:
        known = known.with_columns(order=pl.col("as_of"))
    one_each = known.sort("interaction_id", "order", "model_version", "risk").unique(
        "interaction_id", keep="last", maintain_order=True
    )
    labelled = label_moments(tables, one_each.drop("order"), label)
    return labelled.filter(pl.col("label").is_not_null()).with_columns(
        is_listed=pl.col("interaction_id").is_in(past_scores.listed.implode())
    )


@dataclass(frozen=True)
class _Job:
    """The scores of one job, and the interactions on its contact list if it is of the model."""

    parts: list[pl.DataFrame]
    listed: pl.Series


def _job_folders(top: Path) -> list[Path]:
    """Return the folders in or below `top` that hold, or are about to hold, the results of a scoring job."""
    found = {file.parent.parent for file in top.rglob("scores/*.parquet")}
    if top.name == "scores" and any(top.glob("*.parquet")):
        found.add(top.parent)
    found |= {staging.parent for staging in top.rglob(f"{PREFIX}*")}
    found = {job for job in found if not any(part.startswith(".") for part in job.parts[len(top.parts) :])}
    for job in found:
        settle(job)
    return [job for job in sorted(found) if any(job.glob("scores/*.parquet"))]


def _read_job(job: Path, model_name: str) -> _Job | None:
    """Return the scores of a job; None if it has not ended: without a manifest and, of version 0.1, a summary."""
    manifest = read_manifest(job)
    if manifest is not None:
        files = [job / part.path for part in manifest.parts if part.entry == "scores"]
    elif has_summary(job):
        files = sorted(job.glob("scores/*.parquet"))
    else:
        return None
    parts = [_read(file, _COLUMNS) for file in files]
    file = job / CONTACT_LIST
    if not file.is_file() or not any((part["model_name"] == model_name).any() for part in parts):
        return _Job(parts, pl.Series("interaction_id", [], pl.String))
    listed = _read(file, {"interaction_id": pl.String})
    if "arm" in pl.read_parquet_schema(file):  # nobody contacts the held-out
        listed = listed.filter(_read(file, {"arm": pl.String})["arm"] != HOLDOUT)
    return _Job(parts, listed["interaction_id"])


def _read(file: Path, columns: dict[str, Any]) -> pl.DataFrame:
    if is_special(file):
        raise InputError(f"{file} must be a Parquet file, is a pipe or a device; remove it")
    try:
        return pl.read_parquet(file, columns=list(columns)).cast(columns)  # type: ignore[arg-type]
    except UNREADABLE as error:
        wrong = f"{file} must be a Parquet file with {', '.join(columns)}; it is not"
        raise InputError(cannot_read(file, wrong)) from error
