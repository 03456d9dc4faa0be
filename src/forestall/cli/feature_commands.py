"""The commands about a company's own features: check-features, new-feature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.options import Data, FormatOption, MaxRejected
from forestall.cli.printing import Format, show_result
from forestall.cli.progress import Steps
from forestall.defaults import MAX_REJECTED


def check_features(
    module: Annotated[str, typer.Argument(help="A module, such as my_company.features, or its file.")],
    data: Data,
    model: Annotated[
        Path | None, typer.Option(help="The model's folder, with its model.yaml: standards and context.")
    ] = None,
    interactions: Annotated[int, typer.Option(min=1, help="About how many interactions are tried.")] = 3_000,
    max_rejected: MaxRejected = MAX_REJECTED,
    style: FormatOption = Format.text,
) -> int:
    """Check a company's own features: blind to the future, the same in batch and requests, in their range, and more.

    Exit code 1: a feature breaks a rule; its sentence says which fact it took from after the moment.
    """
    from forestall.jobs.check_features import check_features as run

    with Steps() as steps:
        report = run(
            module, data, model=model, interactions=interactions, max_rejected=max_rejected, progress=steps
        )
    show_result(report, style)
    return 0 if report.passed else 1


def new_feature(
    name: Annotated[
        str, typer.Argument(help="Name of the module and of its family: small letters, digits, _.")
    ],
    output: Annotated[str, typer.Option(help="The folder to write to.")] = ".",
    style: FormatOption = Format.text,
) -> None:
    """Write a module with one own feature, and a test of it that passes."""
    from forestall.jobs.new_feature import new_feature as run

    show_result(run(name, output=output), style)


COMMANDS: dict[str, Callable[..., int | None]] = {
    "check-features": check_features,
    "new-feature": new_feature,
}
