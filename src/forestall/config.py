"""Configuration files: strict YAML, with errors that name the key and the nearest known key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from forestall.errors import UsageError, must_be, nearest
from forestall.yaml_text import read_yaml

_LONGEST_VALUE = 40


class Strict(BaseModel):
    """A section of a configuration file. An unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Config = TypeVar("Config", bound=Strict)


def read_config(path: str | Path, kind: type[Config]) -> Config:
    """Return the configuration in a YAML file.

    Parameters
    ----------
    path
        A YAML file.
    kind
        The class of the configuration.

    Raises
    ------
    UsageError
        The file does not exist or is not valid YAML (see `yaml_text.read_yaml`), a key is unknown, or a value is not
        valid.
    """
    return parse_config(read_mapping(path), kind, str(path))


def read_mapping(path: str | Path) -> dict[str, Any]:
    """Return the keys and values of a YAML file, before they are checked.

    Raises
    ------
    UsageError
        The file does not exist, is not valid YAML, or holds anything else.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise UsageError(must_be(str(path), "a file of keys and values"))
    return content


def parse_config(content: dict[str, Any], kind: type[Config], name: str) -> Config:
    """Return the configuration that a mapping of keys to values describes.

    Parameters
    ----------
    content
        Keys and values, as read from YAML.
    kind
        The class of the configuration.
    name
        How errors name it: the file, for example.

    Raises
    ------
    UsageError
        A key is unknown (the message names the nearest known key), or a value is not valid.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise UsageError("; ".join(_sentences(error, kind, content, name))) from None


def _sentences(
    error: ValidationError, kind: type[BaseModel], content: dict[str, Any], name: str
) -> list[str]:
    """Return one sentence for each problem that pydantic found."""
    sentences = []
    for problem in error.errors(include_url=False):
        place = ".".join(_written_place(problem["loc"], content))
        if problem["type"] == "extra_forbidden":
            key = str(problem["loc"][-1])
            hint = nearest(key, _known_keys(kind, problem["loc"][:-1]))
            sentences.append(f"{name}: unknown key '{place}', {hint}")
        else:
            sentences.append(f"{name}: {place or 'the file'}{_requirement(problem)}")
    return sentences


def _written_place(place: tuple[int | str, ...], content: Any) -> list[str]:
    """Return a place as it stands in the file: a section may stand where a list of sections can."""
    parts: list[str] = []
    for part in place:
        if isinstance(part, int) and isinstance(content, dict | str):
            continue
        parts.append(str(part))
        if isinstance(content, list) and isinstance(part, int) and part < len(content):
            content = content[part]
        else:
            content = content.get(part) if isinstance(content, dict) else None
    return parts


_PLAIN_KINDS = {
    "model_type": "keys and values",
    "dict_type": "keys and values",
    "list_type": "a list, in square brackets",
    "tuple_type": "a list, in square brackets",
    "float_parsing": "a number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_parsing": "true or false",
}
"""What a value must be, by pydantic's type of the problem, where its own words are about Python."""
NAME_FORM = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
CLASS_FORM = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$"
_PLAIN_FORMS = {
    NAME_FORM: "a name of letters, digits, '.', '_' and '-'",
    CLASS_FORM: "the full name of a class, such as sklearn.linear_model.LogisticRegression",
}
"""What a text must be, by the pattern that it does not match."""


def _plain_requirement(problem: ErrorDetails) -> str | None:
    """Return what a value must be, in plain words; None where pydantic's are plain."""
    limits = problem.get("ctx", {})
    match problem["type"]:
        case "string_pattern_mismatch":
            return _PLAIN_FORMS.get(limits["pattern"])
        case "string_too_long":
            return f"a text of at most {limits['max_length']} characters"
        case "too_short":
            return f"a list with at least {limits['min_length']} in it"
        case "too_long":
            return f"a list with at most {limits['max_length']} in it"
    return _PLAIN_KINDS.get(problem["type"])


def _requirement(problem: ErrorDetails) -> str:
    """Return what a value must be and what came, in the wording of Forestall's errors.

    Only a plain value is repeated: a list or a section may be long.
    """
    said = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "missing":
        return " must be given"
    required = _plain_requirement(problem)
    if required is None and said.startswith("Input should be "):
        required = said.removeprefix("Input should be ")
    if required is None:
        return f": {said[:1].lower()}{said[1:]}"
    came = problem["input"]
    is_unquoted = problem["type"] == "string_type" and isinstance(came, bool | int | float)
    do = "YAML does not read it as text: put it in quotes" if is_unquoted else ""
    is_plain = isinstance(came, bool | int | float | str) and len(str(came)) <= _LONGEST_VALUE
    return must_be("", required, came if is_plain else None, do=do)


def _known_keys(kind: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """Return the keys known at `place`, by the types of the fields. Of a union of types: the keys of all of them."""
    kinds: list[type[BaseModel]] = [kind]
    for part in place:
        below: list[type[BaseModel]] = []
        for one in kinds:
            by_alias = {field.alias or name: field for name, field in one.model_fields.items()}
            if part in by_alias:
                below += _models_in(by_alias[str(part)].annotation)
        kinds = below or kinds
    return [field.alias or name for one in kinds for name, field in one.model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
