"""The risk model: features, estimator and learnt facts together, from moments to score rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.errors import UsageError
from forestall.features import FAMILIES, Family, Feature, context_family
from forestall.features.columns_read import columns_read
from forestall.features.event_columns import ANY_KIND, Count
from forestall.features.feature_plan import FeaturePlan, Lists
from forestall.features.frozen_facts import FrozenFacts
from forestall.features.name_columns import take
from forestall.features.record_events import NO_TIME
from forestall.features.record_sources import sources_of_records
from forestall.features.shared_terms import STANDARD_S
from forestall.features.sources import Sources
from forestall.features.stage import STAGE
from forestall.features.table import features_at, locate, moments_frame, plan_of, values_at
from forestall.features.table_sources import sources_of
from forestall.model.estimator import RiskClassifier
from forestall.model.input_tables import tables_for
from forestall.model.matrix import Columns
from forestall.model.missing import Bools, Typical, lost_columns
from forestall.model.policy import banded, bands_of, worth
from forestall.model.reason_texts import DEFAULT, Messages, read_messages
from forestall.model.reasons import family_sums, reasons, reasons_lost
from forestall.model.score_frame import TOLD, score_frame, score_lists
from forestall.model.spec import FAMILY_NAMES, Spec
from forestall.moments import default_moments, moments_at
from forestall.moments.timeline import Ints

_CHUNK = 250_000
_QUALITY = np.array(["ok", "partial", "abstained"], dtype=object)
_BESIDE = {"stage": STAGE, "n_events": Count(ANY_KIND), "beside_standard_s": STANDARD_S}


def families_of(spec: Spec, known_at: Mapping[str, str]) -> tuple[Family, ...]:
    """Return the families that a model learns from, its own columns last."""
    chosen = [family for family in FAMILIES if family.name in spec.families]
    own = context_family(spec.context.categorical, spec.context.numeric, known_at)
    return (*chosen, own) if own.features else tuple(chosen)


@dataclass(frozen=True)
class RiskModel:
    """A model of the risk of dissatisfaction.

    Parameters
    ----------
    spec
        What it learnt.
    estimator
        The fitted estimator.
    facts
        Learnt facts at the end of its training.
    typical
        What is always there at each stage.
    known_at
        The kind of event from which on a column is known.
    info
        How it was made: name, versions, windows, counts.
    """

    spec: Spec
    estimator: RiskClassifier
    facts: FrozenFacts
    typical: Typical
    known_at: dict[str, str]
    info: dict[str, Any]

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """The families it learnt from."""
        return families_of(self.spec, self.known_at)

    @cached_property
    def columns(self) -> dict[str, tuple[str, Feature]]:
        """Family and declaration of each column of its input."""
        return {family.column(one): (family.name, one) for family in self.families for one in family.features}

    @cached_property
    def plan(self) -> FeaturePlan:
        """How its input is computed, with what scoring needs beside it."""
        return plan_of(self.families, _BESIDE)

    @cached_property
    def reads(self) -> dict[str, Bools]:
        """By column of a record, which features come from it, (n_features,)."""
        read = columns_read(self.families, self.spec.standards)
        names = {name for columns in read.values() for name in columns}
        return {name: np.array([name in read[column] for column in self.columns]) for name in names}

    def sources(self, data: Any) -> Sources:
        """Return the sources of `Tables` or of interaction records, with the facts that the model learnt.

        Raises
        ------
        InputError
            They are neither.
        """
        if isinstance(data, Tables):
            return sources_of(tables_for(data, self.spec, is_scored=True), self.spec.standards, self.facts)
        return sources_of_records(
            data, self.spec.standards, self.facts, self._context(), self.spec.label.scale
        )

    def _context(self) -> dict[str, Any]:
        """Return the columns of its own that the model uses, with their types."""
        own = self.spec.context
        return {**dict.fromkeys(own.categorical, pl.String), **dict.fromkeys(own.numeric, pl.Float64)}

    def features(self, data: Any, moments: Any = None) -> pl.DataFrame:
        """Return the model's feature table: `interaction_id`, `as_of` and its columns.

        Parameters
        ----------
        data
            `Tables`, or interaction records (each at its own `as_of`).
        moments
            With tables: a frame of `interaction_id` and `as_of`; by default the default moments.
        """
        sources, place, as_of = self._moments(data, moments)
        return (
            self._ids(sources, place, as_of)
            .drop("customer_id")
            .hstack(features_at(sources, place, as_of, self.plan).drop(list(_BESIDE)))
        )

    def score(
        self,
        data: Any,
        *,
        as_of: Any = None,
        closed: bool = False,
        moments: Any = None,
        reasons: bool = False,
        language: str = DEFAULT,
    ) -> pl.DataFrame:
        """Return a score row a moment, without who scored.

        A record may be incomplete or odd, and scores as its moment does in batch: an event after `as_of` is not
        seen; the order of events does not count; an event sent twice counts twice, as two events do; one up to 5 s
        before `started_at` moves to it, and one still earlier, without a time or whose kind is no word is left out;
        a name that training did not know is taken for an average one. Without `started_at`, or without an event by
        `as_of`, the model abstains: the risk is null. For what is lost see `forestall.model.missing`.

        Parameters
        ----------
        data
            `Tables`, or interaction records (a list of dicts or a frame).
        as_of
            With tables: one moment at this time for every interaction started and not closed by then.
        closed
            With `as_of`: the closed ones too, at their closing.
        moments
            With tables: a frame of `interaction_id` and `as_of`, in place of both.
        reasons
            Whether contributions and reasons are given, and with them what was lost.
        language
            Of the reasons.

        Raises
        ------
        InputError
            The data lack a column that the model uses, or are no tables and no records.
        UsageError
            There is no such language, or moments are given beside records.
        """
        if isinstance(data, Iterator):
            data = list(data)
        if not isinstance(data, Tables) and (as_of is not None or moments is not None):
            raise UsageError("as_of and moments go with tables; each record has its own as_of")
        if moments is None and as_of is not None:
            moments = moments_at(data, as_of, closed=closed)
        return pl.concat([score_frame(*part) for part in self._scored(data, moments, reasons, language)])

    def tell(
        self, records: Sequence[Mapping[str, Any]], *, reasons: bool = False, language: str = DEFAULT
    ) -> dict[str, Sequence[Any]]:
        """Return what `score` does of interaction records, as lists by column, without the cost of a frame.

        Null is None, and `as_of` microseconds since 1970, UTC.
        """
        parts = [score_lists(*part) for part in self._scored(records, None, reasons, language)]
        return {name: [value for part in parts for value in part[name]] for name in TOLD}

    def _scored(
        self, data: Any, moments: Any, reasons: bool, language: str
    ) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield the columns of score rows and how many rows they are, a part of the moments at a time."""
        known = read_messages(language)
        messages = known if reasons else None
        sources, place, at = self._moments(data, moments)
        gone = lost_columns(data, sources, self.typical.given, {"staff", *self.known_at})
        for begin in range(0, max(len(place), 1), _CHUNK):
            some, when = place[begin : begin + _CHUNK], at[begin : begin + _CHUNK]
            yield self._score(sources, some, when, gone, messages), len(some)

    def _moments(self, data: Any, moments: Any) -> tuple[Sources, Ints, Ints]:
        sources = self.sources(data)
        if not isinstance(data, Tables):
            as_of = np.array(sources.interactions["as_of"], dtype=np.int64)
            return sources, np.arange(len(as_of)), as_of
        chosen = default_moments(data) if moments is None else moments_frame(moments)
        return sources, *locate(sources, chosen)

    @staticmethod
    def _ids(sources: Sources, place: Ints, as_of: Ints) -> pl.DataFrame:
        when = pl.Series("as_of", as_of).cast(pl.Datetime("us", "UTC"))
        return sources.frame.select("interaction_id", "customer_id")[place].hstack([when])

    def _score(
        self, sources: Sources, place: Ints, as_of: Ints, gone: Mapping[str, Bools], messages: Messages | None
    ) -> dict[str, Any]:
        table = values_at(sources, place, as_of, self.plan)
        matrix, gaps = self._matrix(table)
        lost_with = self._lost_with(gone, place, table["stage"])
        risk, low, high, matrix, lost = self._careful(matrix, gaps, table["stage"], lost_with)
        abstains = np.asarray(table["n_events"]) == 0
        for one in (risk, low, high):
            one[abstains] = np.nan
        interactions = sources.interactions
        value = np.array(take(interactions["customer_value"], place), dtype=np.float64)
        columns = {
            "interaction_id": take(interactions["interaction_id"], place),
            "customer_id": take(interactions["customer_id"], place),
            "as_of": _times(as_of, abstains),
            "dissatisfaction_risk": risk,
            "risk_low": low,
            "risk_high": high,
            "risk_band": banded(risk, bands_of(self.spec.bands, self.info)),
            "expected_loss": risk * worth(self.spec.policy, value),
            "data_quality": _QUALITY[np.where(abstains, 2, lost.any(axis=1))].tolist(),
        }
        if messages is not None and len(place):
            columns |= self._explained(matrix, table, abstains, messages, lost, lost_with)
        return columns

    def _matrix(self, table: pl.DataFrame | Lists) -> tuple[Any, Any]:
        """Return the encoded features, as `estimator.encode` does for foreign tables, and where they are missing."""
        names, plain, categorical = self._places
        numbers = np.full((len(table["stage"]), len(names)), np.nan)
        if isinstance(table, pl.DataFrame):
            numbers[:, plain] = table.select([names[place] for place in plain]).to_numpy()
        else:  # None becomes NaN
            numbers[:, plain] = np.array([table[names[place]] for place in plain], dtype=np.float64).T
        categories = {place: table[names[place]] for place in categorical}
        gaps = np.isnan(numbers)
        for place, column in categories.items():
            is_missing = (
                column.is_null() if isinstance(column, pl.Series) else [cell is None for cell in column]
            )
            gaps[:, place] = is_missing
        return self.estimator.encoder_.matrix(Columns(numbers, categories)), gaps

    @cached_property
    def _places(self) -> tuple[list[str], list[int], list[int]]:
        """The names of its columns, and the places of numbers and of categories."""
        names = list(self.columns)
        is_category = [feature.is_category for _, feature in self.columns.values()]
        places = ([place for place, one in enumerate(is_category) if one is kind] for kind in (False, True))
        return names, *places  # type: ignore[return-value]

    def _lost_with(self, gone: Mapping[str, Bools], place: Ints, stage: Any) -> dict[str, Bools]:
        """Return for each column that is gone somewhere which features are lost with it, (n, p)."""
        there = {name: self.reads[name] for name in gone if name in self.reads}
        lost = {
            name: gone[name][place][:, None] & self.typical.lost_with(read, stage)
            for name, read in there.items()
        }
        return {name: one for name, one in lost.items() if one.any()}

    def _careful(
        self, matrix: Any, gaps: Any, stage: Any, lost_with: Mapping[str, Bools]
    ) -> tuple[Any, Any, Any, Any, Any]:
        """Return risk and interval, with the higher risk where a fact was lost, what was scored, and what was lost."""
        if not len(matrix):
            empty = np.empty(0)
            return empty, empty, empty, matrix, gaps
        risk, low, high, _ = self.estimator.predict_encoded(matrix)
        lost, typical = self.typical.lost(gaps, stage)
        for one in lost_with.values():
            lost = lost | one
        rows = np.flatnonzero(lost.any(axis=1))
        if len(rows):
            filled = np.where(lost[rows], typical[rows], matrix[rows])
            again = self.estimator.predict_encoded(filled)
            worse = again[0] > risk[rows]
            for old, new in zip((risk, low, high), again, strict=False):
                old[rows[worse]] = new[worse]
            matrix = matrix.copy()
            matrix[rows[worse]] = filled[worse]
        return risk, low, high, matrix, lost

    def _explained(
        self,
        matrix: Any,
        table: pl.DataFrame | Lists,
        abstains: Any,
        messages: Messages,
        lost: Bools,
        lost_with: Mapping[str, Bools],
    ) -> dict[str, Any]:
        """Return the contributions of families and base, and the reasons; none where the model abstains."""
        contributions = np.zeros((len(matrix), matrix.shape[1] + 1))
        if not abstains.all():
            contributions[~abstains] = self.estimator.contributions_encoded(matrix[~abstains])
        sums = family_sums(contributions, self.families, (*FAMILY_NAMES, "context"))
        standard_s = np.asarray(table["beside_standard_s"], dtype=np.float64)
        told = reasons(contributions, table, standard_s, self.columns, messages, lost)
        for row in np.flatnonzero(lost.any(axis=1)):
            with_columns = {name: one[row] for name, one in lost_with.items()}
            told[row] += reasons_lost(
                contributions[row], lost[row], with_columns, standard_s[row], self.columns, messages
            )
        said = [[] if silent else one for silent, one in zip(abstains, told, strict=True)]
        return {**{name: np.where(abstains, np.nan, one) for name, one in sums.items()}, "reasons": said}

    def save(self, folder: str | Path) -> None:
        """Write the model into a folder: LightGBM text and JSON, nothing that runs when it is read."""
        self.estimator.save(folder)
        content = {
            "spec": self.spec.model_dump(mode="json"),
            "facts": {"kinds": self.facts.kinds, "company": self.facts.company, "tables": self.facts.tables},
            "typical": self.typical.as_dict(),
            "known_at": self.known_at,
            "info": self.info,
        }
        text = json.dumps(content, allow_nan=False, ensure_ascii=False)
        (Path(folder) / "model.json").write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> RiskModel:
        """Return the model that `save` wrote."""
        content = json.loads((Path(folder) / "model.json").read_text(encoding="utf-8"))
        return cls(
            spec=Spec.model_validate(content["spec"]),
            estimator=RiskClassifier.load(folder),
            facts=FrozenFacts(**content["facts"]),
            typical=Typical.from_dict(content["typical"]),
            known_at=content["known_at"],
            info=content["info"],
        )


def _times(as_of: Ints, abstains: Any) -> Ints | list[int | None]:
    """Return the moments, None where a record told of no time."""
    unknown = abstains & (as_of == NO_TIME)
    if not unknown.any():
        return as_of
    return [None if one else at for one, at in zip(unknown.tolist(), as_of.tolist(), strict=True)]
