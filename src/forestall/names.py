"""The one rule for names that users give: of models, versions, runs, experiments and the files of packages."""

from __future__ import annotations

from forestall.errors import UsageError, must_be

LONGEST = 200


def check_name(name: str, what: str, *, example: str = "2026-11-01", slash: bool = False) -> str:
    """Return a name if it is one: printable, without blanks at its ends, and never a way out of a folder.

    Parameters
    ----------
    name
        The name.
    what
        How errors call it, such as `--run-id`.
    example
        A name that is right.
    slash
        Whether it may have parts, divided by slashes.

    Raises
    ------
    UsageError
        It is empty or too long, has a character that cannot be printed, begins or ends with a blank, is `.` or `..`, or
        has a slash. The message does not repeat it.

    Examples
    --------
    >>> check_name("2026-11-01", "--run-id")
    '2026-11-01'
    """
    parts = name.removeprefix("/").split("/") if slash else [name]
    is_plain = name.isprintable() and name == name.strip() and "\\" not in name and len(name) <= LONGEST
    if not is_plain or not all(_is_part(part) for part in parts):
        without = "" if slash else " without a slash"
        required = f"a name of 1 to {LONGEST} printable characters{without}, not . or .., such as {example}"
        raise UsageError(must_be(what, required))
    return name


def _is_part(part: str) -> bool:
    return part not in {"", ".", ".."} and "/" not in part
