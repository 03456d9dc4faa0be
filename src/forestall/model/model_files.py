"""The files of a risk model: text, JSON, arrays of numbers or a file of skops. Reading them runs no code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forestall.model.contact_effect import ContactEffect
from forestall.model.estimators import load_estimator
from forestall.model.families import known_later
from forestall.model.missing import Typical
from forestall.model.spec import Spec
from forestall.moment_features.calendars import STORED
from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.open_calendars import OpenCalendars
from forestall.moment_features.own_kinds import NO_KINDS, OwnKinds
from forestall.moment_features.text_score import TextWeights
from forestall.own_features import OwnFeatures

if TYPE_CHECKING:
    from forestall.model.risk_model import RiskModel

CONTENT = "model.json"


def write_model(model: RiskModel, folder: Path) -> None:
    """Write a model into a folder."""
    model.estimator.save(folder)
    content: dict[str, Any] = {
        "spec": model.spec.model_dump(mode="json"),
        "facts": {"kinds": model.facts.kinds, "company": model.facts.company, "tables": model.facts.tables},
        "typical": model.typical.as_dict(),
        "known_at": model.known_at,
        "info": model.info,
    }
    content |= {} if model.calendars is None else {"calendars": model.calendars.as_dict()}
    content |= {} if model.own_kinds == NO_KINDS else {"own_kinds": model.own_kinds.as_dict()}
    content |= {"own_features": model.own_features.as_dict()} if model.own_features.modules else {}
    model.own_features.write_sources(folder)
    if model.text_weights is not None:
        model.text_weights.save(folder)
    if model.effect is not None:
        model.effect.save(folder)
    text = json.dumps(content, allow_nan=False, ensure_ascii=False)
    (folder / CONTENT).write_text(text, encoding="utf-8")


def read_parts(folder: Path) -> dict[str, Any]:
    """Return the parts of the model in a folder, by the names of the fields of `RiskModel`."""
    content = json.loads((folder / CONTENT).read_text(encoding="utf-8"))
    return {
        "spec": Spec.model_validate(content["spec"], context=STORED),
        "estimator": load_estimator(folder),
        "facts": FrozenFacts(**content["facts"]),
        "typical": Typical.from_dict(content["typical"], known_later(content["known_at"])),
        "known_at": content["known_at"],
        "info": content["info"],
        "calendars": OpenCalendars.from_dict(content["calendars"]) if "calendars" in content else None,
        "own_kinds": OwnKinds.from_dict(content["own_kinds"]) if "own_kinds" in content else NO_KINDS,
        "own_features": OwnFeatures.load(content.get("own_features", ()), folder),
        "effect": ContactEffect.load(folder),
        "text_weights": TextWeights.load(folder),
    }
