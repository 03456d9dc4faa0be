"""What a scoring job returns and writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from forestall.contacts.contact_list import CONTACT_LIST, to_contact
from forestall.contacts.partings import PARTINGS
from forestall.data.frames import Library, in_library
from forestall.errors import ForestallError
from forestall.job_files import (
    SUMMARY,
    check_written,
    earlier_results,
    rejection_counts,
    write_parts,
    write_summary,
)
from forestall.jobs.job_records import Divided
from forestall.jobs.job_result import JobResult
from forestall.jobs.score_on_spark import DividedOnSpark
from forestall.jobs.score_totals import ScoreCounts, ScoreTotals
from forestall.locations import Location
from forestall.publishing import MANIFEST, Output, Publication, read_manifest, writing
from forestall.publishing.local_results import local_results
from forestall.registry import LoadedModel
from forestall.reporting.contact_page import CONTACT_PAGE, ContactList, write_contact_page
from forestall.streaming.shared_facts import SharedFacts

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


@dataclass(frozen=True, repr=False)
class ScoreResult(JobResult):
    """What `score` computed.

    Attributes
    ----------
    contact_list
        Whom to contact first; None without a policy and without `contacts`.
    partings
        Costly customers of low value, for a person to think about; None without a policy.
    figures
        What `summary.json` holds. `rows_in_sources` counts the interactions that were read: the sum of `rows_in` and
        `not_at_a_moment`. `rows_in` is the sum of `scored`, `abstained` and `rejected`. `partial` is a part of
        `scored`; `bands` counts moments. `records_end`, the time of the last record, is None without `as_of` and
        without a contact list.
    output
        Where the results were written, if anywhere.
    library
        The library of the score rows: that of the tables.
    rows
        The score rows as a Polars frame; None if they are read from the output when they are wanted.
    was_done
        Whether the output held the results of the same job, so that there was nothing to do.
    """

    contact_list: pl.DataFrame | None
    partings: pl.DataFrame | None
    figures: dict[str, Any]
    output: Location | None
    library: Library = "polars"
    rows: pl.DataFrame | None = None
    was_done: bool = False

    @cached_property
    def scores(self) -> Any:
        """The score rows, one per moment: pandas if the tables were made from pandas.

        Those of large data are read from the output, and take as much memory as they need.
        """
        rows = self.rows
        if rows is None:
            assert self.output is not None
            with local_results(self.output, "score", (SCORES,)) as folder:
                rows = _read_rows(_folder_of_run(folder, self.figures["run_id"]))
        return in_library(rows, self.library)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        place = {"scores": str(self.output / SCORES)} if self.output else {}
        return place | self.figures | ({"was_done": True} if self.was_done else {})


def score_figures(
    totals: ScoreTotals,
    shared: SharedFacts,
    model: LoadedModel,
    as_of: datetime | None,
    run_id: str,
    scored_at: datetime,
) -> dict[str, Any]:
    """Return what was scored, counted in interactions, and which model scored it."""
    counts, rejected = totals.counts, shared.account.rejected
    return {
        "rows_in": counts.at_a_moment + rejected.count("interactions"),
        "rows_in_sources": rejected.rows_in["interactions"],
        "scored": counts.scored,
        "partial": counts.partial,
        "abstained": counts.at_a_moment - counts.scored,
        **rejection_counts(rejected),
        "not_at_a_moment": counts.interactions - counts.at_a_moment,
        "bands": dict(sorted(counts.bands.items())),
        "as_of": None if as_of is None else as_of.isoformat(),
        "records_end": None if shared.end is None else shared.end.isoformat(),
        "model_name": model.name,
        "model_version": model.version,
        "model_uri": model.uri,
        "experimental": bool(model.info.get("experimental")),
        "run_id": run_id,
        "scored_at": (totals.scored_at or scored_at).isoformat(),
        "clock": shared.about.get("clock"),
    }


def check_account(figures: dict[str, Any], counts: ScoreCounts) -> None:
    """Check that each interaction of the sources is scored, abstained, rejected or not at a moment, and only once.

    Raises
    ------
    ForestallError
        The counts do not add up.
    """
    read = figures["rows_in_sources"]
    counted = {name: figures[name] for name in ("scored", "abstained", "rejected", "not_at_a_moment")}
    if sum(counted.values()) != read or counts.doubled or counts.unknown:
        named = ", ".join(f"{name} {count:,}" for name, count in counted.items())
        raise ForestallError(
            f"the {read:,} interactions must each be counted once, are: {named}; {counts.doubled:,} moments "
            f"have two rows, {counts.unknown:,} rows belong to no interaction; nothing was written; report this fault"
        )


def write_scores(
    result: ScoreResult,
    totals: ScoreTotals,
    divided: Divided | DividedOnSpark,
    publication: Publication,
    *,
    texts: bool = False,
) -> None:
    """Write the score rows that are not written yet, the lists, their page, the rejected rows and the summary.

    Raises
    ------
    ForestallError
        The files have another number of score rows than were computed.
    """
    if result.rows is not None:
        write_parts(result.rows, publication, SCORES)
    check_written(publication, SCORES, totals.counts.rows)
    folder = publication.folder
    with writing(str(result.output)):
        for name, frame in ((CONTACT_LIST, result.contact_list), (PARTINGS, result.partings)):
            if frame is not None:
                frame.write_parquet(folder / name)
        if result.contact_list is not None and totals.shown is not None:
            counts = result.figures["contact_list"]
            listed = ContactList(to_contact(result.contact_list), counts, *totals.shown, totals.spec)
            write_contact_page(listed, folder / CONTACT_PAGE, texts=texts)
        divided.write_rejected(folder / REJECTED)
        write_summary(folder, result.figures)
    publication.account = {name: result.figures[name] for name in _ACCOUNT}


def _folder_of_run(folder: Path, run_id: str) -> Path:
    """Return the folder of a run among the results that are at one place."""
    found = (file.parent for file in sorted(folder.rglob(MANIFEST)))
    return next(
        (one for one in found if (manifest := read_manifest(one)) and manifest.run_id == run_id), folder
    )


def _read_rows(output: Path) -> pl.DataFrame:
    parts = sorted((output / SCORES).glob("*.parquet"))
    return pl.concat([pl.read_parquet(part, hive_partitioning=False) for part in parts])


def read_result(place: Output, library: Library) -> ScoreResult:
    """Return the results that an output holds."""
    output = place.folder
    is_here = place.location == output  # elsewhere the copies here are removed with the job
    rows = None if is_here else _read_rows(output)
    listed, costly = (
        pl.read_parquet(output / name) if (output / name).is_file() else None
        for name in (CONTACT_LIST, PARTINGS)
    )
    figures = json.loads((output / SUMMARY).read_text(encoding="utf-8"))
    return ScoreResult(listed, costly, figures, place.location, library, rows, was_done=True)
