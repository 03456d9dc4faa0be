"""The names of columns in a header: without blanks around them, each once, and how many there may be."""

from __future__ import annotations

from collections.abc import Sequence

from forestall.errors import InputError

MOST_COLUMNS = 20_000
"""Most columns of a source: each is looked at by itself, so that more take minutes and gigabytes."""


class TooManyColumnsError(InputError):
    """A source has more columns than can be read.

    Parameters
    ----------
    n
        Their number.
    where
        What has them.
    """

    def __init__(self, n: int, where: object = "an array of the records") -> None:
        super().__init__(
            f"{where} must have at most {MOST_COLUMNS:,} columns, has {n:,} (in JSON and XES each name of a field is "
            "one); leave columns out, or export them as rows"
        )
        self.n = n


def check_width(n: int, where: object = "an array of the records") -> None:
    """Check the number of columns of a source.

    Raises
    ------
    TooManyColumnsError
        There are too many.
    """
    if n > MOST_COLUMNS:
        raise TooManyColumnsError(n, where)


def clean_names(names: Sequence[str]) -> list[str]:
    """Return the names of columns without blanks around them; a name that stands twice gets a number.

    The second `Name` becomes `Name (2)`, and a third column without a name `column 3`.
    """
    seen: dict[str, int] = {}
    clean = []
    for i, name in enumerate(names):
        plain = name.strip().strip("\ufeff") or f"column {i + 1}"
        seen[plain] = seen.get(plain, 0) + 1
        clean.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return clean
