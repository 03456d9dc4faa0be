"""The data report: all questions, and their findings by severity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from forestall.data import Tables
from forestall.data_report.clock_faults import ClockFaults, clock_faults
from forestall.data_report.finding import Finding, by_severity
from forestall.data_report.kinds import Kinds, kinds
from forestall.data_report.records import Records
from forestall.data_report.span import Span, span
from forestall.model import Spec
from forestall.moment_features import FAMILIES, Family, context_family


@dataclass(frozen=True)
class DataReport:
    """The answers to the questions of the data report; None where the data have none, such as without a clock."""

    span: Span | None
    kinds: Kinds
    clock: ClockFaults | None

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
    tables: Tables, spec: Spec | None = None, *, progress: Callable[[str], None] = lambda _: None
) -> DataReport:
    """Return the data report of checked tables.

    Parameters
    ----------
    tables
        The records.
    spec
        The specification of the model that they are for: then the report also says what is learnt from them. Ratings
        off its scale must have been rejected.
    progress
        Called with a text when a long step begins.
    """
    records = Records(tables)
    families = _families(tables, spec)
    progress("looking at times, kinds of events and duplicates")
    return DataReport(
        span=span(records),
        kinds=kinds(records, families),
        clock=clock_faults(records),
    )


def _families(tables: Tables, spec: Spec | None) -> Sequence[Family]:
    """Return the families of features that the model uses, its own columns among them; all without a model."""
    if spec is None:
        return FAMILIES
    context = context_family(spec.context.categorical, spec.context.numeric, tables.about["known_at"])
    return [*(family for family in FAMILIES if family.name in spec.families), context]
