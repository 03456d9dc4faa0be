"""Logging the gate's verdict to a version and its run."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

import mlflow
import pandas as pd

from forestall.json_text import json_text
from forestall.registry.aliases import Version
from forestall.registry.tracking import RegistryError, registry_errors

log = logging.getLogger(__name__)

TAG = "forestall.gate"
MOVED = f"{TAG}.moved"
_MOST_LETTERS = 4000


def log_verdict(client: mlflow.MlflowClient, version: Version, verdict: Mapping[str, Any]) -> None:
    """Write the gate's verdict and checks to the version and its run.

    The version gets them as tags. The run gets the last verdict as `gate.json`, and a table for each pass through the
    gate: `gate/1.json`, `gate/2.json` and so on.

    Parameters
    ----------
    client
        The registry's client.
    version
        The version that went through the gate.
    verdict
        `passed`, `champion`, `reasons` and `checks`, as `promotion.gate.GateResult.to_dict` returns them.

    Raises
    ------
    RegistryError
        The registry does not answer, or refuses to write.
    """
    word = _word(verdict["passed"])
    tags = {TAG: word, f"{TAG}.champion": verdict["champion"] or "none", MOVED: "no"}
    if verdict["reasons"]:
        tags[f"{TAG}.reasons"] = "; ".join(verdict["reasons"])[:_MOST_LETTERS]
    for check in verdict["checks"]:
        figures = f"{check['figure']:.6g} must {check['must']} {check['bound']:.6g}"
        tags[f"{TAG}.{check['check']}"] = f"{_word(check['passed'])}: {figures}"
    with registry_errors(f"run {version.run_id}"):
        n_before = len(client.list_artifacts(version.run_id, "gate"))
        client.log_text(version.run_id, json_text(verdict), "gate.json")
        # MLflow selects object columns; pandas 3 warns if text columns have its own text type instead
        table = pd.DataFrame(verdict["checks"]).astype(object)
        client.log_table(version.run_id, table, f"gate/{n_before + 1}.json")
        client.set_tag(version.run_id, TAG, word)
        _replace_tags(client, version, tags)
        for check in verdict["checks"]:
            if math.isfinite(check["figure"]):
                client.log_metric(version.run_id, f"gate/{check['check']}", float(check["figure"]))


def log_move(client: mlflow.MlflowClient, version: Version, verdict: Mapping[str, Any]) -> None:
    """Write to the version's tags and the run's `gate.json` that the champion has moved.

    The move is done by then, and the verdict is logged: a failure here is a warning, not an error.
    """
    try:
        with registry_errors(f"run {version.run_id}"):
            client.set_model_version_tag(version.name, version.version, MOVED, "yes")
            client.log_text(version.run_id, json_text(verdict), "gate.json")
    except RegistryError as error:
        log.warning("version %s is champion, but its tags do not say so: %s", version.version, error)


def _word(is_passed: bool) -> str:
    return "passed" if is_passed else "not passed"


def _replace_tags(client: mlflow.MlflowClient, version: Version, tags: dict[str, str]) -> None:
    """Set the tags of this verdict, and delete tags of an earlier verdict that this one does not have."""
    for old in version.tags:
        if old.startswith(f"{TAG}.") and old not in tags:
            client.delete_model_version_tag(version.name, version.version, old)
    for key, value in tags.items():
        client.set_model_version_tag(version.name, version.version, key, value)
