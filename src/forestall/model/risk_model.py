"""The risk model: specification, estimator and learnt facts together, from records to scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.errors import UsageError
from forestall.model.column_presence import InputColumns
from forestall.model.contact_effect import ContactEffect
from forestall.model.estimators import RiskEstimator
from forestall.model.families import ASKS_AGAIN, families_of, input_columns
from forestall.model.input_tables import tables_for
from forestall.model.missing import Typical
from forestall.model.model_files import read_parts, write_model
from forestall.model.policy import check_band
from forestall.model.reason_texts import DEFAULT, read_messages
from forestall.model.score_columns import SCORE_COLUMNS, score_frame, score_lists
from forestall.model.scored_moments import scored_moments
from forestall.model.scoring import score_moments
from forestall.model.spec import Spec
from forestall.moment_features import Family, Feature
from forestall.moment_features.catalogue import STAFF_COLUMN
from forestall.moment_features.event_columns import ANY_KIND, Count
from forestall.moment_features.feature_plan import FeaturePlan
from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.open_calendars import OpenCalendars
from forestall.moment_features.own_kinds import NO_KINDS, OwnKinds
from forestall.moment_features.record_sources import sources_of_records
from forestall.moment_features.shared_terms import STANDARD_S
from forestall.moment_features.sources import Sources
from forestall.moment_features.stage import STAGE
from forestall.moment_features.table import locate, moments_frame, plan_of, table_at
from forestall.moment_features.table_sources import sources_of
from forestall.moment_features.text_score import TextWeights, vector_types
from forestall.moments.timeline import Ints
from forestall.own_features import NO_FEATURES, OwnFeatures

_MOMENTS_AT_ONCE = 250_000  # more would take more memory, and no less time
USES_TIMES = "uses_times"  # in a model's info: whether features compare times or read the clock
Told = bool | str  # whether reasons are computed, or the lowest band whose moments get them
_BESIDE = {"stage": STAGE, "n_events": Count(ANY_KIND), "beside_standard_s": STANDARD_S}


@dataclass(frozen=True)
class RiskModel:
    """A model of the risk of dissatisfaction.

    Parameters
    ----------
    spec
        The specification that it was trained with.
    estimator
        The fitted estimator.
    facts
        Learnt facts at the end of its training.
    typical
        What training moments always had at each stage, and their medians.
    known_at
        By column, the kind of event from which on it is known.
    info
        How it was made: name, versions, windows, counts.
    calendars
        Its calendars, with the holidays and time zones that were known when it was trained; None without calendars.
    own_kinds
        The company's own kinds of events that have features.
    own_features
        The company's own features.
    effect
        The effect of a contact; None if it was not learnt.
    text_weights
        The learnt weights of texts, if it has any.
    """

    spec: Spec
    estimator: RiskEstimator
    facts: FrozenFacts
    typical: Typical
    known_at: dict[str, str]
    info: dict[str, Any]
    calendars: OpenCalendars | None = None
    own_kinds: OwnKinds = NO_KINDS
    own_features: OwnFeatures = NO_FEATURES
    effect: ContactEffect | None = None
    text_weights: TextWeights | None = None

    @property
    def uses_times(self) -> bool:
        """Whether it was trained with a clock; models of earlier versions used the order of rows without one."""
        return bool(self.info.get(USES_TIMES, True))

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """The families that it learnt from."""
        return families_of(
            self.spec,
            self.known_at,
            self.calendars,
            self.own_kinds,
            self.own_features,
            self.text_weights,
            has_clock=self.uses_times,
            asks_again=bool(self.info.get(ASKS_AGAIN)),
            names_staff=STAFF_COLUMN in self.estimator.column_names,  # earlier versions were not asked
        )

    @cached_property
    def columns(self) -> dict[str, tuple[str, Feature]]:
        """Family that it contributes to, and declaration, of each column of its feature table."""
        return {
            family.column(one): (family.group, one) for family in self.families for one in family.features
        }

    @cached_property
    def numeric_and_categorical(self) -> tuple[list[int], list[int]]:
        """The places of the numeric and of the categorical columns."""
        is_category = [feature.is_category for _, feature in self.columns.values()]
        numeric, categorical = (
            [place for place, one in enumerate(is_category) if one is wanted] for wanted in (False, True)
        )
        return numeric, categorical

    @cached_property
    def plan(self) -> FeaturePlan:
        """How its features are computed, and what scoring needs beside them."""
        return plan_of(self.families, _BESIDE)

    @cached_property
    def inputs(self) -> InputColumns:
        """The columns of a record that its features read."""
        return input_columns(self.families, self.spec, self.known_at)

    def sources(self, data: Any) -> Sources:
        """Return the sources of `Tables` or of interaction records, with the facts that the model learnt.

        Raises
        ------
        InputError
            The data are neither.
        """
        hides, reads = self.hides_label_event, self.inputs.reads
        if isinstance(data, Tables):
            tables = tables_for(data, self.spec, is_scored=True, hides_label_event=hides, reads=reads)
            return sources_of(tables, self.spec.standards, self.facts)
        label = self.spec.label
        return sources_of_records(
            data,
            self.spec.standards,
            self.facts,
            self.spec.context.types,
            label.scale,
            label.event,
            hides_label_event=hides,
            attributes=self.attributes,
        )

    @property
    def attributes(self) -> dict[str, Any]:
        """The types of the further columns of events that its features read."""
        return self.own_features.attributes | self.own_kinds.attributes | vector_types(self.text_weights)

    @property
    def hides_label_event(self) -> bool:
        """Whether the label's event is no fact, because the model was trained without a clock."""
        return self.spec.label.event is not None and not self.info.get("has_clock", True)

    def features(self, data: Any, moments: Any = None) -> pl.DataFrame:
        """Return the model's feature table: `interaction_id`, `as_of` and its columns.

        Parameters
        ----------
        data
            `Tables`, or interaction records (each at its own `as_of`).
        moments
            With tables: a frame of `interaction_id` and `as_of`; by default the default moments.
        """
        return self.features_at(*self._moments(data, moments))

    def features_at(self, sources: Sources, place: Ints, as_of: Ints) -> pl.DataFrame:
        """Return what `features` does, for moments of sources that are prepared; see `score_at`."""
        return table_at(sources, place, as_of, self.plan).drop(list(_BESIDE))

    def score(
        self,
        data: Any,
        *,
        as_of: Any = None,
        closed: bool = False,
        moments: Any = None,
        reasons: bool = False,
        reasons_from: str | None = None,
        language: str = DEFAULT,
    ) -> pl.DataFrame:
        """Return the columns of a score row that come from the model, one row a moment.

        If contacts are ordered by it, `effect` is beside them: by how much a contact changes the risk.

        A record may be incomplete or odd, and scores as its moment does in batch: an event after `as_of` is
        ignored; the order of events does not count; an event sent twice counts twice, as two events do; one up to 5 s
        before `started_at` moves to it, and an earlier one, one without a time or one whose kind is not a word is left
        out; a name that training did not have counts as an average one. Without `started_at`, or without an event by
        `as_of`, the model abstains: the risk is null. For missing values see `forestall.model.missing`.

        Parameters
        ----------
        data
            `Tables`, or interaction records (a list of dicts or a frame).
        as_of, closed
            With tables: one moment at this time for every interaction started and not closed by then; with `closed` one
            for the closed ones too, when they closed.
        moments
            With tables: a frame of `interaction_id` and `as_of`, instead of both.
        reasons, reasons_from, language
            Whether to compute contributions and reasons, which also name lost values; the lowest band whose moments
            get them; and the language of the reasons.

        Raises
        ------
        InputError
            The data are neither tables nor records, or a value is not of its type.
        UsageError
            The language or the band is unknown, or moments are given beside records.
        """
        if isinstance(data, Iterator):
            data = list(data)
        if not isinstance(data, Tables) and (as_of is not None or moments is not None):
            raise UsageError("as_of and moments go with tables; each record has its own as_of")
        if moments is None and as_of is not None:
            moments = scored_moments(self.spec, data, as_of, closed=closed)
        check_band(reasons_from)
        parts = self._parts(data, moments, reasons_from or reasons, language)
        return pl.concat([score_frame(*part) for part in parts])

    def score_as_lists(
        self, records: Sequence[Mapping[str, Any]], *, reasons: bool = False, language: str = DEFAULT
    ) -> dict[str, Sequence[Any]]:
        """Return the same values as `score` for interaction records, as lists by column: no frame has to be made.

        Null is None, and `as_of` is in microseconds since 1970, UTC.
        """
        parts = [score_lists(*part) for part in self._parts(records, None, reasons, language, effects=False)]
        return {name: [value for part in parts for value in part[name]] for name in SCORE_COLUMNS}

    def _parts(
        self, data: Any, moments: Any, reasons: Told, language: str, *, effects: bool = True
    ) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield the columns of score rows and the number of rows, for some of the moments at a time."""
        yield from self._scored(*self._moments(data, moments), reasons, language, effects=effects)

    def score_at(
        self, sources: Sources, place: Ints, as_of: Ints, *, reasons: Told = False, language: str = DEFAULT
    ) -> pl.DataFrame:
        """Return what `score` does, for moments of sources that are prepared.

        Parameters
        ----------
        sources
            Sources with the facts that the model learnt; see `sources`.
        place, as_of
            The moments' interactions, as places in the sources, and their times in microseconds, (n_moments,).
        reasons, language
            As for `score`; as `reasons` also the lowest band whose moments get them.
        """
        parts = self._scored(sources, place, as_of, reasons, language)
        return pl.concat([score_frame(*part) for part in parts])

    def _scored(
        self, sources: Sources, place: Ints, as_of: Ints, reasons: Told, language: str, *, effects: bool = True
    ) -> Iterator[tuple[dict[str, Any], int]]:  # fmt: skip
        messages = read_messages(language)  # an unknown language is an error without reasons too
        told = messages if reasons else None, reasons if isinstance(reasons, str) else None
        for begin in range(0, max(len(place), 1), _MOMENTS_AT_ONCE):
            part = slice(begin, begin + _MOMENTS_AT_ONCE)
            columns = score_moments(self, sources, place[part], as_of[part], *told, effects=effects)
            yield columns, len(place[part])

    def _moments(self, data: Any, moments: Any) -> tuple[Sources, Ints, Ints]:
        """Return the sources of data, and the moments' interactions in them and times in microseconds."""
        sources = self.sources(data)
        if not isinstance(data, Tables):
            as_of = np.array(sources.interactions["as_of"], dtype=np.int64)
            return sources, np.arange(len(as_of)), as_of
        chosen = scored_moments(self.spec, data) if moments is None else moments_frame(moments)
        return sources, *locate(sources, chosen)

    def save(self, folder: str | Path) -> None:
        """Write the model as text, JSON, arrays of numbers or a file of skops: reading it runs no code."""
        write_model(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> RiskModel:
        """Return the model that `save` wrote, here or in version 0.1."""
        return cls(**read_parts(Path(folder)))
