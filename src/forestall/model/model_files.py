"""The files of a risk model: LightGBM text, JSON and arrays of numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forestall.model.estimator import RiskClassifier
from forestall.model.families import known_later
from forestall.model.missing import Typical
from forestall.model.spec import Spec
from forestall.moment_features.calendars import STORED
from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.open_calendars import OpenCalendars
from forestall.moment_features.own_kinds import NO_KINDS, OwnKinds
from forestall.moment_features.text_score import TextWeights


def write_parts(parts: Mapping[str, Any], folder: str | Path) -> None:
    """Write the parts of a risk model, by the names of its fields, into a folder."""
    facts = parts["facts"]
    parts["estimator"].save(folder)
    content = {
        "spec": parts["spec"].model_dump(mode="json"),
        "facts": {"kinds": facts.kinds, "company": facts.company, "tables": facts.tables},
        "typical": parts["typical"].as_dict(),
        "known_at": parts["known_at"],
        "info": parts["info"],
    }
    if parts["calendars"] is not None:
        content["calendars"] = parts["calendars"].as_dict()
    if parts["own_kinds"] != NO_KINDS:
        content["own_kinds"] = parts["own_kinds"].as_dict()
    if parts["text_weights"] is not None:
        parts["text_weights"].save(folder)
    text = json.dumps(content, allow_nan=False, ensure_ascii=False)
    (Path(folder) / "model.json").write_text(text, encoding="utf-8")


def read_parts(folder: str | Path) -> dict[str, Any]:
    """Return the parts of the risk model that was written into a folder, by the names of its fields."""
    content = json.loads((Path(folder) / "model.json").read_text(encoding="utf-8"))
    return {
        "spec": Spec.model_validate(content["spec"], context=STORED),
        "estimator": RiskClassifier.load(folder),
        "facts": FrozenFacts(**content["facts"]),
        "typical": Typical.from_dict(content["typical"], known_later(content["known_at"])),
        "known_at": content["known_at"],
        "info": content["info"],
        "calendars": OpenCalendars.from_dict(content["calendars"]) if "calendars" in content else None,
        "own_kinds": OwnKinds.from_dict(content["own_kinds"]) if "own_kinds" in content else NO_KINDS,
        "text_weights": TextWeights.load(folder),
    }
