"""YAML with bounds on its size, its depth and what its aliases stand for, read without recursion first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from forestall.errors import UsageError, cannot_read
from forestall.plain_files import is_special

MAX_BYTES, MAX_DEPTH, MAX_VALUES = 1_000_000, 50, 100_000
"""The largest file, the deepest nesting, and the most values after each alias is replaced by what it stands for."""

_TOO_DEEP = f"must be nested at most {MAX_DEPTH} deep, is deeper; check that it is the right file"
_LIBYAML_TOO_DEEP = "exceeded maximum nesting depth"  # its own bound, 1,000, met while it reads ahead
_WHOLE = r"[-+]?(?:0|[1-9][0-9_]*)"
_NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(rf"^{_WHOLE}$"),
    "tag:yaml.org,2002:float": re.compile(
        rf"^(?:(?:{_WHOLE}\.[0-9_]*|[-+]?\.[0-9]+)(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
}
# libyaml's loader is ten times faster, where PyYAML was built with it. Both loaders are safe ones.
_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SAFE):  # type: ignore[misc]
    """A safe loader that reads no octal and no sexagesimal numbers: `010` and `12:30` are texts, not 8 and 750."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, _NUMBERS.get(tag, form)) for tag, form in resolvers]
    for first, resolvers in _SAFE.yaml_implicit_resolvers.items()
}


def read_yaml(path: str | Path) -> Any:
    """Return the content of a YAML file.

    Raises
    ------
    UsageError
        The file does not exist, is no file, cannot be read or is too large, or its text is not valid: see `parse_yaml`.
    """
    path = Path(path)
    if is_special(path):
        raise UsageError(f"{path} must be a file, is a pipe or a device; write its content to a file")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise UsageError(
                f"{path} must have at most {MAX_BYTES:,} bytes, has more; check that it is the right file"
            )
        return parse_yaml(content.decode("utf-8"), str(path))
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        wrong = f"{path} cannot be read: {type(error).__name__}"
        raise UsageError(cannot_read(path, wrong)) from None


def parse_yaml(text: str, name: str) -> Any:
    """Return the value that a YAML text describes.

    Parameters
    ----------
    text
        The text.
    name
        How errors call it: the file, for example.

    Raises
    ------
    UsageError
        It is not valid YAML, a key stands twice in one section, a date or a number is not possible, it is nested too
        deeply, or it has too many values.
    """
    try:
        for line, fault in _faults(text):
            raise UsageError(f"{name}, line {line} {fault}")
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        is_too_deep = getattr(error, "problem", None) == _LIBYAML_TOO_DEEP
        raise UsageError(f"{name}{place} {_TOO_DEEP if is_too_deep else 'is not valid YAML'}") from None
    except (ValueError, OverflowError):  # such as the date 2026-02-30
        line = _line_of_impossible_value(text)
        raise UsageError(
            f"{name}, line {line} must hold a date or number that is possible, does not; correct it or put it in quotes"
        ) from None


@dataclass
class _Section:
    """A section that is being read: its keys if it has keys, its anchor, and how many values it has so far."""

    has_keys: bool
    anchor: str | None
    keys: set[str] = field(default_factory=set)
    n_values: int = 1
    is_key_next: bool = True


def _faults(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the fault of what goes beyond a bound, or stands twice; only its events are read."""
    open_sections: list[_Section] = []
    sizes: dict[str, int] = {}
    for event in yaml.parse(text, Loader=_Loader):
        line = _line(event)
        if isinstance(event, yaml.CollectionStartEvent):
            open_sections.append(_Section(isinstance(event, yaml.MappingStartEvent), event.anchor))
            if len(open_sections) > MAX_DEPTH:
                yield line, _TOO_DEEP
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            ended = open_sections.pop()
            size, anchor = ended.n_values, ended.anchor
        elif isinstance(event, yaml.ScalarEvent):
            size, anchor = 1, event.anchor
        elif isinstance(event, yaml.AliasEvent):
            if str(event.anchor) not in sizes:
                yield line, "must not refer to something that it is a part of, or that is not defined above"
            size, anchor = sizes.get(str(event.anchor), 0), None
        else:
            continue
        if anchor is not None:
            sizes[anchor] = size
        if open_sections and (fault := _count(open_sections[-1], event, size)):
            yield line, fault


def _count(section: _Section, event: yaml.Event, size: int) -> str:
    """Add a value to its section; return the fault if that is one too many, or a key that it has already."""
    section.n_values += size
    if section.n_values > MAX_VALUES:
        return f"must have at most {MAX_VALUES:,} values, has more; check that it is the right file"
    if not section.has_keys:
        return ""
    is_key, section.is_key_next = section.is_key_next, not section.is_key_next
    if not is_key or not isinstance(event, yaml.ScalarEvent):
        return ""
    if event.value in section.keys:
        return "must have each key once in a section, has one twice; remove or rename the second"
    section.keys.add(event.value)
    return ""


def _line_of_impossible_value(text: str) -> int:
    """Return the line of the first value that cannot be made, such as a date that does not exist."""
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.ScalarEvent) and not event.style:
            try:
                yaml.load(event.value, Loader=_Loader)
            except yaml.YAMLError:
                continue
            except (ValueError, OverflowError):
                return _line(event)
    return 1


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
