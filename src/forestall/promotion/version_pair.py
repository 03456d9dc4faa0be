"""The two versions that the gate compares, and the gain that it requires of the new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from forestall.assessment.run_content import SPEC
from forestall.errors import UsageError
from forestall.model.spec import BESIDE, GUIDES
from forestall.moments import Label
from forestall.promotion.checks import RequiredGain
from forestall.registry import LoadedModel, RegistryError, load
from forestall.registry.aliases import Version
from forestall.registry.environment import OtherCodeError
from forestall.registry.run_artifacts import artifact_text
from forestall.yaml_text import parse_yaml

# The least ratio of labels, new to old, of a retraining: a moving training window may hold slightly fewer labels.
_MIN_LABEL_RATIO = 0.9


@dataclass(frozen=True)
class VersionPair:
    """The version to promote, and the champion.

    Parameters
    ----------
    new, old
        The registered versions; `old` is None if there is no champion.
    challenger, champion
        The loaded models; `champion` is None if there is none or if it cannot be run with this code.
    """

    new: Version
    old: Version | None
    challenger: LoadedModel
    champion: LoadedModel | None

    @classmethod
    def load(cls, new: Version, old: Version | None, tracking_uri: str | None) -> VersionPair:
        """Load the models of both versions."""
        try:
            champion = load(old.uri, tracking_uri) if old else None
        except OtherCodeError:
            champion = None
        return cls(new, old, load(new.uri, tracking_uri), champion)

    @property
    def is_champion_incompatible(self) -> bool:
        """Whether there is a champion that cannot be run with this code."""
        return self.old is not None and self.champion is None

    def old_label(self) -> Label | None:
        """Return the champion's label, from the model or else from its run; None if neither has a valid label."""
        if self.champion is not None:
            return self.champion.spec.label
        if self.old is None:
            return None
        try:
            spec = parse_yaml(artifact_text(self.old.run_id, SPEC), SPEC)
            return Label.model_validate(spec["label"])
        except (RegistryError, UsageError, ValidationError, KeyError, TypeError):
            return None


def required_gain(pair: VersionPair) -> tuple[RequiredGain, str]:
    """Return the gain over the champion that the gate requires, and the reason in words.

    A changed model must be better than the champion. A retraining must not be worse, because it keeps the model up to
    date: it has the same specification, newer data and about as many labels. A version whose champion cannot be run
    with this code must not be worse either.
    """
    configured = pair.challenger.spec.gate.champion
    if pair.old is None:
        return "better", "there is no champion: the version must be better than the baselines"
    if configured != "auto":
        words = "better" if configured == "better" else "no worse"
        return configured, f"the version must be {words} than the champion, as configured in model.yaml"
    if pair.champion is None:
        return "not_worse", "the champion cannot be run with this code: the version must not be worse"
    new, old = pair.challenger, pair.champion
    is_same = _training_spec(new) == _training_spec(old)
    is_newer = trained_until(new) > trained_until(old)
    is_as_many = new.info.get("n_labelled", 0) >= _MIN_LABEL_RATIO * old.info.get("n_labelled", 0)
    if is_same and is_newer and is_as_many:
        return "not_worse", "the version is a retraining of the champion on newer data: it must not be worse"
    return "better", "the version is not just a retraining on newer data: it must be better than the champion"


def _training_spec(model: LoadedModel) -> dict[str, Any]:
    """Return the part of the specification that changes the trained model, and the own features that it names."""
    spec = model.spec.model_dump(exclude=set(BESIDE | GUIDES))
    return {**spec, "own_features": model.risk_model.own_features.declared()}


def trained_until(model: LoadedModel) -> datetime:
    """Return the time of the last interaction in the training data of a model."""
    return datetime.fromisoformat(model.info["trained_until"])
