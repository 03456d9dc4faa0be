"""`model.yaml`: what a model learns, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from forestall.config import Strict, read_config
from forestall.errors import UsageError
from forestall.model.boosting import check_settings
from forestall.model.policy import Bands, Policy
from forestall.model.tuning_settings import FamilyName, Tuning
from forestall.moment_features.standards import Standards
from forestall.moments.label_definition import Label

FAMILY_NAMES: tuple[FamilyName, ...] = (
    "service",
    "quality",
    "greeting",
    "resolution",
    "expectation",
    "history",
)


RECORD_FIELDS = {"as_of", "events", "history", "queue"}  # of an interaction record, beside its columns


class Context(Strict):
    """Further columns of the interactions that a model uses."""

    categorical: list[str] = Field(default_factory=list)
    numeric: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        taken = sorted(RECORD_FIELDS & {*self.categorical, *self.numeric})
        if taken:
            raise ValueError(f"'{taken[0]}' means something else in a record; give the column another name")
        return self


class Moments(Strict):
    """How many moments of each interaction are learnt from."""

    per_interaction: int = Field(default=4, ge=1, le=50)


class Split(Strict):
    """The shares of the labelled interactions, in time, for testing and calibration."""

    test_share: float = Field(default=0.2, gt=0, lt=0.9)
    calibration_share: float = Field(default=0.15, gt=0, lt=0.9)


class Gate(Strict):
    """What a version must show before it becomes champion; the first two are also the least that a model learns from.

    Parameters
    ----------
    min_labelled, min_dissatisfied
        The fewest labelled interactions to learn from, and dissatisfied among them.
    min_compared, min_compared_dissatisfied
        The fewest on which models are compared.
    champion
        What is asked beside the champion: `better`, `not_worse`, or `auto`: a change of the model must be better, the
        same model learnt anew from newer data must not be worse.
    may_lose
        How much "not worse" may lose: the share of the champion's own gain over the base rate.
    trifle
        What is no harm, however sure: the share of the champion's own lift in AUC, capture or a segment's log-loss.
    calibration_slack
        How far the calibration error, and the distance of the mean risk from the actual rate, may lie beyond chance.
    min_segment, min_segment_dissatisfied
        The fewest of a segment that is looked at on its own.
    max_slowdown
        How many times the champion's time a score may take.
    """

    min_labelled: int = Field(default=500, ge=0)
    min_dissatisfied: int = Field(default=200, ge=0)
    min_compared: int = Field(default=100, ge=1)
    min_compared_dissatisfied: int = Field(default=20, ge=1)
    champion: Literal["auto", "better", "not_worse"] = "auto"
    may_lose: float = Field(default=0.1, ge=0, lt=1)
    trifle: float = Field(default=0.02, ge=0, lt=1)
    calibration_slack: float = Field(default=0.01, ge=0, lt=1)
    min_segment: int = Field(default=200, ge=50)
    min_segment_dissatisfied: int = Field(default=20, ge=5)
    max_slowdown: float = Field(default=2.0, gt=1)


class Card(Strict):
    """What the model card says of the people behind a model."""

    owner: str = ""
    review_days: int = Field(default=180, ge=1)


# what is done with a model's risks, and what only guides a training: all else makes another model
BESIDE = frozenset({"name", "bands", "gate", "policy", "card", "compare_without", "compare_labels"})
GUIDES = frozenset({"split", "tuning", "seed"})


class Spec(Strict):
    """A model's specification, as its folder's `model.yaml` says it."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    label: Label
    standards: Standards = Field(default_factory=Standards)
    families: list[FamilyName] = Field(default_factory=lambda: list(FAMILY_NAMES), min_length=1)
    context: Context = Field(default_factory=Context)
    moments: Moments = Field(default_factory=Moments)
    split: Split = Field(default_factory=Split)
    lightgbm: dict[str, Any] = Field(default_factory=dict)
    tuning: Tuning = Field(default_factory=Tuning)
    bands: Bands = Field(default_factory=Bands)
    gate: Gate = Field(default_factory=Gate)
    policy: Policy | None = None
    card: Card = Field(default_factory=Card)
    compare_without: list[str] = Field(default_factory=list)
    compare_labels: list[Label] = Field(default_factory=list)
    seed: int = Field(default=7, ge=0, lt=2**31)

    @field_validator("lightgbm")
    @classmethod
    def _lightgbm_takes_them(cls, settings: dict[str, Any]) -> dict[str, Any]:
        check_settings(settings)
        return settings

    @field_validator("bands")
    @classmethod
    def _no_band_is_empty(cls, bands: Bands) -> Bands:
        # those that follow from a policy may be equal; of those set by hand that is a mistake
        if not bands.medium < bands.high < bands.critical:
            raise ValueError(
                f"must rise: medium {bands.medium:g} < high {bands.high:g} < critical {bands.critical:g}"
            )
        return bands

    @model_validator(mode="after")
    def _a_family_stays(self) -> Self:
        if not set(self.families) - set(self.tuning.leave_out):
            raise ValueError("'tuning.leave_out' must leave one of 'families'")
        return self


def read_spec(folder: str | Path) -> Spec:
    """Return the specification in a model's folder.

    Raises
    ------
    UsageError
        The folder has no `model.yaml`, or it has an unknown key or a wrong value.
    """
    path = Path(folder)
    file = path if path.suffix in {".yaml", ".yml"} else path / "model.yaml"
    if not file.is_file():
        raise UsageError(f"{folder} must be a folder with a model.yaml; there is none at {file}")
    return read_config(file, Spec)
