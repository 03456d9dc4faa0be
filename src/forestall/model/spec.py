"""`model.yaml`: the specification of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from forestall.config import NAME_FORM, Strict, parse_config, read_mapping
from forestall.errors import UsageError, must_be
from forestall.model.boosting import check_settings
from forestall.model.classifier_choice import EstimatorChoice
from forestall.model.context import Context
from forestall.model.kinds_and_words import Kinds, Words
from forestall.model.measured_share import with_measured_share
from forestall.model.policy import Bands, Policy
from forestall.model.privacy import Privacy
from forestall.model.tuning_settings import FamilyName, Tuning
from forestall.moment_features.calendars import Calendar, check_claims
from forestall.moment_features.standards import Standards
from forestall.moments.label_definition import Label
from forestall.moments.moments import OPEN_DAYS
from forestall.names import LONGEST

FAMILY_NAMES: tuple[FamilyName, ...] = (
    "service",
    "quality",
    "greeting",
    "resolution",
    "expectation",
    "history",
)


class Moments(Strict):
    """How many moments of each interaction the model learns from."""

    per_interaction: int = Field(
        default=4, ge=1, le=50, description="Number of training moments drawn from each interaction."
    )
    open_days: float = Field(
        default=OPEN_DAYS,
        gt=0,
        description="Days without an event after which an interaction without `closed` or `abandoned` is over.",
    )


class Split(Strict):
    """The shares of the labelled interactions for testing and calibration; the split is by time."""

    test_share: float = Field(
        default=0.2,
        gt=0,
        lt=0.9,
        description="Share of the labelled interactions, the latest, kept for testing.",
    )
    calibration_share: float = Field(
        default=0.15, gt=0, lt=0.9, description="Share of the labelled interactions that calibrates the risk."
    )


class Gate(Strict):
    """What a version must show before it becomes champion."""

    min_labelled: int = Field(
        default=500,
        ge=0,
        description="Fewest labelled interactions to learn from; with fewer, training stops.",
    )
    min_dissatisfied: int = Field(
        default=200,
        ge=0,
        description="Fewest dissatisfied interactions to learn from; with fewer, training stops.",
    )
    min_compared: int = Field(
        default=100, ge=1, description="Fewest labelled interactions on which models are compared."
    )
    min_compared_dissatisfied: int = Field(
        default=20, ge=1, description="Fewest dissatisfied interactions on which models are compared."
    )
    min_gain: float = Field(
        default=0.01,
        ge=0,
        lt=1,
        description="Smallest gain over the base rate that is worth having: a share of the base rate's log-loss.",
    )
    champion: Literal["auto", "better", "not_worse"] = Field(
        default="auto",
        description="What the version must be, compared with the champion. `auto`: a changed model must be better, the "
        "same model retrained on newer data must not be worse.",
    )
    may_lose: float = Field(
        default=0.1, ge=0, lt=1,
        description='Tolerance of "not worse": a share of the champion\'s gain over the base rate.',
    )  # fmt: skip
    trifle: float = Field(
        default=0.02, ge=0, lt=1,
        description="A difference that is ignored even if it is certain: a share of the champion's lift in AUC, in "
        "capture, or in the log-loss of a segment.",
    )  # fmt: skip
    calibration_slack: float = Field(
        default=0.01, ge=0, lt=1,
        description="How far the calibration error, and the distance between the mean risk and the observed rate, may "
        "exceed sampling noise.",
    )  # fmt: skip
    min_segment: int = Field(
        default=200, ge=50, description="Fewest interactions of a segment that is checked on its own."
    )
    min_segment_dissatisfied: int = Field(
        default=20,
        ge=5,
        description="Fewest dissatisfied interactions of a segment that is checked on its own.",
    )
    max_slowdown: float = Field(
        default=2.0, gt=1, description="How many times the champion's scoring time the version may take."
    )
    allow_leaks: list[str] = Field(
        default_factory=list,
        description="Columns and kinds of events that alone tell the label nearly for certain, and are known before.",
    )


class Card(Strict):
    """Who is responsible for the model, and when it must be reviewed; shown in the model card."""

    owner: str = Field(default="", description="Who is responsible for the model.")
    review_days: int = Field(default=180, ge=1, description="After how many days the model must be reviewed.")


# Keys that do not change the model: what is done with its risks, and what only guides a training.
BESIDE = frozenset({"name", "bands", "gate", "policy", "card", "compare_without", "compare_labels"})
GUIDES = frozenset({"split", "tuning", "seed"})


class Spec(Strict):
    """The specification of a model, as written in `model.yaml`."""

    name: str = Field(
        pattern=NAME_FORM,
        max_length=LONGEST,
        description="Name of the registered model in MLflow.",
    )
    label: Label = Field(description="What the model predicts.")
    standards: Standards = Field(
        default_factory=Standards, description="Time within which a customer must be served."
    )
    calendars: dict[str, Calendar] = Field(
        default_factory=dict,
        description="When the company is open, by a name of your own. Waits and standards are then counted in business "
        "time too.",
    )
    families: list[FamilyName] = Field(
        default_factory=lambda: list(FAMILY_NAMES),
        min_length=1,
        description="Feature families that the model uses.",
    )
    context: Context = Field(
        default_factory=Context, description="Further columns of the interactions that the model uses."
    )
    kinds: Kinds = Field(
        default_factory=Kinds,
        description="Which of the company's own kinds and attributes of events have features.",
    )
    words: Words = Field(
        default_factory=Words, description="What is learnt from texts beside the counts of words."
    )
    moments: Moments = Field(
        default_factory=Moments, description="How many moments of each interaction the model learns from."
    )
    split: Split = Field(
        default_factory=Split, description="Shares of the labelled interactions for testing and calibration."
    )
    features: list[str] = Field(
        default_factory=list,
        description="Modules with features of the company's own, such as `my_company.features`. They are looked for "
        "beside this file, in the working folder and among Python's modules.",
    )
    lightgbm: dict[str, Any] = Field(
        default_factory=dict,
        description="LightGBM's settings under LightGBM's own names. They replace Forestall's defaults.",
    )
    estimator: EstimatorChoice | None = Field(
        default=None,
        description="A classifier with `predict_proba` in place of LightGBM and the linear part, by its full name.",
    )
    tuning: Tuning = Field(default_factory=Tuning, description="What `forestall train --tune` tries.")
    bands: Bands = Field(
        default_factory=Bands,
        description="Lowest risk of each band. With a policy the bands follow from the policy instead.",
    )
    gate: Gate = Field(
        default_factory=Gate, description="What a version must show before it becomes champion."
    )
    policy: Policy | None = Field(
        default=None,
        description="How many customers can be contacted, what a contact costs, and what it saves.",
    )
    card: Card = Field(default_factory=Card, description="Who is responsible for the model.")
    privacy: Privacy = Field(
        default_factory=Privacy, description="What the package and the run may hold of customers and staff."
    )
    compare_without: list[str] = Field(
        default_factory=list,
        description="Kinds of events. For each, the report also shows a model trained without events of this kind.",
    )
    compare_labels: list[Label] = Field(
        default_factory=list,
        description="Further labels. For each, a model is trained for comparison and shown in the report.",
    )
    seed: int = Field(default=7, ge=0, lt=2**31, description="Seed of all random draws.")

    @field_validator("lightgbm")
    @classmethod
    def _check_lightgbm(cls, settings: dict[str, Any]) -> dict[str, Any]:
        check_settings(settings)
        return settings

    @field_validator("calendars")
    @classmethod
    def _check_calendars(cls, calendars: dict[str, Calendar]) -> dict[str, Calendar]:
        check_claims(calendars)
        return calendars

    @field_validator("bands")
    @classmethod
    def _check_bands(cls, bands: Bands) -> Bands:
        bands.check_rising()
        return bands

    # not a part of what is learnt: no key of model.yaml, not in a package, and of no matter to ==
    _folder: Path | None = PrivateAttr(default=None)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the modules of `features` are looked for first: the folder that the specification was read from."""
        return () if self._folder is None else (self._folder,)

    def __eq__(self, other: object) -> bool:
        """Return whether both say the same, wherever they were read."""
        return isinstance(other, Spec) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # a specification holds lists

    @model_validator(mode="after")
    def _check_the_label_is_no_feature(self) -> Self:
        if isinstance(self.kinds.own, list) and self.label.event in self.kinds.own:
            raise ValueError(f"'kinds.own' must not name the label's own event, '{self.label.event}'")
        return self

    @model_validator(mode="after")
    def _check_one_learner(self) -> Self:
        if self.estimator is not None and self.lightgbm:
            raise ValueError("'lightgbm' must not be set beside 'estimator'; see 'estimator.parameters'")
        return self

    @model_validator(mode="after")
    def _check_a_family_is_left(self) -> Self:
        if not set(self.families) - set(self.tuning.leave_out):
            raise ValueError("'tuning.leave_out' must leave one of 'families'")
        return self


_SUFFIXES = {".yaml", ".yml"}


def folder_of(model: str | Path) -> Path:
    """Return the folder of a model, also where its file is given."""
    return Path(model).parent if Path(model).suffix in _SUFFIXES else Path(model)


def read_spec(folder: str | Path) -> Spec:
    """Return the specification in a model's folder.

    Parameters
    ----------
    folder
        A folder with a `model.yaml`, or the file itself.

    Raises
    ------
    UsageError
        There is no `model.yaml`, a key is unknown, or a value is not valid.
    """
    path = Path(folder)
    file = path if path.suffix in _SUFFIXES else path / "model.yaml"
    if not file.exists():
        raise UsageError(must_be(str(folder), "a folder with a model.yaml", do=f"there is none at {file}"))
    content = with_measured_share(read_mapping(file), file.parent)
    spec = parse_config(content, Spec, str(file))
    spec._folder = file.parent
    return spec
