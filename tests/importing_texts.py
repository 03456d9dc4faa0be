"""Files of a few lines, imported by a mapping: what the tests of rows, keys and messages share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from forestall.data import Rejections, Tables
from forestall.importing import import_tables

START = datetime(2026, 1, 5, 10, tzinfo=UTC)
BASE = "interactions: {interaction_id: Id, started_at: Opened}\n"
TICKETS = ["1,2026-01-05 10:00,new,2026-01-05 11:00,3", "2,2026-01-05 10:00,spam,2026-01-05 11:00,4"]
HEADER = "Id,Opened,Status,Changed,R"
EVENTS = "events: [{kind: issue_raised, at: {after: started_at}}, {kind: closed, at: Changed}]\nfeedback: {rating: R}\n"
TWICE = [TICKETS[0], "1,2026-01-05 10:00,old,2026-01-05 10:30,5", TICKETS[1]]


def at(minutes: float) -> datetime:
    """Return the time so many minutes after the start of the tickets."""
    return START + timedelta(minutes=minutes)


def writer(folder: Path) -> Callable[[Rejections], Path]:
    """Return what writes rejected rows to a folder."""

    def write(rejections: Rejections) -> Path:
        rejections.write(folder)
        return folder

    return write


def import_texts(
    folder: Path,
    mapping: str,
    rows: list[str],
    header: str = HEADER,
    max_rejected: float = 1.0,
    **files: Any,
) -> Tables:
    """Write a mapping, the main file and further ones to a folder, and return what is imported from them."""
    (folder / "m.yaml").write_text(mapping)
    (folder / "main.csv").write_text("\n".join([header, *rows]) + "\n")
    sources = [str(folder / "main.csv")]
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        sources.append(f"{name}={folder / name}.csv")
    return import_tables(folder / "m.yaml", sources, max_rejected, rejected=writer(folder / "rejected"))
