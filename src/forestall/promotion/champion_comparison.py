"""What a version is compared with, and on which rows: those that none of the models compared has seen.

Two kinds of comparison:

- With data newer than what both models have seen, the models themselves are compared on it.
- Else their twins are: the models that learnt from the training part of their split alone. The rows are the
  test part of the new version's run; with a champion, those that start after its twin's training too.
  Without a clock, where no row is later than another, they are the rows that were in both test parts. A champion
  made with code that answers otherwise cannot be run here: on the rows of both test parts its answers are in its run.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import ValidationError

from forestall.assessment.predictions import labelled_predictions
from forestall.assessment.run_content import DATA_DIGEST, DATA_PATH, PREDICTIONS, SPEC
from forestall.data import Tables
from forestall.errors import InputError
from forestall.evaluation.questions.baselines import baselines
from forestall.job_files import read_data
from forestall.model import RiskModel
from forestall.model.prepared_tables import PreparedTables
from forestall.model.spec import BESIDE, GUIDES
from forestall.moments import Label
from forestall.promotion.checks import Must
from forestall.promotion.latency import Latency, side_by_side
from forestall.registry import LoadedModel, RegistryError, load
from forestall.registry.aliases import Version
from forestall.registry.environment import OtherCodeError
from forestall.registry.run_artifacts import artifact_frame, artifact_text
from forestall.training.baseline_features import measured_features
from forestall.training.labelled_moments import IS_DRAWN, labelled_moments
from forestall.training.training_set import Work

log = logging.getLogger(__name__)

# Interactions that are scored to see how long it takes.
N_TIMED = 200
# A model learnt anew may have learnt from a little less, as windows move.
_AS_MANY = 0.9


@dataclass(frozen=True)
class Pair:
    """The version that wants to be champion, and the champion.

    Parameters
    ----------
    new, old
        Who they are; None: there is no champion.
    challenger, champion
        The models; None where the champion cannot be run here.
    """

    new: Version
    old: Version | None
    challenger: LoadedModel
    champion: LoadedModel | None

    @classmethod
    def of(cls, new: Version, old: Version | None, tracking_uri: str | None) -> Pair:
        """Return both, loaded."""
        try:
            champion = load(old.uri, tracking_uri) if old else None
        except OtherCodeError:
            champion = None
        return cls(new, old, load(new.uri, tracking_uri), champion)

    @property
    def is_other_code(self) -> bool:
        """Whether there is a champion that cannot be run here."""
        return self.old is not None and self.champion is None

    def old_label(self) -> Label | None:
        """Return the champion's label: its own, else what its run says; None where it says none."""
        if self.champion is not None:
            return self.champion.spec.label
        if self.old is None:
            return None
        try:
            said = yaml.safe_load(artifact_text(self.old.run_id, SPEC))
            return Label.model_validate(said["label"])
        except (RegistryError, ValidationError, yaml.YAMLError, KeyError, TypeError):
            return None


@dataclass(frozen=True)
class Comparison:
    """The rows of a comparison.

    Parameters
    ----------
    rows
        In the form of `evaluation.evaluate`, with `risk_champion` where there is a champion.
    said
        Which rows and which models, in words.
    tables
        Their records, where they were needed.
    notes
        What could not be compared.
    """

    rows: pl.DataFrame
    said: str
    tables: Tables | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)


def must_be(pair: Pair) -> tuple[Must, str]:
    """Return what the log-loss must be beside the champion's, and why, in words.

    A change must be better. A model learnt anew keeps a company up to date and need only not be worse: one of the same
    specification, from newer data and as many labels. So is one whose champion cannot be run with this code.
    """
    asked = pair.challenger.spec.gate.champion
    if pair.old is None:
        return "better", "there is no champion: it must be better than simple methods"
    if asked != "auto":
        return asked, f"beside the champion it must be {asked.replace('_', ' ')}: model.yaml says so"
    if pair.champion is None:
        return "not_worse", "the champion cannot be run with this code: its successor must not be worse"
    new, old = pair.challenger, pair.champion
    is_same = _learnt(new) == _learnt(old)
    is_newer = _until(new) > _until(old)
    is_as_many = new.info.get("n_labelled", 0) >= _AS_MANY * old.info.get("n_labelled", 0)
    if is_same and is_newer and is_as_many:
        return "not_worse", "it is the champion's model learnt anew from newer data: it must not be worse"
    return "better", "it is no mere retraining on newer data: it must be better than the champion"


def _learnt(model: LoadedModel) -> dict[str, Any]:
    """Return what of a specification makes another model of it."""
    return model.spec.model_dump(exclude=set(BESIDE | GUIDES))


def compare(pair: Pair, data: Any, max_rejected: float, tracking_uri: str | None) -> Comparison:
    """Return the rows that neither model has seen, with the risks of both.

    Raises
    ------
    RegistryError
        The data of the version's run are gone or changed, and none are given that are later.
    """
    test = artifact_frame(pair.new.run_id, PREDICTIONS)
    if pair.old is not None and pair.is_other_code:
        return _as_it_answered(test, pair.old, is_given=data is not None)
    if data is not None:
        found = _newer_rows(pair, data, max_rejected, tracking_uri)
        if found is not None:
            return found
    if pair.old is None:
        return Comparison(test, "the twin of the version, on the test part of its run")
    tables = _tables(pair, data, max_rejected)
    try:
        twin = load(f"runs:/{pair.old.run_id}/twin", tracking_uri)
    except OtherCodeError:
        return _as_it_answered(test, pair.old, is_given=data is not None)
    if tables.about["clock"] == "none":
        seen = artifact_frame(pair.old.run_id, PREDICTIONS)
        test = test.join(seen.select("interaction_id").unique(), on="interaction_id", how="semi")
        said = "the twins of both versions, on the rows of both test parts (there is no clock)"
    else:
        until = _until(twin)
        starts = tables.interactions.filter(pl.col("started_at") > until).select("interaction_id")
        test = test.join(starts, on="interaction_id", how="semi", maintain_order="left")
        said = f"the twins of both versions, on the test part that starts after {until.isoformat()}"
    rows = test.with_columns(risk_champion=_risk(twin.risk_model, tables, test))
    return Comparison(rows, said, tables)


def latency_of(pair: Pair, comparison: Comparison) -> Latency | None:
    """Return how long both versions take for the same interactions; None where both cannot be run on them."""
    tables = comparison.tables
    if pair.champion is None or tables is None or not comparison.rows.height:
        return None
    ids = comparison.rows.select("interaction_id").unique(maintain_order=True).head(N_TIMED)
    few = tables.replace(
        interactions=tables.interactions.join(ids, on="interaction_id", how="semi"),
        events=tables.events.join(ids, on="interaction_id", how="semi"),
        feedback=tables.feedback.join(ids, on="interaction_id", how="semi"),
    )
    new, old = pair.challenger.risk_model, pair.champion.risk_model
    return side_by_side(lambda: new.score(few), lambda: old.score(few))


def _as_it_answered(test: pl.DataFrame, old: Version, is_given: bool) -> Comparison:
    """Return the rows of both test parts, with what the champion's twin answered when it was made.

    After a change of the code the champion cannot answer here; what it said of its own test part is kept. Of data that
    are given it can say nothing, so they are not looked at.
    """
    notes = ["the time that a score takes was not compared"]
    if is_given:
        notes.append(
            "the data given were not used: the champion was made with other code, and cannot score them"
        )
    keys = ["interaction_id", "as_of"]
    said = artifact_frame(old.run_id, PREDICTIONS).select(*keys, risk_champion="risk")
    both = test.join(said, on=keys, how="inner", maintain_order="left")
    return Comparison(
        both,
        f"the twins of both versions, on the rows of both test parts, as version {old.version} answered them: "
        "it was made with other code",
        notes=tuple(notes),
    )


def _newer_rows(pair: Pair, data: Any, max_rejected: float, tracking_uri: str | None) -> Comparison | None:
    """Return labelled rows of `data` that start after both models' training; None where there are none."""
    model, champion = pair.challenger, pair.champion
    tables = read_data(data, spec=model.spec, max_rejected=max_rejected)
    if tables.about["clock"] == "none":
        raise InputError("--data must have a clock: without one no row is later than the training")
    until = max(_until(one) for one in (model, champion) if one is not None)
    prepared = PreparedTables.of(model.risk_model, tables)
    rows = labelled_predictions(prepared, after=until)
    if not rows.height:
        return None
    if champion is not None:
        rows = rows.with_columns(risk_champion=_risk(champion.risk_model, tables, rows))
    simple, notes = _simple_risks(pair, prepared, rows, until, max_rejected)
    said = f"the versions themselves, on the rows of the data given that start after {until.isoformat()}"
    return Comparison(rows.hstack(simple), said, tables, notes)


def _simple_risks(
    pair: Pair, prepared: PreparedTables, rows: pl.DataFrame, until: datetime, max_rejected: float
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the risks of simple methods, learnt from the data of the version's run, else from earlier rows."""
    try:
        past = _tables(pair, None, max_rejected)
    except RegistryError:
        past = prepared.tables
    spec = pair.challenger.spec
    moments, _ = labelled_moments(past, spec, pair.challenger.info.get(IS_DRAWN))
    moments = moments.filter(pl.col("decided_at") <= until)
    if moments["label"].n_unique() < 2 or moments.height < spec.gate.min_compared:
        note = "compared with the base rate alone: no earlier rows, from which simple methods could learn, are at hand"
        return pl.DataFrame(), (note,)
    before = Work.of(past, moments, spec, 1, {}).rows.measured
    now = measured_features(prepared, rows)
    found = baselines(
        before, moments["label"].to_numpy(), moments["weight"].to_numpy(), now, seed=spec.seed
    )  # fmt: skip
    return pl.DataFrame({f"risk_{name}": risk for name, risk in found.items() if name != "base_rate"}), ()


def _tables(pair: Pair, data: Any, max_rejected: float) -> Tables:
    """Return the tables of the version's run, given or found by path, if their digest is the same."""
    new = pair.new
    where = data if data is not None else new.tags.get(DATA_PATH)
    if not where:
        raise RegistryError(f"version {new.version} learnt from tables in memory; give them by --data")
    if not isinstance(where, Tables) and not Path(where).is_dir():
        raise RegistryError(
            f"the data of version {new.version} are no longer at {where}; give them by --data"
        )
    tables = read_data(where, spec=pair.challenger.spec, max_rejected=max_rejected)
    if tables.digest() != new.tags.get(DATA_DIGEST):
        raise RegistryError(
            f"the data at {where} are not those that version {new.version} learnt from (by digest), "
            "and hold no labelled interaction later than both models' training; give others by --data"
        )
    return tables


def _until(model: LoadedModel) -> datetime:
    return datetime.fromisoformat(model.info["trained_until"])


def _risk(model: RiskModel, tables: Tables, rows: pl.DataFrame) -> pl.Series:
    scores = model.score(tables, moments=rows.select("interaction_id", "as_of"))
    return scores["dissatisfaction_risk"]
