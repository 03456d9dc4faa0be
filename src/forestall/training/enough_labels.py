"""Whether there are labels enough to learn from, and what to do where there are not."""

from __future__ import annotations

from forestall.data import Tables
from forestall.data.own_kinds import common_kinds
from forestall.errors import InputError, nearest
from forestall.model import Spec


def check_enough(counts: dict[str, int], spec: Spec, tables: Tables, *, allow_small: bool = False) -> bool:
    """Return whether there are fewer labels than the gate demands; refuse unless that is allowed.

    Parameters
    ----------
    counts
        The interactions that are `labelled`, and of those the `dissatisfied`.
    spec
        The specification, with its label and its gate.
    tables
        The company's records.
    allow_small
        Whether to go on with fewer than the gate demands.

    Raises
    ------
    InputError
        No label, or labels of one kind only; or too few, and that is not allowed.
    """
    n, bad, gate = counts["labelled"], counts["dissatisfied"], spec.gate
    if n == 0 or bad in (0, n):
        found = f"of {n} labelled interactions {bad} are dissatisfied"
        raise InputError(f"labels of both kinds are needed to learn from; {found}. {_remedy(spec, tables)}")
    is_small = n < gate.min_labelled or bad < gate.min_dissatisfied
    if is_small and not allow_small:
        raise InputError(
            f"at least {gate.min_labelled} labelled interactions with {gate.min_dissatisfied} dissatisfied are needed; "
            f"there are {n} with {bad}. Gather more, or try it out with --allow-small"
        )
    return is_small


def _remedy(spec: Spec, tables: Tables) -> str:
    event = spec.label.event
    if event is None and tables.feedback.is_empty():
        return "The records have no rating: map one as `feedback`, or set `label: {event: …}` in model.yaml"
    if event is None:
        return "Check `label` in model.yaml against the ratings"
    if (tables.events["kind"] == event).any():
        return (
            f"Check when '{event}' happens: it counts if it comes after a moment and within `horizon_days`. Where no "
            "time is known, map it as {after: last_event, minutes: 1}"
        )
    hint = nearest(event, common_kinds(tables.events, tables.interactions.height))
    stop = "" if hint.endswith("?") else "."
    rated = "" if tables.feedback.is_empty() else ", or to the ratings that these records have"
    return (
        f"No event is called '{event}'; {hint}{stop} Set `label` in model.yaml to an event that tells of an unhappy "
        f"customer{rated}"
    )
