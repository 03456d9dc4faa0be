"""`forestall forget`: customers are removed from data, scores and runs."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os.path import isdir, isfile
from pathlib import Path
from typing import Any

from forestall.contacts.ledger import Ledger
from forestall.errors import UsageError, must_be
from forestall.forgetting import (
    Forgotten,
    check_file,
    forget_in_file,
    forget_in_folder,
    interactions_in_file,
    interactions_in_folder,
    kind_of_folder,
)
from forestall.job_files import OnStep, no_progress
from forestall.jobs.job_result import JobResult
from forestall.locations import location_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, repr=False)
class ForgetResult(JobResult):
    """What `forget` removed.

    Attributes
    ----------
    places
        By folder, what was removed from it.
    customers
        The customers who were to be removed.
    """

    places: dict[str, Forgotten]
    customers: frozenset[str]

    @property
    def not_found(self) -> list[str]:
        """The customers of whom there was nothing in any folder, in alphabetical order."""
        return sorted(self.customers.difference(*(one.customers for one in self.places.values())))

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints; an id is in them only if nothing was found for it."""
        places = {
            place: {
                "kind": one.kind,
                "customers": len(one.customers),
                "removed": one.files or "nothing was found",
            }
            for place, one in self.places.items()
        }
        return {"customers": len(self.customers), "places": places, "not_found": self.not_found}


def forget(
    customers: str | Iterable[str],
    *places: str | Path,
    customers_file: str | Path | None = None,
    progress: OnStep = no_progress,
) -> ForgetResult:
    """Remove customers from what Forestall has written.

    Parameters
    ----------
    customers
        Their ids (`customer_id`), or one of them.
    places
        Folders of data, scores, runs or other jobs, which are told apart by their files, feature tables, and ledgers
        (`sqlite:///contacts.db`). Each changes in one step. In a ledger the ids become salted hashes, whose salt is
        thrown away.
    customers_file
        A text file with further ids, one a line.
    progress
        See `forestall.jobs`.

    Returns
    -------
    ForgetResult
        What was removed from each place, and of whom nothing was found.

    Raises
    ------
    UsageError
        No customer or no place is given, or a place is not a local folder of Forestall's: nothing was changed.
    InputError
        A file is damaged, or the disk is full or refuses to be written.
    """
    wanted = frozenset(_ids(customers, customers_file))
    ledgers = [str(place) for place in dict.fromkeys(places) if _is_ledger(place)]
    folders = [_local(place) for place in dict.fromkeys(places) if not _is_ledger(place)]
    _check_given(bool(wanted), bool(folders or ledgers))
    files = [folder for folder in folders if folder.is_file()]
    for folder in folders:  # all are looked at before the first one changes
        (check_file if folder in files else kind_of_folder)(folder)
    known = frozenset().union(
        *((interactions_in_file if one in files else interactions_in_folder)(one, wanted) for one in folders)
    )
    found = {}
    for folder in folders:
        progress(f"looking through {folder}")
        forget_there = forget_in_file if folder in files else forget_in_folder
        found[str(folder)] = forget_there(folder, wanted, known)
    for url in ledgers:
        progress("looking through the ledger")
        with Ledger(url) as ledger:
            n_entries = ledger.forget_each(wanted, salt=secrets.token_hex(32))
            entries = {"entries": sum(n_entries.values())} if n_entries else {}
            found[ledger.shown] = Forgotten("ledger", entries, frozenset(n_entries))
    result = ForgetResult(found, wanted)
    _warn_of(len(result.not_found), len(wanted))
    return result


def _warn_of(n_not_found: int, n_customers: int) -> None:
    """Say in the log that customers were not found: a misspelt one stays in the data."""
    if n_not_found:
        log.warning(
            "forget: nothing was found of %d of %d customers; ids must be written as in the data, and a place "
            "that does not exist counts as an id",
            n_not_found,
            n_customers,
        )


def _check_given(has_customer: bool, has_place: bool) -> None:
    if has_customer and has_place:
        return
    lacks = (
        "a place, and none of the words is a folder or a ledger that is there"
        if has_customer
        else "a customer"
    )
    raise UsageError(
        f"forget must have a customer and a place; it lacks {lacks}; give CUSTOMER… and then WHERE…"
    )


def customers_and_places(words: Sequence[str], places: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """Return which words are customers and which are places: without `places`, the last ones that name a place.

    Examples
    --------
    >>> customers_and_places(["c7", "c9", "."])
    (['c7', 'c9'], ['.'])
    >>> customers_and_places(["c7", "."], ["data"])
    (['c7', '.'], ['data'])
    """
    if places:
        return list(words), list(places)
    n_customers = len(words)
    while n_customers and _names_place(words[n_customers - 1]):
        n_customers -= 1
    return list(words[:n_customers]), list(words[n_customers:])


def _names_place(word: str) -> bool:
    return "://" in word or isdir(word) or (word.endswith((".parquet", ".csv")) and isfile(word))


def _ids(customers: str | Iterable[str], file: str | Path | None) -> set[str]:
    given = {customers} if isinstance(customers, str) else set(customers)
    if file is not None:
        path = Path(file)
        if not path.is_file():
            raise UsageError(must_be("--customers-file", "a text file with one id a line", path))
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise UsageError(must_be("--customers-file", "a text file in UTF-8", path)) from None
        given |= {line.strip() for line in lines}
    return {one for one in given if one.strip()}


def _is_ledger(place: str | Path) -> bool:
    """Return whether a place is a ledger. One of SQLite must be there: opening it would make it."""
    if not str(place).startswith(("sqlite:", "postgres:", "postgresql:")):
        return False
    if str(place).startswith("sqlite:") and not Path(str(place).removeprefix("sqlite:///")).is_file():
        raise UsageError(must_be("WHERE", "a ledger that is there, such as sqlite:///contacts.db"))
    return True


def _local(place: str | Path) -> Path:
    location = location_of(place)
    if not isinstance(location, Path):
        raise UsageError(
            must_be(
                "WHERE",
                "a local folder of data, scores or a run",
                location,
                do="delete the rows there by its own means",
            )
        )
    return location
