"""The tables of a company's records, checked when they are constructed."""

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
from forestall.data.casting import cast_table
from forestall.data.contact_schema import KeyedContacts, OwnedContacts
from forestall.data.data_folder import new_folder
from forestall.data.digest import digest_of
from forestall.data.frames import Frame, Library, library_of, to_polars
from forestall.data.plausible_times import (
    PlausibleTimes,
    latest_time,
    with_limit,
    without_implausible,
    without_limit,
)
from forestall.data.rejections import Rejections
from forestall.data.schemas import ROW
from forestall.data.sifting import sift, starts_of
from forestall.data.storage import write_about, write_frame
from forestall.data.whole_tables import WholeTables
from forestall.errors import InputError, must_be

log = logging.getLogger(__name__)

MOVED = "moved_to_start"  # in `about`


class Tables:
    """Interactions, events, feedback and contacts, checked and in the types of the contract.

    Parameters
    ----------
    interactions, events, feedback
        pandas or Polars frames. Columns are cast to the types of the contract. A time without a zone is read
        as UTC, a date as the end of its day. `feedback` is optional.
    about
        Origin of the data, as in `about.json`: `mapping_digest`, `timezone`, `clock` (`times` or `none`),
        `known_at` (kind of event by column), `rating_known` (`times` or `none`),
        `exported_at` (when the records were taken; nothing may be later), and any other key.
    contacts
        Who was offered to be contacted (optional). It is never a feature, and changes no score.

    Attributes
    ----------
    interactions, events, feedback, contacts : polars.DataFrame
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
    contacts: pl.DataFrame
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
        contacts: Frame | None = None,
    ) -> None:
        if about is not None and not isinstance(about, Mapping):
            raise InputError(must_be("about", "a dict", type(about).__name__))
        given = {"interactions": interactions, "events": events}
        given["feedback"] = schemas.empty_table("feedback") if feedback is None else feedback
        if contacts is not None:
            given[schemas.CONTACTS] = contacts
        raw = {table: to_polars(frame, table, schemas.REQUIRED[table]) for table, frame in given.items()}
        if not raw["interactions"].height:
            raise InputError("interactions must have rows, has none")
        self.frames = library_of(interactions)
        self._latest = latest_time(about or {})
        n_moved = self._keep(raw)
        if not self.interactions.height:
            raise InputError(
                f"interactions must have a valid row: {self.rejections.describe('interactions')}"
            )
        n_timed = self.feedback["rated_at"].count()
        has_times = bool(n_timed) or self.feedback.is_empty()
        self.about = complete_about(about or {}, self.interactions.columns, has_rating_times=has_times)
        if n_moved:
            self.about[MOVED] = int(self.about.get(MOVED, 0)) + n_moved
        self._log()

    @classmethod
    def of_some(
        cls, raw: Mapping[str, pl.DataFrame], whole: WholeTables, about: Mapping[str, Any] | None = None
    ) -> Self:
        """Return the checked tables of some interactions, with all that belongs to them.

        Parameters
        ----------
        raw
            The rows as they came in, by table: all rows of each interaction, also those with the same key.
        whole
            What is known of the whole tables.
        about
            The `about` of the whole tables; `moved_to_start` counts the events of these rows alone.
        """
        new = object.__new__(cls)
        new.frames, new._latest = "polars", whole.latest
        n_moved = new._keep(raw, whole)
        new.about = {**(about or {}), MOVED: n_moved}
        return new

    @classmethod
    def of_checked(cls, frames: Mapping[str, pl.DataFrame], about: Mapping[str, Any]) -> Self:
        """Return tables of rows that were checked before, by table, with the `about` of the whole tables."""
        new = object.__new__(cls)
        new.interactions, new.events, new.feedback = (frames[table] for table in schemas.TABLES)
        new.contacts = schemas.empty_table(schemas.CONTACTS)
        new.rejections = Rejections(rows_in={table: frames[table].height for table in schemas.TABLES})
        new.about, new.frames, new._latest = dict(about), "polars", None
        return new

    def _keep(self, raw: Mapping[str, pl.DataFrame], whole: WholeTables | None = None) -> int:
        """Keep the valid rows, and return how many events were moved to the start of their interaction."""
        self.rejections = Rejections(rows_in={table: frame.height for table, frame in raw.items()})
        cast: dict[str, pl.DataFrame] = {}
        for table, frame in raw.items():
            cast[table], cells = cast_table(frame, table, whole)
            self.rejections = self.rejections.plus("cells", cells)
        # each table in its types is let go when its valid rows are found
        self._keep_interactions(cast.pop("interactions"), raw["interactions"])
        starts = self.interactions.select("interaction_id", "started_at")
        n_moved = self._keep_events(cast.pop("events"), raw["events"], starts)
        owned = cast["feedback"], raw["feedback"], starts
        self.feedback = self._keep_owned("feedback", owned, schemas.OwnedFeedback, schemas.KeyedFeedback)
        self.contacts = schemas.empty_table(schemas.CONTACTS)
        if schemas.CONTACTS in cast:
            owned = cast[schemas.CONTACTS], raw[schemas.CONTACTS], starts
            self.contacts = self._keep_owned(schemas.CONTACTS, owned, OwnedContacts, KeyedContacts)
        return n_moved

    def _keep_interactions(self, cast: pl.DataFrame, raw: pl.DataFrame) -> None:
        good = self._sift("interactions", cast, raw, schemas.Interactions)
        del cast
        good = self._plausible("interactions", good, raw)
        good = self._sift("interactions", good, raw, schemas.Keyed)
        self.interactions = self._without_implausible(good.drop(ROW))

    def _keep_events(self, cast: pl.DataFrame, raw: pl.DataFrame, starts: pl.DataFrame) -> int:
        """Keep the valid events, and return how many were moved to the start of their interaction."""
        good = self._sift("events", cast, raw, schemas.Events)
        del cast
        good = self._plausible("events", good, raw)
        good = good.with_columns(starts_of(good, starts))
        good = self._sift("events", good, raw, schemas.OwnedEvents)
        early = good["at"] < good["started_at"]
        if early.any():
            log.info("events: %d moved to the start of their interaction", early.sum())
            good = good.with_columns(pl.max_horizontal("at", "started_at").alias("at"))
        self.events = good.drop(ROW, "started_at")
        return int(early.sum())

    def _keep_owned(
        self, table: str, tables: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], *rules: type[dy.Schema]
    ) -> pl.DataFrame:
        """Return the valid rows of a table, from the cast and raw ones and the starts of the interactions."""
        cast, raw, starts = tables
        good = self._plausible(table, self._sift(table, cast, raw, schemas.SCHEMAS[table]), raw)
        good = good.with_columns(starts_of(good, starts))
        for rule in rules:
            good = self._sift(table, good, raw, rule)
        return good.drop(ROW, "started_at")

    def _plausible(self, table: str, frame: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
        """Return the rows whose time is plausible; without a clock all of them."""
        if self._latest is None:
            return frame
        checked = with_limit(frame, table, self._latest)
        return without_limit(self._sift(table, checked, raw, PlausibleTimes))

    def _without_implausible(self, interactions: pl.DataFrame) -> pl.DataFrame:
        """Return the interactions without promises and purchases at impossible times; the rows stay."""
        if self._latest is None:
            return interactions
        interactions, cells = without_implausible(interactions, self._latest)
        if cells is not None:
            self.rejections = self.rejections.plus("cells", cells)
        return interactions

    def _sift(
        self, table: str, frame: pl.DataFrame, raw: pl.DataFrame, rules: type[dy.Schema]
    ) -> pl.DataFrame:
        """Return the rows of `frame` that meet the rules, and add the others, as they came, to the rejections."""
        good, self.rejections = sift(self.rejections, table, frame, raw, rules)
        return good

    def _log(self) -> None:
        kept = {table: frame.height for table, frame in self._own_frames().items()}
        rejected = {table: self.rejections.count(table) for table in self.rejections.rows_in}
        log.info("tables: rows kept %s, rejected %s", kept, rejected)

    def replace(
        self,
        *,
        interactions: pl.DataFrame | None = None,
        events: pl.DataFrame | None = None,
        feedback: pl.DataFrame | None = None,
        contacts: pl.DataFrame | None = None,
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
        new.contacts = self.contacts if contacts is None else contacts
        given = {"interactions": interactions, "events": events, "feedback": feedback, "contacts": contacts}
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
        return digest_of(self._own_frames(), notes)

    def _own_frames(self) -> dict[str, pl.DataFrame]:
        """Return the frame of each table; of contacts only if there are any."""
        frames = {table: getattr(self, table) for table in schemas.TABLES}
        return frames if self.contacts.is_empty() else {**frames, schemas.CONTACTS: self.contacts}

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
        for table, frame in self._own_frames().items():
            write_frame(frame, folder / f"{table}.parquet")
        self.rejections.write(folder / "rejected")
        write_about(self.about, folder)

    def __repr__(self) -> str:
        counts = ", ".join(f"{table}: {frame.height}" for table, frame in self._own_frames().items())
        return f"Tables({counts})"
