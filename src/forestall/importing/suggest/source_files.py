"""The files that a suggestion looks at, by the names that the mapping gives them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data.frames import stack
from forestall.errors import InputError, UsageError, must_be
from forestall.importing.readers.read_files import column_names
from forestall.importing.suggest.reading_options import read_unknown
from forestall.importing.suggest.scene import table_names

_MOST = 0.6
_NAMED = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*)=(.+)$")


@dataclass
class SourceFiles:
    """The rows of the files by name.

    Parameters
    ----------
    frames, paths
        The rows and the files of each name. Files with the same columns are parts of one source.
    main
        The file with the interactions, if the names of the others say it; else None.
    options
        How the files of each name are read: the keys of `file` in the mapping.
    """

    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    paths: dict[str, list[str]] = field(default_factory=dict)
    main: str | None = None
    options: dict[str, dict[str, Any]] = field(default_factory=dict)

    def command(self, main: str, tables: Sequence[str], mapping: str) -> str:
        """Return the command that imports these files with a mapping."""
        files = [*self.paths[main], *(f"{name}={path}" for name in tables for path in self.paths[name])]
        return f"forestall import {shlex.join([mapping, *files])} --output data"


def read_source_files(sources: Sequence[str | Path]) -> SourceFiles:
    """Return the rows of the files that a command names: `FILE`, or `NAME=FILE` for a further table.

    Raises
    ------
    UsageError
        No file is given, or a name is given to two files with different columns.
    InputError
        A file cannot be read.
    """
    if not sources:
        raise UsageError(must_be("SOURCE", "at least one file", do="name the exported files"))
    named: list[tuple[str | None, Path]] = []
    for source in map(str, sources):
        found = None if Path(source).exists() else _NAMED.match(source)
        named.append((found[1], Path(found[2])) if found else (None, Path(source)))
    short = table_names(list(dict.fromkeys(_stem(path) for name, path in named if name is None)))
    files = SourceFiles()
    for name, path in named:
        rows, options = read_unknown(path)
        frame = rows.frame.select(column_names(rows.frame))
        if not frame.width or not frame.height:
            raise InputError(f"{path} must have a header and rows, is empty; export it again")
        place = name or short[_stem(path)]
        _add(files, place, path, frame, is_named=name is not None)
        files.options.setdefault(place, options)
    plain = [name or short[_stem(path)] for name, path in named if name is None]
    if len({name for name in plain if name in files.frames}) == 1 and len(files.frames) > 1:
        files.main = plain[0]
    return files


def _stem(path: Path) -> str:
    return path.name.split(".")[0] or path.name


def _are_parts(rows: pl.DataFrame, others: pl.DataFrame) -> bool:
    """Return whether two files are parts of one export: most columns are the same, as if some were added later."""
    one, other = set(rows.columns), set(others.columns)
    return (one <= other or other <= one) and len(one & other) >= _MOST * len(one | other)


def _add(files: SourceFiles, name: str, path: Path, frame: pl.DataFrame, *, is_named: bool) -> None:
    """Add the rows of a file; to those of an earlier file, if it is a part of the same export."""
    same = next((old for old, rows in files.frames.items() if _are_parts(rows, frame)), None)
    if same is not None and (not is_named or same == name):
        files.frames[same] = stack([files.frames[same], frame])
        files.paths[same].append(str(path))
        return
    if name in files.frames:
        raise UsageError(
            f"'{name}' must name one table, names files with different columns; give each a name: NAME=FILE"
        )
    files.frames[name] = frame
    files.paths[name] = [str(path)]
