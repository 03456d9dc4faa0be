"""A finding of the data report: what was found, what it means for the model, and the line to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl
import yaml

from forestall.reporting.text.formats import percent

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
MAPPING, MODEL = "mapping.yaml", "model.yaml"
MAX_WORDS = 20
"""The words of a column are shown only if it has at most so many different ones: then they are categories."""

_LONGEST_NAME = 60
_LEAST = 0.0005
_WIDE = 1_000_000  # no line break in a line of YAML


@dataclass(frozen=True)
class Finding:
    """One finding.

    Parameters
    ----------
    topic
        The question that it answers, such as `span`.
    severity
        `error` (a model from these data is wrong or cannot be trained), `warning` (it is worse than it could be, or
        its figures mislead), `note` (good to know).
    found
        What was found, with its figures, in one sentence.
    means
        What it means for the model.
    file, line
        The file to change, and its new line; empty if no line can be given.
    """

    topic: str
    severity: Severity
    found: str
    means: str
    file: str = ""
    line: str = ""


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, the most severe first, and otherwise in their order."""
    return sorted(findings, key=lambda one: SEVERITIES.index(one.severity))


def yaml_line(key: str, value: Any, comment: str = "") -> str:
    """Return one line of YAML with a key and its value.

    Examples
    --------
    >>> yaml_line("never", ["Customer Remarks"])
    'never: [Customer Remarks]'
    >>> yaml_line("timezone", "Europe/Copenhagen", "of times without a zone")
    'timezone: Europe/Copenhagen   # of times without a zone'
    """
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=_WIDE, sort_keys=False
    ).removesuffix("...\n")
    return f"{key}: {text.strip()}" + (f"   # {comment}" if comment else "")


def small_share(share: float) -> str:
    """Return a share as a percentage; one that would be rounded to 0 as “less than”."""
    return percent(share, 1) if share >= _LEAST else f"less than {percent(_LEAST, 2)}"


def shown_name(name: str) -> str:
    """Return the name of a column, shortened if it is long."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def may_be_shown(words: pl.Series) -> bool:
    """Return whether the values of a column are words of a category, which may be shown: at most 20 different ones."""
    return words.n_unique() - (words.null_count() > 0) <= MAX_WORDS and bool(
        (words.str.len_chars().max() or 0) <= _LONGEST_NAME  # type: ignore[operator]  # a length is a number
    )
