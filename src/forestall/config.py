"""Configuration files: strict YAML, with errors that name the place and the nearest known name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from forestall.errors import UsageError, nearest

# libyaml's loader is ten times faster where PyYAML was built with it; both are the safe ones
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Strict(BaseModel):
    """A part of a configuration file in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Config = TypeVar("Config", bound=Strict)


def read_config(path: str | Path, kind: type[Config]) -> Config:
    """Return the file at `path`, read as `kind`.

    Parameters
    ----------
    path
        A YAML file.
    kind
        What the file must be.

    Raises
    ------
    UsageError
        The file is missing, is no YAML, or has an unknown key or a wrong value.
    """
    path = Path(path)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {type(error).__name__}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise UsageError(f"{path}{place} is not valid YAML") from None
    if not isinstance(content, dict):
        raise UsageError(f"{path} must hold keys and values")
    return parse_config(content, kind, str(path))


def parse_config(content: dict[str, Any], kind: type[Config], name: str) -> Config:
    """Return `content` as `kind`; errors call it `name`.

    Raises
    ------
    UsageError
        An unknown key (named with the nearest known one) or a wrong value.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise UsageError("; ".join(_sentences(error, kind, name))) from None


def _sentences(error: ValidationError, kind: type[BaseModel], name: str) -> list[str]:
    sentences = []
    for problem in error.errors(include_url=False):
        place = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            key = str(problem["loc"][-1])
            hint = nearest(key, _known_keys(kind, problem["loc"][:-1]))
            sentences.append(f"{name}: unknown key '{place}', {hint}")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            sentences.append(f"{name}: {place or 'the file'}: {message[:1].lower()}{message[1:]}")
    return sentences


def _known_keys(kind: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """Return the keys known at `place`, following the types of the fields; all keys where a type forks."""
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
