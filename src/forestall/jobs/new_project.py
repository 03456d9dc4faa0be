"""`forestall new`: a company's own project, with a mapping, a model, pipelines and tests."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Any
from uuid import uuid4

import yaml

from forestall.errors import UsageError, must_be
from forestall.job_files import OnStep, no_progress
from forestall.jobs.job_result import JobResult
from forestall.jobs.suggest import SuggestResult, suggest
from forestall.publishing import writing

_SUFFIX = ".template"
_SAMPLE = "tests/sample/tickets.csv"
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LONGEST = 60


@dataclass(frozen=True, repr=False)
class NewProjectResult(JobResult):
    """What `new_project` wrote.

    Attributes
    ----------
    folder
        The project.
    files
        Its files, within the folder.
    questions
        What the suggested mapping leaves open; empty without sources.
    """

    folder: Path
    files: list[str]
    questions: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        next_step = f"read {self.folder / 'README.md'}"
        return {
            "project": str(self.folder),
            "files": self.files,
            "questions": self.questions,
            "next": next_step,
        }


def new_project(
    name: str,
    *,
    sources: str | Path | Sequence[str | Path] = (),
    output: str | Path | None = None,
    progress: OnStep = no_progress,
) -> NewProjectResult:
    """Write a project that is ready to commit: mapping, model, pipelines and tests.

    Parameters
    ----------
    name
        The project's name: lower-case letters, digits, `-` and `_`. Its model is called `NAME-risk`.
    sources
        Files of an export, `FILE` or `NAME=FILE`: the mapping is suggested from them. Without any, mapping and tests
        are about a made-up sample.
    output
        The folder to write, by default one of the project's name; it must be new or empty.
    progress
        Called with a text when a long step begins.

    Raises
    ------
    UsageError
        The name is not one, or the folder holds something.
    InputError
        A source cannot be read.
    """
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        required = f"lower-case letters, digits, - and _, at most {_LONGEST} characters, such as helpdesk"
        raise UsageError(must_be("NAME", required))
    given = [str(one) for one in ([sources] if isinstance(sources, str | Path) else sources)]
    folder = Path(output if output is not None else name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(must_be("--output", "a new or empty folder", folder, do="choose another one"))
    suggested = suggest(given, progress=progress) if given else None
    progress("writing the project")
    texts = _texts(name, given, suggested)
    with writing(folder):
        _write_whole(texts, folder)
    return NewProjectResult(folder, sorted(texts), suggested.suggestion.questions if suggested else [])


def _texts(name: str, sources: list[str], suggested: SuggestResult | None) -> dict[str, str]:
    """Return the text of each file of the project."""
    values = {
        "name": name,
        "model_name": f"{name}-risk",
        "version": version("forestall"),
        "sources": shlex.join(sources) or _SAMPLE,
        "sample": "[]" if sources else '[str(PROJECT / "tests" / "sample" / "tickets.csv")]',
        "first_step": "Answer the questions in `mapping.yaml` and `model.yaml`: they are marked `# question:`."
        if sources
        else "Put your own columns into `mapping.yaml`, or begin with `forestall import --suggest EXPORT`.",
    }
    texts = {
        path: Template(text).substitute(values)
        for path, text in _templates(files("forestall.jobs") / "project_template", "").items()
    }
    texts[".gitignore"] = texts.pop("gitignore")
    model = texts.pop("model.yaml")
    if suggested is not None:
        del texts[_SAMPLE]
        texts["mapping.yaml"] = suggested.suggestion.mapping
        own_name = yaml.safe_load(suggested.suggestion.model)["name"]
        model = suggested.suggestion.model.replace(f"name: {own_name}", f"name: {name}-risk", 1)
    return texts | {f"models/{name}/model.yaml": model}


def _templates(folder: Traversable, within: str) -> dict[str, str]:
    """Return the text of each template by its path in the project."""
    found: dict[str, str] = {}
    for one in folder.iterdir():
        if one.is_dir():
            found |= _templates(one, f"{within}{one.name}/")
        elif one.name.endswith(_SUFFIX):
            found[within + one.name.removesuffix(_SUFFIX)] = one.read_text(encoding="utf-8")
    return found


def _write_whole(texts: dict[str, str], folder: Path) -> None:
    """Write all files, or, when one cannot be written, none."""
    is_new = not folder.exists()
    folder.parent.mkdir(parents=True, exist_ok=True)
    # an empty folder is filled, not replaced: a shell may be in it
    made = (folder.parent if is_new else folder) / f".{uuid4().hex}"
    try:
        for path, text in texts.items():
            file = made / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        if is_new:
            os.replace(made, folder)
        else:
            for entry in made.iterdir():
                entry.replace(folder / entry.name)
            made.rmdir()
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
