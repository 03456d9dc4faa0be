"""What scoring jobs wrote: the risks that people acted on, and whom they were told to contact."""

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

_READ: dict[str, Any] = {
    "interaction_id": pl.String,
    "as_of": pl.Datetime("us", "UTC"),
    "dissatisfaction_risk": pl.Float64,
    "data_quality": pl.String,
    "model_name": pl.String,
    "model_version": pl.String,
}


@dataclass(frozen=True)
class Acted:
    """The score rows of a model, and the interactions that were on a contact list.

    Parameters
    ----------
    rows
        interaction_id, as_of, risk, data_quality, model_version; those without a risk are left out.
    listed
        interaction_id of those on a contact list.
    """

    rows: pl.DataFrame
    listed: pl.Series

    @property
    def versions(self) -> list[str]:
        """The versions that scored, in order."""
        return sorted(
            self.rows["model_version"].drop_nulls().unique().to_list(), key=lambda one: (len(one), one)
        )

    def digest(self) -> str:
        """Return a digest of what was scored and listed."""
        return digest_of({"scores": self.rows, "listed": self.listed.to_frame()}, {})


def read_scores(folder: str | Path, model_name: str) -> Acted:
    """Return what scoring jobs by a model wrote anywhere below a folder.

    Raises
    ------
    UsageError
        There is no such folder, or no score file in it.
    InputError
        A file is no file of scores or a contact list, or none is of this model.
    """
    top = Path(folder)
    files = sorted({*top.rglob("scores/*.parquet"), *(top.glob("*.parquet") if top.name == "scores" else ())})
    if not files:
        raise UsageError(f"--scores must be a folder with scores/*.parquet in or below it; {folder} has none")
    parts = {file: _read(file, _READ) for file in files}
    rows = pl.concat(parts.values())
    own = rows.filter(
        pl.col("model_name") == model_name,
        pl.all_horizontal(pl.col("interaction_id", "as_of", "dissatisfaction_risk").is_not_null()),
    )
    if not own.height:
        others = ", ".join(sorted(rows["model_name"].drop_nulls().unique())) or "nobody"
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
    return Acted(known.sort(key), listed.unique().sort())


def come_true(
    acted: Acted, tables: Tables, label: Label, is_drawn: bool = False, seed: int = 7
) -> pl.DataFrame:
    """Return one score of each interaction, with the label that came after it and whether it was on a contact list.

    Which score is judged must not depend on what came: else those after which it came at once would be judged most
    often. So it is the interaction's last score; where the label's event often comes while interactions are open, one
    that chance has drawn. If the label had come by then, the interaction is left out.

    Parameters
    ----------
    acted
        The scores.
    tables
        The records of today.
    label
        What is foreseen.
    is_drawn
        Whether its event often comes while interactions are open.
    seed
        Of the draw.
    """
    known = acted.rows.join(
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
        is_listed=pl.col("interaction_id").is_in(acted.listed.implode())
    )


def _read(file: Path, columns: dict[str, Any]) -> pl.DataFrame:
    try:
        return pl.read_parquet(file, columns=list(columns)).cast(columns)  # type: ignore[arg-type]
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{file} must be a Parquet file with {', '.join(columns)}; it is not") from error
