"""Arguments and options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.printing import Format
from forestall.errors import UsageError, must_be


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
RunId = Annotated[str | None, typer.Option(help="The job's id; the same id replaces its earlier results.")]
RequireSignature = Annotated[
    Path | None,
    typer.Option(
        metavar="KEY",
        help="File of a public key; only a version that `forestall sign` signed with it is used.",
    ),
]
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
Examples = Annotated[
    bool, typer.Option("--examples", help="Show some interactions, with their ids, in the report.")
]
Language = Annotated[
    str, typer.Option(help="Language of the reasons: a file of model/languages, such as en, af, da.")
]

Texts = Annotated[
    bool, typer.Option("--texts", help="Show in contact_list.html what customers and staff wrote.")
]
LedgerUrl = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar="URL",
        help="The ledger of contacts: sqlite:///contacts.db, or postgresql://user@host/db.",
    ),
]
LearnsEffect = Annotated[
    bool,
    typer.Option(
        "--effect",
        help="Also learn whom a contact helps, from the customers held out; if that saves more, contact lists are "
        "ordered by it.",
    ),
]
Tune = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="TRIALS",
        help="First try this many settings, on windows in time of the training part; earlier trials count.",
    ),
]


def read_changes(given: list[str] | None) -> dict[str, str] | None:
    """Return the changes of `--what-if FEATURE=VALUE` by feature.

    Raises
    ------
    UsageError
        A change has no `=`, or two are of one feature.
    """
    if not given:
        return None
    changes: dict[str, str] = {}
    for one in given:
        name, is_change, value = (part.strip() for part in one.partition("="))
        if not is_change or not name or name in changes:
            raise UsageError(
                must_be("--what-if", "FEATURE=VALUE, each feature once, such as service_wait_s=60")
            )
        changes[name] = value
    return changes
