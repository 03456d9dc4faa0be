"""What files say before and after customers are forgotten: the same but for these customers."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from forestall.publishing import MANIFEST


def contents_of(path: Path) -> list[str]:
    """Return all that a file says: its bytes, and what they say unpacked."""
    said = [path.read_bytes().decode("latin-1")]
    if path.suffix == ".parquet":
        said += _rows(path)
    elif path.suffix == ".db":
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            said += list(database.iterdump())
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            said += [packed.read(name).decode("latin-1") for name in packed.namelist()]
    return said


def _rows(path: Path) -> list[str]:
    return [
        json.dumps(row, default=str) for row in pl.read_parquet(path, hive_partitioning=False).iter_rows()
    ]


def traces_in(texts: list[str], traces: list[str]) -> set[str]:
    """Return which of the traces stand in some texts."""
    found = pl.Series(texts, dtype=pl.String).str.extract_many(traces).explode().drop_nulls()
    return set(found)


def what_became_of(
    path: Path,
    before: list[str],
    after: dict[Path, list[str]],
    held: dict[Path, set[str]],
    traces: list[str],
) -> str:
    """Check that a file still holds all that was not about the customers, and say what became of it."""
    now = after.get(path)
    if now is not None and before[0] == now[0]:
        return "files_the_same_to_the_byte"
    name = path.name
    if path not in held and path.suffix == ".db":
        assert now is not None, f"{path} is gone"
        assert before[1:] == now[1:], f"{path} has other entries"
        return "pages_and_ledgers_whose_other_content_is_the_same"
    if path not in held:
        assert name.endswith(MANIFEST) or name.startswith((".forestall", "contacts.db-")), (
            f"{path} has changed"
        )
        return "manifests_and_locks_changed"
    assert now is not None, f"{path} is gone"
    if path.suffix == ".parquet":
        is_about = pl.Series(before[1:]).str.contains_any(traces)
        assert now[1:] == [row for row, gone in zip(before[1:], is_about, strict=True) if not gone], path
        return "tables_whose_other_rows_are_the_same"
    check = _CHECKS.get(name, _same_lines)
    check(before, now, traces)
    return "pages_and_ledgers_whose_other_content_is_the_same"


def _same_examples(before: list[str], now: list[str], traces: list[str]) -> None:
    old, new = json.loads(before[0]), json.loads(now[0])
    kept = [one for one in old["examples"] if one["interaction_id"] not in traces]
    assert new == old | {"examples": kept}
    assert len(kept) < len(old["examples"])


def _same_lines(before: list[str], now: list[str], traces: list[str]) -> None:
    """Check that no line is new, but for the lines of JSON, and that other lines are in their order."""
    old, new = before[0].splitlines(), now[0].splitlines()
    rest = iter(old)
    data = '<script type="application/json"'
    assert all(line in rest for line in new if data not in line), "a line is new"
    for before_json, after_json in zip(
        (line for line in old if data in line), (line for line in new if data in line), strict=True
    ):
        _same_json(_json_in(before_json), _json_in(after_json), traces)


def _json_in(line: str) -> Any:
    return json.loads(line[line.index(">") + 1 : line.index("</script>")].encode("latin-1"))


def _same_json(old: Any, new: Any, traces: list[str]) -> None:
    if "columns" in old:  # a contact page
        keep = [place for place, one in enumerate(old["columns"]["interaction_id"]) if one not in traces]
        columns = {name: [values[place] for place in keep] for name, values in old["columns"].items()}
        assert new == old | {"columns": columns}
        return
    assert len(new) < len(old)
    assert all(new[key] == old[key] for key in new)


def _same_entries(before: list[str], now: list[str], traces: list[str]) -> None:
    """Check that a ledger has as many entries as before, and that those of others are the same."""
    old, new = before[1:], now[1:]
    assert len(old) == len(new)
    others = [line for line in old if not traces_in([line], traces)]
    assert set(others) <= set(new)
    assert len(set(new) - set(others)) > 0


_CHECKS: dict[str, Callable[[list[str], list[str], list[str]], None]] = {
    "evaluation.json": _same_examples,
    "contacts.db": _same_entries,
}
