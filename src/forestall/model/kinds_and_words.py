"""What a model learns of a company's own kinds of events, of attributes of events, and of texts."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from forestall.config import Strict
from forestall.errors import must_be


class Kinds(Strict):
    """Kinds of events that no feature knows by name, and attributes of events."""

    own: Literal["auto", "none"] | list[str] = Field(
        default="auto",
        description="The company's own kinds of events that have features: how often, how long ago, and which was the "
        "last. `auto`: those whose features go with the label beyond chance in the training part. A list: these kinds. "
        "`none`: no kinds.",
    )
    attributes: Literal["auto", "none"] | list[str] = Field(
        default="auto",
        description="Further columns of the events (`keep` in the mapping file) that have features: the last value, "
        "the mean and the highest, of a text the last. `auto`, a list and `none` as for `own`.",
    )

    @field_validator("own", "attributes", mode="before")
    @classmethod
    def _check_names(cls, names: Any, info: ValidationInfo) -> Any:
        is_list = isinstance(names, list) and all(isinstance(one, str) for one in names)
        if is_list or names in ("auto", "none"):
            return names
        came = names if isinstance(names, str) else None
        raise ValueError(must_be(f"'{info.field_name}'", "auto, none or a list of names", came))


class Words(Strict):
    """What is learnt from the texts of events, beside the words that the lexicons count."""

    score: Literal["auto", "none"] = Field(
        default="auto",
        description="Learnt scores of the texts of customers and staff. `auto`: if there are enough texts and their "
        "scores tell more than the other features, on later interactions of the training part and beyond chance. "
        "`none`: no scores.",
    )
    embedding: list[str] = Field(
        default_factory=list,
        description="Numeric columns of the events that are a sentence embedding of their text, by name or pattern "
        "(`emb_*`). They are learnt from together with the texts, if they tell more.",
    )

    @field_validator("embedding", mode="before")
    @classmethod
    def _check_list(cls, names: Any) -> Any:
        return [names] if isinstance(names, str) else names

    @model_validator(mode="after")
    def _check_scores(self) -> Self:
        if self.embedding and self.score == "none":
            raise ValueError("'embedding' must not be set if 'score' is none: leave one of them out")
        return self
