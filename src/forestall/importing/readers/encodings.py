"""The encoding of a text that is not UTF-8: UTF-8 with damage, or a guess."""

from __future__ import annotations

import codecs
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
    "cp932",
    "gb18030",
    "big5",
    "euc_kr",
    "euc_jp",
    "koi8_r",
)
_ASIAN = ("cp932", "gb18030", "big5", "euc_kr", "euc_jp")
_LATIN = ("cp1252", "cp1250", "cp850", "mac_roman", "cp437", "iso8859_15")
_MOST_ODD = 0.2
_IN_A_WORD = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])")
_ASIAN_LETTER = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff66-\uff9f]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_HUNGARIAN = {"õ", "û"}
"""What ő and ű become in cp1252."""
_AS_SURE = 0.12
"""Difference in the detector's measure of mess that says nothing in a few lines."""
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
    sample = b"".join(lines)[:_SAMPLE]
    matches = from_bytes(sample, cp_isolation=list(_LIKELY))
    best = matches.best()
    guess = None if best is None else best.encoding
    if guess in _ASIAN and _odd_share_of_asian(sample, guess) <= _MOST_ODD:
        return _of_language(sample, guess)
    if guess is not None and guess not in _ASIAN and _odd_share(sample, guess) <= _MOST_ODD:
        mess = {match.encoding: match.chaos for match in matches}
        is_tie = mess.get("cp1252", 1.0) <= mess[guess] + _AS_SURE
        return "cp1252" if guess == "cp1250" and is_tie and _is_western(sample) else guess
    shares = {name: _odd_share(sample, name) for name in _LATIN}
    likely = min(_LATIN, key=lambda name: shares[name])
    return likely if shares[likely] <= _MOST_ODD else guess


def _is_western(content: bytes) -> bool:
    """Return whether what cp1250 and cp1252 read differently can be of a western language, not only of Hungarian."""
    pairs = zip(
        content.decode("cp1250", errors="replace"), content.decode("cp1252", errors="replace"), strict=False
    )
    differing = {western for eastern, western in pairs if eastern != western}
    return not differing or not {letter.lower() for letter in differing} <= _HUNGARIAN


def _odd_share_of_asian(content: bytes, encoding: str) -> float:
    """Return the share of Asian letters that touch an ASCII letter: nearly all of an accent read with its neighbour.

    Names such as `顧客ID` have a few.
    """
    text = content.decode(encoding, errors="replace")
    n_letters = len(_ASIAN_LETTER.findall(text))
    beside = [letter for letter in _IN_A_WORD.findall(text) if _ASIAN_LETTER.match(letter)]
    return len(beside) / n_letters if n_letters else 1.0


def _of_language(content: bytes, guess: str) -> str:
    """Return the encoding whose letters are those of its language: Chinese has no kana, Korean is mostly hangul."""
    text = content.decode(guess, errors="replace")
    n_letters = max(len(_ASIAN_LETTER.findall(text)), 1)
    if guess == "gb18030" and len(_KANA.findall(text)) > 0.05 * n_letters and _can_decode(content, "euc_jp"):
        return "euc_jp"
    if guess == "euc_kr" and len(_HANGUL.findall(text)) < 0.5 * n_letters and _can_decode(content, "gb18030"):
        return "gb18030"
    return guess


def _can_decode(content: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(content)  # the sample may end within a letter
    except UnicodeDecodeError:
        return False
    return True


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
