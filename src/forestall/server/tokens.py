"""The tokens of a server: a file of names and tokens, read again when it changes."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time
from pathlib import Path

from forestall.errors import UsageError
from forestall.plain_files import is_special

log = logging.getLogger(__name__)

LEAST = 16
"""The fewest characters of a token: with fewer, trying them all is possible."""
MAX_BYTES = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")  # what a bearer token may hold, RFC 6750
_LOOK_S = 1.0


def read_tokens(file: Path) -> dict[str, bytes]:
    """Return the SHA-256 of each token, by its name.

    The file has a name and a token on each line, divided by blanks. Empty lines and lines that begin with `#` count for
    nothing.

    Raises
    ------
    UsageError
        The file cannot be read, a line has another form, a token is too short, a name or a token stands twice, or there
        is none. The message names the line, and never holds a token.
    """
    tokens: dict[str, bytes] = {}
    for number, line in enumerate(_lines(file), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        place = f"{file}, line {number}"
        if len(words) != 2 or not _NAME.fullmatch(words[0]) or not _TOKEN.fullmatch(words[1]):
            raise UsageError(
                f"{place} must have a name and a token, of letters and digits, divided by a blank; correct the line"
            )
        name, token = words
        if len(token) < LEAST:
            raise UsageError(f"{place} must have a token of at least {LEAST} characters, has {len(token)}")
        digest = hashlib.sha256(token.encode()).digest()
        if name in tokens or digest in tokens.values():
            raise UsageError(
                f"{place} must have a name and a token of its own, one of them stands above; change it"
            )
        tokens[name] = digest
    if not tokens:
        raise UsageError(f"{file} must have at least one line with a name and a token, has none")
    return tokens


def _lines(file: Path) -> list[str]:
    if is_special(file):
        raise UsageError(f"{file} must be a file, is a pipe or a device")
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise UsageError(f"{file} must have at most {MAX_BYTES:,} bytes, has more")
        return content.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} must be a file of tokens, cannot be read: {type(error).__name__}") from None


class Tokens:
    """The tokens that a server accepts.

    Parameters
    ----------
    file
        The file of names and tokens. When it changes, it is read again; if it is then not valid, the tokens stay as
        they were, and the log says why.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp = self._now_on_disk()
        self._tokens = read_tokens(file)
        self._looked = time.monotonic()

    def name_of(self, token: str) -> str | None:
        """Return the name of a token, None if it is not accepted.

        The time that it takes does not depend on how much of the token is right, nor on which token it is.
        """
        self._look()
        given = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        found = None
        for name, digest in self._tokens.items():
            if hmac.compare_digest(given, digest):
                found = name
        return found

    def _look(self) -> None:
        """Read the file again if it has changed; the disk is asked at most once a second."""
        if time.monotonic() - self._looked < _LOOK_S:
            return
        self._looked = time.monotonic()
        stamp = self._now_on_disk()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._tokens = read_tokens(self._file)
            log.info("the tokens were read again: %d", len(self._tokens))
        except UsageError as error:
            log.error("the tokens stay as they were: %s", error)

    def _now_on_disk(self) -> tuple[int, int, int] | None:
        try:
            stat = self._file.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_size, stat.st_mtime_ns
