"""What can go wrong, and how it is said: what must be, what came, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ForestallError(Exception):
    """An error that a user can mend; shown as one line, never with a customer's data."""

    exit_code = 1


class InputError(ForestallError):
    """The data are not what they must be."""


class UsageError(ForestallError):
    """A command, option or configuration file is not what it must be."""

    exit_code = 2


class GateError(ForestallError):
    """A gate was not passed."""

    exit_code = 3


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the known name nearest to `name`, or lists all when none is near.

    Examples
    --------
    >>> nearest("lable", ["label", "split"])
    "did you mean 'label'?"
    >>> nearest("xyz", ["label", "split"])
    'known: label, split'
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(names)}"
