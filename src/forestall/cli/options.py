"""Arguments and options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.printing import Format


class Engine(StrEnum):
    """Where a job computes."""

    local = "local"
    spark = "spark"


Data = Annotated[
    str,
    typer.Argument(
        help="A data folder; its address in an object store (s3://, gs://, az://); or a database."
    ),
]
ModelUri = Annotated[
    str,
    typer.Argument(metavar="MODEL_URI", help="models:/NAME@champion, models:/NAME/3, runs:/… or a folder."),
]
Name = Annotated[
    str | None, typer.Option(help="The registered model; may be left out when there is only one.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How results are printed to stdout.")]
MaxRejected = Annotated[
    float, typer.Option(min=0, max=1, help="The largest share of a table's rows that may be rejected.")
]
Rejected = Annotated[Path | None, typer.Option(help="Folder for the rejected rows, each with its rule.")]
TrackingUri = Annotated[
    str | None,
    typer.Option(help="MLflow's server or database; by default MLFLOW_TRACKING_URI, else mlflow.db here."),
]
AsOf = Annotated[
    str | None,
    typer.Option(help="Take all interactions open at this time (ISO 8601; UTC without a zone)."),
]
All = Annotated[bool, typer.Option("--all", help="With --as-of: closed interactions too, at their closing.")]
Deep = Annotated[
    bool, typer.Option("--deep", help="Also fit without each family in turn, to see what it adds.")
]
Language = Annotated[
    str, typer.Option(help="Language of the reasons: a file of model/languages, such as en, af, da.")
]

LedgerUrl = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar="URL",
        help="The ledger of contacts: sqlite:///contacts.db, or postgresql://user@host/db.",
    ),
]
