"""The files of a risk model: LightGBM text and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forestall.model.contact_effect import ContactEffect
from forestall.model.estimator import RiskClassifier
from forestall.model.families import known_later
from forestall.model.missing import Typical
from forestall.model.spec import Spec
from forestall.moment_features.calendars import STORED
from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.open_calendars import OpenCalendars
from forestall.moment_features.own_kinds import NO_KINDS, OwnKinds

if TYPE_CHECKING:
    from forestall.model.risk_model import RiskModel


def write_model(model: RiskModel, folder: Path) -> None:
    """Write a model into a folder."""
    model.estimator.save(folder)
    content = {
        "spec": model.spec.model_dump(mode="json"),
        "facts": {"kinds": model.facts.kinds, "company": model.facts.company, "tables": model.facts.tables},
        "typical": model.typical.as_dict(),
        "known_at": model.known_at,
        "info": model.info,
    }
    content |= {} if model.calendars is None else {"calendars": model.calendars.as_dict()}
    content |= {} if model.own_kinds == NO_KINDS else {"own_kinds": model.own_kinds.as_dict()}
    text = json.dumps(content, allow_nan=False, ensure_ascii=False)
    (folder / "model.json").write_text(text, encoding="utf-8")
    if model.effect is not None:
        model.effect.save(folder)


def read_parts(folder: Path) -> dict[str, Any]:
    """Return the parts of the model that `write_model` wrote, by the names of its fields."""
    content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return {
        "spec": Spec.model_validate(content["spec"], context=STORED),
        "estimator": RiskClassifier.load(folder),
        "facts": FrozenFacts(**content["facts"]),
        "typical": Typical.from_dict(content["typical"], known_later(content["known_at"])),
        "known_at": content["known_at"],
        "info": content["info"],
        "calendars": OpenCalendars.from_dict(content["calendars"]) if "calendars" in content else None,
        "own_kinds": OwnKinds.from_dict(content["own_kinds"]) if "own_kinds" in content else NO_KINDS,
        "effect": ContactEffect.load(folder),
    }
