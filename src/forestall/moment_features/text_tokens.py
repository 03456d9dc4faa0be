"""Tokens of texts: words and sentence marks, each with a number and flags."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# The first numbers: a word of no lexicon, and the tokens that are no words.
UNKNOWN, END, QUESTION, SHOUT, BREAK = range(5)
N_RESERVED = 5
# Flags: a word in capitals; a capital with small letters after it; a capital as first letter.
IS_SHOUTED, IS_NAME_LIKE, IS_CAPITAL = 1, 2, 4
FLAG_BITS = 3
_TOKEN = re.compile(r"[^\W_]+|\x00|[?!.;:\n\r؟。！？]+")
_MARKS = re.compile(r"[\u0300-\u036f]+")


class TokenCodes(dict[str, int]):
    """By token its code: the number of its word, shifted by `FLAG_BITS`, and its flags; computed at first use."""

    def __init__(self, words: dict[str, int]) -> None:
        super().__init__()
        self._words = words

    def __missing__(self, token: str) -> int:
        code = self._words.get(token.casefold(), UNKNOWN) << FLAG_BITS
        if not token[0].isalnum():
            code = _mark(token) << FLAG_BITS
        elif token[0].isupper():
            is_upper = token.isupper()
            code |= IS_CAPITAL
            code |= IS_SHOUTED if is_upper and len(token) >= 4 and token.isalpha() else 0
            code |= IS_NAME_LIKE if not is_upper else 0
        self[token] = code
        return code


def tokens_of(text: str) -> list[str]:
    """Return the words and sentence marks of a text, without accents and in their case."""
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return _TOKEN.findall(text)


def joined(texts: Iterable[str]) -> str:
    """Return texts as one, with an end token after each."""
    return "\x00".join((*texts, ""))


def _mark(token: str) -> int:
    """Return the number of a run of sentence marks or of the end of a text."""
    if token == "\x00":
        return END
    if any(mark in token for mark in "?؟？"):
        return QUESTION
    return SHOUT if token.count("!") >= 2 else BREAK
