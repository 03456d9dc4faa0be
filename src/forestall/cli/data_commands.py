"""The commands about data: simulate, import, check, features, forget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.options import All, AsOf, Data, FormatOption, MaxRejected, Rejected, TrackingUri
from forestall.cli.printing import Format, say, show, show_result
from forestall.cli.progress import Steps
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError, must_be


def simulate(
    out: Annotated[str, typer.Argument(help="The data folder to write.")],
    interactions: Annotated[int, typer.Option(min=1, help="How many interactions.")] = 50_000,
    seed: Annotated[
        int, typer.Option(help="Draws people and days; the world is the same for every seed.")
    ] = 0,
    response_rate: Annotated[
        float, typer.Option(min=0, max=1, help="The share of customers who rate.")
    ] = 0.33,
    policy: Annotated[
        bool,
        typer.Option("--policy", help="Contact the riskiest quarter, but a fifth of it that is held out."),
    ] = False,
    style: FormatOption = Format.text,
) -> None:
    """Write the data folder of a simulated company, with its true risks (truth.parquet)."""
    from forestall.jobs.simulate import simulate as run

    with Steps() as steps:
        rows = run(
            out,
            interactions=interactions,
            seed=seed,
            response_rate=response_rate,
            policy=policy,
            progress=steps,
        )
    show({"data": str(out), "seed": seed, "rows": rows}, style)


def import_(
    mapping: Annotated[str, typer.Argument(help="The mapping file; with --suggest the first of the files.")],
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files: CSV, JSON, JSON Lines, Excel, Parquet or XES; a further table of the mapping as NAME=FILE."
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            help="The data folder to write. With --suggest, the mapping file to write; model.yaml is written beside it."
        ),
    ] = None,
    suggest: Annotated[
        bool,
        typer.Option("--suggest", help="Suggest a mapping for tables that were never seen; imports nothing."),
    ] = False,
    max_rejected: MaxRejected = MAX_REJECTED,
    style: FormatOption = Format.text,
) -> None:
    """Turn tables or event logs into a data folder, by a mapping file; or suggest the mapping file."""
    from forestall.data import check_tables
    from forestall.jobs.import_records import import_records as run

    if suggest:
        _suggest([mapping, *(sources or [])], output, style)
        return
    if output is None:
        raise UsageError(must_be("--output", "given", do="name the data folder to write"))
    with Steps() as steps:
        tables = run(mapping, sources or [], output=output, max_rejected=max_rejected, progress=steps)
    show({"data": str(output), **check_tables(tables), "import": tables.about["import"]}, style)


def _suggest(sources: list[str], output: str | None, style: Format) -> None:
    """Write a suggested mapping; without `output` to mapping.yaml, and to stdout as well."""
    from forestall.jobs.suggest import suggest as run

    with Steps() as steps:
        result = run(sources, output=output or "mapping.yaml", progress=steps)
    if output is not None or style is Format.json:
        show_result(result, style)
        return
    print(result.suggestion.mapping, end="", flush=True)
    say(f"written: {', '.join(result.files.values())}; {len(result.suggestion.questions)} questions are open")


def check(
    data: Data,
    output: Annotated[
        str | None, typer.Option(help="Folder for the data report: data_report.html and check.json.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(help="The model's folder, with its model.yaml: also check standards and label."),
    ] = None,
    max_rejected: MaxRejected = MAX_REJECTED,
    rejected: Rejected = None,
    style: FormatOption = Format.text,
) -> None:
    """Check a data folder: count its rows, and find what would make a model wrong or weak."""
    from forestall.jobs.check import check as run

    with Steps() as steps:
        result = run(
            data, output=output, model=model, max_rejected=max_rejected, rejected=rejected, progress=steps
        )
    show_result(result, style)
    if result.error is not None:
        raise result.error


def features(
    data: Data,
    output: Annotated[str, typer.Option(help="The Parquet or CSV file to write.")],
    as_of: AsOf = None,
    all_: All = False,
    moments: Annotated[
        Path | None, typer.Option(help="Parquet or CSV file of moments: interaction_id and as_of.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Use the learnt facts of this model; by default those known at each moment."),
    ] = None,
    max_rejected: MaxRejected = MAX_REJECTED,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> None:
    """Write the feature table of moments."""
    from forestall.jobs.features import write_features as run

    with Steps() as steps:
        made = run(
            data,
            output,
            as_of=as_of,
            all=all_,
            moments=moments,
            model=model,
            max_rejected=max_rejected,
            tracking_uri=tracking_uri,
            progress=steps,
            on_part=steps.part,
        )
    show({"output": str(output), "rows": made.n_moments, "features": made.n_features}, style)
    if not made.n_moments:
        say("no interaction has a moment at that time")


def forget(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CUSTOMER… WHERE…",
            help="Ids of customers, then folders of data, scores or runs, or ledgers: the last words that name one.",
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--in", help="A folder or ledger; given, all other words are customers. May be repeated."
        ),
    ] = None,
    customers_file: Annotated[
        Path | None, typer.Option(help="A text file with further ids of customers, one a line.")
    ] = None,
    style: FormatOption = Format.text,
) -> None:
    """Remove customers from data, scores and runs, and say of whom nothing was found."""
    from forestall.jobs.forget import customers_and_places
    from forestall.jobs.forget import forget as run

    customers, places = customers_and_places(words or [], where or [])
    with Steps() as steps:
        result = run(customers, *places, customers_file=customers_file, progress=steps)
    show_result(result, style)


COMMANDS: dict[str, Callable[..., None]] = {
    "simulate": simulate,
    "import": import_,
    "check": check,
    "features": features,
    "forget": forget,
}
