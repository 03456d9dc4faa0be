"""The encoding of a text that is not UTF-8: UTF-8 with damage, or a guess."""

from __future__ import annotations

import io
import re
import unicodedata

import numpy as np
from charset_normalizer import from_bytes

DAMAGED = "damaged characters replaced by \ufffd"
"""How the name of an encoding ends where the text was damaged."""
_SAMPLE = 200_000
# of the encodings that a guess can hardly tell apart, those that exports have
_LIKELY = (
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
)
_LATIN = ("cp1252", "cp850", "mac_roman", "cp437", "iso8859_15")
_MOST_ODD = 0.2
_IN_A_WORD = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])")
_AFTER_SMALL = re.compile(r"(?<=[a-z])[^\x00-\x7f]")


def count_damaged(content: bytes) -> int | None:
    """Return the number of damaged characters of text that is otherwise UTF-8, or None if it is no such text.

    In other encodings hardly any two bytes above 127 are a character of UTF-8.
    """
    text = content.decode("utf-8", errors="replace")
    n_damaged = text.count("\ufffd")
    n_plain = int((np.frombuffer(content, dtype=np.uint8) < 128).sum())
    n_right = len(text) - n_plain - n_damaged
    return n_damaged if n_right > 2 * n_damaged else None


def guess_encoding(content: bytes) -> str | None:
    """Return the most likely encoding of text that is not UTF-8."""
    lines = [line for line in io.BytesIO(content[: 50 * _SAMPLE]) if any(byte > 127 for byte in line)]
    best = from_bytes(b"".join(lines)[:_SAMPLE], cp_isolation=list(_LIKELY)).best()
    guess = None if best is None else best.encoding
    if guess is not None and _odd_share(b"".join(lines)[:_SAMPLE], guess) <= _MOST_ODD:
        return guess
    shares = {name: _odd_share(b"".join(lines)[:_SAMPLE], name) for name in _LATIN}
    likely = min(_LATIN, key=lambda name: shares[name])
    return likely if shares[likely] <= _MOST_ODD else guess


def _odd_share(content: bytes, encoding: str) -> float:
    """Return the share of the letters beside an ASCII letter that cannot stand there: of another script, or no letter.

    1 if the text has none or is not in the encoding.
    """
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return 1.0
    beside = _IN_A_WORD.findall(text)
    if not beside:
        return 0.0 if any(letter > "\x7f" for letter in text) else 1.0
    odd = sum(not unicodedata.name(letter, "").startswith("LATIN") for letter in beside)
    capital = sum(letter.isupper() for letter in _AFTER_SMALL.findall(text))
    return float((odd + capital) / len(beside))
