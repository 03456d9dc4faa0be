"""The command that keeps the ledger of contacts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from forestall.cli.options import FormatOption
from forestall.cli.printing import Format, show
from forestall.defaults import LEDGER


def contacts(
    ledger: Annotated[
        str, typer.Option(metavar="URL", help="sqlite:///contacts.db, or postgresql://user@host/db.")
    ] = LEDGER,
    record: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="CSV or Parquet with experiment, contact_id, done_at, result, optionally channel and cost.",
        ),
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Parquet file that gets all offers with their newest results."),
    ] = None,
    style: FormatOption = Format.text,
) -> None:
    """Record what came of contacts in the ledger, export it, and count its offers."""
    from forestall.jobs.ledger import keep_ledger

    show(keep_ledger(ledger=ledger, record=record, export=export), style)


COMMANDS: dict[str, Callable[..., None]] = {"contacts": contacts}
