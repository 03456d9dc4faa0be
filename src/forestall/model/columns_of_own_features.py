"""The columns of the interactions that a company's own features read, in the specification."""

from __future__ import annotations

from typing import Literal

from forestall.errors import FeatureError
from forestall.model.spec import Spec
from forestall.moment_features.operations import Kind
from forestall.own_features import OwnFeatures

_HOLDS: dict[Kind, Literal["text", "number"]] = {Kind.TEXT: "text", Kind.NUMBER: "number"}


def with_columns_read(spec: Spec, own: OwnFeatures) -> Spec:
    """Return a specification that names the further columns which own features read: records are read with them.

    Raises
    ------
    FeatureError
        `context` has a column as another type than a feature reads it.
    """
    named = {
        **dict.fromkeys(spec.context.categorical, "text"),
        **dict.fromkeys(spec.context.numeric, "number"),
    }
    read = {}
    for column, kind in own.further_columns.items():
        holds = _HOLDS[kind]
        if named.setdefault(column, holds) != holds:
            raise FeatureError(
                f"the own features read the column {column} as a {holds}, but 'context' in model.yaml has it as a "
                f"{named[column]}; use one"
            )
        if column not in (*spec.context.categorical, *spec.context.numeric):
            read[column] = holds
    return spec.model_copy(update={"context": spec.context.model_copy(update={"read": read})})
