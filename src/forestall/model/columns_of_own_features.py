"""The columns of the interactions that a company's own features read, in the specification."""

from __future__ import annotations

from typing import Literal

from forestall.errors import FeatureError
from forestall.model.context import Context
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
    return spec.model_copy(update={"context": context_with(spec.context, own)})


def context_with(context: Context, own: OwnFeatures) -> Context:
    """Return `context` of a specification with the further columns that own features read.

    Raises
    ------
    FeatureError
        A column has another type there.
    """
    named = context.model_copy(update={"read": {}}).holds
    read = {}
    for column, kind in own.further_columns.items():
        holds = _HOLDS[kind]
        if named.get(column, holds) != holds:
            raise FeatureError(
                f"the own features read the column {column} as a {holds}, but 'context' in model.yaml has it as a "
                f"{named[column]}; use one"
            )
        if column not in named:
            read[column] = holds
    return context.model_copy(update={"read": read})
