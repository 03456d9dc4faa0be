"""The text of a suggested mapping file: YAML with a comment beside what was decided, and questions above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from forestall.importing.suggest.draft import Draft, Entry

_HEAD = """\
# Suggested by `forestall import --suggest`: read it before you use it. It is made of names and values alone.
# {questions}
"""


def flow(value: Any) -> str:
    """Return a value as YAML on one line.

    Examples
    --------
    >>> flow({"column": "Opened at", "format": "%d/%m/%Y"})
    "{column: Opened at, format: '%d/%m/%Y'}"
    """
    text = yaml.safe_dump(
        value, default_flow_style=True, width=1_000_000, allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("...\n").rstrip("\n")


def write_mapping(draft: Draft, command: str) -> str:
    """Return the mapping file.

    Parameters
    ----------
    draft
        The mapping.
    command
        The command that imports with it.
    """
    body: list[str] = []
    for key, entry in draft.settings.items():
        body += _line(key, entry, "")
    for section in ("tables", "interactions", "event_log"):
        body += _section(section, getattr(draft, section))
    if draft.events:
        body += ["events:", *(line for entry in draft.events for line in _item(entry))]
    body += _section("feedback", draft.feedback)
    for section, note in (
        ("keep", "further columns for `context` of model.yaml"),
        ("never", "must not reach a model"),
    ):
        entries: dict[str, Entry] = getattr(draft, section)
        if entries:
            body += [f"{section}:  # {note}", *(line for entry in entries.values() for line in _item(entry))]
        if section == "keep":
            body += _section("known_at", draft.known_at)
    if draft.left_out:
        body += ["# Left out:", *(f"#   {flow(name)}: {reason}" for name, reason in draft.left_out.items())]
    n_questions = sum("# question:" in line for line in body)
    asked = (
        f"{n_questions} question{'s are' if n_questions > 1 else ' is'} marked `# question:`."
        if n_questions
        else "Nothing had to be asked."
    )
    return _HEAD.format(questions=f"{asked} To import: {command}") + "\n".join(body) + "\n"


def _section(name: str, entries: Mapping[str, Entry]) -> list[str]:
    lines = [line for key, entry in entries.items() for line in _line(flow(key), entry, "  ")]
    return [f"{name}:", *lines] if lines else []


def _line(key: str, entry: Entry, indent: str) -> list[str]:
    return [*_question(entry, indent), f"{indent}{key}: {flow(entry.value)}{_comment(entry)}"]


def _item(entry: Entry) -> list[str]:
    return [*_question(entry, "  "), f"  - {flow(entry.value)}{_comment(entry)}"]


def _question(entry: Entry, indent: str) -> list[str]:
    return [f"{indent}# question: {one_line(entry.question)}"] if entry.question else []


def _comment(entry: Entry) -> str:
    return f"  # {one_line(entry.comment)}" if entry.comment else ""


def one_line(text: str) -> str:
    """Return a text without line breaks, so that it stays a comment."""
    return " ".join(text.split())
