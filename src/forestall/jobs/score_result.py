"""What a scoring job returns and writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from forestall.contacts.contact_list import CONTACT_LIST
from forestall.contacts.partings import PARTINGS
from forestall.data import Tables
from forestall.errors import ForestallError
from forestall.job_files import (
    SUMMARY,
    earlier_results,
    in_callers_library,
    rejection_counts,
    write_parts,
    write_summary,
)
from forestall.jobs.job_result import JobResult
from forestall.locations import Location
from forestall.model import Spec
from forestall.publishing import Output, Publication, writing
from forestall.registry import LoadedModel
from forestall.reporting.contact_page import CONTACT_PAGE, ContactList, write_contact_page

SCORES = "scores"
REJECTED = "rejected"
RESULTS = (SCORES, REJECTED, CONTACT_LIST, CONTACT_PAGE, PARTINGS, SUMMARY)
# The contact list of version 0.1 was `queue.parquet`.
find_earlier = earlier_results(*RESULTS, "queue.parquet")
_ACCOUNT = (
    "rows_in_sources",
    "rows_in",
    "scored",
    "abstained",
    "rejected",
    "not_at_a_moment",
    "rejected_events",
)


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
        What `summary.json` holds. `rows_in_sources` counts the interactions that were read: the sum of `rows_in` and
        `not_at_a_moment`. `rows_in` is the sum of `scored`, `abstained` and `rejected`. `partial` is a part of
        `scored`; `bands` counts moments.
    output
        Where the results were written, if anywhere.
    was_done
        Whether the output held the results of the same job, so that there was nothing to do.
    """

    scores: Any
    contact_list: pl.DataFrame | None
    partings: pl.DataFrame | None
    figures: dict[str, Any]
    output: Location | None
    was_done: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        place = {"scores": str(self.output / SCORES)} if self.output else {}
        return place | self.figures | ({"was_done": True} if self.was_done else {})


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
        "rows_in_sources": tables.rejections.rows_in["interactions"],
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


def check_account(figures: dict[str, Any], rows: pl.DataFrame, tables: Tables) -> None:
    """Check that each interaction of the sources is scored, abstained, rejected or not at a moment, and only once.

    Raises
    ------
    ForestallError
        The counts do not add up.
    """
    read = figures["rows_in_sources"]
    counted = {name: figures[name] for name in ("scored", "abstained", "rejected", "not_at_a_moment")}
    n_moments = rows.select("interaction_id", "as_of").n_unique() if rows.height else 0
    unknown = rows.join(tables.interactions, on="interaction_id", how="anti").height
    if sum(counted.values()) != read or n_moments != rows.height or unknown:
        named = ", ".join(f"{name} {count:,}" for name, count in counted.items())
        raise ForestallError(
            f"the {read:,} interactions must each be counted once, are: {named}; {rows.height - n_moments:,} moments "
            f"have two rows, {unknown:,} rows belong to no interaction; nothing was written; report this fault"
        )


def write_scores(
    result: ScoreResult,
    rows: pl.DataFrame,
    tables: Tables,
    publication: Publication,
    spec: Spec,
    *,
    texts: bool = False,
) -> None:
    """Write the score rows, the lists, the page of the contact list, the rejected rows and the summary."""
    write_parts(rows, publication, SCORES)
    folder = publication.folder
    with writing(str(result.output)):
        for name, frame in ((CONTACT_LIST, result.contact_list), (PARTINGS, result.partings)):
            if frame is not None:
                frame.write_parquet(folder / name)
        if result.contact_list is not None:
            counts = result.figures["contact_list"]
            listed = ContactList(result.contact_list, counts, rows, tables, spec)
            write_contact_page(listed, folder / CONTACT_PAGE, texts=texts)
        tables.rejections.write(folder / REJECTED)
        write_summary(folder, result.figures)
    publication.account = {name: result.figures[name] for name in _ACCOUNT}


def read_result(place: Output, tables: Tables) -> ScoreResult:
    """Return the results that an output holds."""
    output = place.folder
    parts = sorted((output / SCORES).glob("*.parquet"))
    rows = pl.concat([pl.read_parquet(part, hive_partitioning=False) for part in parts])
    listed, costly = (
        pl.read_parquet(output / name) if (output / name).is_file() else None
        for name in (CONTACT_LIST, PARTINGS)
    )
    figures = json.loads((output / SUMMARY).read_text(encoding="utf-8"))
    return ScoreResult(
        in_callers_library(rows, tables), listed, costly, figures, place.location, was_done=True
    )
