"""Promotion: the gate, on rows that none of the models compared has seen; and the way back.

Two kinds of comparison:

- With data newer than what both models have seen, the models themselves are compared on it.
- Else their twins are: the models that learnt from the training part of their split alone. The rows are the
  test part of the new version's run; with a champion, those that start after its twin's training too.
  Without a clock, where no row is later than another, they are the rows that were in both test parts. A champion
  made with code that answers otherwise cannot be run here: on the rows of both test parts its answers are in its run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.errors import InputError
from forestall.jobs.judging import judged
from forestall.jobs.reading import read_data
from forestall.jobs.record import (
    DATA_DIGEST,
    DATA_PATH,
    EXPERIMENTAL,
    N_DISSATISFIED,
    N_LABELLED,
    PREDICTIONS,
)
from forestall.registry import RegistryError, connect, load
from forestall.registry.aliases import (
    CHALLENGER,
    CHAMPION,
    Version,
    by_alias,
    by_number,
    must_have,
    only_name,
    promote_to_champion,
)
from forestall.registry.aliases import rollback as swap
from forestall.registry.environment import OtherCodeError
from forestall.registry.gate import GateResult, comparison_checks, data_checks, log_verdict
from forestall.registry.tracking import artefact_frame

log = logging.getLogger(__name__)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Rows:
    """The rows of a comparison.

    Parameters
    ----------
    challenger
        In the form of `evaluation.evaluate`.
    champion
        The champion's risks of the same moments; None where there is no champion.
    said
        Which rows and which models, in words.
    """

    challenger: pl.DataFrame
    champion: pl.Series | None
    said: str


def promote(
    name: str | None = None,
    *,
    version: str | None = None,
    data: Tables | str | Path | None = None,
    dry_run: bool = False,
    max_rejected: float = 0.05,
    tracking_uri: str | None = None,
    progress: Tell | None = None,
) -> GateResult:
    """Put a version through the gate and, if it passes, make it champion.

    Parameters
    ----------
    name
        The registered model; may be left out when there is only one.
    version
        The version; else the challenger.
    data
        Data to compare on; else those of the version's run.
    dry_run
        Whether to check and change nothing.

    Raises
    ------
    UsageError
        No name where more than one model is registered.
    RegistryError
        There is no such version, or the data of its run are gone or changed.
    """
    tell = progress or (lambda step: None)
    client = connect(tracking_uri)
    name = name or only_name(client)
    new = by_number(client, name, version) if version else must_have(client, name, CHALLENGER)
    old = by_alias(client, name, CHAMPION)
    if old is not None and old.version == new.version:
        return GateResult(name, new.version, old.version, (), "it is champion already")
    tell(f"comparing version {new.version} with {f'version {old.version}' if old else 'the base rate'}")
    spec = load(new.uri, tracking_uri).spec
    rows = _rows(new, old, data, max_rejected, tracking_uri)
    checks = [
        *data_checks(
            spec.gate,
            int(new.tags.get(N_LABELLED, 0)),
            int(new.tags.get(N_DISSATISFIED, 0)),
            new.tags.get(EXPERIMENTAL) != "false",
        ),
        *comparison_checks(rows.challenger, rows.champion, spec.seed),
    ]
    result = GateResult(name, new.version, old.version if old else None, tuple(checks), rows.said)
    if result.passed and not dry_run:
        promote_to_champion(client, new)
        result = replace(result, moved=True)
    if not dry_run:
        log_verdict(client, new, result)
    log.info("gate of %s version %s: %s", name, new.version, "passed" if result.passed else "not passed")
    return result


def rollback(name: str | None = None, *, tracking_uri: str | None = None) -> dict[str, Any]:
    """Make the previous champion champion again, and return who is who."""
    client = connect(tracking_uri)
    name = name or only_name(client)
    new, old = swap(client, name)
    return {"name": name, "champion": new.version, "previous": old.version}


def _rows(
    new: Version, old: Version | None, data: Any, max_rejected: float, tracking_uri: str | None
) -> Rows:
    """Return the rows that neither model has seen, with the risks of both."""
    if data is not None:
        rows = _newer_rows(new, old, data, max_rejected, tracking_uri)
        if rows is not None:
            return rows
    test = artefact_frame(new.run_id, PREDICTIONS)
    if old is None:
        return Rows(test, None, "the twin of the version, on the test part of its run")
    tables = _tables(new, data, max_rejected, tracking_uri)
    try:
        twin = load(f"runs:/{old.run_id}/twin", tracking_uri)
    except OtherCodeError:
        return _as_it_answered(test, old)
    if tables.about["clock"] == "none":
        seen = artefact_frame(old.run_id, PREDICTIONS)
        test = test.join(seen.select("interaction_id").unique(), on="interaction_id", how="semi")
        said = "the twins of both versions, on the rows of both test parts (there is no clock)"
    else:
        until = datetime.fromisoformat(twin.info["trained_until"])
        starts = tables.interactions.filter(pl.col("started_at") > until).select("interaction_id")
        test = test.join(starts, on="interaction_id", how="semi")
        said = f"the twins of both versions, on the test part that starts after {until.isoformat()}"
    return Rows(test, _risk(twin.risk_model, tables, test), said)


def _as_it_answered(test: pl.DataFrame, old: Version) -> Rows:
    """Return the rows of both test parts, with what the champion's twin answered when it was made.

    After a change of the code the champion cannot answer here; what it said of its own test part is kept.
    """
    keys = ["interaction_id", "as_of"]
    said = artefact_frame(old.run_id, PREDICTIONS).select(*keys, champion="risk")
    both = test.join(said, on=keys, how="inner", maintain_order="left")
    return Rows(
        both.drop("champion"),
        both["champion"],
        f"the twins of both versions, on the rows of both test parts, as version {old.version} answered them: "
        "it was made with other code",
    )


def _newer_rows(
    new: Version, old: Version | None, data: Any, max_rejected: float, tracking_uri: str | None
) -> Rows | None:
    """Return labelled rows of `data` that start after both models' training; None where there are none."""
    model = load(new.uri, tracking_uri)
    try:
        champion = load(old.uri, tracking_uri) if old else None
    except OtherCodeError:
        return None
    tables = read_data(data, spec=model.spec, max_rejected=max_rejected)
    if tables.about["clock"] == "none":
        raise InputError("--data must have a clock: without one no row is later than the training")
    ends = [one.info["trained_until"] for one in (model, champion) if one is not None]
    until = max(datetime.fromisoformat(end) for end in ends)
    rows = judged(model.risk_model, tables, after=until)
    if not rows.height:
        return None
    said = f"the versions themselves, on the rows of the data given that start after {until.isoformat()}"
    return Rows(rows, _risk(champion.risk_model, tables, rows) if champion else None, said)


def _tables(new: Version, data: Any, max_rejected: float, tracking_uri: str | None) -> Tables:
    """Return the tables of the version's run, given or found by path, if their digest is the same."""
    spec = load(new.uri, tracking_uri).spec
    where = data if data is not None else new.tags.get(DATA_PATH)
    if not where:
        raise RegistryError(f"version {new.version} learnt from tables in memory; give them by --data")
    if not isinstance(where, Tables) and not Path(where).is_dir():
        raise RegistryError(
            f"the data of version {new.version} are no longer at {where}; give them by --data"
        )
    tables = read_data(where, spec=spec, max_rejected=max_rejected)
    if tables.digest() != new.tags.get(DATA_DIGEST):
        raise RegistryError(
            f"the data at {where} are not those that version {new.version} learnt from (by digest), "
            "and hold no labelled interaction later than both models' training; give others by --data"
        )
    return tables


def _risk(model: Any, tables: Tables, rows: pl.DataFrame) -> pl.Series:
    scores: pl.DataFrame = model.score(tables, moments=rows.select("interaction_id", "as_of"))
    return scores["dissatisfaction_risk"]
