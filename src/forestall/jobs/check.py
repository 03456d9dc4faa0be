"""`forestall check`: the data report of a data folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from forestall.data import Tables, check_tables
from forestall.data_report.finding import Finding
from forestall.data_report.page import PAGE, write_page
from forestall.data_report.report import DataReport, examine
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError, UsageError, must_be
from forestall.job_files import OnStep, earlier_results, job_id, no_progress, write_rejected
from forestall.jobs.drawn_tables import DrawnTables, draw_tables
from forestall.jobs.job_result import JobResult
from forestall.json_text import json_text
from forestall.locations import Location, full_address, is_remote, location_of
from forestall.model.spec import Spec, read_spec
from forestall.publishing import Earlier, Job, Output, open_if_given, writing
from forestall.publishing.disk import read_json

JSON, REJECTED = "check.json", "rejected"
_RUN_ID = job_id("check")  # a check replaces the results of an earlier one


@dataclass(frozen=True, repr=False)
class CheckResult(JobResult):
    """What `check` found.

    Attributes
    ----------
    figures
        Counts and shares: rows, kinds of events, time span, ratings, rejections by rule.
    report
        The answers to the questions of the data report, and the findings.
    error
        Why other jobs would refuse these data: too many rejected rows. None if they would not.
    output
        Where the results were written, if anywhere.
    """

    figures: dict[str, Any]
    report: DataReport
    error: InputError | None
    output: Location | None = None

    @property
    def passed(self) -> bool:
        """Whether no table has too many rejected rows."""
        return self.error is None

    @property
    def findings(self) -> list[Finding]:
        """What was found, the most severe first: what it means, and the line to change."""
        return self.report.findings

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, the findings and the answers to all questions: the content of `check.json`."""
        findings = [asdict(one) for one in self.findings]
        return {**self.figures, "findings": findings, "report": self.report.to_dict()}

    def summary(self) -> dict[str, Any]:
        """Return the figures and, in a sentence each, the findings."""
        written = {} if self.output is None else {"written": str(self.output / PAGE)}
        findings = [f"{one.severity}: {one.found}" for one in self.findings]
        return {**self.figures, "findings": findings, **written}


def check(
    data: Tables | str | Path,
    *,
    model: str | Path | None = None,
    output: str | Path | None = None,
    max_rejected: float = MAX_REJECTED,
    rejected: str | Path | None = None,
    progress: OnStep = no_progress,
) -> CheckResult:
    """Check a data folder: count its rows, and find what would make a model wrong or weak.

    Of a folder with more than a million interactions, or ten million events, all rows are checked, and drawn customers
    with so many are looked at.

    Parameters
    ----------
    data
        A data folder, or tables.
    model
        A model's folder, with its `model.yaml`. Then the report also says how often the standards are met and who
        counts as dissatisfied. No model is trained.
    output
        Gets `data_report.html`, `check.json` and, if rows were rejected, `rejected/`. None writes nothing.
    rejected
        Folder for the rejected rows, each with the rule that it broke.
    max_rejected, progress
        See `forestall.jobs`. With a larger share of rejected rows the check is not passed.

    Raises
    ------
    UsageError
        `model.yaml` is not valid, or `output` is the data folder or holds the results of another job.
    InputError
        A table is missing, or cannot be read.

    Examples
    --------
    >>> import polars as pl, forestall
    >>> interactions = pl.DataFrame({"interaction_id": ["a"], "started_at": ["2026-03-02T09:00:00Z"]})
    >>> events = pl.DataFrame({"interaction_id": ["a"], "at": ["2026-03-02T09:01:00Z"], "kind": ["served"]})
    >>> forestall.check(forestall.Tables(interactions, events)).figures["kinds"]
    {'served': 1}
    """
    spec = None if model is None else read_spec(model)
    if output is not None:
        rejected = _rejected_beside(output, data, rejected)
    with open_if_given(output) as place:
        if place is not None:
            place.check_owner(_job())
        progress("reading the tables")
        drawn = draw_tables(data, spec)
        if rejected is not None:
            write_rejected(drawn.tables, Path(rejected))
        report = examine(drawn.tables, spec, _local(data), progress=progress)
        written = None if place is None else place.location
        result = CheckResult(_figures(drawn), report, _too_many(drawn.tables, max_rejected), written)
        if place is not None:
            _write(result, drawn, spec, place, progress)
    return result


def _rejected_beside(output: str | Path, data: object, rejected: str | Path | None) -> str | Path | None:
    """Return where rejected rows are written beside the output: nowhere if that is the output's own folder for them."""
    if _is_same(output, data):
        raise UsageError(must_be("--output", "another folder than the data", do="choose a new one"))
    if not is_remote(output) and _is_same(Path(output, REJECTED), rejected):
        return None
    return rejected


def _figures(drawn: DrawnTables) -> dict[str, Any]:
    """Return the counts and shares; of large data, rows and rejected rows are of all, the others of the drawn."""
    figures = check_tables(drawn.tables) | {"rejected": drawn.tables.rejections.counts_since_import()}
    if drawn.n_rows is None:
        return figures
    return {"rows": drawn.n_rows, "drawn": figures["rows"]} | {
        k: v for k, v in figures.items() if k != "rows"
    }


def _local(data: Tables | str | Path) -> str | Path | None:
    """Return the local data folder, None if the tables are from elsewhere."""
    return None if isinstance(data, Tables) or is_remote(data) else data


def _is_same(folder: str | Path, other: object) -> bool:
    if not isinstance(other, str | Path):
        return False
    return full_address(location_of(folder)) == full_address(location_of(other))


def _too_many(tables: Tables, max_rejected: float) -> InputError | None:
    """Return the error that stops other jobs, if too many rows were rejected."""
    try:
        tables.rejections.check(max_rejected)
    except InputError as error:
        return error
    return None


def _job(drawn: DrawnTables | None = None, spec: Spec | None = None) -> Job:
    inputs = {} if drawn is None else {"data": drawn.as_input}
    options = {"model": None if spec is None else spec.name}
    return Job("check", _RUN_ID, (PAGE, JSON, REJECTED), inputs, options, find_earlier=_find_earlier)


def _find_earlier(output: Path) -> Earlier | None:
    """Return the report, or the results of another job, of version 0.1 in an output; None if there are none."""
    content = read_json(output / JSON) or {}
    if not {"findings", "report"} <= set(content):
        return earlier_results()(output)
    return Earlier(_RUN_ID, {PAGE: "", JSON: "", REJECTED: "*.parquet"})


def _write(
    result: CheckResult, drawn: DrawnTables, spec: Spec | None, place: Output, progress: OnStep
) -> None:
    progress("writing the report")
    with place.publication(_job(drawn, spec)) as publication, writing(place.folder):
        write_page(result.report, result.figures, publication.folder / PAGE)
        text = json_text(result.to_dict()) + "\n"
        (publication.folder / JSON).write_text(text, encoding="utf-8")
        drawn.tables.rejections.write(publication.folder / REJECTED)
