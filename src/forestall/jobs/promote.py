"""`forestall promote` and `forestall rollback`: the gate, and the way back."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from forestall.assessment.run_content import EXPERIMENTAL, N_DISSATISFIED, N_LABELLED, NEAR_LABEL
from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.job_files import OnStep, no_progress
from forestall.promotion.baseline_checks import leak_notes, raw_notes
from forestall.promotion.champion_comparison import compare, compare_latency
from forestall.promotion.gate import (
    Check,
    GateResult,
    comparison_checks,
    data_checks,
    label_check,
    leak_check,
)
from forestall.promotion.version_pair import VersionPair, required_gain
from forestall.registry.aliases import CHALLENGER, by_number, must_have, only_name
from forestall.registry.database_file import connect_to_existing
from forestall.registry.succession import promote_to_champion, read_champion_state
from forestall.registry.succession import rollback as swap_champion_and_previous
from forestall.registry.verdict_log import TAG, log_move, log_verdict
from forestall.training.segments import SEGMENTS

log = logging.getLogger(__name__)


def promote(
    name: str | None = None,
    *,
    version: str | int | None = None,
    data: Tables | str | Path | None = None,
    dry_run: bool = False,
    ledger: str | None = None,
    max_rejected: float = MAX_REJECTED,
    tracking_uri: str | None = None,
    progress: OnStep = no_progress,
) -> GateResult:
    """Check a version at the gate and, if it passes, make it champion.

    The verdict is logged before the champion moves, so a champion always has its verdict.

    Parameters
    ----------
    name
        The registered model; may be left out when there is only one.
    version
        The version; by default the challenger.
    data
        Data to compare on; by default those of the version's run.
    dry_run, ledger
        Whether to change nothing; the URL of a ledger of contacts, which counts beside the table `contacts` of `data`.
    max_rejected, tracking_uri, progress
        See `forestall.jobs`.

    Raises
    ------
    UsageError
        `name` is left out where more than one model is registered.
    RegistryError
        There is no such version, its data are gone or changed, or the verdict cannot be logged.
    OvertakenError
        Another job moved the champion in the meantime.
    """
    client = connect_to_existing(tracking_uri, name or "the model")
    name = name or only_name(client)
    new = must_have(client, name, CHALLENGER) if version is None else by_number(client, name, version)
    state = read_champion_state(client, name)
    old = state.champion
    if old is not None and old.version == new.version:
        verdict = verdict_of_champion(new.tags)
        return GateResult(name, new.version, old.version, (), "it is champion already", (verdict,))
    progress(f"comparing version {new.version} with {f'version {old.version}' if old else 'simple methods'}")
    checks, compared_on, notes = _check(
        VersionPair.load(new, old, tracking_uri), data, max_rejected, tracking_uri, ledger
    )
    result = GateResult(name, new.version, old.version if old else None, tuple(checks), compared_on, notes)
    if not dry_run:
        # The verdict comes first, so that a champion always has the tags that say why it is champion.
        log_verdict(client, new, result.to_dict())
        if result.passed:
            promote_to_champion(client, new, state)
            result = replace(result, moved=True)
            log_move(client, new, result.to_dict())
    log.info("gate of %s version %s: %s", name, new.version, "passed" if result.passed else "not passed")
    return result


def verdict_of_champion(tags: Mapping[str, str]) -> str:
    """Return whether the gate of a champion was ever checked, and its verdict, in a sentence."""
    verdict = tags.get(TAG)
    if verdict is None:
        return (
            "Its gate was never checked: it became champion without `forestall promote`. No check was made now "
            "either. To check it, take the alias from it and promote it."
        )
    return f"No check was made now. When its gate was last checked, it was {verdict}."


def _check(
    pair: VersionPair, data: Any, max_rejected: float, tracking_uri: str | None, ledger: str | None
) -> tuple[list[Check], str, tuple[str, ...]]:
    """Return the checks, the rows that the models were compared on, and notes, in words."""
    spec, tags = pair.challenger.spec, pair.new.tags
    required, why = required_gain(pair)
    comparison = compare(pair, data, max_rejected, tracking_uri, ledger)
    of_data = data_checks(
        spec.gate,
        int(tags.get(N_LABELLED, 0)),
        int(tags.get(N_DISSATISFIED, 0)),
        tags.get(EXPERIMENTAL) != "false",
    )
    of_data.append(leak_check(spec.gate, json.loads(tags.get(NEAR_LABEL, "[]"))))
    if pair.old is not None:
        of_data.append(label_check(spec.label, pair.old_label()))
    of_comparison = comparison_checks(
        comparison.rows,
        spec.gate,
        required=required,
        segments=SEGMENTS,
        latency=compare_latency(pair, comparison),
        seed=spec.seed,
        n_labelled=int(tags.get(N_LABELLED, 0)) or None,
    )
    notes = (why, *comparison.notes, *raw_notes(comparison.rows, spec.seed), *leak_notes(tags))
    return [*of_data, *of_comparison], comparison.description, notes


def rollback(name: str | None = None, *, tracking_uri: str | None = None) -> dict[str, Any]:
    """Make the previous champion champion again, and return the versions of both.

    Parameters
    ----------
    name
        The registered model; may be left out when there is only one.
    tracking_uri
        See `forestall.jobs`.

    Returns
    -------
    dict
        `name`, and the versions that are now `champion` and `previous`.

    Raises
    ------
    UsageError
        `name` is left out where more than one model is registered.
    RegistryError
        There is no champion, or no previous one.
    """
    client = connect_to_existing(tracking_uri, name or "the model")
    name = name or only_name(client)
    new, old = swap_champion_and_previous(client, name)
    return {"name": name, "champion": new.version, "previous": old.version}
