"""The data report: all questions, and their findings by severity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from forestall.data import Tables
from forestall.data_report.clock_faults import ClockFaults, clock_faults
from forestall.data_report.coverage import Coverage, coverage
from forestall.data_report.duplicates import Duplicates, duplicates
from forestall.data_report.endings import Endings, endings
from forestall.data_report.finding import Finding, by_severity
from forestall.data_report.kinds import Kinds, kinds
from forestall.data_report.labels import Labels, labels
from forestall.data_report.leaks import Leaks, likely_leaks
from forestall.data_report.records import Records
from forestall.data_report.rejected import Rejections, rejected
from forestall.data_report.response import Response, response
from forestall.data_report.span import Span, span
from forestall.data_report.standards import Standards, standards
from forestall.model import Spec
from forestall.moment_features import FAMILIES, Family, context_family
from forestall.moment_features.catalogue import without_clock


@dataclass(frozen=True)
class DataReport:
    """The answers to the questions of the data report; None where the data have none, such as without a clock."""

    span: Span | None
    kinds: Kinds
    coverage: Coverage
    standards: Standards | None
    response: Response
    labels: Labels
    endings: Endings
    clock: ClockFaults | None
    duplicates: Duplicates | None
    leaks: Leaks
    rejected: Rejections

    @property
    def findings(self) -> list[Finding]:
        """All findings, the most severe first."""
        answers = (getattr(self, name) for name in self.__dataclass_fields__)
        return by_severity(finding for answer in answers if answer is not None for finding in answer.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the answers by question, without their findings."""
        return {
            name: None if answer is None else {k: v for k, v in answer.items() if k != "findings"}
            for name, answer in asdict(self).items()
        }


def examine(
    tables: Tables,
    spec: Spec | None = None,
    folder: str | Path | None = None,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> DataReport:
    """Return the data report of checked tables.

    Parameters
    ----------
    tables
        The records.
    spec
        The specification of the model that they are for: then the report also says what is learnt from them. Ratings
        off its scale must have been rejected.
    folder
        The data folder that they are from, if any.
    progress
        Called with a text when a long step begins.
    """
    records = Records(tables)
    families = _families(tables, spec)
    progress("looking at times, kinds of events and duplicates")
    about_rows = {
        "span": span(records),
        "kinds": kinds(records, families),
        "standards": standards(records, spec),
        "response": response(records, spec),
        "endings": endings(records),
        "clock": clock_faults(records),
        "duplicates": duplicates(records),
        "rejected": rejected(tables, folder),
    }
    progress("looking at labels and leaks")
    about_labels = {"labels": labels(records, spec), "leaks": likely_leaks(records, spec)}
    progress("computing the features of drawn customers")
    return DataReport(coverage=coverage(records, families, spec), **about_rows, **about_labels)  # type: ignore[arg-type]  # by name


def _families(tables: Tables, spec: Spec | None) -> Sequence[Family]:
    """Return the families of features that the model uses, its own columns among them; all without a model."""
    known = without_clock(FAMILIES) if tables.about["clock"] == "none" else FAMILIES
    if spec is None:
        return known
    there = set(tables.interactions.columns)
    names, numbers = (
        [name for name in listed if name in there]
        for listed in (spec.context.categorical, spec.context.numeric)
    )
    context = context_family(names, numbers, tables.about["known_at"])
    return [*(family for family in known if family.name in spec.families), context]
