"""The environment of a packaged model, and the check that the model gives the same scores in another one.

A packaged model runs the installed code and brings none of its own: two versions in one process would run each other's.
So the package holds a digest of the code that computes scores, the releases of the libraries, and probe records with
their features and risks. With the same code and releases the model is loaded. With others it is loaded only if it still
gives the same features and risks for the probe records.
"""

from __future__ import annotations

import json
import logging
import math
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from forestall.model import RiskModel
from forestall.registry.probe_records import probe_records
from forestall.registry.tracking import LIBRARIES, RegistryError
from forestall.registry.wheel import NAME, code_digest

log = logging.getLogger(__name__)

ENVIRONMENT, PROBES = "environment.json", "probes.json"
TOLERANCE = 1e-12
_RISKS = ("dissatisfaction_risk", "risk_low", "risk_high", "data_quality")


class OtherCodeError(RegistryError):
    """A packaged model gives other scores with the code and libraries of this environment."""


def here() -> dict[str, str]:
    """Return the environment that can change a score: the code, Python and the releases of libraries."""
    python = ".".join(platform.python_version_tuple()[:2])
    releases = {name: version(name) for name in LIBRARIES}
    return {"code": code_digest(), "python": python, **releases}


def write_environment(model: RiskModel, folder: Path) -> None:
    """Write the environment, and the probe records with the model's answers."""
    (folder / ENVIRONMENT).write_text(json.dumps(here(), indent=1), encoding="utf-8")
    records = probe_records(model)
    content = {"records": records, "answers": _answers(model, records)}
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    (folder / PROBES).write_text(text, encoding="utf-8")


def check_environment(model: RiskModel, folder: Path) -> None:
    """Check that the model gives the same answers here as in the environment that wrote it.

    Raises
    ------
    OtherCodeError
        It gives others.
    """
    there, now = json.loads((folder / ENVIRONMENT).read_text(encoding="utf-8")), here()
    differing = [name for name in now if name not in {NAME, "code"} and there.get(name) != now[name]]
    is_same = there["code"] == now["code"] and not differing
    probes = json.loads((folder / PROBES).read_text(encoding="utf-8"))
    try:
        answers = _answers(model, probes["records"])
        wrong = _differences(probes["answers"], answers)
    except Exception as error:  # other code may raise anything
        wrong = [type(error).__name__]
    if wrong and is_same:
        raise RegistryError(
            f"the packaged model in {folder} must score its probe records as when it was packaged, does not "
            f"({_shown(wrong)}): its files do not belong together; train again"
        )
    if wrong:
        raise OtherCodeError(_refusal(there, now, differing, wrong))
    if is_same:
        return
    log.info(
        "packaged in another environment (%s); the probe answers are the same here",
        _described(there, differing),
    )


def _answers(model: RiskModel, records: list[dict[str, Any]]) -> dict[str, list[Any]]:
    features = model.features(records).drop("interaction_id", "as_of")
    risks = model.score(records).select(_RISKS)
    return pl.concat([features, risks], how="horizontal").to_dict(as_series=False)


def _differences(there: dict[str, list[Any]], now: dict[str, list[Any]]) -> list[str]:
    """Return the names of the answers that differ."""
    names = [*there, *(name for name in now if name not in there)]
    return [
        name
        for name in names
        if name not in there
        or name not in now
        or not all(_is_same(one, other) for one, other in zip(there[name], now[name], strict=True))
    ]


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(one == other)


def _described(there: dict[str, str], differing: list[str]) -> str:
    return ", ".join(
        [f"{NAME} {there[NAME]} with code {there['code'][:12]}"]
        + [f"{name} {there.get(name, 'unknown')}" for name in differing]
    )


def _shown(wrong: list[str]) -> str:
    return ", ".join(wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")


def _refusal(there: dict[str, str], now: dict[str, str], differing: list[str], wrong: list[str]) -> str:
    return (
        f"the model was packaged with {_described(there, differing)}; here are {_described(now, differing)}, "
        f"and the answers to its probe records differ ({_shown(wrong)}). Install the package's requirements.txt, "
        "which names the wheel in the package, or train again"
    )
