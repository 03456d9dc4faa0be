"""The scores that earlier scoring jobs wrote, and the interactions on their contact lists."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from forestall.contacts.contact_list import CONTACT_LIST
from forestall.data import Tables
from forestall.data.digest import digest_of
from forestall.errors import InputError, UsageError
from forestall.moments import Label, label_moments
from forestall.moments.seeded_draws import SeededDraws

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
        A folder with `scores/*.parquet` anywhere below it.
    model_name
        The registered name of the model; scores of other models are skipped.

    Raises
    ------
    UsageError
        The folder does not exist or has no score file.
    InputError
        A file is not a valid file of scores or contact list, or there are no scores of this model.
    """
    top = Path(folder)
    files = sorted({*top.rglob("scores/*.parquet"), *(top.glob("*.parquet") if top.name == "scores" else ())})
    if not files:
        raise UsageError(f"--scores must be a folder with scores/*.parquet in or below it; {folder} has none")
    parts = {file: _read(file, _COLUMNS) for file in files}
    rows = pl.concat(parts.values())
    own = rows.filter(
        pl.col("model_name") == model_name,
        pl.all_horizontal(pl.col("interaction_id", "as_of", "dissatisfaction_risk").is_not_null()),
    )
    if not own.height:
        others = ", ".join(sorted(rows["model_name"].drop_nulls().unique())) or "no model"
        raise InputError(f"the scores must be of {model_name}; they are of {others}")
    jobs = {file.parent.parent for file, part in parts.items() if (part["model_name"] == model_name).any()}
    lists = [
        _read(job / CONTACT_LIST, {"interaction_id": pl.String})
        for job in sorted(jobs)
        if (job / CONTACT_LIST).is_file()
    ]
    listed = pl.concat(lists)["interaction_id"] if lists else pl.Series("interaction_id", [], pl.String)
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


def _read(file: Path, columns: dict[str, Any]) -> pl.DataFrame:
    try:
        return pl.read_parquet(file, columns=list(columns)).cast(columns)  # type: ignore[arg-type]
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{file} must be a Parquet file with {', '.join(columns)}; it is not") from error
