"""The own features of a model: for each module its name, its source text and its families, as data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data.schemas import column_types
from forestall.errors import FeatureError
from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.operations import Kind
from forestall.own_features.column_arguments import kinds_of
from forestall.own_features.declarations import check_families, is_module_name
from forestall.own_features.term_records import records_of, terms_of

OWN_FEATURES = "own_features"  # in a model's `info`: a line of each, for the model card
_FEATURE = [one.name for one in fields(Feature) if one.name not in ("value", "subject", "text_key")]


@dataclass(frozen=True)
class OwnModule:
    """A module of own features.

    Parameters
    ----------
    name
        Its name in model.yaml.
    text
        Its source text. A package holds it for people to read; it is never run from there.
    families
        What it declares.
    """

    name: str
    text: str
    families: tuple[Family, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of its source text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def file_name(self) -> str:
        """The name of the file that holds its source text beside the model's."""
        return f"{self.name}.py"

    @property
    def columns(self) -> dict[str, Feature]:
        """Its features by the names of their columns."""
        return {family.column(one): one for family in self.families for one in family.features}

    def as_dict(self) -> dict[str, Any]:
        """Return name, digest and declarations as plain values that JSON can hold."""
        terms, places = records_of({name: one.value for name, one in self.columns.items()})
        families = [
            {
                "name": family.name,
                "description": family.description,
                "contributes_to": family.contributes_to,
                "features": [
                    {name: getattr(one, name) for name in _FEATURE} | {"value": places[family.column(one)]}
                    for one in family.features
                ],
            }
            for family in self.families
        ]
        return {"name": self.name, "sha256": self.digest, "terms": terms, "families": families}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], text: str) -> OwnModule:
        """Return what `as_dict` wrote, with the source text.

        Raises
        ------
        FeatureError
            The content is not what `as_dict` writes, or the text is another.
        """
        name = str(content.get("name"))
        try:
            terms = terms_of(content["terms"])
            families = tuple(
                Family(
                    one["name"],
                    one["description"],
                    [Feature(**{**own, "value": terms[own["value"]]}) for own in one["features"]],
                    one["contributes_to"],
                )
                for one in content["families"]
            )
            module = cls(name, text, families)
            check_families(name, families)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            raise FeatureError(
                f"the own features of {name} in model.json must be as training writes them; {error}"
            ) from None
        if module.digest != content.get("sha256"):
            raise FeatureError(
                f"{module.file_name} must be the text that the model was trained with; its SHA-256 differs from that "
                "in model.json"
            )
        return module


@dataclass(frozen=True)
class OwnFeatures:
    """The modules of own features of a model, in the order of model.yaml."""

    modules: tuple[OwnModule, ...] = ()

    @property
    def families(self) -> tuple[Family, ...]:
        """All families."""
        return tuple(family for module in self.modules for family in module.families)

    @cached_property
    def _read(self) -> ColumnsBySource:
        return ColumnsBySource(one.value for family in self.families for one in family.features)

    @cached_property
    def further_columns(self) -> dict[str, Kind]:
        """The columns of `interactions` that features read and the contract does not have, with what they hold."""
        known = column_types("interactions")
        return {one.column: one.holds for one in self._read.own if one.column not in known}

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """The types of the further columns of events that features read."""
        types = {Kind.NUMBER: pl.Float64, Kind.TEXT: pl.String}
        return {one.column: types[one.holds] for one in self._read.attributes}

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that features name."""
        return frozenset(kind for leaf in self._read.all for kind in kinds_of(leaf))

    def described(self) -> list[dict[str, Any]]:
        """Return a line of each feature for the model card."""
        return [
            {
                "feature": column,
                "description": feature.description,
                "direction": feature.direction,
                "contributes_to": family.group,
                "module": module.name,
                "sha256": module.digest,
            }
            for module in self.modules
            for family in module.families
            for column, feature in ((family.column(one), one) for one in family.features)
        ]

    def as_dict(self) -> list[dict[str, Any]]:
        """Return the declarations as plain values that JSON can hold."""
        return [module.as_dict() for module in self.modules]

    def declared(self) -> list[dict[str, Any]]:
        """Return what `as_dict` does without the digests: what a model depends on, other than comments in the texts."""
        return [{key: value for key, value in one.items() if key != "sha256"} for one in self.as_dict()]

    def write_sources(self, folder: Path) -> None:
        """Write the source texts into a model's folder."""
        for module in self.modules:
            (folder / module.file_name).write_text(module.text, encoding="utf-8", newline="")

    @classmethod
    def load(cls, content: Iterable[Mapping[str, Any]], folder: Path) -> OwnFeatures:
        """Return what `as_dict` and `write_sources` wrote. No code of the company's is run.

        Raises
        ------
        FeatureError
            Declarations or texts are not what was written.
        """
        modules = []
        for one in content:
            if not is_module_name(one.get("name")):
                raise FeatureError("each module of own features in model.json must have the name of a module")
            file = folder / f"{one['name']}.py"
            if not file.is_file():
                raise FeatureError(
                    f"the model's folder must hold the source text {file.name}; train the model again"
                )
            modules.append(OwnModule.from_dict(one, file.read_bytes().decode("utf-8")))
        return cls(tuple(modules))


NO_FEATURES = OwnFeatures()
