"""The three tables of a company's records, checked when they are constructed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import dataframely as dy
import polars as pl

from forestall.data import schemas
from forestall.data.about import complete_about
from forestall.data.casting import cast_table, is_internal, unreadable_cells
from forestall.data.data_folder import new_folder
from forestall.data.data_source import read_raw
from forestall.data.digest import digest_of
from forestall.data.frames import Frame, Library, library_of, to_polars
from forestall.data.plausible_times import (
    PlausibleTimes,
    far_promises,
    latest_time,
    with_limit,
    without_limit,
)
from forestall.data.rejections import Rejections
from forestall.data.schemas import ROW, RULE, broken_rules
from forestall.data.storage import write_about, write_frame
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError
from forestall.locations import location_of

log = logging.getLogger(__name__)


class Tables:
    """Interactions, events and feedback, checked and in the types of the contract.

    Parameters
    ----------
    interactions, events, feedback
        pandas or Polars frames. Columns are cast to the types of the contract. A time without a zone is read
        as UTC, a date as the end of its day. `feedback` is optional.
    about
        Origin of the data, as in `about.json`: `mapping_digest`, `timezone`, `clock` (`times` or `none`),
        `known_at` (kind of event by column), `rating_known` (`times` or `none`),
        `exported_at` (when the records were taken; nothing may be later), and any other key.

    Attributes
    ----------
    interactions, events, feedback : polars.DataFrame
        The valid rows, in their original order.
    about : dict
        `about`, with defaults for missing keys; `moved_to_start` counts the events with a clock fault.
    rejections : Rejections
        The rows that broke a rule.
    frames : str
        The library of the given frames, `pandas` or `polars`.

    Raises
    ------
    InputError
        A required column is missing, a column cannot be read, or no interaction is valid.
    """

    interactions: pl.DataFrame
    events: pl.DataFrame
    feedback: pl.DataFrame
    about: dict[str, Any]
    rejections: Rejections
    frames: Library
    _latest: datetime | None

    def __init__(
        self,
        interactions: Frame,
        events: Frame,
        feedback: Frame | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        raw = {"interactions": to_polars(interactions, "interactions"), "events": to_polars(events, "events")}
        if feedback is None:
            raw["feedback"] = pl.DataFrame(schema=schemas.column_types("feedback"))
        else:
            raw["feedback"] = to_polars(feedback, "feedback")
        if not raw["interactions"].height:
            raise InputError("interactions must have rows, has none")
        self.frames = library_of(interactions)
        self.rejections = Rejections(rows_in={table: frame.height for table, frame in raw.items()})
        self._latest = latest_time(about or {})
        cast: dict[str, pl.DataFrame] = {}
        for table, frame in raw.items():
            cast[table], cells = cast_table(frame, table)
            self.rejections = self.rejections.plus("cells", cells)
        self._keep_interactions(cast["interactions"], raw["interactions"])
        starts = self.interactions.select("interaction_id", "started_at")
        n_moved = self._keep_events(cast["events"], raw["events"], starts)
        self._keep_feedback(cast["feedback"], raw["feedback"], starts)
        self.about = complete_about(about or {}, self.interactions, self.feedback)
        if n_moved:
            self.about["moved_to_start"] = int(self.about.get("moved_to_start", 0)) + n_moved
        self._log()

    def _keep_interactions(self, cast: pl.DataFrame, raw: pl.DataFrame) -> None:
        good = self._sift("interactions", cast, raw, schemas.Interactions)
        good = self._plausible("interactions", good, raw)
        good = self._sift("interactions", good, raw, schemas.Keyed)
        if not good.height:
            raise InputError(
                f"interactions must have a valid row: {self.rejections.describe('interactions')}"
            )
        self.interactions = self._without_far_promises(good.drop(ROW))

    def _keep_events(self, cast: pl.DataFrame, raw: pl.DataFrame, starts: pl.DataFrame) -> int:
        """Keep the valid events, and return how many were moved to the start of their interaction."""
        good = self._sift("events", cast, raw, schemas.Events)
        good = self._plausible("events", good, raw)
        good = good.join(starts, on="interaction_id", how="left", maintain_order="left")
        good = self._sift("events", good, raw, schemas.OwnedEvents)
        early = good["at"] < good["started_at"]
        if early.any():
            log.info("events: %d moved to the start of their interaction", early.sum())
            good = good.with_columns(pl.max_horizontal("at", "started_at").alias("at"))
        self.events = good.drop(ROW, "started_at")
        return int(early.sum())

    def _keep_feedback(self, cast: pl.DataFrame, raw: pl.DataFrame, starts: pl.DataFrame) -> None:
        good = self._sift("feedback", cast, raw, schemas.Feedback)
        good = self._plausible("feedback", good, raw)
        good = good.join(starts, on="interaction_id", how="left", maintain_order="left")
        good = self._sift("feedback", good, raw, schemas.OwnedFeedback)
        good = self._sift("feedback", good, raw, schemas.KeyedFeedback)
        self.feedback = good.drop(ROW, "started_at")

    def _plausible(self, table: str, frame: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
        """Return the rows whose time is plausible; without a clock all of them."""
        if self._latest is None:
            return frame
        checked = with_limit(frame, table, self._latest)
        return without_limit(self._sift(table, checked, raw, PlausibleTimes))

    def _without_far_promises(self, interactions: pl.DataFrame) -> pl.DataFrame:
        """Return the interactions without promises that are too far ahead to be one; the rows stay."""
        if self._latest is None:
            return interactions
        is_far = far_promises(interactions, self._latest)
        if not is_far.any():
            return interactions
        rule = pl.select(pl.when(is_far).then(pl.lit("promised_too_far_ahead"))).to_series()
        cells = unreadable_cells(
            "interactions", interactions["interaction_id"], interactions["promised_at"], rule
        )
        self.rejections = self.rejections.plus("cells", cells)
        return interactions.with_columns(interactions["promised_at"].set(is_far, None))

    def _sift(
        self, table: str, frame: pl.DataFrame, raw: pl.DataFrame, rules: type[dy.Schema]
    ) -> pl.DataFrame:
        """Return the rows of `frame` that meet the rules, and add the others, as they came, to the rejections."""
        broken = [broken_rules(frame, rules)]
        if RULE in frame.columns:
            unreadable = frame.filter(pl.col(RULE).is_not_null()).select(ROW, RULE)
            broken = [unreadable, broken[0].join(unreadable, on=ROW, how="anti")]
            frame = frame.drop(RULE)
        bad = pl.concat(broken).sort(ROW)
        if not bad.height:
            return frame
        shown = raw.select(pl.exclude(RULE))[bad[ROW]].with_columns(bad[RULE].alias("rule"))
        shown = shown.rename({name: name.strip("_") for name in shown.columns if is_internal(name)})
        self.rejections = self.rejections.plus(table, shown)
        return frame.join(bad.select(ROW), on=ROW, how="anti", maintain_order="left")

    def _log(self) -> None:
        kept = {table: getattr(self, table).height for table in schemas.TABLES}
        rejected = {table: self.rejections.count(table) for table in schemas.TABLES}
        log.info("tables: rows kept %s, rejected %s", kept, rejected)

    def replace(
        self,
        *,
        interactions: pl.DataFrame | None = None,
        events: pl.DataFrame | None = None,
        feedback: pl.DataFrame | None = None,
        rejections: Rejections | None = None,
    ) -> Self:
        """Return these tables with some frames replaced, without a check.

        The frames must have the columns and types of those that they replace, such as a part of their rows. Rows that
        are left out so count as rows that never came in.
        """
        new = object.__new__(type(self))
        new.interactions = self.interactions if interactions is None else interactions
        new.events = self.events if events is None else events
        new.feedback = self.feedback if feedback is None else feedback
        given = {"interactions": interactions, "events": events, "feedback": feedback}
        more = {
            name: frame.height - getattr(self, name).height
            for name, frame in given.items()
            if frame is not None
        }
        new.rejections = self.rejections.with_rows_in(more) if rejections is None else rejections
        new.about, new.frames, new._latest = dict(self.about), self.frames, self._latest
        return new

    def reject_off_scale(self, low: float, high: float) -> Self:
        """Return these tables with ratings outside `low` to `high` rejected, rule `rating_off_scale`."""
        on_scale = pl.col("rating").is_between(low, high)
        off = self.feedback.filter(~on_scale)
        if not off.height:
            return self
        bad = off.with_columns(pl.lit("rating_off_scale").alias("rule"))
        log.info("feedback: %d ratings off the scale %g to %g", off.height, low, high)
        return self.replace(
            feedback=self.feedback.filter(on_scale), rejections=self.rejections.plus("feedback", bad)
        )

    def digest(self) -> str:
        """Return a SHA-256 digest of the contents, as hex.

        It depends on the values, the order of rows and the keys `clock`, `known_at` and `rating_known` of
        `about`. It does not depend on files and parts, the machine or versions of libraries.
        """
        notes = {key: self.about.get(key) for key in ("clock", "known_at", "rating_known")}
        return digest_of({table: getattr(self, table) for table in schemas.TABLES}, notes)

    def write(self, path: str | Path) -> Path:
        """Write the tables, `about.json` and the rejected rows to a data folder, and return its path.

        An existing data folder is replaced when the new one is complete.

        Raises
        ------
        UsageError
            `path` holds something that no manifest names, or another process writes it.
        """
        with new_folder(path) as folder:
            self.write_files(folder)
        return Path(path)

    def write_files(self, folder: Path) -> None:
        """Write the files of a data folder into an empty folder."""
        for table in schemas.TABLES:
            write_frame(getattr(self, table), folder / f"{table}.parquet")
        self.rejections.write(folder / "rejected")
        write_about(self.about, folder)

    def __repr__(self) -> str:
        counts = ", ".join(f"{table}: {getattr(self, table).height}" for table in schemas.TABLES)
        return f"Tables({counts})"


def read_tables(path: str | Path, max_rejected: float = MAX_REJECTED) -> Tables:
    """Return the tables of a data folder.

    Parameters
    ----------
    path
        A folder with the tables `interactions` and `events`, and optionally `feedback`. Each is one Parquet file
        (`events.parquet`), a folder of parts (`events/*.parquet`, or `events/date=2026-01-01/*.parquet`) or a Delta
        table. `about.json` is optional. Or the address of such a folder in an object store
        (`s3://`, `gs://`, `az://`), or of a database (`postgresql://`).
    max_rejected
        Highest share of a table's rows that may be rejected, 0 to 1.

    Raises
    ------
    InputError
        A table or a required column is missing, a file cannot be read, or too many rows are rejected.
    """
    about, frames = read_raw(location_of(path))
    tables = Tables(**frames, about=about)  # type: ignore[arg-type] # the required ones are there
    tables.rejections.check(max_rejected)
    return tables
