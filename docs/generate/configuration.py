"""The pages of the configuration files, from the models that read them."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import yaml
from pydantic import BaseModel, BeforeValidator, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from forestall.importing.mapping import Mapping
from forestall.model.spec import Spec
from tables import code, markdown_table

"""What a key means, for those that their model does not describe."""

MODEL_INTRODUCTION = """# model.yaml

This page is generated from the code that reads `model.yaml`. An unknown key is an error that names the nearest known
one. [Train](../guide/train.md) explains how to write the file, [Labels](../guide/labels.md) and
[Policy](../guide/policy.md) explain these two sections.
"""
MAPPING_INTRODUCTION = """# mapping.yaml

This page is generated from the code that reads a mapping file. [Mapping file](../data/mapping.md) explains every key
with examples.
"""
PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    datetime: "time",
    type(None): "null",
    Any: "any value",
}


def model_page() -> str:
    """Return the page of `model.yaml` in Markdown."""
    return "\n\n".join([MODEL_INTRODUCTION, *sections(Spec)]) + "\n"


def mapping_page() -> str:
    """Return the page of the mapping file in Markdown."""
    return "\n\n".join([MAPPING_INTRODUCTION, *sections(Mapping)]) + "\n"


def sections(root: type[BaseModel]) -> Iterator[str]:
    """Return the sections of a file: its own keys first, then each kind of part that it has."""
    for model in models_of(root):
        title = "Keys of the file" if model is root else model.__name__
        yield f"## {title} {{ #{model.__name__.lower()} }}"
        yield _summary(model)
        rows = [
            (code(field.alias or name), _type(_annotation(field)) + _bounds(field.metadata), _default(field),
             meaning(model, name))
            for name, field in model.model_fields.items()
        ]  # fmt: skip
        yield markdown_table(["key", "value", "default", "meaning"], rows)


def models_of(root: type[BaseModel]) -> list[type[BaseModel]]:
    """Return the file's model and all models of its parts, in the order in which they are first named."""
    found = [root]
    for model in found:
        for field in model.model_fields.values():
            found += [one for one in dict.fromkeys(_models_in(field.annotation)) if one not in found]
    return found


def meaning(model: type[BaseModel], name: str) -> str:
    """Return what a key means: the description of its field, else that of the model's docstring.

    Raises
    ------
    KeyError
        Neither describes the key.
    """
    return model.model_fields[name].description or _of_docstring(model)[name]


def _of_docstring(model: type[BaseModel]) -> dict[str, str]:
    """Return what the sections Parameters and Attributes of a numpydoc docstring say of each name."""
    found: dict[str, str] = {}
    lines = inspect.cleandoc(model.__doc__ or "").splitlines()
    names: list[str] = []
    for line in lines:
        if re.fullmatch(r"[a-z_]+(, [a-z_]+)*( :.*)?", line):
            names = line.partition(" :")[0].split(", ")
        elif line.startswith("    ") and names:
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
        elif line.strip():
            names = []
    return found


def _summary(model: type[BaseModel]) -> str:
    return (
        inspect.cleandoc(model.__doc__ or "")
        .partition("\nParameters\n")[0]
        .partition("\nAttributes\n")[0]
        .strip()
    )


def _annotation(field: FieldInfo) -> Any:
    """Return the field's type, with what pydantic has taken from it."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _type(annotation: Any) -> str:
    """Return a type in words."""
    if annotation in PLAIN:
        return PLAIN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    parts = get_args(annotation)
    return WORDS[get_origin(annotation)](annotation, parts)


def _annotated(annotation: Any, parts: tuple[Any, ...]) -> str:
    takes_one = any(isinstance(one, BeforeValidator) for one in parts[1:])
    if get_origin(parts[0]) is list and takes_one:
        return f"{_type(get_args(parts[0])[0])}, or a list of them"
    short = _short_form(annotation)
    return f"{short} or {_type(parts[0])}" if short else _type(parts[0])


def _any_of(_: Any, parts: tuple[Any, ...]) -> str:
    return " or ".join(dict.fromkeys(_type(part) for part in parts if part is not type(None)))


WORDS: dict[Any, Callable[[Any, tuple[Any, ...]], str]] = {
    Annotated: _annotated,
    Union: _any_of,
    types.UnionType: _any_of,
    Literal: lambda _, parts: " or ".join(code(part) for part in parts),
    tuple: lambda _, parts: f"[{', '.join(_type(part) for part in parts)}]",
    list: lambda _, parts: f"list of {_type(parts[0])}",
    dict: lambda _, parts: f"{_type(parts[0])}: {_type(parts[1])}",
}
"""How each kind of compound type is said."""


def _short_form(annotation: Any) -> str:
    """Return what a plain text stands for where a part is expected."""
    model = next(iter(_models_in(annotation)), None)
    if model is None:
        return ""
    try:
        read = TypeAdapter(annotation).validate_python("a")
    except ValidationError:
        return ""
    return {"column": "a column's name", "constant": "a constant"}[next(iter(read.model_fields_set))]


def _bounds(metadata: list[Any]) -> str:
    signs = {
        annotated_types.Gt: ">",
        annotated_types.Ge: "≥",
        annotated_types.Lt: "<",
        annotated_types.Le: "≤",
    }
    told = [
        f"{sign} {getattr(one, kind.__name__.lower()):,}"
        for one in metadata
        for kind, sign in signs.items()
        if isinstance(one, kind)
    ]
    return f", {' and '.join(told)}" if told else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ([], {}, ""):
        return ""
    if isinstance(value, BaseModel):
        return "its own defaults"
    written = yaml.safe_dump(value if not isinstance(value, tuple) else list(value), default_flow_style=True)
    return code(written.removesuffix("...\n").strip())
