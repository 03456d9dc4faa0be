"""The description of a model, as `GET /model` answers it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from forestall.model.policy import bands_of
from forestall.registry import LoadedModel
from forestall.registry.package import signature
from forestall.server.model_follower import ModelFollower
from forestall.server.served_model import ServedModel


def describe(served: ServedModel, follower: ModelFollower) -> dict[str, Any]:
    """Return the model's name, version, features, training data and metrics."""
    model = served.model
    spec = model.spec
    return {
        "name": model.name,
        "version": model.version,
        "alias": follower.alias,
        "run_id": model.run_id,
        "uri": model.uri,
        "serving_since": served.since,
        "label": spec.label.model_dump(mode="json", exclude_none=True),
        "bands": bands_of(spec.bands, model.info).model_dump(mode="json"),
        "standards": spec.standards.model_dump(mode="json"),
        "calendars": {name: one.model_dump(mode="json") for name, one in spec.calendars.items()},
        "features": features(model),
        "data_window": served.run.windows | {"trained_until": model.info.get("trained_until")},
        "n_labelled": model.info.get("n_labelled"),
        "metrics": served.run.metrics,
        "experimental": bool(model.info.get("experimental")),
        "forestall_version": model.info.get("forestall_version"),
        "schema_hash": schema_hash(model),
    }


def features(model: LoadedModel) -> list[dict[str, Any]]:
    """Return the model's features in the order of its columns, as the data dictionary describes them."""
    return [
        {
            "name": column,
            "family": family,
            "type": "string" if feature.is_category else "double",
            "direction": feature.direction,
            "description": feature.description,
        }
        for column, (family, feature) in model.risk_model.columns.items()
    ]


def schema_hash(model: LoadedModel) -> str:
    """Return a SHA-256 digest of the model's inputs, features and outputs."""
    content = {"signature": signature(model.spec).to_dict(), "features": list(model.risk_model.columns)}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
