"""The comparison of a version with the champion, on rows that neither has seen in training.

There are three kinds of comparison:

- On data that are newer than the training of both versions, the versions themselves are compared.
- Otherwise their twins are compared. The twin of a version is trained on the training part of its split only. The rows
  are those of the test part of the new version's run that start after the training of the champion's twin. Without a
  clock no row is later than another, so the rows are those that are in both test parts.
- A champion made with incompatible code cannot be run here. Then the predictions logged in its run are used, on the
  rows that are in both test parts.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from forestall.assessment.predictions import labelled_predictions
from forestall.assessment.run_content import (
    DATA_DIGEST,
    DATA_PATH,
    PREDICTIONS,
    RECORDS_DIGEST,
    records_digest,
)
from forestall.assessment.run_predictions import run_salt, with_ids, without_ids
from forestall.contacts.tables_with_ledger import with_ledger
from forestall.data import Tables
from forestall.errors import InputError
from forestall.job_files import read_data
from forestall.locations import is_remote
from forestall.model import RiskModel
from forestall.model.prepared_tables import PreparedTables
from forestall.promotion.latency import Latency, measure_latency
from forestall.promotion.version_pair import VersionPair, trained_until
from forestall.registry import RegistryError, load
from forestall.registry.aliases import Version
from forestall.registry.environment import OtherCodeError
from forestall.registry.run_artifacts import artifact_frame
from forestall.training.labelled_moments import IS_DRAWN, labelled_moments
from forestall.training.training_set import TrainingSet

log = logging.getLogger(__name__)

# The number of interactions scored to measure the latency.
N_TIMED = 200


@dataclass(frozen=True)
class Comparison:
    """The rows of a comparison.

    Parameters
    ----------
    rows
        In the form of `evaluation.evaluate`, with `risk_champion` if there is a champion.
    description
        The rows and the models, in words.
    tables
        The tables of the rows, if they were read.
    notes
        The limits of the comparison, in sentences.
    """

    rows: pl.DataFrame
    description: str
    tables: Tables | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)


def compare(
    pair: VersionPair, data: Any, max_rejected: float, tracking_uri: str | None, ledger: str | None = None
) -> Comparison:
    """Return rows that neither model has seen in training, with the risks of both.

    Parameters
    ----------
    pair
        The versions to compare.
    data
        Tables or a data folder, see `forestall.promote`; None for the data of the version's run.
    max_rejected
        The largest share of rejected rows.
    tracking_uri
        The tracking store.
    ledger
        The URL of a ledger of contacts, which counts beside the table `contacts` of `data`.

    Raises
    ------
    RegistryError
        The data of the version's run are gone or have changed, and `data` has no newer labelled rows.
    """
    test = artifact_frame(pair.new.run_id, PREDICTIONS)
    if pair.old is not None and pair.is_champion_incompatible:
        return _compare_logged_predictions(test, pair.old, is_given=data is not None)
    if data is not None:
        found = _newer_rows(pair, data, max_rejected, ledger)
        if found is not None:
            return found
    if pair.old is None:
        return Comparison(test, "the twin of the version, on the test part of its run")
    tables = _tables(pair, data, max_rejected, ledger)
    test = with_ids(test, tables)
    try:
        twin = load(f"runs:/{pair.old.run_id}/twin", tracking_uri)
    except OtherCodeError:
        return _compare_logged_predictions(test, pair.old, is_given=data is not None)
    if tables.about["clock"] == "none":
        test_of_old = with_ids(artifact_frame(pair.old.run_id, PREDICTIONS), tables)
        both = test_of_old.select("interaction_id").unique()
        test = test.join(both, on="interaction_id", how="semi", maintain_order="left")
        description = "the twins of both versions, on the rows of both test parts (there is no clock)"
    else:
        until = trained_until(twin)
        starts = tables.interactions.filter(pl.col("started_at") > until).select("interaction_id")
        test = test.join(starts, on="interaction_id", how="semi", maintain_order="left")
        description = f"the twins of both versions, on the test part that starts after {until.isoformat()}"
    rows = test.with_columns(risk_champion=_risks(twin.risk_model, tables, test))
    return Comparison(rows, description, tables)


def compare_latency(pair: VersionPair, comparison: Comparison) -> Latency | None:
    """Return the time both versions take to score the same interactions; None if one of them cannot be run."""
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
    return measure_latency(lambda: new.score(few), lambda: old.score(few))


def _compare_logged_predictions(test: pl.DataFrame, old: Version, is_given: bool) -> Comparison:
    """Return the rows that are in both test parts, with the logged predictions of the champion's twin.

    A champion made with incompatible code cannot be run here, but its run holds its predictions for its own test part.
    It cannot score given data, so they are not used.
    """
    notes = ["the latency was not compared"]
    if is_given:
        notes.append(
            "the data given were not used: the champion was made with other code and cannot score them"
        )
    keys = ["interaction_id", "as_of"]
    salt = run_salt(old.name)
    test, logged = (without_ids(rows, salt) for rows in (test, artifact_frame(old.run_id, PREDICTIONS)))
    logged = logged.select(*keys, risk_champion="risk")
    return Comparison(
        test.join(logged, on=keys, how="inner", maintain_order="left"),
        "the twins of both versions, on the rows of both test parts, with the logged predictions of version "
        f"{old.version}: it was made with other code",
        notes=tuple(notes),
    )


def _newer_rows(pair: VersionPair, data: Any, max_rejected: float, ledger: str | None) -> Comparison | None:
    """Return the labelled rows of `data` that start after the training of both models; None if there are none."""
    model, champion = pair.challenger, pair.champion
    tables = with_ledger(read_data(data, spec=model.spec, max_rejected=max_rejected), ledger)
    if tables.about["clock"] == "none":
        raise InputError(
            "--data must have times, has clock: none; without times no row is later than the training"
        )
    until = max(trained_until(one) for one in (model, champion) if one is not None)
    prepared = PreparedTables.of(model.risk_model, tables)
    rows = labelled_predictions(prepared, after=until)
    if not rows.height:
        return None
    if champion is not None:
        rows = rows.with_columns(risk_champion=_risks(champion.risk_model, tables, rows))
    baseline_risks, notes = _baseline_risks(pair, prepared, rows, until, max_rejected, ledger)
    description = (
        f"the versions themselves, on the rows of the data given that start after {until.isoformat()}"
    )
    return Comparison(rows.hstack(baseline_risks), description, tables, notes)


def _baseline_risks(
    pair: VersionPair,
    prepared: PreparedTables,
    rows: pl.DataFrame,
    until: datetime,
    max_rejected: float,
    ledger: str | None,
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the risks of the baselines, and notes.

    The baselines are fitted on the data of the version's run or, if these are gone, on the earlier rows of the given
    data.
    """
    try:
        past = _tables(pair, None, max_rejected, ledger)
    except RegistryError:
        past = prepared.tables
    spec = pair.challenger.spec
    moments, _ = labelled_moments(past, spec, pair.challenger.info.get(IS_DRAWN))
    moments = moments.filter(pl.col("decided_at") <= until)
    if moments["label"].n_unique() < 2 or moments.height < spec.gate.min_compared:
        note = (
            "compared with the base rate alone: there are too few earlier rows to fit the other baselines on"
        )
        return pl.DataFrame(), (note,)
    model = pair.challenger.risk_model
    before = TrainingSet.of(
        past,
        moments,
        spec,
        1,
        {},
        own_kinds=model.own_kinds,
        own_features=model.own_features,
        scores_texts=False,
    )
    found = before.baseline_risks(before.rows, prepared, rows)
    return pl.DataFrame({f"risk_{name}": risk for name, risk in found.items() if name != "base_rate"}), ()


def _tables(pair: VersionPair, data: Any, max_rejected: float, ledger: str | None) -> Tables:
    """Return the tables that the version was trained on: those given, or those at the logged path.

    Contacts may be others: a ledger goes on, and no score depends on it.

    Raises
    ------
    RegistryError
        There are no tables, or their digest differs from the logged one.
    """
    new = pair.new
    where = data if data is not None else new.tags.get(DATA_PATH)
    if not where:
        raise RegistryError(f"version {new.version} was trained on tables in memory; give them with --data")
    if not isinstance(where, Tables) and not is_remote(where) and not Path(where).is_dir():
        raise RegistryError(
            f"the data of version {new.version} are no longer at {where}; give them with --data"
        )
    tables = read_data(where, spec=pair.challenger.spec, max_rejected=max_rejected)
    records = new.tags.get(RECORDS_DIGEST)
    is_same = records_digest(tables) == records if records else tables.digest() == new.tags.get(DATA_DIGEST)
    if not is_same:
        raise RegistryError(
            f"the data at {where} are not those that version {new.version} was trained on (by digest), "
            "and have no labelled interaction after the training of both models; give other data with --data"
        )
    return with_ledger(tables, ledger)


def _risks(model: RiskModel, tables: Tables, rows: pl.DataFrame) -> pl.Series:
    scores = model.score(tables, moments=rows.select("interaction_id", "as_of"))
    return scores["dissatisfaction_risk"]
