"""The export of a shop with its mapping, and how rows of it are imported."""

from __future__ import annotations

from pathlib import Path

from forestall.data import Tables
from forestall.importing import import_tables

MAPPING = """
timezone: Europe/Copenhagen
interactions:
  interaction_id: Ticket
  started_at: {column: Opened, format: "%d/%m/%Y %H:%M"}
  channel: {column: Via, values: {tlf: phone, butik: in_store}}
  venue: {constant: Aarhus}
  locale: {column: Lang, values: {da: da-DK}, default: en-GB}
  price: Price
  promised_at: {after: started_at, hours: Promise}
events:
  - {kind: arrived, at: {column: Opened, format: "%d/%m/%Y %H:%M"}, actor: customer}
  - {kind: transferred, at: {after: started_at, minutes: 5}, times: Moves}
  - kind: resolved
    at: {after: started_at, days: Days, hours: 1}
    actor: {column: Who, values: {1: manager}}
  - {kind: reopened, at: {after: started_at, days: Days, hours: 2}, when: Again}
  - {kind: refunded, at: {after: started_at, days: Days}, value: Refund, when: {column: End, is: [money, 9]}}
  - {kind: message, at: Said at, text: Said}
feedback:
  rating: {column: Happy, values: {"yes": 5, "no": 1}}
  rated_at: {column: Survey, format: "%d.%m.%Y"}
keep: [Size, Code, Town]
known_at: {Code: resolved}
never: [Remarks]
"""
HEADER = (
    "Ticket,Opened,Via,Lang,Price,Promise,Moves,Days,Who,Again,End,Refund,Said at,Said,Happy,Survey,"
    "Size,Code,Town,Remarks"
)
ROWS = [
    'T1,25/10/2026 02:30,tlf,da,99.5,24,2,1.5,1,1,money,12.5,2026-10-25 09:00,"Hej, alle\nsammen",yes,'
    "30.10.2026,3,007,Ry,x",
    "T2,01/07/2026 12:00,mail,fr,,,0,2,2,no,goods,9,,,no,01.07.2026,4.5,010,,y",
    "T3,02/07/2026 12:00,,,10,,,,,,,,,,,,,,,",
]


def import_rows(
    folder: Path, mapping: str, *rows: str, header: str = HEADER, max_rejected: float = 1.0
) -> Tables:
    """Return the tables of some rows, which are written to a folder."""
    (folder / "mapping.yaml").write_text(mapping)
    (folder / "export.csv").write_text("\n".join([header, *rows]) + "\n")
    return import_tables(folder / "mapping.yaml", [folder / "export.csv"], max_rejected)
