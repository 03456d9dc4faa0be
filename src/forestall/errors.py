"""Errors and their wording: what must be, what came, and what to do about it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable

EXIT_NOT_PASSED = 3
"""Exit code of a command whose gate was not passed, or that found retraining to be due."""

EXIT_REPAIR = 4
"""Exit code of a command that found lost facts: the data must be repaired."""


class ForestallError(Exception):
    """An error that a user can correct. Its message is one line and never holds a customer's data."""

    exit_code = 1


class InputError(ForestallError):
    """The data are not valid."""


class RecordError(InputError):
    """A field of a record is not valid.

    Parameters
    ----------
    number
        The place of the record among those that were given.
    fault
        The field, and what it must be; never its value.
    """

    def __init__(self, number: int, fault: str) -> None:
        super().__init__(f"record {number}: {fault}")
        self.number, self.fault = number, fault

    def after(self, n: int) -> RecordError:
        """Return the error of the same record, `n` places later: among those of which the given ones are a part."""
        return RecordError(self.number + n, self.fault)


class UsageError(ForestallError):
    """An argument, an option or a configuration file is not valid."""

    exit_code = 2


class FeatureError(ForestallError):
    """A company's own feature is not declared as it must be, or breaks a rule that every feature keeps to."""


class GateError(ForestallError):
    """A gate was not passed."""

    exit_code = EXIT_NOT_PASSED


def must_be(name: str, required: str, given: object = None, *, do: str = "") -> str:
    """Return the message of an error: what must be, what came, and what to do.

    Parameters
    ----------
    name
        The option, column or key, by the name that the user knows.
    required
        What it must be.
    given
        What came. Leave it out where it may hold a customer's data.
    do
        What the user can do.

    Examples
    --------
    >>> must_be("--contacts", "at least 1", 0)
    '--contacts must be at least 1, is 0'
    >>> must_be("--output", "a .parquet or .csv file", "scores.txt", do="choose another name")
    '--output must be a .parquet or .csv file, is scores.txt; choose another name'
    """
    came = "" if given is None else f", is {given}"
    return f"{name} must be {required}{came}" + (f"; {do}" if do else "")


def cannot_read(path: object, otherwise: str) -> str:
    """Return the message for a file that could not be read: that this user may not read it, or else another one.

    Parameters
    ----------
    path
        The file.
    otherwise
        The message where reading it is allowed.
    """
    name = str(path)
    try:
        os.stat(name)
        is_forbidden = not os.access(name, os.R_OK)
    except PermissionError:
        is_forbidden = True
    except (OSError, ValueError):  # ValueError: a null byte in the path
        is_forbidden = False
    return f"{name} may not be read by this user; {PERMIT}" if is_forbidden else otherwise


PERMIT = "change its permissions, or run the command as another user"
_MOST_NAMES = 60  # of a list in a message


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the known name nearest to `name`, or lists the names when none is near.

    Examples
    --------
    >>> nearest("lable", ["label", "split"])
    "did you mean 'label'?"
    >>> nearest("xyz", ["label", "split"])
    'known: label, split'
    >>> nearest("xyz", [])
    'there are none'
    """
    names = sorted(set(known))
    if not names:
        return "there are none"
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"known: {', '.join(names[:_MOST_NAMES])}{more}"
